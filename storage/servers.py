"""What the admins of each server have chosen."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import select

from inference.contract.identifiers import MemberId, ServerId
from storage.audit import note
from storage.database import Database
from storage.domain import AuditEntry, Deed, ServerSettings
from storage.tables import ServerSettingsRow

_PLAIN: Final = TypeAdapter(ServerSettings)


class Servers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, server: ServerId) -> ServerSettings:
        """The defaults, where nothing was chosen yet."""
        async with self._database.reading() as session:
            row = await session.get(ServerSettingsRow, server)
        return ServerSettings() if row is None else row.settings

    async def all(self) -> Mapping[ServerId, ServerSettings]:
        """Those of every server whose admins have chosen anything."""
        async with self._database.reading() as session:
            rows = (await session.scalars(select(ServerSettingsRow))).all()
        return {row.server: row.settings for row in rows}

    async def put(self, server: ServerId, settings: ServerSettings, *, by: MemberId, at: datetime) -> None:
        """Also writes into the audit log what was changed: JSON, by field, what `was` and what `is`."""
        async with self._database.writing() as session:
            row = await session.get(ServerSettingsRow, server, with_for_update=True)
            changes = _changes(ServerSettings() if row is None else row.settings, settings)
            if not changes:
                return
            await session.merge(ServerSettingsRow(server=server, settings=settings))
            detail = json.dumps(changes, ensure_ascii=False)
            note(session, AuditEntry(server=server, moderator=by, deed=Deed.SET, at=at, detail=detail))


def _changes(was: ServerSettings, now: ServerSettings) -> dict[str, Any]:
    before, after = (_PLAIN.dump_python(one, mode="json") for one in (was, now))
    return {
        field.name: {"was": before[field.name], "is": after[field.name]}
        for field in fields(ServerSettings)
        if before[field.name] != after[field.name]
    }
