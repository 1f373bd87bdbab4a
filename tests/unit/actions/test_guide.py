"""Guidance around procedures: a short checked answer for each topic, with the portal's page."""

from __future__ import annotations

import re

import pytest
import yaml

from actions import guide
from actions.reply import Act, Status
from knowledge import links
from knowledge.phrases import LEXICON
from tests.unit.actions.talk import Talk

PAGES = {value for name, value in vars(links).items() if name.isupper() and not name.startswith("_")}
NEEDED = {
    "track", "pay", "login", "password", "wrong_data", "supplement", "post_result", "complaint", "office_address",
    "office_hours", "office_phone", "levels",
}  # fmt: skip
KNOWN_TO_THE_LEXICON = sorted(yaml.safe_load((LEXICON / "topic.yml").read_text(encoding="utf-8")))


def test_everything_people_ask_around_procedures_has_a_topic() -> None:
    assert set(guide.topics()) >= NEEDED


def test_every_topic_that_is_recognised_is_answered() -> None:
    beside = {"private"}  # a sign that the topic is somebody else's, with no answer of its own
    assert sorted(set(KNOWN_TO_THE_LEXICON) - set(guide.topics())) == sorted(beside)


@pytest.mark.parametrize("topic", sorted(guide.topics()))
def test_every_topic_is_recognised_and_answered_in_short(topic: str) -> None:
    talk = Talk().say(act=Act.GUIDANCE, topics=(topic,))
    assert topic in KNOWN_TO_THE_LEXICON
    assert talk.last.status is (Status.EMERGENCY if topic == guide.EMERGENCY else Status.GUIDANCE)
    assert 40 < len(talk.text) < 600


@pytest.mark.parametrize("topic", sorted(guide.topics()))
def test_only_pages_of_the_portal_that_are_known_are_linked(topic: str) -> None:
    urls = {link.url for link in Talk().say(act=Act.GUIDANCE, topics=(topic,)).last.links}
    assert urls
    assert urls <= PAGES


@pytest.mark.parametrize("topic", sorted(guide.topics()))
def test_no_guidance_names_an_address_or_a_number_of_its_own(topic: str) -> None:
    text = guide.topics()[topic].text
    assert "http" not in text
    assert set(re.findall(r"\b\d{4,}\b", text)) <= {"18001096", "1022", "2025"}


@pytest.mark.parametrize(("topic", "page"), [("track", links.TRACK), ("pay", links.PAY), ("complaint", links.PORTAL)])
def test_a_topic_links_its_own_page(topic: str, page: str) -> None:
    assert [link.url for link in Talk().say(act=Act.GUIDANCE, topics=(topic,)).last.links] == [page]


@pytest.mark.parametrize("topic", ["office_address", "office_hours", "office_phone"])
def test_where_there_is_no_data_the_answer_says_so_and_how_to_find_out(topic: str) -> None:
    text = guide.topics()[topic].text
    assert text.startswith("Mình chưa có")
    assert "18001096" in text


def test_the_levels_are_explained_by_both_their_names() -> None:
    text = guide.topics()["levels"].text
    assert all(part in text for part in ("Mức độ 4", "toàn trình", "Mức độ 3", "một phần"))


def test_without_a_topic_the_most_asked_are_offered() -> None:
    talk = Talk().say(act=Act.GUIDANCE)
    assert len(talk.buttons) >= 2
    first = talk.buttons[0]
    assert talk.press(first).last.status is Status.GUIDANCE
    assert talk.text in {guidance.text for guidance in guide.topics().values()}


@pytest.mark.parametrize("number", range(4))
def test_every_offered_topic_leads_to_its_answer(number: int) -> None:
    talk = Talk().say(act=Act.GUIDANCE)
    assert talk.press(talk.buttons[number]).text in {guidance.text for guidance in guide.topics().values()}


def test_a_topic_nobody_knows_is_offered_the_others() -> None:
    assert Talk().say(act=Act.GUIDANCE, topics=("horoscope",)).buttons


def test_guidance_keeps_the_procedure() -> None:
    talk = Talk().say("nuôi ong").say(act=Act.GUIDANCE, topics=("pay",))
    assert talk.say(act=Act.FOLLOW_UP, facets=("fee",)).last.procedure == "9.100001"


def test_a_vague_question_with_a_topic_is_answered_by_the_topic() -> None:
    assert Talk().say("ong", topics=("track",)).last.links[0].url == links.TRACK


def test_a_sure_find_beats_the_topic() -> None:
    assert Talk().say("nuôi ong", topics=("track",)).last.procedure == "9.100001"


def test_a_matter_without_a_record_ends_what_was_talked_of() -> None:
    talk = (
        Talk()
        .say("nuôi ong")
        .say(act=Act.GUIDANCE, topics=("grievance",))
        .say(facets=("documents",), text="giấy tờ gì")
    )
    assert talk.last.procedure is None
    assert "18001096" in talk.text


def test_how_to_pay_is_asked_beside_what_is_talked_of() -> None:
    talk = Talk().say("nuôi ong")
    procedure = talk.last.procedure
    talk.say(act=Act.GUIDANCE, topics=("pay",)).say(facets=("documents",), text="giấy tờ gì")
    assert talk.last.procedure == procedure


def test_after_a_matter_without_a_record_a_procedure_is_answered_as_ever() -> None:
    talk = Talk().say(act=Act.GUIDANCE, topics=("grievance",)).say("nuôi ong").say(facets=("fee",), text="phí")
    assert (talk.last.status, talk.last.facets) == (Status.ANSWER, ("fee",))
