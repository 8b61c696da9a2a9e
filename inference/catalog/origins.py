"""Reads where a model of the catalog comes from."""

import re
from pathlib import Path
from typing import Final, TypeVar

from inference.catalog.reading import CatalogBrokenError, Table
from inference.catalog.sources import (
    BuiltinSource,
    FolderSource,
    HubSource,
    PartsSource,
    Source,
    WheelSource,
    WheelsSource,
)

_PLACE: Final = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*", re.ASCII)  # A path that stays below its folder.

S = TypeVar("S")


def source_of(table: Table) -> Source:
    """Raises `CatalogBrokenError`."""
    source: Source
    match kind := table.text("kind"):
        case "wheel":
            source = _wheel(table)
        case "wheels":
            wheels = tuple(_closed(_wheel(part), part) for part in table.list_of_tables("wheels"))
            source = WheelsSource(wheels=wheels, sha256=table.sha256("sha256"))
        case "parts":
            source = _parts(table)
        case "folder":
            source = FolderSource(path=Path(table.text("path")).expanduser())
        case "hub":
            source = hub_of(table)
        case "builtin":
            source = BuiltinSource()
        case _:
            known = "wheel, wheels, parts, folder, hub, builtin"
            raise CatalogBrokenError(table.path_of("kind"), f"{kind!r} is none of {known}")
    return _closed(source, table)


def hub_of(table: Table) -> HubSource:
    """The table is left open."""
    return HubSource(
        repository=table.text("repository"),
        revision=table.text("revision"),
        size_bytes=table.whole("size_bytes", 0, minimum=0),
        sha256=table.table("sha256", {}).sums(),
    )


def require_place(place: str, key: str) -> str:
    """Raises `CatalogBrokenError` for a path that could lead out of its folder."""
    if not _PLACE.fullmatch(place):
        raise CatalogBrokenError(key, f"{place!r} is no path inside a folder")
    return place


def _wheel(table: Table) -> WheelSource:
    return WheelSource(
        package=table.text("package"),
        version=table.text("version"),
        sha256=table.sha256("sha256"),
        size_bytes=table.whole("size_bytes", minimum=1),
        file=table.text("file"),
    )


def _parts(table: Table) -> PartsSource:
    files, settings = table.table("files"), table.table("settings", {})
    beside = table.text("beside", "")
    return PartsSource(
        package=table.text("package"),
        version=table.text("version"),
        sha256=table.sha256("sha256"),
        size_bytes=table.whole("size_bytes", minimum=1),
        files={require_place(place, files.path_of(place)): files.text(place) for place in files},
        settings={place: settings.table(place).flags_and_wholes() for place in settings},
        beside=beside and require_place(beside, table.path_of("beside")),
    )


def _closed(read: S, table: Table) -> S:
    table.close()
    return read
