"""From a question to procedures, on a small release with an encoder of its own."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.places import Gazetteer
from knowledge.release import VECTORS, ReleaseError
from knowledge.retriever import Decision, Hit, Retriever
from knowledge.text import fold
from tests.unit.knowledge.conftest import PROCEDURES, TUNING
from tests.unit.knowledge.samples import HashingEncoder, build

GIA_LAI, CA_MAU, HUE = (Gazetteer.load().province(code) for code in ("52", "96", "46"))


def codes(result):
    return [hit.code for hit in result.hits]


def members(result):
    return {code for hit in result.hits for code in hit.members}


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("đăng ký nuôi chim", "1.900001"),
        ("kt9", "1.900001"),
        ("thu hồi giấy phép nuôi cá sấu", "1.900002"),
        ("tuổi rùa", "1.900012"),
        ("CÔNG NHẬN VƯỜN LAN!", "1.900011"),
    ],
)
class TestAProcedureIsFound:
    def test_by_its_words(self, retriever, question, code):
        assert retriever.search(question).best.code == code

    def test_without_accents(self, retriever, question, code):
        assert retriever.search(fold(question)).best.code == code

    def test_in_decomposed_text(self, retriever, question, code):
        assert retriever.search(unicodedata.normalize("NFD", question)).best.code == code


def test_what_is_searched_has_its_accents_and_chat_spelling_written_out(retriever):
    assert retriever.search("dk nuoi chim").query == "đăng ký nuôi chim"
    assert retriever.restore("dk nuoi chim") == "đăng ký nuôi chim"


def test_a_code_in_the_message_beats_meaning(retriever):
    result = retriever.search("đăng ký nuôi chim, mã 1.900012")
    assert codes(result) == ["1.900012"]
    assert result.decision is Decision.ANSWER
    assert result.best.parts == {"code": 1.0}


def test_two_codes_give_both_in_the_order_they_were_named(retriever):
    assert codes(retriever.search("1.900012 hay 1.900002")) == ["1.900012", "1.900002"]


def test_a_code_nobody_knows_is_read_as_words(retriever):
    assert retriever.search("1.999999 tuổi rùa").best.code == "1.900012"


def test_a_code_names_its_own_member_of_a_family(retriever):
    result = retriever.search("1.900003")
    assert codes(result) == ["1.900003"]
    assert result.best.members == ("1.900003", "1.900004")


def test_a_family_is_one_hit(retriever):
    result = retriever.search("cấp thẻ huấn luyện ngựa")
    assert result.best.members == ("1.900003", "1.900004")
    assert len({hit.family for hit in result.hits}) == len(result.hits)


def test_of_a_family_the_most_used_national_member_is_chosen(retriever):
    assert retriever.search("cấp thẻ huấn luyện ngựa").best.code == "1.900004"
    assert retriever.search("hỗ trợ trồng dâu").best.code == "1.900005"


@pytest.mark.parametrize(("province", "code"), [(GIA_LAI, "1.900006"), (CA_MAU, "1.900007"), (HUE, "1.900005")])
def test_a_person_gets_the_copy_of_their_own_province_else_the_national_one(retriever, province, code):
    assert retriever.search("hỗ trợ trồng dâu", province=province).best.code == code


def test_family_of_a_code(retriever):
    assert retriever.family_of("1.900006") == ("1.900005", "1.900006", "1.900007")
    assert retriever.family_of("1.999999") == ()


def test_what_another_province_published_for_itself_is_left_out(retriever):
    assert "1.900008" in codes(retriever.search("khai thác tổ yến sào"))
    result = retriever.search("khai thác tổ yến sào", limit=50, province=HUE)
    assert "1.900008" not in codes(result)


def test_another_provinces_procedure_is_never_the_answer(retriever):
    result = retriever.search("khai thác tổ yến sào", province=HUE)
    assert result.best.code != "1.900008"
    assert retriever.search("khai thác tổ yến sào", province=Gazetteer.load().province("56")).best.code == "1.900008"


@pytest.mark.parametrize(
    ("question", "decision"),
    [
        ("xác nhận tuổi rùa", Decision.ANSWER),
        ("cấp giấy thú y", Decision.ASK),
        ("mua vé máy bay", Decision.UNKNOWN),
        ("", Decision.UNKNOWN),
    ],
)
def test_the_thresholds_decide_what_happens(retriever, question, decision):
    assert retriever.search(question).decision is decision


def test_two_that_fit_alike_are_asked_about(retriever):
    result = retriever.search("cấp giấy thú y")
    assert set(codes(result)[:2]) == {"1.900009", "1.900010"}


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_no_more_hits_than_asked_for(retriever, limit):
    assert len(retriever.search("cấp giấy", limit=limit).hits) == limit


def test_every_hit_has_the_parts_of_its_score(retriever):
    parts = {
        "dense",
        "accented",
        "folded",
        "body",
        "expanded",
        "body_share",
        "prior",
        "coverage",
        "exactness",
        "margin",
    }
    parts |= {"fitted", "lead", "words_lead", "member", "off_topic", "question", "named"}
    for hit in retriever.search("cấp giấy nuôi chim").hits:
        assert set(hit.parts) == parts
        assert 0 <= hit.score <= 1
        assert hit.code in hit.members
        assert hit.name


def test_the_parts_say_why(retriever):
    exact, other = retriever.search("xác nhận tuổi rùa").hits[:2]
    assert exact.parts["coverage"] == exact.parts["exactness"] == exact.parts["body_share"] == 1
    assert exact.parts["margin"] > 0
    assert other.parts["coverage"] < 1
    assert other.parts["margin"] <= 0


class CountingEncoder(HashingEncoder):
    asked = 0

    def encode_queries(self, texts):
        self.asked += 1
        return super().encode_queries(texts)


def test_the_general_encoder_is_asked_only_where_the_others_leave_doubt(release):
    encoder = CountingEncoder()
    retriever = Retriever.load(release, encoder=encoder, tuning=TUNING)
    sure = retriever.search("xác nhận tuổi rùa")
    assert (encoder.asked, sure.decision, sure.best.parts["dense"]) == (0, Decision.ANSWER, 0)
    unsure = retriever.search("cấp giấy thú y")
    assert (encoder.asked, unsure.decision) == (1, Decision.ASK)
    assert all(hit.parts["dense"] > 0 for hit in unsure.hits[:2])


def test_an_experiment_may_always_ask_the_general_encoder_or_never(release):
    encoder = CountingEncoder()
    retriever = Retriever.load(release, encoder=encoder, tuning=TUNING)
    always = retriever.varied(always_asking=True).search("xác nhận tuổi rùa")
    assert (encoder.asked, always.best.parts["dense"]) == (1, pytest.approx(1, abs=1e-3))
    never = retriever.varied(fusion=TUNING.fusion.model_copy(update={"dense": 0.0}))
    assert never.search("cấp giấy thú y").best.parts["dense"] == 0
    assert encoder.asked == 1


def test_an_experiment_may_leave_the_hits_in_the_order_of_their_scores(release):
    retriever = Retriever.load(release, encoder=HashingEncoder(), tuning=TUNING)
    query = "cấp giấy thú y"
    served, scored = (retriever.varied(by_confidence=by).search(query).hits for by in (True, False))
    assert [hit.score for hit in served] == sorted((hit.score for hit in scored), reverse=True)
    unlike = retriever.tuning.fusion.model_copy(update={"prior": 100.0})
    by_prior = retriever.varied(fusion=unlike, by_confidence=False).search(query).hits
    assert [hit.parts["prior"] for hit in by_prior] == sorted((h.parts["prior"] for h in by_prior), reverse=True)


def test_the_title_shown_is_the_plain_name(retriever):
    assert retriever.search("1.900001").best.name == "Xin nuôi chim"


@pytest.mark.parametrize("text", ["", " ", "?!", "👍👍", "\u0301", "\x00", "\u200b\ufeff"])
def test_a_message_without_words_finds_nothing(retriever, text):
    result = retriever.search(text)
    assert (result.hits, result.best, result.decision) == ((), None, Decision.UNKNOWN)


@pytest.mark.parametrize(
    "text", ["a" * 300, "chim " * 60, "1.", "'; DROP TABLE x", "中文 ทดสอบ", "-1e999", "\ud800 chim"]
)
def test_odd_words_break_nothing(retriever, text):
    result = retriever.search(text, province=HUE)
    assert all(0 <= hit.score <= 1 and hit.parts for hit in result.hits)
    assert len(retriever.search("xác nhận tuổi rùa").hits) == 5


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=40), province=st.none() | st.sampled_from(Gazetteer.load().provinces))
def test_any_text_is_searched_and_its_hits_are_in_order(retriever, text, province):
    hits = retriever.search(text, province=province).hits
    assert len({hit.family for hit in hits}) == len(hits) <= 5
    assert all(hit.parts for hit in hits)


def test_searching_from_several_threads_gives_what_one_gives(retriever):
    questions = [p.name for p in PROCEDURES] * 3
    with ThreadPoolExecutor(4) as threads:
        together = [codes(r) for r in threads.map(retriever.search, questions)]
    assert together == [codes(retriever.search(q)) for q in questions]


def test_a_release_of_another_encoder_is_not_loaded(release):
    encoder = HashingEncoder()
    encoder.identity = "another"
    with pytest.raises(ReleaseError, match="another"):
        Retriever.load(release, encoder=encoder, tuning=TUNING)


def test_a_damaged_release_is_not_loaded(tmp_path):
    release = build(PROCEDURES[:3], tmp_path)
    (release.path / VECTORS).write_bytes(b"")
    with pytest.raises(ReleaseError, match="damaged"):
        Retriever.load(release, encoder=HashingEncoder(), tuning=TUNING)


def test_without_tuning_the_projects_own_is_used(release):
    assert Retriever.load(release, encoder=HashingEncoder()).search("xác nhận tuổi rùa").best.code == "1.900012"


@pytest.mark.parametrize(("named", "is_rival"), [(0.65, True), (0.5, False), (0.0, False)])
def test_a_rival_has_all_words_in_a_name_and_as_much_of_it_said(named, is_rival):
    best = Hit("1.900001", "A", "a", ("1.900001",), 0.9, {"coverage": 1.0, "exactness": 0.7})
    other = Hit("1.900002", "B", "b", ("1.900002",), 0.1, {"named": named})
    assert other.says_as_much_as(best) is is_rival
