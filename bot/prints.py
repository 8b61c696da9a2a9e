"""Turns works into what leaves the bot: texts, and pictures with their recipe inside, not too large to be posted."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, assert_never

import structlog

from bot.errand import returned
from bot.ui.contents import Contents, Gallery, Print, Writing
from inference.contract.artifacts import Artifact
from inference.contract.environment import passed_on
from inference.contract.errors import CreationNotFoundError
from inference.contract.identifiers import CreationId
from inference.contract.image import ImageRequest
from inference.contract.jobs import SOURCES
from inference.contract.text import TextRequest
from inference.provenance.recipe import DigitalSource, Recipe
from inference.provenance.stamping import with_recipe
from storage import Storage
from storage.domain import Creation

log = structlog.get_logger(__name__)

# What Discord takes where nobody has boosted a server, with some room for the rest of the request.
MOST_BYTES_A_FILE: Final = (10 << 20) - (64 << 10)
LEAST_BYTES_A_FILE: Final = 16 << 10  # A small picture, and what it says of its making.
MOST_BYTES_A_MESSAGE: Final = 24 << 20
GALLERIES_AT_A_TIME: Final = 3  # In memory.
_ANCESTORS: Final = 50  # How far back is looked for an upload.
_SHRINKING: Final = "inference.provenance.shrinking"
_SHRUNK_WITHIN_SECONDS: Final = 180.0  # The largest picture takes some ten on an idle core.


class Prints:
    """Holds few galleries at a time in memory, and makes one picture smaller at a time."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._room = asyncio.Semaphore(GALLERIES_AT_A_TIME)
        self._shrinking = asyncio.Lock()

    @asynccontextmanager
    async def of(self, creation: Creation, *, with_held: bool = False, lighter: int = 1) -> AsyncIterator[Contents]:
        """What a work comes to, as long as the block lasts. `with_held`: for moderators, who see every picture.

        `lighter`: one picture weighs at most one in so many of what it usually does.

        Raises `StorageUnavailableError`.
        """
        match creation.request:
            case TextRequest():
                media = self._storage.media
                yield Writing(texts=tuple([await media.read_text(artifact) for artifact in creation.artifacts]))
            case ImageRequest() as request:
                async with self._room:
                    yield await self._gallery(creation, request, with_held=with_held, lighter=lighter)

    @asynccontextmanager
    async def of_parts(
        self, parts: Sequence[tuple[Creation, int]], *, most_bytes: int = MOST_BYTES_A_FILE
    ) -> AsyncIterator[Sequence[str | Print]]:
        """Single texts and pictures, these of at most `most_bytes`, as long as the block lasts.

        Raises `StorageUnavailableError`.
        """
        async with self._room:
            yield [await self._part(creation, part, most_bytes) for creation, part in parts]

    async def inscribed(self, creation_id: CreationId, part: int, png: bytes) -> bytes:
        """A picture of a work with its recipe in the file; as it is, where the work is gone or has no such picture."""
        try:
            creation = await self._storage.creations.get(creation_id)
        except CreationNotFoundError:
            return png
        picture = creation.artifacts[part].picture
        if picture is None or not isinstance(creation.request, ImageRequest):
            return png
        recipe = Recipe(
            request=creation.request,
            provenance=creation.provenance,
            part=part,
            digital_source=await self._digital_source(creation),
        )
        return await asyncio.to_thread(with_recipe, png, recipe, picture)

    async def _part(self, creation: Creation, part: int, most_bytes: int) -> str | Print:
        match creation.request:
            case TextRequest():
                return await self._storage.media.read_text(creation.artifacts[part])
            case ImageRequest() as request:
                source = await self._digital_source(creation)
                recipe = Recipe(request=request, provenance=creation.provenance, part=part, digital_source=source)
                return await self._print(creation.artifacts[part], recipe, most_bytes)
            case _:
                assert_never(creation.request)

    async def _gallery(self, creation: Creation, request: ImageRequest, *, with_held: bool, lighter: int) -> Gallery:
        leaving = [part for part, one in enumerate(creation.artifacts) if with_held or not one.is_held]
        if creation.hidden_at is not None and not with_held:
            leaving = []
        source = await self._digital_source(creation)
        most_bytes = min(MOST_BYTES_A_FILE, MOST_BYTES_A_MESSAGE // max(1, len(leaving)))
        prints: list[Print | None] = [None] * len(creation.artifacts)
        for part in leaving:
            recipe = Recipe(request=request, provenance=creation.provenance, part=part, digital_source=source)
            prints[part] = await self._print(creation.artifacts[part], recipe, most_bytes, lighter)
        return Gallery(prints=tuple(prints))

    async def _print(self, artifact: Artifact, recipe: Recipe, most_bytes: int, lighter: int = 1) -> Print:
        png = await self._storage.media.read_bytes(artifact)
        if artifact.picture is not None:
            png = await asyncio.to_thread(with_recipe, png, recipe, artifact.picture)
        if lighter > 1:
            most_bytes = max(min(most_bytes, len(png)) // lighter, LEAST_BYTES_A_FILE)
        if len(png) <= most_bytes:
            return Print(content=png, extension=".png")
        return Print(content=await self._shrunk(png, most_bytes), extension=".webp")

    async def _shrunk(self, png: bytes, most_bytes: int) -> bytes:
        async with self._shrinking:
            done = await returned(
                *(_SHRINKING, str(most_bytes)),
                sent=png,
                environment=passed_on(),
                within_seconds=_SHRUNK_WITHIN_SECONDS,
                at_most_bytes=most_bytes,
            )
        if done.exit_code:
            raise subprocess.CalledProcessError(done.exit_code, _SHRINKING, stderr=done.complaint)
        return done.answer

    async def _digital_source(self, creation: Creation) -> DigitalSource:
        """Whether a member's own picture is beneath this one. What nobody can tell any more is taken for it."""
        for _ in range(_ANCESTORS):
            if not creation.request.has_sources:
                return DigitalSource.MODEL
            parent = next((parent.creation for parent in creation.parents if parent.relation in SOURCES), None)
            if creation.uploads or parent is None:
                break
            creation = next(iter(await self._storage.creations.several([parent])), creation)
        return DigitalSource.MODEL_AND_UPLOAD
