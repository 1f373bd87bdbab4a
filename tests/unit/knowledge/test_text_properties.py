"""What holds for any text a person might send."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.phrases import ASKING, LEXICON, Lexicon, agrees
from knowledge.text import (
    AMBIGUOUS,
    CHAT_SPELLING,
    expand_chat_spelling,
    fold,
    is_accented,
    nfc,
    procedure_codes,
    spans,
    squeeze,
    words,
)

quick = settings(max_examples=150, deadline=None)
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂĐÊÔƠƯ"
TONES = "\u0300\u0301\u0303\u0309\u0323"
# What Vietnamese keyboards send: letters, tones (composed or not), digits, punctuation, emoji.
vietnamese = st.text(
    st.sampled_from(LETTERS + TONES + " \n0123456789.,!?-/👍") | st.sampled_from("ạảấầẩữựỳỹỵ"), max_size=60
)
chat = st.lists(st.sampled_from([*CHAT_SPELLING, *AMBIGUOUS, "lam", "chào", "1.004222", "?"]), max_size=12).map(
    " ".join
)
anything = st.text(max_size=80)


@pytest.mark.parametrize("read", [nfc, fold, words, is_accented, expand_chat_spelling, procedure_codes, squeeze])
@quick
@given(text=anything | st.text(st.characters(), max_size=20))
def test_no_text_is_too_odd(read, text):
    """Lone surrogates included (`st.characters()`): a JSON escape can carry one."""
    read(text)


@quick
@given(anything)
def test_folding_keeps_the_length_of_the_composed_text(text):
    assert len(fold(text)) == len(nfc(text))


@quick
@given(vietnamese)
def test_folded_vietnamese_has_no_accent_left(text):
    assert not is_accented("".join(c for c in fold(text) if not unicodedata.combining(c)))


@quick
@given(vietnamese)
def test_composing_twice_changes_nothing(text):
    assert nfc(nfc(text)) == nfc(text)


@quick
@given(anything)
def test_both_unicode_forms_read_alike(text):
    decomposed, composed = unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text)
    assert words(decomposed) == words(composed)
    assert expand_chat_spelling(decomposed) == expand_chat_spelling(composed)


@quick
@given(anything)
def test_spans_stand_in_order_and_name_what_stands_there(text):
    composed, end = nfc(text), 0
    for word in spans(text):
        assert end <= word.start < word.end
        assert composed[word.start : word.end].lower() == word.text
        end = word.end


@quick
@given(vietnamese)
def test_words_and_spans_agree_on_vietnamese(text):
    assert words(text) == [w.text for w in spans(text)]


@quick
@given(chat)
def test_written_out_twice_is_written_out_once(text):
    once = expand_chat_spelling(text)
    assert expand_chat_spelling(once) == once


@quick
@given(anything)
def test_codes_found_stand_in_the_text(text):
    found = procedure_codes(f"{text} 1.004222 {text}")
    assert "1.004222" in found
    assert len(found) == len(set(found))
    assert all(code in nfc(f"{text} 1.004222 {text}") for code in found)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load(LEXICON)


@quick
@given(text=vietnamese | chat)
def test_the_lexicon_reads_any_vietnamese_and_its_matches_do_not_overlap(lexicon, text):
    end = 0
    apart = [m for m in lexicon.find(text) if m.entity in ASKING - {"asking"}]  # topics and ways of asking may overlap
    for match in sorted(apart, key=lambda m: m.start):
        assert end <= match.start < match.end <= len(nfc(text))
        end = match.end
    assert set(words(lexicon.without_asking(text))) <= set(words(text))


@pytest.mark.parametrize("text", ["İ", "A'Σ", "cho hỏi İstanbul"])
def test_the_lexicon_reads_foreign_capitals(lexicon, text):
    lexicon.find(text)


@quick
@given(st.text(st.sampled_from("aâăeêioôơuưđnhgtưởạầ"), min_size=1, max_size=6))
def test_a_word_agrees_with_itself_and_with_its_unaccented_form(word):
    word = nfc(word)
    assert agrees(word, word)
    assert agrees(fold(word), word)
