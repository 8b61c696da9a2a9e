"""A bare client of the REST interface, for what discord.py would not send."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.studio import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`body` None: there was none."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> int:
        return int(self.body["code"])


class RestClient:
    def __init__(self, session: aiohttp.ClientSession, studio: Studio) -> None:
        self._session = session
        self._base = studio.api_url
        self.messages = f"/channels/{studio.channel().id}/messages"

    async def __call__(self, method: str, path: str, body: Any = None, *, token: str | None = "any") -> Reply:
        headers = {"Authorization": f"Bot {token}"} if token is not None else {}
        sent = self._session.request(method, self._base + path, json=body, headers=headers)
        async with sent as response:
            text = await response.text()
            return Reply(
                status=response.status, body=json.loads(text) if text else None, headers=dict(response.headers)
            )

    async def send(self, **body: Any) -> Reply:
        return await self("POST", self.messages, body)

    async def upload(self, body: Any, *files: bytes) -> Reply:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", json.dumps(body))
        for index, content in enumerate(files):
            form.add_field(
                f"files[{index}]", io.BytesIO(content), filename=f"{index}.bin", content_type="application/octet-stream"
            )
        headers = {"Authorization": "Bot any"}
        async with self._session.post(self._base + self.messages, data=form, headers=headers) as response:
            return Reply(status=response.status, body=await response.json(), headers=dict(response.headers))


@asynccontextmanager
async def rest_client(studio: Studio) -> AsyncIterator[RestClient]:
    async with aiohttp.ClientSession() as session:
        yield RestClient(session, studio)
