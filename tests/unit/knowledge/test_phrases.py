"""The lexicon of questions: the longest phrase at each word, accents as typed, whole abbreviations."""

from __future__ import annotations

import pytest
import yaml

from knowledge.phrases import KEEP, LEXICON, Lexicon, Match, Phrase, agrees, written_out
from knowledge.text import nfc


def lexicon(*phrases):
    return Lexicon([Phrase(tuple(p.rstrip("!").split()), e, v, exact=p.endswith("!")) for p, e, v in phrases])


SMALL = lexicon(
    ("phí", "facet", "fee"),
    ("bao nhiêu tiền", "facet", "fee"),
    ("bao nhiêu", "facet", "amount"),
    ("lệ phí trước bạ", "keep", "name"),
    ("mình!", "filler", "polite"),
    ("đăng ký", "topic", "registering"),
)


def found(text):
    composed = nfc(text)
    return [(m.value, composed[m.start : m.end]) for m in SMALL.find(text)]


def test_the_longest_phrase_wins():
    assert found("hết bao nhiêu tiền") == [("fee", "bao nhiêu tiền")]
    assert found("bao nhiêu ngày") == [("amount", "bao nhiêu")]


def test_a_match_points_into_the_message_as_typed():
    assert SMALL.find("Làm hết Phí nhé") == [Match("facet", "fee", 8, 11)]


@pytest.mark.parametrize("typed", ["PHÍ", "phi", "phi\u0301"])
def test_a_phrase_is_found_without_its_accents(typed):
    assert [v for v, _ in found(typed)] == ["fee"]


@pytest.mark.parametrize("typed", ["phỉ", "phị", "phía"])
def test_a_phrase_with_other_accents_is_another_word(typed):
    assert found(typed) == []


def test_an_exact_phrase_needs_its_accents():
    assert found("mình làm") == [("polite", "mình")]
    assert found("chung minh") == []


def test_a_name_that_holds_an_asking_word_is_kept_whole():
    assert found("nộp lệ phí trước bạ") == []
    assert SMALL.without_asking("nộp lệ phí trước bạ hết bao nhiêu tiền?") == "nộp lệ phí trước bạ hết"


def test_an_abbreviation_is_matched_as_a_whole_or_not_at_all():
    assert found("đk tạm trú") == [("registering", "đk")]
    assert found("đkkd") == []


def test_an_abbreviation_of_an_asking_phrase_is_found_where_it_stands():
    assert found("het bn tien") == [("fee", "bn tien")]
    assert [(w.text, w.start, w.end) for w in written_out("mất bn ngày")][1:3] == [
        ("bao", 4, 6),
        ("nhiêu", 4, 6),
    ]


def test_what_is_searched_for_is_the_message_without_asking_words():
    assert SMALL.without_asking("Mình đăng ký tạm trú, phí bao nhiêu?") == "đăng ký tạm trú"
    assert SMALL.without_asking("phí?") == ""


@pytest.mark.parametrize(("typed", "word"), [("hoá", "hóa"), ("hóa", "hoá"), ("thuỷ", "thủy"), ("dang", "đăng")])
def test_a_tone_mark_counts_for_the_word_and_not_the_letter(typed, word):
    assert agrees(typed, word)


@pytest.mark.parametrize(("typed", "word"), [("đâng", "đăng"), ("phí", "phi"), ("tạm", "tám"), ("ban", "bang")])
def test_an_accent_that_was_typed_must_be_the_words(typed, word):
    assert not agrees(typed, word)


def test_every_phrase_of_the_shipped_lexicon_can_be_found():
    shipped, missed = Lexicon.load(LEXICON), []
    for file in LEXICON.glob("*.yml"):
        for phrases in yaml.safe_load(file.read_text(encoding="utf-8")).values():
            for phrase in phrases if file.stem != KEEP else ():
                found = {m.entity for m in shipped.find(str(phrase).rstrip("!"))}
                # What is said as a move or a facet may be a phrase of the filler, too: then it is not both.
                if not found & {file.stem, "move", "facet"}:
                    missed.append(f"{file.stem}: {phrase}")
    assert missed == []
