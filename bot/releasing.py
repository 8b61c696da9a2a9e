"""Releases as the host's commands make them: what of the bot's world a release has to know, and how it looks."""

import asyncio
import hashlib
import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.features.privacy.consent import WORDINGS
from bot.settings import Settings
from bot.terms import terms_of
from inference.catalog.catalog import Catalog
from inference.contract.errors import AtelierError
from inference.contract.identifiers import MemberId, ServerId
from inference.provenance.recipe import DigitalSource, Recipe
from inference.provenance.stamping import with_recipe
from storage import Storage
from storage.release.errors import ReleaseOutdatedError, ReleaseUnknownError
from storage.release.values import Made, Phase, Preview, Reason, ReleaseRequest, TakenBack

if TYPE_CHECKING:
    from storage.release.developing import Inscription

T = TypeVar("T", bound=str)

Tell = Callable[[Phase, int, int], None]

_DOING: Final = {
    Phase.PLAN: "choosing works",
    Phase.WORKS: "writing works",
    Phase.PAIRS: "writing pairs",
    Phase.CARD: "drawing the card",
    Phase.CHECK: "checking consent once more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A release as the host asks for it."""

    out: Path | None = None  # None: in the data folder.
    server: int | None = None  # None: the only one.
    version: int | None = None  # None: the next one.
    included: frozenset[Reason] = frozenset()
    by: int | None = None  # The member who asked for it; None: the host.
    title: str = ""
    contact: str = ""


class ServerUnclearError(AtelierError):
    """There are several servers, or none, and the host did not say which."""

    def __init__(self, servers: Collection[ServerId]) -> None:
        named = f"say which server: --server {' | '.join(map(str, servers))}" if servers else "there are no works yet"
        super().__init__(named)
        self.servers = servers


def inscribed(png: bytes, told: "Inscription") -> bytes:
    """A released picture with its recipe in the file."""
    source = DigitalSource.MODEL_AND_UPLOAD if told.is_from_upload else DigitalSource.MODEL
    recipe = Recipe(request=told.request, provenance=told.provenance, part=told.part, digital_source=source)
    return with_recipe(png, recipe, told.picture)


async def preview(
    settings: Settings, server: int | None, included: frozenset[Reason], tell: Tell
) -> tuple[ReleaseRequest, Preview]:
    """Raises `ServerUnclearError`, `StorageUnavailableError`."""
    async with opened(settings) as storage:
        request = await _request(storage, settings, Wish(server=server, included=included))
        return request, await storage.releases.preview(request, tell)


async def make(settings: Settings, wish: Wish, tell: Tell) -> Made:
    """Raises `ServerUnclearError` and what `Releases.make` raises."""
    async with opened(settings) as storage:
        request = await _request(storage, settings, wish)
        usual = settings.data_dir / "releases" / f"{request.server}-v{request.version}"
        return await storage.releases.make(
            request,
            await asyncio.to_thread((wish.out or usual).absolute),
            by=None if wish.by is None else MemberId(wish.by),
            inscribe=inscribed,
            clock=lambda: datetime.now(UTC),
            progress=tell,
        )


def opened(settings: Settings) -> AbstractAsyncContextManager[Storage]:
    return Storage.open(settings.storage_url, media_folder=settings.media_folder)


async def require_current(settings: Settings, folder: Path, *, may_be_unknown: bool) -> None:
    """Refuse a release of which something was taken back since. Its files are as they were made.

    Raises `ReleaseOutdatedError`, `ReleaseUnknownError`, `StorageUnavailableError`, `OSError`.
    """
    digest = hashlib.sha256(await asyncio.to_thread((folder / "manifest.json").read_bytes)).hexdigest()
    async with opened(settings) as storage:
        known = await storage.releases.known(digest)
        if known is None:
            if may_be_unknown:
                return
            raise ReleaseUnknownError(folder)
        server, made = known
        found = await _taken_back(storage, settings, server, made, folder)
    if found.works or found.raters:
        raise ReleaseOutdatedError(version=made.version, works=found.works, raters=found.raters)


async def since(settings: Settings, server: int | None) -> Sequence[tuple[Made, TakenBack | None]]:
    """All releases, newest first, and what was taken back of each; None: no whole folder stands where it was made."""
    from storage.release.manifest import ManifestBrokenError

    async with opened(settings) as storage:
        named = await the_server(storage, server)
        found: list[tuple[Made, TakenBack | None]] = []
        for made in await storage.releases.listed(named):
            try:
                found.append((made, await _taken_back(storage, settings, named, made, Path(made.folder))))
            except (FileNotFoundError, NotADirectoryError, ManifestBrokenError):
                found.append((made, None))
        return found


async def _taken_back(storage: Storage, settings: Settings, server: ServerId, made: Made, folder: Path) -> TakenBack:
    from storage.release.manifest import head_of

    included = frozenset(map(Reason, (await asyncio.to_thread(head_of, folder))["included"]))
    wish = Wish(server=server, version=made.version, included=included)
    return await storage.releases.taken_back(await _request(storage, settings, wish), folder)


async def _request(storage: Storage, settings: Settings, wish: Wish) -> ReleaseRequest:
    server = await the_server(storage, wish.server)
    return ReleaseRequest(
        server=server,
        version=wish.version or await storage.releases.next_version(server),
        models=terms_of(Catalog.load(settings.catalog)),
        wordings=WORDINGS,
        included=wish.included,
        title=wish.title,
        contact=wish.contact,
    )


async def the_server(storage: Storage, named: int | None) -> ServerId:
    if named is not None:
        return ServerId(named)
    servers = await storage.refits.servers()
    if len(servers) != 1:
        raise ServerUnclearError(servers)
    return servers[0]


class Bars:
    """How far a release is, for the host to see."""

    def __init__(self, console: Console) -> None:
        figures = (MofNCompleteColumn(), TimeRemainingColumn(compact=True))
        self._progress = Progress(TextColumn("{task.description}"), BarColumn(), *figures, console=console)
        self._bars: dict[Phase, TaskID] = {}

    def __enter__(self) -> Tell:
        self._progress.start()
        return self._tell

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _tell(self, phase: Phase, done: int, of: int) -> None:
        for earlier, bar in self._bars.items():
            if earlier is not phase:
                self._progress.update(bar, visible=False)
        if phase not in self._bars:
            self._bars[phase] = self._progress.add_task(_DOING[phase], total=of)
        self._progress.update(self._bars[phase], completed=done, total=of, visible=True)


def tell_in_json(phase: Phase, done: int, of: int) -> None:
    """A line for a parent process."""
    say({"phase": phase.value, "done": done, "of": of})


def say(told: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def made_fields(made: Made) -> Mapping[str, object]:
    return {
        "version": made.version,
        "folder": made.folder,
        "works": made.works,
        "ratings": made.ratings,
        "pairs": made.pairs,
        "size_bytes": made.size_bytes,
        "manifest_sha256": made.manifest_sha256,
        "made_at": made.made_at.isoformat(),
    }


def preview_fields(request: ReleaseRequest, preview: Preview) -> Mapping[str, object]:
    return {
        "version": request.version,
        "works": preview.works,
        "by_medium": dict(preview.by_medium),
        "by_split": dict(preview.by_split),
        "ratings": preview.ratings,
        "ratings_left_out": preview.ratings_left_out,
        "duels": preview.duels,
        "excluded": dict(preview.excluded),
        "size_bytes": preview.size_bytes,
        "licences": dict(preview.licences),
        "tombstones": preview.tombstones,
        "is_split_by_author": preview.is_split_by_author,
    }


def preview_table(request: ReleaseRequest, preview: Preview) -> Table:
    """For the host's terminal."""
    from storage.release.card import REASONS

    table = Table.grid(padding=(0, 2))
    for label, told in (
        ("version", str(request.version)),
        ("works", f"{preview.works:,} ({_counts(preview.by_medium)})"),
        ("splits", _counts(preview.by_split) + (", by author" if preview.is_split_by_author else "")),
        ("ratings", f"{preview.ratings:,}; {preview.ratings_left_out:,} more of members who did not agree"),
        ("duels", f"{preview.duels:,}"),
        ("files", f"{preview.size_bytes:,} bytes; a release is three to four times that"),
        ("licences", _counts(preview.licences)),
        ("tombstones", f"{preview.tombstones:,}"),
        *((f"not: {REASONS[reason]}", f"{count:,}") for reason, count in preview.excluded.items()),
    ):
        table.add_row(label, told)
    return table


def _counts(counts: Mapping[T, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"
