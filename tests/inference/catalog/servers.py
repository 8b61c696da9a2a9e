"""A package index and a hub of models, as far as a pull speaks to them, over real HTTP on this machine."""

import asyncio
import hashlib
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Self

from aiohttp import encode_basic_auth, web

COMMIT = "1234567890abcdef1234567890abcdef12345678"
LATER_COMMIT = "abcdef1234567890abcdef1234567890abcdef12"
REPOSITORY = "someone/tiny"
ADAPTERS = "someone/adapters"


@dataclass(slots=True, kw_only=True)
class Shelf:
    """What is served, what was asked for, and where the line breaks."""

    url: str = ""
    ranges: list[tuple[str, str]] = field(default_factory=list)  # Name and Range header of each file asked for.
    tokens: set[str] = field(default_factory=set)  # Seen in Authorization headers.
    tokens_elsewhere: set[str] = field(default_factory=set)  # Seen where the hub sends who wants a large file.
    cuts: dict[str, int] = field(default_factory=dict)  # Name: bytes after which its next response breaks off.
    stalls: dict[str, int] = field(default_factory=dict)  # Name: bytes after which its next response says no more.
    takes_back: frozenset[str] = frozenset()  # Names that always break off, and of which no rest is to be had.
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    # The index
    wheels: dict[str, bytes] = field(default_factory=dict)
    speaks_json: bool = True
    tells_sums: bool = True
    login: tuple[str, str] | None = None  # Asked for at the index and its wheels.
    # The hub
    files: dict[str, bytes] = field(default_factory=dict)  # Of the repository.
    adapters: dict[str, bytes] = field(default_factory=dict)  # Of the repository of adapters.
    in_lfs: frozenset[str] = frozenset({"model.safetensors"})
    told_sums: dict[str, str] = field(default_factory=dict)  # Instead of the true ones.
    commits: dict[str, str] = field(default_factory=lambda: {"main": COMMIT, COMMIT: COMMIT})
    is_gated: bool = False
    is_private: bool = False

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Self]:
        shelf = cls()
        app = web.Application()
        app.router.add_get("/simple/{package}/", shelf.page)
        app.router.add_get("/wheels/{name}", shelf.wheel)
        repository = "{owner:someone}/{repository}"
        app.router.add_get(f"/api/models/{repository}/revision/{{revision}}", shelf.repository)
        app.router.add_get(f"/{repository}/resolve/{{revision}}/{{name:.+}}", shelf.file)
        app.router.add_get(f"/elsewhere/{repository}/{{name:.+}}", shelf.large_file)
        app.router.add_get("/portal/{rest:.*}", shelf.portal)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        shelf.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield shelf
        finally:
            await runner.cleanup()

    async def portal(self, _request: web.Request) -> web.Response:
        """What a network says in everybody's place until somebody logs in."""
        return web.json_response({"login": "here"})

    async def page(self, request: web.Request) -> web.Response:
        self._require_login(request)
        prefix = request.match_info["package"].replace("-", "_") + "-"
        wheels = {name: wheel for name, wheel in self.wheels.items() if name.startswith(prefix)}
        if not wheels:
            raise web.HTTPNotFound
        sums = {name: hashlib.sha256(wheel).hexdigest() if self.tells_sums else "" for name, wheel in wheels.items()}
        if self.speaks_json and "json" in request.headers["Accept"]:
            files = [
                {"filename": name, "url": f"../../wheels/{name}", "hashes": {"sha256": found} if found else {}}
                for name, found in sums.items()
            ]
            content_type = "application/vnd.pypi.simple.v1+json"
            return web.Response(text=json.dumps({"files": files}), content_type=content_type)
        links = "".join(
            f'<a href="/wheels/{name}{f"#sha256={found}" if found else ""}">{name}</a>' for name, found in sums.items()
        )
        return web.Response(text=f"<html><body>{links}</body></html>", content_type="text/html")

    async def wheel(self, request: web.Request) -> web.StreamResponse:
        self._require_login(request)
        return await self._sent(request, self.wheels[request.match_info["name"]])

    def _require_login(self, request: web.Request) -> None:
        if self.login and request.headers.get("Authorization") != encode_basic_auth(*self.login):
            raise web.HTTPUnauthorized

    async def repository(self, request: web.Request) -> web.Response:
        self._hear(request)
        if self.is_private:
            return web.Response(status=401, headers={"X-Error-Code": "RepoNotFound"})
        commit = self.commits.get(request.match_info["revision"])
        if commit is None:
            return web.Response(status=404, headers={"X-Error-Code": "RevisionNotFound"})
        siblings = [self._sibling(name, content) for name, content in self._files_of(request).items()]
        return web.json_response(
            {"id": _repository_of(request), "sha": commit, "siblings": siblings, "gated": self.is_gated}
        )

    def _sibling(self, name: str, content: bytes) -> dict[str, object]:
        blob = hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()
        sibling: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": blob}
        if name in self.in_lfs:
            found = self.told_sums.get(name, hashlib.sha256(content).hexdigest())
            sibling["lfs"] = {"sha256": found, "size": len(content), "pointerSize": 134}
        return sibling

    async def file(self, request: web.Request) -> web.StreamResponse:
        self._hear(request)
        if self.is_gated and "Authorization" not in request.headers:
            return web.Response(status=401, headers={"X-Error-Code": "GatedRepo"})
        name = request.match_info["name"]
        if name in self.in_lfs:  # Another name of this machine is another origin.
            url = self.url.replace("127.0.0.1", "localhost")
            raise web.HTTPFound(f"{url}/elsewhere/{_repository_of(request)}/{name}")
        return await self._sent(request, self._files_of(request)[name])

    async def large_file(self, request: web.Request) -> web.StreamResponse:
        if token := request.headers.get("Authorization"):
            self.tokens_elsewhere.add(token)
        return await self._sent(request, self._files_of(request)[request.match_info["name"]])

    def _files_of(self, request: web.Request) -> dict[str, bytes]:
        return {REPOSITORY: self.files, ADAPTERS: self.adapters}[_repository_of(request)]

    def _hear(self, request: web.Request) -> None:
        if token := request.headers.get("Authorization"):
            self.tokens.add(token)

    async def _sent(self, request: web.Request, content: bytes) -> web.StreamResponse:
        name, wish = request.match_info["name"], request.headers.get("Range", "")
        self.ranges.append((name, wish))
        start = int(wish.removeprefix("bytes=").removesuffix("-")) if wish else 0
        if start >= len(content) > 0 or (start and name in self.takes_back):
            return web.Response(status=416)
        response = web.StreamResponse(status=206 if wish else 200)
        response.content_length = len(content) - start
        if wish:
            response.headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        await response.prepare(request)
        end = self.cuts.get(name) or self.stalls.get(name) or (1_000_000 if name in self.takes_back else None)
        await response.write(content[start:end])
        if self.cuts.pop(name, None) or name in self.takes_back:
            assert request.transport is not None
            request.transport.close()
        elif self.stalls.pop(name, None):
            self.stalled.set()
            await asyncio.Event().wait()
        return response


def _repository_of(request: web.Request) -> str:
    return f"{request.match_info['owner']}/{request.match_info['repository']}"


def wheel_of(package: str, files: dict[str, bytes], version: str = "1.0") -> tuple[str, bytes]:
    """The name and the content of a wheel that pip would take."""
    name = package.replace("-", "_")
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        for file, inside in files.items():
            wheel.writestr(zipfile.ZipInfo(f"{name}/{file}"), inside)  # Without a time: the same at every call.
        wheel.writestr(zipfile.ZipInfo(f"{name}-{version}.dist-info/METADATA"), f"Name: {package}\n")
    return f"{name}-{version}-py3-none-any.whl", content.getvalue()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
