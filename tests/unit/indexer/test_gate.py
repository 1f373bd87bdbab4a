"""The gate before publishing: two releases asked the same questions."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import pytest
from typer.testing import CliRunner

from indexer import measures
from indexer.__main__ import app
from indexer.fitting import Subject, fit_or_reuse
from indexer.gate import FEWEST, MARGIN, REFUSED, Verdict, judge
from knowledge.encoder import SentenceTransformerEncoder
from knowledge.release import FITTED, RECORDS, SCHEMA, WORDS, Release, ReleaseError, ReleaseStore
from tests.unit.knowledge.samples import NOW, build, procedure

NAMES = [
    "Đăng ký nuôi chim bồ câu",
    "Cấp thẻ huấn luyện ngựa",
    "Hỗ trợ trồng dâu tằm",
    "Khai thác tổ yến sào",
    "Cấp giấy thú y cho mèo",
    "Công nhận vườn phong lan",
    "Xác nhận tuổi thọ rùa",
    "Thu hồi lồng cá sấu",
    "Phê duyệt đào giếng khoan",
    "Tổ chức hội đua thuyền",
]
CODES = [f"1.9{i:05}" for i in range(len(NAMES))]
ASKED = ["{}", "tui muốn {} thì sao", "nhà em {} được chưa"]


def verdict(questions, served, new):
    return Verdict(questions, served / questions, new / questions)


# Verdicts


@pytest.mark.parametrize(
    ("served", "new"),
    [(230, 230), (230, 240), (0, 0), (230, 226), (230, 225)],
    ids=["as good", "better", "both nothing", "a little worse", "worse by just the margin"],
)
def test_a_release_that_finds_as_much_passes(served, new):
    assert MARGIN == 5 / 250
    assert verdict(250, served, new).passes


@pytest.mark.parametrize(("served", "new"), [(230, 224), (250, 0)])
def test_a_release_worse_by_more_than_the_margin_does_not_pass(served, new):
    assert not verdict(250, served, new).passes


@pytest.mark.parametrize(("questions", "passes"), [(1, True), (FEWEST - 1, True), (FEWEST, False)])
def test_too_few_questions_stop_nothing(questions, passes):
    assert verdict(questions, questions, 0).passes is passes


def test_a_verdict_says_both_shares_or_that_it_cannot_tell():
    assert str(verdict(250, 230, 200)) == "right family first: 0.800, served release 0.920 (250 questions)"
    assert str(Verdict(7, 1.0, 0.0)) == "too few questions (7) to compare with the served release"


# Releases asked


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A sentence-transformers model as MOTCUA_ENCODER may name it; ready at once, unlike the shipped one."""
    subjects = [Subject(code, code, "", (name,), (), ()) for code, name in zip(CODES, NAMES, strict=True)]
    return fit_or_reuse(subjects, tmp_path_factory.mktemp("model"), lambda done, total: None)


@pytest.fixture(scope="module")
def encoder(model):
    return SentenceTransformerEncoder.load(str(model), cache=model)


@pytest.fixture(scope="module")
def made(tmp_path_factory, encoder):
    """Two releases, and none is served yet: in the later one every name stands under its neighbour's code."""
    root = tmp_path_factory.mktemp("made")
    mixed_up = NAMES[1:] + NAMES[:1]
    for hour, names in enumerate((NAMES, mixed_up)):
        records = [procedure(code, name) for code, name in zip(CODES, names, strict=True)]
        build(records, root, encoder=encoder, now=NOW + dt.timedelta(hours=hour))
    return root


@pytest.fixture
def store(made, tmp_path):
    return ReleaseStore(shutil.copytree(made / "releases", tmp_path / "var" / "releases"))


@pytest.fixture
def good(store):
    return Release.open(store.root / store.names()[0])


@pytest.fixture
def worse(store):
    return Release.open(store.root / store.names()[1])


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    path = tmp_path_factory.mktemp("asked") / "questions.jsonl"
    rows = [
        {"text": form.format(name), "codes": [code], "kind": "procedure"}
        for code, name in zip(CODES, NAMES, strict=True)
        for form in ASKED
    ]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def judged(new, store, encoder, questions):
    return judge(new, store, lambda: encoder, questions)


def test_a_release_that_finds_less_is_told_from_one_that_does_not(store, good, worse, encoder, questions):
    store.publish(good)
    found = judged(worse, store, encoder, questions)
    assert (found.questions, found.served, found.passes) == (len(NAMES) * len(ASKED), 1.0, False)
    assert found.new < found.served
    store.publish(worse)
    assert judged(good, store, encoder, questions) == Verdict(found.questions, found.new, found.served)
    assert judged(good, store, encoder, questions).passes


