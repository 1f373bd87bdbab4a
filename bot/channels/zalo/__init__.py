"""Zalo's Official Account: signed events come in, consultation messages go out, tokens renew themselves."""

from bot.channels.zalo.channel import ZaloOA

__all__ = ["ZaloOA"]
