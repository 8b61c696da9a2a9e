"""The art that the starter learns from, and that of its judge: packages of npm, each pinned by its sum."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aiohttp

from inference.catalog.sums import Sum
from inference.catalog.transfer import Wanted, fetch, require_room

_REGISTRY: Final = "https://registry.npmjs.org"

THREE_D: Final = "fluent-emoji-3d-1.1.0.tgz"
FLAT: Final = "fluent-emoji-flat-1.2.6.tgz"
CARTOON: Final = "noto-1.2.9.tgz"
LABELS: Final = "emojibase-data-17.0.0.tgz"
FOREIGN: Final = "twemoji-1.2.5.tgz"  # CC-BY-4.0: the judge learns from it, and the starter does not.

_TARBALLS: Final = (
    (
        f"@lobehub/fluent-emoji-3d/-/{THREE_D}",
        15_792_027,
        "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
    ),
    (
        f"@iconify-json/fluent-emoji-flat/-/{FLAT}",
        1_172_438,
        "7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
    ),
    (
        f"@iconify-json/noto/-/{CARTOON}",
        3_102_958,
        "3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
    ),
    (
        f"emojibase-data/-/{LABELS}",
        6_711_091,
        "d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a",
    ),
    (
        f"@iconify-json/twemoji/-/{FOREIGN}",
        1_555_888,
        "19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7",
    ),
)


def fetch_tarballs(folder: Path) -> None:
    """Bring the art and its labels here, if they are not. Raises a `PullError`, `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        Wanted(
            name=path,
            url=f"{_REGISTRY}/{path}",
            path=folder / path.rpartition("/")[2],
            size_bytes=size_bytes,
            sum=Sum(sha256=sha256),
        )
        for path, size_bytes, sha256 in _TARBALLS
    ]
    asyncio.run(_fetched([file for file in wanted if not file.path.exists()], folder))


async def _fetched(wanted: Sequence[Wanted], folder: Path) -> None:
    require_room(wanted, folder)
    async with aiohttp.ClientSession(trust_env=True) as session:
        for file in wanted:
            await fetch(session, file, lambda: None)
