from pathlib import Path

import pytest

from tests.storage.databases import (
    address,
    empty_address,
    medium_disk,
    postgresql_address,
    small_disk,
    sqlite_address,
    storage,
)

__all__ = ["address", "empty_address", "medium_disk", "postgresql_address", "small_disk", "sqlite_address", "storage"]


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Where engines leave what they made."""
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder
