import hashlib
import os
from pathlib import Path

import pytest

from inference.contract.errors import StorageUnavailableError
from storage.media import CHUNK_BYTES, MediaStore
from tests.storage.works import spooled


@pytest.fixture
async def media(tmp_path: Path) -> MediaStore:
    store = MediaStore(tmp_path / "media")
    await store.prepare()
    return store


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


async def test_a_file_is_kept_under_its_hash(media: MediaStore, tmp_path: Path) -> None:
    content = os.urandom(2 * CHUNK_BYTES + 1)
    given = tmp_path / "song"
    given.write_bytes(content)

    artifact = await media.adopt(given, "audio/flac")

    sha256 = hashlib.sha256(content).hexdigest()
    assert (artifact.sha256, artifact.size_bytes, artifact.media_type) == (sha256, len(content), "audio/flac")
    assert artifact.path == tmp_path / "media" / sha256[:2] / sha256[2:4] / f"{sha256}.flac"
    assert artifact.path.read_bytes() == content
    assert given.exists()


async def test_the_same_content_twice_is_one_file(media: MediaStore, tmp_path: Path) -> None:
    text = "灯台\r\n\n"
    first = await media.put(text.encode(), "text/plain")
    second = await media.adopt(spooled(tmp_path / "spool", text).path, "text/plain")

    assert first == second
    assert files(tmp_path / "media") == {first.path}
    assert await media.read_text(second) == text


async def test_a_file_comes_in_from_another_file_system(media: MediaStore, small_disk: Path) -> None:
    artifact = await media.adopt(spooled(small_disk / "spool").path, "text/plain")

    assert await media.read_text(artifact) == "Once upon a time"


async def test_what_cannot_be_read_leaves_no_half_file(media: MediaStore, tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailableError):
        await media.adopt(tmp_path / "missing", "text/plain")
    with pytest.raises(StorageUnavailableError):
        await media.adopt(tmp_path, "text/plain")

    assert files(tmp_path / "media") == set()


async def test_removing_what_is_gone_does_nothing(media: MediaStore) -> None:
    artifact = await media.put(b"gone", "text/plain")

    await media.remove([artifact.path])
    await media.remove([artifact.path])

    assert not artifact.path.exists()
