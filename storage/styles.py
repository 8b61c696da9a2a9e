"""The styles of each server's admins: presets of their own, and which of ours they do not want."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import select

from inference.contract.identifiers import MemberId, ServerId
from storage.audit import note
from storage.database import Database
from storage.domain import AuditEntry, Deed, Preset
from storage.tables import StyleRow

Presets = Mapping[str, Preset]  # By their keys, which are their names folded.

STYLES: Final = "styles"  # What an entry of the audit log calls them.
_PLAIN: Final = TypeAdapter(Preset)


class Styles:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[ServerId, Presets]:
        """Those of every server whose admins have chosen any."""
        found: dict[ServerId, dict[str, Preset]] = {}
        async with self._database.reading() as session:
            for row in await session.scalars(select(StyleRow).order_by(StyleRow.server, StyleRow.key)):
                found.setdefault(row.server, {})[row.key] = row.preset
        return found

    async def put(self, server: ServerId, changes: Mapping[str, Preset | None], *, by: MemberId, at: datetime) -> None:
        """Set these keys, and take away those with None: all or none of it.

        Also writes into the audit log what was changed, as `Servers.put` does: JSON, what `was` and what `is`, by key.
        """
        async with self._database.writing() as session:
            here = (StyleRow.server == server) & StyleRow.key.in_(changes)
            rows = {row.key: row for row in await session.scalars(select(StyleRow).where(here).with_for_update())}
            was = {key: rows[key].preset if key in rows else None for key in changes}
            if was == dict(changes):
                return
            for key, preset in changes.items():
                if preset is not None:
                    await session.merge(StyleRow(server=server, key=key, preset=preset))
                elif key in rows:
                    await session.delete(rows[key])
            detail = json.dumps({STYLES: {"was": _told(was), "is": _told(changes)}}, ensure_ascii=False)
            note(session, AuditEntry(server=server, moderator=by, deed=Deed.SET, at=at, detail=detail))


def _told(presets: Mapping[str, Preset | None]) -> dict[str, Any]:
    return {key: preset and _PLAIN.dump_python(preset, mode="json") for key, preset in presets.items()}
