from pathlib import Path

import pytest

from inference.contract.ports import JobStore
from storage import Storage
from tests.storage.databases import address, postgresql_address, sqlite_address, storage

__all__ = ["address", "postgresql_address", "sqlite_address", "storage"]


@pytest.fixture
def jobs(storage: Storage) -> JobStore:
    return storage.jobs


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder
