"""What the tests of the sync share: a good first day, made once, and copies of it to go on from."""

from __future__ import annotations

import shutil

import pytest

from tests.unit.indexer.portal_stub import COUNT, PortalStub, Syncer, procedures


@pytest.fixture(scope="session")
def good_day(tmp_path_factory):
    """What a good first day leaves behind, made once."""
    with PortalStub(procedures(COUNT)).running() as stub:
        syncer = Syncer(stub, tmp_path_factory.mktemp("good"))
        syncer.run()
    return syncer.folder


@pytest.fixture
def synced(stub, good_day, tmp_path):
    return Syncer(stub, shutil.copytree(good_day, tmp_path / "synced"))
