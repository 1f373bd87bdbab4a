"""What is measured: ranks, shares with their intervals, decisions, reactions, facets, and how questions are typed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.devdata import Question
from indexer.evaluate import (
    DECISION_HEAD,
    EXPECTED_ACTS,
    FACET_HEAD,
    REACTION_HEAD,
    RECALL_HEAD,
    TYPINGS,
    Recall,
    Understood,
    ask,
    decision_row,
    facet_row,
    held_out_slices,
    labelled_with_facets,
    reaction_row,
    recall,
    slices,
    understand_all,
    with_slip,
)
from knowledge.catalogue import Catalogue, write_catalogue
from knowledge.procedure import Origin, Procedure
from knowledge.retriever import Decision
from tests.builders import FakeRetriever, lexicon
from tests.unit.bot.fake_http import FakeHttp, serving
from tests.unit.knowledge.samples import procedure


def asked(text: str, *codes: str, kind: str = "procedure", facets: Sequence[str] | None = None) -> Question:
    return Question(text, frozenset(codes), kind, facets=None if facets is None else frozenset(facets))


def written(file: Path, *rows: dict[str, object]) -> Path:
    file.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    return file


def cells(head: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    return dict(zip(head, row, strict=True))


def share(cell: str) -> float:
    return float(cell.split()[0])


# Ranks

FINDS = {
    "nuôi ong": (Decision.ANSWER, ["9.100001", "9.100002"]),
    "tem mật ong": (Decision.ASK, ["9.100001", "9.100011"]),
}


@pytest.mark.parametrize(
    ("question", "member", "family"),
    [
        (asked("nuôi ong", "9.100001"), 1, 1),
        (asked("nuôi ong", "9.100002"), 2, 2),
        (asked("nuôi ong", "9.100002", "9.100001"), 1, 1),
        (asked("tem mật ong", "9.100012"), 0, 2),  # the family is found, but another member of it was chosen
        (asked("nuôi ong", "9.100020"), 0, 0),
        (asked("bán kem", "9.100001"), 0, 0),
        (asked("cho hỏi nuôi ong bao nhiêu tiền ạ", "9.100001"), 1, 1),
    ],
)
def test_the_rank_of_the_right_procedure_and_of_its_family(question: Question, member: int, family: int) -> None:
    found = recall("ong", [question], FakeRetriever(FINDS), lexicon())  # type: ignore[arg-type]
    assert (found.members, found.families) == ([member], [family])


def test_recall_counts_ranks_up_to_a_depth() -> None:
    row = cells(RECALL_HEAD, Recall("ong", [1, 2, 4, 8, 0], [1, 1, 5, 8, 0]).row())
    assert (row["slice"], row["n"], row["MRR"]) == ("ong", "5", "0.375")
    depths = ("R@1", "R@5", "R@10", "family R@1", "family R@5")
    assert [share(row[name]) for name in depths] == [0.2, 0.6, 0.8, 0.4, 0.6]


def test_a_slice_without_questions_has_no_shares() -> None:
    assert Recall("trống", [], []).row() == ["trống", "0", "–", "–", "–", "–", "–", "–"]


@pytest.mark.parametrize(
    ("part", "whole", "cell"),
    [
        (8, 10, "0.800 (0.49–0.94)"),
        (0, 10, "0.000 (0.00–0.28)"),
        (10, 10, "1.000 (0.72–1.00)"),
        (50, 100, "0.500 (0.40–0.60)"),
        (1, 1, "1.000 (0.21–1.00)"),
    ],
)
def test_a_share_has_its_wilson_interval(part: int, whole: int, cell: str) -> None:
    assert Recall("ong", [1] * part + [0] * (whole - part), []).row()[2] == cell


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_stays_between_nothing_and_all(counts: tuple[int, int]) -> None:
    part, whole = counts
    cell = Recall("ong", [1] * part + [0] * (whole - part), []).row()[2]
    low, high = map(float, cell.partition("(")[2].rstrip(")").split("–"))
    assert "-" not in cell
    assert 0 <= low <= round(part / whole, 2) <= high <= 1


# Slices


def test_templated_questions_stand_apart_and_uncertain_ones_are_left_out(tmp_path: Path) -> None:
    written(
        tmp_path / "faq-dev.jsonl",
        {"question": "Nuôi ong phải khai không?", "codes": ["9.100001"], "certain": True},
        {"question": "Nuôi gì cũng được chứ?", "codes": ["9.100002"], "certain": False},
    )
    written(
        tmp_path / "phrasings-dev.jsonl",
        {"text": "khai ong", "codes": ["9.100001"], "grade": "plain", "kind": "procedure"},
        {"text": "Tôi muốn khai báo nuôi ong", "codes": ["9.100001"], "grade": "templated", "kind": "procedure"},
        {"text": "tổng đài số mấy", "codes": [], "kind": "guidance"},
    )
    found = slices(tmp_path, [("9.100020", "Xin thả diều")])
    assert [[q.text for q in questions] for questions in found.values()] == [
        ["Nuôi ong phải khai không?"],
        ["khai ong"],
        ["Tôi muốn khai báo nuôi ong"],
        ["Xin thả diều"],
    ]


def test_the_sample_of_titles_is_the_same_whatever_their_order(tmp_path: Path) -> None:
    for name in ("faq-dev", "phrasings-dev"):
        written(tmp_path / f"{name}.jsonl")
    titles = [(f"9.{n:06}", f"Cấp biển số chuồng {n}") for n in range(700)]
    forwards, backwards = (list(slices(tmp_path, order).values())[-1] for order in (titles, titles[::-1]))
    assert len({q.text for q in forwards}) == 500
    assert forwards == backwards


@dataclass(frozen=True)
class Holding:
    """The one thing of a retriever that slices are made by."""

    catalogue: Catalogue


def holding(folder: Path, *records: Procedure) -> Holding:
    path = folder / "records.sqlite"
    write_catalogue(path, records, family_of={p.code: p.code for p in records}, filings={}, retired=())
    return Holding(Catalogue.open(path))


def test_held_out_messages_stand_apart_by_what_we_wrote_about_their_procedure(tmp_path: Path) -> None:
    held = holding(
        tmp_path,
        procedure("9.100001", "Nuôi ong", origin=Origin.OWN, questions=("nuôi ong sao",)),
        procedure("9.100002", "Học nuôi ong", origin=Origin.MERGED),
        procedure("9.100003", "Dời tổ ong", origin=Origin.NATIONAL, questions=("dời tổ sao",)),
        procedure("9.100004", "Gộp tổ ong", origin=Origin.NATIONAL),
    )
    file = written(
        tmp_path / "held.jsonl",
        {"text": "của mình", "codes": ["9.100001"]},
        {"text": "gộp của mình", "codes": ["9.100002"]},
        {"text": "có câu hỏi", "codes": ["9.100003"]},
        {"text": "chỉ quốc gia", "codes": ["9.100004"]},
        {"text": "nhiều việc", "codes": ["9.100003", "9.100001"]},
        {"text": "nhiều việc quốc gia", "codes": ["9.100004", "9.100003"]},
        {"text": "mã không còn", "codes": ["9.109999"]},
        {"text": "không việc nào", "codes": [], "kind": "decline"},
    )
    found = held_out_slices(file, held)  # type: ignore[arg-type]
    assert {name: [q.text for q in questions] for name, questions in found.items()} == {
        "held out, own records": ["của mình", "gộp của mình", "nhiều việc"],
        "held out, national with questions": ["có câu hỏi", "nhiều việc quốc gia"],
        "held out, national only": ["chỉ quốc gia", "mã không còn"],
    }


def test_only_messages_with_labels_are_measured_for_facets_file_by_file(tmp_path: Path) -> None:
    written(tmp_path / "b.jsonl", {"text": "mấy đồng", "facets": ["fee"]}, {"text": "nuôi ong"})
    smalltalk = {"text": "chào ong", "facets": [], "kind": "smalltalk", "codes": []}
    written(tmp_path / "a.jsonl", {"text": "thả diều", "facets": []}, smalltalk)
    found = labelled_with_facets(tmp_path)
    assert [(name, [q.text for q in questions]) for name, questions in found.items()] == [
        ("a", ["thả diều"]),
        ("b", ["mấy đồng"]),
    ]


# Typing

TEXTS = st.lists(st.text(alphabet="aăbcdđeghikmnoơpqrstuưvy1", min_size=1, max_size=9), max_size=8).map(" ".join)


@given(TEXTS)
def test_a_slip_is_one_in_one_long_word_and_the_same_every_time(text: str) -> None:
    slipped = with_slip(asked(text))
    assert slipped == with_slip(asked(text))
    words, typed = text.split(), slipped.text.split()
    changed = [(before, after) for before, after in zip(words, typed, strict=True) if before != after]
    assert len(changed) <= 1
    for before, after in changed:
        assert len(before) > 3
        assert abs(len(before) - len(after)) <= 1
        assert (before[0], before[-1]) == (after[0], after[-1]) or sorted(before) == sorted(after)


@pytest.mark.parametrize("text", ["", "thả gà ra ổ", "9.100001 2026-07", "ct07 nt"])
def test_nothing_long_enough_is_left_as_it_is(text: str) -> None:
    assert with_slip(asked(text)) == asked(text)


@pytest.mark.parametrize(
    "text",
    [
        "đăng ký nuôi ong",
        "xin thả diều ở bờ đê",
        "nuôi thỏ trắng số 58",
    ],
)
def test_a_long_word_gets_its_slip(text: str) -> None:
    assert with_slip(asked(text)).text != text


def test_however_it_is_typed_the_right_answer_stays() -> None:
    question = asked("Thả diều ban đêm", "9.100020", facets=["place"])
    for typing in TYPINGS.values():
        assert replace(typing(question), text=question.text) == question
    assert TYPINGS[""](question) == question
    assert TYPINGS[", no accents"](question).text == "tha dieu ban dem"


# Decisions, reactions and facets


def understood(
    act: str = "ask",
    decision: str = "answer",
    *,
    right: bool = False,
    facets: Sequence[str] = (),
    question: Question | None = None,
) -> Understood:
    return Understood(question or asked("nuôi ong", "9.100001"), act, decision, right, facets=frozenset(facets))


def test_decisions_are_shares_of_all_and_being_right_is_one_of_what_is_answered() -> None:
    rows = [
        *[understood(right=True)] * 3,
        understood(),
        *[understood(decision="ask", right=True)] * 2,
        understood(decision="unknown"),
        *[understood(decision="out_of_scope")] * 3,
    ]
    row = cells(DECISION_HEAD, decision_row("ong", rows))
    assert (row.pop("slice"), row.pop("n")) == ("ong", "10")
    assert {name: share(cell) for name, cell in row.items()} == {
        "answers at once": 0.4,
        "right when it does": 0.75,
        "asks which": 0.2,
        "says unknown": 0.1,
        "out of scope": 0.3,
    }


def test_guidance_answers_no_procedure() -> None:
    row = cells(DECISION_HEAD, decision_row("ong", [understood("guidance"), understood(right=True)]))
    assert (share(row["answers at once"]), share(row["right when it does"])) == (0.5, 1.0)


def test_where_nothing_is_answered_nothing_is_right_or_wrong() -> None:
    assert cells(DECISION_HEAD, decision_row("ong", [understood(decision="ask")]))["right when it does"] == "–"


def test_a_reaction_is_expected_or_harmless_or_the_worst_case() -> None:
    rows = [
        understood("out_of_scope", "out_of_scope"),
        understood("out_of_scope", "answer"),  # as expected by its act, and a procedure is answered all the same
        understood("ask", "unknown"),
        understood("ask", "ask"),
        understood("ask", "answer"),
    ]
    rows = [replace(row, question=Question("ong ơi", frozenset(), "decline")) for row in rows]
    row = cells(REACTION_HEAD, reaction_row("decline", rows))
    assert [share(row[name]) for name in REACTION_HEAD[2:]] == [0.4, 0.6, 0.4]


@pytest.mark.parametrize(("name", "act"), [(name, act) for name, acts in EXPECTED_ACTS.items() for act in sorted(acts)])
def test_each_expected_act_counts_as_expected(name: str, act: str) -> None:
    row = cells(
        REACTION_HEAD, reaction_row(name, [understood(act, "unknown", question=Question("ong ơi", frozenset(), name))])
    )
    assert (row["expected"], row["n"], share(row["act as expected"])) == (name, "1", 1.0)


def faceted(wanted: Sequence[str] | None, found: Sequence[str]) -> Understood:
    return understood(facets=found, question=asked("nuôi ong", facets=wanted))


def test_facets_are_measured_as_whole_sets_and_one_by_one() -> None:
    rows = [
        faceted(["fee"], ["fee"]),
        faceted([], []),
        faceted(["fee", "time"], ["time", "fee"]),
        faceted(["fee", "time"], ["fee"]),
        faceted(["place"], ["place", "online"]),
        faceted([], ["form"]),
        faceted(["result"], []),
        faceted(["steps"], ["documents"]),
    ]
    row = cells(FACET_HEAD, facet_row("ong", rows))
    assert (row["n"], share(row["exact set"])) == ("8", 0.375)
    assert (row["precision"], row["recall"]) == ("0.625", "0.625")


@pytest.mark.parametrize(
    ("wanted", "found", "precision", "recall"),
    [
        (["fee"], ["fee", "time"], "0.500", "1.000"),
        (["fee", "time"], ["fee"], "1.000", "0.500"),
        (["fee"], [], "0.000", "0.000"),
        ([], ["fee"], "0.000", "0.000"),
        (None, [], "0.000", "0.000"),
    ],
)
def test_precision_is_of_the_found_and_recall_of_the_wanted(
    wanted: Sequence[str] | None, found: Sequence[str], precision: str, recall: str
) -> None:
    assert facet_row("ong", [faceted(wanted, found)])[3:] == [precision, recall]


# A running app


@pytest.fixture
def app() -> Iterator[FakeHttp]:
    with serving() as fake:
        yield fake


def says(app: FakeHttp, *hits: tuple[str, list[str], float]) -> None:
    found = [{"code": code, "members": members, "score": score} for code, members, score in hits]
    app.says({"act": "ask", "decision": "answer", "facets": ["time", "fee"], "hits": found})


@pytest.mark.parametrize(
    ("hits", "is_right", "score"),
    [
        ([("9.100001", ["9.100001"], 0.9), ("9.100020", ["9.100020"], 0.1)], True, 0.9),
        ([("9.100011", ["9.100011", "9.100001"], 0.8)], True, 0.8),
        ([("9.100020", ["9.100020"], 0.7), ("9.100001", ["9.100001"], 0.6)], False, 0.7),
        ([], False, 0.0),
    ],
    ids=["the best", "a member of the best", "only the second", "none"],
)
def test_the_best_hit_alone_is_right_or_wrong(
    hits: list[tuple[str, list[str], float]], is_right: bool, score: float, app: FakeHttp
) -> None:
    says(app, *hits)
    (row,) = understand_all([asked("nuôi ong", "9.100001")], app.url)
    assert (row.is_right, row.score, row.facets) == (is_right, score, {"fee", "time"})
    assert app.requests[0][::2] == ("/api/understand", {"text": "nuôi ong"})


def test_a_question_without_an_answer_is_never_right(app: FakeHttp) -> None:
    says(app, ("9.100001", ["9.100001"], 0.9))
    assert not understand_all([asked("bán kem", kind="decline")], app.url)[0].is_right


def test_an_app_that_fails_is_not_measured(app: FakeHttp) -> None:
    app.says({}, status=503)
    with pytest.raises(httpx.HTTPStatusError):
        ask("nuôi ong", app.url)
