"""The served release: swapped when another is published, kept when the new one is broken."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.served import Served
from knowledge.release import PASSAGES, RECORDS, VECTORS, ReleaseError, ReleaseStore
from tests.builders import KITES, NOW, FakeEncoder, bees, release


@pytest.fixture
def releases(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "releases")


@pytest.fixture
def served(releases: ReleaseStore) -> Served:
    return Served(releases, FakeEncoder)


def publish(releases: ReleaseStore, *records: object, minute: int = 0) -> str:
    made = release(releases.root.parent, records or (bees(),), now=NOW + dt.timedelta(minutes=minute))  # type: ignore[arg-type]
    releases.publish(made)
    return made.path.name


def test_without_a_release_that_is_said(served: Served) -> None:
    assert not served.refresh()
    assert served.release is None
    with pytest.raises(ReleaseError):
        served.retriever()


def test_a_published_release_is_served(served: Served, releases: ReleaseStore) -> None:
    name = publish(releases)
    assert served.refresh()
    assert served.release
    assert served.release.path.name == name
    assert served.retriever().catalogue.get("9.100001") == bees()


def test_looking_again_loads_nothing_twice(served: Served, releases: ReleaseStore) -> None:
    publish(releases)
    served.refresh()
    before = served.retriever()
    assert not served.refresh()
    assert served.retriever() is before


def test_a_new_release_is_taken_while_a_turn_keeps_the_one_it_has(served: Served, releases: ReleaseStore) -> None:
    publish(releases, bees())
    served.refresh()
    in_a_turn = served.retriever()
    publish(releases, KITES, minute=1)
    assert served.refresh()
    assert served.retriever().catalogue.get(KITES.code) == KITES
    assert in_a_turn.catalogue.get("9.100001") == bees()


def test_rolling_back_serves_the_release_before(served: Served, releases: ReleaseStore) -> None:
    first = publish(releases, bees())
    publish(releases, KITES, minute=1)
    served.refresh()
    releases.roll_back()
    assert served.refresh()
    assert served.release
    assert served.release.path.name == first


@pytest.mark.parametrize("file", ["manifest.json", RECORDS, PASSAGES, VECTORS])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_broken_release_is_refused_and_the_one_before_stays(
    served: Served, releases: ReleaseStore, file: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    publish(releases, bees())
    served.refresh()
    broken = publish(releases, KITES, minute=1)
    path = releases.root / broken / file
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1])
    assert not served.refresh()
    assert served.retriever().catalogue.get("9.100001") == bees()
    assert broken in caplog.text


def test_a_broken_release_is_complained_about_once(
    served: Served, releases: ReleaseStore, caplog: pytest.LogCaptureFixture
) -> None:
    (releases.root / publish(releases) / VECTORS).unlink()
    for _ in range(3):
        served.refresh()
    assert len([record for record in caplog.records if record.name == "bot.served"]) == 1


def test_a_release_of_another_encoder_is_refused(releases: ReleaseStore) -> None:
    publish(releases)

    class Another(FakeEncoder):
        identity = "another model"

    served = Served(releases, Another)
    assert not served.refresh()
    assert served.release is None


def test_a_pointer_to_nothing_changes_nothing(served: Served, releases: ReleaseStore) -> None:
    publish(releases)
    served.refresh()
    (releases.root / "current").write_text("20200101-000000-abcdef\n")
    assert not served.refresh()
    assert served.release
