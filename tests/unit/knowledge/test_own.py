"""Our own records: what is wrong with one is said with file, line and field."""

from __future__ import annotations

import pytest

from knowledge.own import OwnRecordsError, load_own_records
from knowledge.procedure import Channel, GovernmentLevel, OnlineLevel, Origin

RECORD = """\
code: 1.900100
name: Đăng ký nuôi chim bồ câu
plain_name: Xin nuôi chim
summary: Dành cho người muốn nuôi chim bồ câu ở nhà mình.
aliases: [nuôi chim, xin nuôi chim, giấy nuôi chim]
family: nuoi-chim
field: Chăn nuôi
ministry: Bộ Chim cảnh
agencies: [Ủy ban nhân dân xã]
levels: [ward]
applicants: [Công dân Việt Nam]
online:
  level: partial
papers:
  to-khai:
    name: Tờ khai nuôi chim
    original: 1
  anh:
    name: Ảnh chuồng chim
case_question: Anh/chị nuôi mấy con?
cases:
  - key: it
    label: Dưới 10 con
    papers: [to-khai]
  - key: nhieu
    label: Từ 10 con
    papers: [to-khai, anh]
fees:
  - {channel: online, amount: 7000, text: một lần}
steps:
  - {text: Nộp tờ khai.}
checked_on: 2026-07-18
source: viết cho kiểm thử
"""


@pytest.fixture
def write(tmp_path):
    def write(text=RECORD, name="nuoi-chim.yml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def errors_of(folder):
    with pytest.raises(OwnRecordsError) as raised:
        load_own_records(folder)
    return raised.value.errors


def line_of(text, start):
    return next(i for i, line in enumerate(text.splitlines(), 1) if line.strip().startswith(start))


def test_a_good_record_becomes_a_procedure(write):
    (record,) = load_own_records(write())
    assert (record.title, record.origin, record.online_level) == ("Xin nuôi chim", Origin.OWN, OnlineLevel.PARTIAL)
    assert record.levels == (GovernmentLevel.WARD,)
    assert (record.fees[0].channel, record.fees[0].amount) == (Channel.ONLINE, 7000)
    assert [[d.key for d in case.documents] for case in record.cases] == [["to-khai"], ["to-khai", "anh"]]
    assert [d.key for d in record.documents()] == ["to-khai", "anh"]


def test_a_case_may_have_words(write, tmp_path):
    write(RECORD.replace("    label: Từ 10 con\n", "    label: Từ 10 con\n    words: [cả đàn, nguyên bầy]\n"))
    [record] = load_own_records(tmp_path)
    assert [case.words for case in record.cases] == [(), ("cả đàn", "nguyên bầy")]


@pytest.mark.parametrize("code", ["1.900100", "1.000000", "2.100000000"])
def test_a_code_keeps_its_zeros_without_quotes(write, code):
    (record,) = load_own_records(write(RECORD.replace("1.900100", code)))
    assert record.code == code


# (what to replace, by what, the field that is named, where the error is found)
MISTAKES = [
    ("aliases: [nuôi chim, xin nuôi chim, giấy nuôi chim]", "aliases: [nuôi chim]", "aliases", "aliases:"),
    ("amount: 7000", "amount: bảy nghìn", "fees.0.amount", "- {channel"),
    ("levels: [ward]", "levels: [huyện]", "levels.0", "levels:"),
    ("level: partial", "level: mức 3", "online.level", "level: mức"),
    ("    original: 1", "    original: nhiều", "papers.to-khai.original", "original:"),
    ("    label: Từ 10 con", "    labl: Từ 10 con", "cases.1.labl", "labl:"),
    ("    label: Từ 10 con\n", "", "cases.1.label", "- key: nhieu"),
    ("checked_on: 2026-07-18", "checked_on: hôm qua", "checked_on", "checked_on:"),
    ("ministry: Bộ Chim cảnh", "misnistry: Bộ Chim cảnh", "misnistry", "misnistry:"),
    ("summary: Dành cho người muốn nuôi chim bồ câu ở nhà mình.", "summary: Ngắn.", "summary", "summary:"),
]


@pytest.mark.parametrize(("good", "bad", "field", "at"), MISTAKES, ids=[m[2] for m in MISTAKES])
def test_an_error_names_file_line_and_field(write, good, bad, field, at):
    text = RECORD.replace(good, bad)
    assert text != RECORD
    found = {e.field: e for e in errors_of(write(text))}
    assert found[field].line == line_of(text, at)
    assert str(found[field]).startswith(f"nuoi-chim.yml:{found[field].line}: {field}: ")


@pytest.mark.parametrize(
    ("bad", "field"), [("code: 1900100", "code"), ("code: 1.900100\nuuid: abc", "uuid"), ("code: 1.900100-", "code")]
)
def test_an_error_in_a_code_or_an_id_names_them_too(write, bad, field):
    (error,) = errors_of(write(RECORD.replace("code: 1.900100", bad)))
    assert (error.file, error.field) == ("nuoi-chim.yml", field)


def test_a_missing_field_is_named(write):
    (error,) = errors_of(write(RECORD.replace("source: viết cho kiểm thử\n", "")))
    assert (error.field, "missing" in error.problem) == ("source", True)


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("papers: [to-khai]", "papers: [to-khai, giay-la]", "giay-la"),
        ("papers: [to-khai, anh]", "papers: [to-khai]", "no case uses these papers: anh"),
        ("case_question: Anh/chị nuôi mấy con?\n", "", "case_question"),
        ("key: nhieu", "key: it", "two cases have the same key"),
        ("family: nuoi-chim", "family: Nuôi Chim", "'Nuôi Chim'"),
        (
            "checked_on:",
            "overrides:\n  - {field: phi, valid_from: 2026-01-01, source: Thông tư, why: thử}\nchecked_on:",
            "phi",
        ),
    ],
)
def test_parts_that_do_not_fit_one_another_are_refused(write, good, bad, complaint):
    (error,) = errors_of(write(RECORD.replace(good, bad, 1)))
    assert complaint in error.problem