def test_a_release_is_as_good_as_itself(store, good, encoder, questions):
    store.publish(good)
    same = judged(good, store, encoder, questions)
    assert (same.new, same.passes) == (same.served, True)


def test_a_release_that_lost_procedures_is_asked_for_them_all_the_same(store, good, encoder, questions, tmp_path):
    store.publish(good)
    records = [procedure(code, name) for code, name in zip(CODES[:4], NAMES[:4], strict=True)]
    fewer = build(records, tmp_path / "fewer", encoder=encoder)
    found = judged(fewer, store, encoder, questions)
    assert (found.questions, found.passes) == (len(NAMES) * len(ASKED), False)


def test_questions_about_no_procedure_are_left_out(store, good, encoder, tmp_path):
    store.publish(good)
    path = tmp_path / "chat.jsonl"
    path.write_text('{"text": "trời hôm nay đẹp ghê", "codes": [], "kind": "smalltalk"}\n', encoding="utf-8")
    assert judged(good, store, encoder, path) == Verdict(0, 0.0, 0.0)


def older(release):
    manifest = release.path / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"schema_version": {SCHEMA}', '"schema_version": 1'))
    assert json.loads(manifest.read_text())["schema_version"] == 1


def of_another_encoder(release):
    manifest = release.path / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"encoder": "khác"}))


BROKEN = [
    older,
    of_another_encoder,
    lambda release: shutil.rmtree(release.path),
    lambda release: (release.path / "manifest.json").write_text("{"),
    lambda release: (release.path / RECORDS).unlink(),
    lambda release: (release.path / WORDS[0]).write_bytes(b"PK"),
    lambda release: shutil.rmtree(release.path / FITTED),
]
NAMED = ["older", "another encoder", "gone", "no manifest", "no records", "damaged words", "no syllables"]


@pytest.mark.parametrize("broken", BROKEN, ids=NAMED)
def test_a_served_release_that_cannot_be_asked_is_no_obstacle(store, good, worse, encoder, questions, broken):
    store.publish(good)
    broken(good)
    assert judged(worse, store, encoder, questions) is None


def test_where_nothing_is_served_nothing_is_judged(store, good, encoder, questions):
    assert judged(good, store, encoder, questions) is None


def test_a_new_release_that_is_damaged_is_an_error_and_no_verdict(store, good, worse, encoder, questions):
    store.publish(good)
    (worse.path / WORDS[0]).unlink()
    with pytest.raises(ReleaseError, match=WORDS[0]):
        judged(worse, store, encoder, questions)


# The command


@pytest.fixture
def publish(store, model, questions, monkeypatch):
    """Runs `publish`; the questions labelled by hand know nothing of these records, so ours stand in their place."""
    monkeypatch.setattr(measures, "HELD_OUT", questions)
    env = {"MOTCUA_VAR": str(store.root.parent), "MOTCUA_ENCODER": str(model), "COLUMNS": "300"}
    return lambda *arguments: CliRunner().invoke(app, ["publish", *arguments], env=env)


def test_a_first_release_is_published_without_being_judged(store, worse, publish):
    assert publish().exit_code == 0
    assert store.current() == worse


def test_a_worse_release_is_refused_and_what_is_served_stays(store, good, worse, publish):
    store.publish(good)
    refused = publish(worse.manifest.id)
    assert refused.exit_code == REFUSED
    assert f"Not published: {worse.manifest.id}" in refused.output
    assert f"publish {worse.manifest.id} --force" in refused.output
    assert store.current() == good


def test_a_worse_release_is_published_by_force(store, good, worse, publish):
    store.publish(good)
    forced = publish(worse.manifest.id, "--force")
    assert (forced.exit_code, store.current()) == (0, worse)


def test_a_better_release_is_published(store, good, worse, publish):
    store.publish(worse)
    done = publish(good.manifest.id)
    assert done.exit_code == 0
    assert "right family first: 1.000" in done.output
    assert store.current() == good


@pytest.mark.parametrize("broken", [older, BROKEN[4]], ids=["older", "damaged"])
def test_in_place_of_a_release_that_cannot_be_read_any_sound_one_is_published(store, good, worse, publish, broken):
    store.publish(good)
    broken(good)
    done = publish(worse.manifest.id)
    assert done.exit_code == 0
    assert "nothing to compare with" in done.output
    assert store.current() == worse


def test_force_publishes_no_damaged_release(store, good, worse, publish):
    store.publish(good)
    (worse.path / RECORDS).unlink()
    assert publish(worse.manifest.id, "--force").exit_code == 1
    assert store.current() == good
