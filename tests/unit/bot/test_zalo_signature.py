"""Zalo's signature: which bytes it covers, and what is not signed."""

from __future__ import annotations

import hashlib

import pytest

from bot.channels.zalo.signature import is_signed, mac

APP, SECRET, TIME = "360", "bí mật", "1700000000000"
BODY = '{"message": {"text": "chào"}}'.encode()
RIGHT = "mac=" + hashlib.sha256(APP.encode() + BODY + TIME.encode() + SECRET.encode()).hexdigest()


def accepts(header: str | None, *, body: bytes = BODY, time: str = TIME, app: str = APP, secret: str = SECRET) -> bool:
    return is_signed(header, body, time, app_id=app, secret=secret)


def test_it_is_a_plain_hash_of_app_body_time_and_secret() -> None:
    known = "53ea239b4302e0cef1eed2ab8a8ab15242c83011dec4711fc746eefb064f44f0"  # printf '12{}34key' | sha256sum
    assert mac("12", b"{}", "34", "key") == known


@pytest.mark.parametrize("header", [RIGHT, RIGHT.removeprefix("mac="), "mac=" + RIGHT[4:].upper(), RIGHT + " "])
def test_the_right_signature_is_accepted_however_it_is_written(header: str) -> None:
    assert accepts(header)


@pytest.mark.parametrize(
    "header", [None, "", "mac=", "mac=" + "0" * 64, RIGHT[:-1], "mac=ký", RIGHT + "0", "mac=\ud800"]
)
def test_anything_else_is_not(header: str | None) -> None:
    assert not accepts(header)


@pytest.mark.parametrize(
    "change", [{"body": BODY + b" "}, {"time": "1700000000001"}, {"app": "361"}, {"secret": "bi mat"}]
)
def test_it_holds_for_the_same_bytes_time_app_and_secret_only(change: dict[str, str]) -> None:
    assert not accepts(RIGHT, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", ["app", "secret"])
def test_without_app_or_secret_nothing_is_signed(missing: str) -> None:
    parts = {"app": APP, "secret": SECRET} | {missing: ""}
    header = "mac=" + mac(parts["app"], BODY, TIME, parts["secret"])
    assert not accepts(header, app=parts["app"], secret=parts["secret"])
