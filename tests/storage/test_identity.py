"""Which media folder belongs to which database."""

import asyncio
import shutil
from pathlib import Path

import pytest

from storage import MediaForeignError, MediaUnclaimedError, Storage, address_of
from storage.media import OWNER
from tests.storage.works import created


def files(folder: Path) -> set[Path]:
    return {path for path in folder.glob("??/*/*") if path.is_file()}


async def another(folder: Path) -> str:
    """A database that is no copy of the others."""
    address = address_of(folder / "another.db")
    await Storage.upgrade(address)
    return address


async def filled(address: str, media: Path, spool: Path, works: int = 3) -> None:
    async with Storage.open(address, media_folder=media) as storage:
        for number in range(works):
            await created(storage, spool, content=f"work {number}")


async def test_another_database_is_refused_a_folder_with_files(address: str, tmp_path: Path, spool: Path) -> None:
    media = tmp_path / "media"
    await filled(address, media, spool)
    before = files(media)

    with pytest.raises(MediaForeignError):
        async with Storage.open(await another(tmp_path), media_folder=media):
            pass

    assert files(media) == before
    async with Storage.open(address, media_folder=media):
        pass


async def test_a_folder_without_files_is_anybodys(address: str, tmp_path: Path, spool: Path) -> None:
    media = tmp_path / "media"
    async with Storage.open(await another(tmp_path), media_folder=media):
        pass

    await filled(address, media, spool)

    with pytest.raises(MediaForeignError):
        async with Storage.open(await another(tmp_path), media_folder=media):
            pass


async def test_a_folder_of_before_belongs_to_the_database_that_knows_its_files(
    address: str, tmp_path: Path, spool: Path
) -> None:
    media = tmp_path / "media"
    await filled(address, media, spool)
    (media / OWNER).unlink()

    with pytest.raises(MediaUnclaimedError) as caught:
        async with Storage.open(await another(tmp_path), media_folder=media):
            pass
    assert (caught.value.files, caught.value.named) == (3, 0)

    async with Storage.open(address, media_folder=media):
        pass
    assert (media / OWNER).exists()


async def test_a_database_that_knows_half_of_the_files_does_not_take_the_folder(
    address: str, tmp_path: Path, spool: Path
) -> None:
    media = tmp_path / "media"
    await filled(address, media, spool, works=2)
    async with Storage.open(address, media_folder=media) as storage:
        await storage.media.put(b"unknown", "text/plain")
        await storage.media.put(b"unknown as well", "text/plain")
    (media / OWNER).unlink()

    with pytest.raises(MediaUnclaimedError):
        async with Storage.open(address, media_folder=media):
            pass


async def test_a_copy_of_the_database_has_the_same_folder(sqlite_address: str, tmp_path: Path, spool: Path) -> None:
    media = tmp_path / "media"
    await filled(sqlite_address, media, spool)
    copy = tmp_path / "copy.db"
    await asyncio.to_thread(shutil.copy, tmp_path / "atelier.db", copy)

    async with Storage.open(address_of(copy), media_folder=media):
        pass


async def test_the_hosts_word_alone_gives_a_folder_to_another_database(
    address: str, tmp_path: Path, spool: Path
) -> None:
    media = tmp_path / "media"
    await filled(address, media, spool)
    before = files(media)
    other = await another(tmp_path)

    found = await Storage.adopt(other, media_folder=media, is_agreed=False)
    assert (found.files, found.named) == (3, 0)
    with pytest.raises(MediaForeignError):
        async with Storage.open(other, media_folder=media):
            pass

    await Storage.adopt(other, media_folder=media, is_agreed=True)
    async with Storage.open(other, media_folder=media):
        pass
    assert files(media) == before
