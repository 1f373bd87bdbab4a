"""What a messaging platform is to the rest of the app: something that sends parts to an address, within limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter


@dataclass(frozen=True)
class Limits:
    """What one message of a platform may hold. `buttons` 0: choices are a numbered list in the text."""

    text: int  # characters
    buttons: int  # buttons and links together
    title: int  # characters of a button's title


@dataclass(frozen=True)
class Part:
    """One message to send. `buttons` and `links` are (title, payload) and (title, address)."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


class SendError(Exception):
    """A message was not taken. The text says why in the platform's words, without token or personal data."""


class TryAgain(SendError):
    """It may go through later: after `after` seconds where the platform says so, else with growing pauses."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Refused(SendError):
    """This message will never be taken: a dead letter."""


class Unreachable(SendError):
    """Nothing gets through to this person any more (blocked, unfollowed, outside the window) until they write."""


class Halted(SendError):
    """Nothing gets through to anybody (quota used up, wrong credentials) until the operator acts."""


class Platform(Protocol):
    """One messaging platform. `name` is the channel's name in the database, `limits` what `render` keeps within."""

    name: str
    limits: Limits

    async def send(self, address: str, part: Part) -> None:
        """Hands one message to the platform. Raises `SendError`; anything else counts as `TryAgain`."""
        ...


class Channel(Platform, Protocol):
    """A platform that also brings messages in. `trouble`: why it has stopped doing so; empty while it has not."""

    trouble: str

    def routes(self) -> APIRouter:
        """Its webhook."""
        ...

    async def start(self) -> None:
        """Checks the credentials, then polls or sets the webhook. Raises `Halted`, saying what to do."""
        ...

    async def stop(self) -> None: ...
