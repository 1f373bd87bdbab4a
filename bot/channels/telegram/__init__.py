"""Telegram: updates in by long polling or webhook, replies out as HTML with inline keyboards."""

from bot.channels.telegram.channel import Telegram

__all__ = ["Telegram"]
