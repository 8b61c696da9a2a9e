"""Works as they leave the bot, from a real database and a real media store."""

import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image

from bot import prints as module
from bot.prints import Prints
from bot.ui.contents import Gallery, Writing
from inference.contract.artifacts import Artifact
from inference.contract.identifiers import ModelName
from inference.contract.image import ImageRequest, Picture, Showing
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import Basis
from storage import Creation, Storage
from tests.storage.databases import sqlite_address
from tests.storage.works import after, created, making, started

__all__ = ["sqlite_address"]


@pytest.fixture
async def storage(sqlite_address: str, tmp_path: Path) -> AsyncIterator[Storage]:
    async with Storage.open(sqlite_address, media_folder=tmp_path / "media") as storage:
        yield storage


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def drawn(spool: Path, number: int, showing: Showing = Showing.OPEN, side: int = 64) -> Artifact:
    content = io.BytesIO()
    Image.effect_noise((side, side), 50 + number).convert("RGB").save(content, "PNG")
    path = spool / f"{number}.png"
    path.write_bytes(content.getvalue())
    return Artifact(
        path=path,
        media_type="image/png",
        sha256=hashlib.sha256(content.getvalue()).hexdigest(),
        size_bytes=len(content.getvalue()),
        picture=Picture(width=side, height=side, fingerprint="0" * 16, showing=showing),
    )


async def painted(
    storage: Storage,
    *artifacts: Artifact,
    basis: Literal[Basis.NOTHING, Basis.REFERENCE, Basis.UPSCALE] = Basis.NOTHING,
    parents: Sequence[Parent] = (),
    uploads: Sequence[Artifact] = (),
) -> Creation:
    request = ImageRequest(prompt="a lighthouse", model=ModelName("m"), count=len(artifacts), basis=basis)
    job = await started(storage.jobs, request=request, parents=tuple(parents), uploads=tuple(uploads))
    job = await storage.jobs.succeed(job.id, making(*artifacts), at=after(2))
    assert job.creation is not None
    return await storage.creations.get(job.creation)


async def gallery_of(prints: Prints, creation: Creation, *, with_held: bool = False) -> Gallery:
    async with prints.of(creation, with_held=with_held) as contents:
        assert isinstance(contents, Gallery)
        return contents


def source_in(gallery: Gallery, part: int = 0) -> str:
    one = gallery.prints[part]
    assert one is not None
    with Image.open(io.BytesIO(one.content)) as picture:
        return str(json.loads(picture.info["atelier"])["digital_source"])


async def test_a_text_leaves_as_it_is(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1, content="Once upon a time")
    async with Prints(storage).of(work) as contents:
        assert contents == Writing(texts=("Once upon a time",))


async def test_held_pictures_stay_unless_a_moderator_asks(storage: Storage, spool: Path) -> None:
    work = await painted(storage, drawn(spool, 0), drawn(spool, 1, Showing.HELD))
    assert [one is None for one in (await gallery_of(Prints(storage), work)).prints] == [False, True]
    assert None not in (await gallery_of(Prints(storage), work, with_held=True)).prints


async def test_what_a_member_s_own_picture_lies_beneath_says_so_in_every_generation(
    storage: Storage, spool: Path
) -> None:
    plain = await painted(storage, drawn(spool, 0))
    over_plain = await painted(
        storage,
        drawn(spool, 1),
        basis=Basis.REFERENCE,
        parents=[Parent(creation=plain.id, relation=Relation.VARIATION)],
    )
    begun = await painted(storage, drawn(spool, 2), basis=Basis.REFERENCE, uploads=[drawn(spool, 3)])
    enlarged = await painted(
        storage, drawn(spool, 4), basis=Basis.UPSCALE, parents=[Parent(creation=begun.id, relation=Relation.UPSCALE)]
    )
    prints = Prints(storage)
    sources = [source_in(await gallery_of(prints, work)) for work in (plain, over_plain, begun, enlarged)]
    assert [source.startswith("composite") for source in sources] == [False, False, True, True]


async def test_an_exported_picture_says_how_it_was_made_and_the_one_in_the_house_does_not(
    storage: Storage, spool: Path
) -> None:
    work = await painted(storage, drawn(spool, 0), drawn(spool, 1), uploads=[drawn(spool, 2)])
    archives = storage.exports.archives(work.member, readme="", inscribe=Prints(storage).inscribed)
    async with aclosing(archives) as found:
        packed = (await anext(found)).file.read()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        (second,) = [name for name in archive.namelist() if name.startswith("media/") and name.endswith("/1.png")]
        with Image.open(io.BytesIO(archive.read(second))) as picture:
            assert json.loads(picture.info["atelier"])["part"] == 1
        (given,) = [name for name in archive.namelist() if name.startswith("uploads/")]
        assert b"atelier" not in archive.read(given)
    assert b"atelier" not in work.artifacts[1].path.read_bytes()


async def test_a_picture_too_large_to_post_leaves_as_a_smaller_file(
    storage: Storage, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES_A_FILE", 20_000)
    work = await painted(storage, drawn(spool, 0, side=256), drawn(spool, 1, side=32))
    large, small = (await gallery_of(Prints(storage), work)).prints
    assert large is not None
    assert small is not None
    assert (large.extension, small.extension) == (".webp", ".png")
    assert len(large.content) <= 20_000
