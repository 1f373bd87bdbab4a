"""What a message is. Only words and acts reach Rasa; everything else has an answer of its own (`bot/asides.py`)."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    TEXT = "text"
    ACT = "act"  # the text is the name of an `Act`: a command, a menu entry
    MORE = "more"  # the buttons that did not fit
    TICKET = "ticket"  # the text is the code of a ticket; without one, a code is asked for
    LOCATION = "location"  # the text is "latitude,longitude", rounded to about 100 m
    STICKER = "sticker"
    VOICE = "voice"
    PHOTO = "photo"
    VIDEO = "video"
    FILE = "file"
    CONTACT = "contact"
    OTHER = "other"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_FAST = "too_fast"
