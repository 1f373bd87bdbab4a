"""Which platforms are on, and where a ticket can be opened."""

from __future__ import annotations

import pytest

from bot.channels.platforms import ticket_links
from bot.settings import Settings


@pytest.mark.parametrize(
    ("given", "links"),
    [
        ({}, {}),
        ({"zalo_oa_id": "4711"}, {"Zalo": "https://zalo.me/4711"}),
        ({"public_url": "https://mc.example/"}, {"trang web": "https://mc.example/?phieu={code}"}),
    ],
)
def test_a_ticket_leads_to_what_is_switched_on(given: dict[str, str], links: dict[str, str]) -> None:
    assert ticket_links(Settings(**given)) == links