@pytest.mark.parametrize(
    ("good", "twice", "key", "at"),
    [
        ("levels: [ward]", "levels: [ward]\nfamily: khac", "family", "family: khac"),
        ("    original: 1", "    original: 1\n    name: Tên khác", "name", "name: Tên khác"),
        ("amount: 7000", "amount: 7000, amount: 1", "amount", "- {channel"),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_its_second_line(write, good, twice, key, at):
    text = RECORD.replace(good, twice)
    (error,) = errors_of(write(text))
    assert (error.line, error.field, error.problem) == (line_of(text, at), key, "stands twice")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("code: [1.9", 1),
        ("code: 1.900100\nname: 'chưa đóng\n", 2),
        ("- code: 1.900100\n", 1),
        ("", 1),
        ("chỉ là chữ", 1),
    ],
)
def test_what_is_no_yaml_record_is_said_and_not_thrown(write, text, line):
    (error,) = errors_of(write(text))
    assert error.file == "nuoi-chim.yml"
    assert error.line >= line


def test_a_file_that_is_not_utf_8_is_said_and_not_thrown(tmp_path):
    (tmp_path / "x.yml").write_bytes(b"code: \xff")
    assert errors_of(tmp_path)[0].file == "x.yml"


def test_all_problems_of_all_files_come_at_once(write):
    write(RECORD.replace("7000", "x"), "a.yml")
    folder = write(RECORD.replace("family: nuoi-chim\n", "").replace("checked_on: 2026", "checked_on: x"), "b.yml")
    assert [(e.file, e.field) for e in errors_of(folder)] == [
        ("a.yml", "fees.0.amount"),
        ("b.yml", "family"),
        ("b.yml", "checked_on"),
    ]


def test_the_same_code_in_two_files_is_refused(write):
    write(name="a.yml")
    (error,) = errors_of(write(name="b.yml"))
    assert (error.file, error.field) == ("b.yml", "code")
    assert "a.yml" in error.problem


def test_a_link_variant_must_be_one_of_the_variants(write):
    other = "019d0000-0000-7000-8000-0000000000ff"
    errors_of(write(RECORD.replace("  level: partial", f"  level: partial\n  link_variant: {other}")))
