"""A hub of datasets, as far as a push speaks to it, over real HTTP on this machine."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler

TOKEN = "hf_secret"
_SMALL = 1_000  # Bytes; larger files, and Parquet, are kept apart as the hub does.


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One file of one commit."""

    content: bytes
    is_large: bool

    @property
    def blob(self) -> str:
        return hashlib.sha1(b"blob %d\0%b" % (len(self.content), self.content)).hexdigest()

    @property
    def sum(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


Tree = Mapping[str, Kept]


@dataclass(slots=True, kw_only=True)
class DatasetHub:
    """One repository, "someone/foxes", and what was said about it."""

    url: str = ""
    is_there: bool = False
    is_private: bool = False
    commits: dict[str, Tree] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)  # Branch and tags, and their commits.
    large: dict[str, bytes] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)  # Paths or sums, in the order that their bytes came.
    cut_at_commit: int | None = None  # The one, from 1 on, at which the line breaks, once.
    keeps_what_was_cut: bool = False  # Whether it is the answer that is lost, or the commit.
    before_commit: Callable[[int], None] = lambda _: None

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Self]:
        hub = cls()
        app = web.Application(client_max_size=50_000_000, middlewares=[hub._allowed])
        dataset = "/api/datasets/someone/foxes"
        app.router.add_post("/api/repos/create", hub.create)
        app.router.add_post("/api/validate-yaml", hub.valid)
        app.router.add_get(dataset, hub.about)
        app.router.add_get(f"{dataset}/refs", hub.list_refs)
        app.router.add_get(f"{dataset}/tree/{{revision}}", hub.tree)
        app.router.add_post(f"{dataset}/preupload/{{revision}}", hub.modes)
        app.router.add_post(f"{dataset}/commit/{{revision}}", hub.commit)
        app.router.add_post(f"{dataset}/tag/{{revision}}", hub.tag)
        app.router.add_post("/datasets/someone/foxes.git/info/lfs/objects/batch", hub.batch)
        app.router.add_put("/large/{sum}", hub.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield hub
        finally:
            await runner.cleanup()

    def put(self, files: Mapping[str, bytes]) -> None:
        """A commit of the branch by somebody else, on top of what is there."""
        new = {path: Kept(content=content, is_large=False) for path, content in files.items()}
        self._grow({**self.at("main"), **new})

    def at(self, revision: str) -> Tree:
        return self.commits[self.refs[revision]]

    def contents(self, revision: str) -> Mapping[str, bytes]:
        """Of all files but the hub's own."""
        return {path: kept.content for path, kept in self.at(revision).items() if path != ".gitattributes"}

    @web.middleware
    async def _allowed(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/large/") and request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=401)
        return await handler(request)

    async def create(self, request: web.Request) -> web.Response:
        wish = await request.json()
        if self.is_there:
            return web.json_response({"url": f"{self.url}/datasets/someone/foxes"}, status=409)
        self.is_there, self.is_private = True, wish.get("visibility") == "private"
        self._grow({".gitattributes": Kept(content=b"*.parquet filter=lfs", is_large=False)})
        return web.json_response({"url": f"{self.url}/datasets/someone/foxes"})

    async def valid(self, _request: web.Request) -> web.Response:
        return web.json_response({"warnings": [], "errors": []})

    async def about(self, _request: web.Request) -> web.Response:
        return web.json_response({"id": "someone/foxes", "sha": self.refs["main"], "private": self.is_private})

    async def list_refs(self, _request: web.Request) -> web.Response:
        told = [
            {"name": name, "ref": f"refs/tags/{name}", "targetCommit": commit}
            for name, commit in self.refs.items()
            if name != "main"
        ]
        return web.json_response({"branches": [], "converts": [], "tags": told})

    async def tree(self, request: web.Request) -> web.Response:
        told: list[Mapping[str, object]] = [{"type": "directory", "path": "data", "oid": "0" * 40}]
        for path, kept in self.at(request.match_info["revision"]).items():
            large = {"lfs": {"oid": kept.sum, "size": len(kept.content), "pointerSize": 134}} if kept.is_large else {}
            told.append({"type": "file", "path": path, "size": len(kept.content), "oid": kept.blob, **large})
        return web.json_response(told)

    async def modes(self, request: web.Request) -> web.Response:
        files = (await request.json())["files"]
        there = self.at("main")
        told = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["size"] > _SMALL or file["path"].endswith(".parquet") else "regular",
                "shouldIgnore": False,
                "oid": there[file["path"]].blob if file["path"] in there else None,
            }
            for file in files
        ]
        return web.json_response({"files": told})

    async def batch(self, request: web.Request) -> web.Response:
        objects: list[Mapping[str, object]] = []
        for wish in (await request.json())["objects"]:
            upload = {"actions": {"upload": {"href": f"{self.url}/large/{wish['oid']}"}}}
            objects.append({**wish, **({} if wish["oid"] in self.large else upload)})
        return web.json_response({"transfer": "basic", "objects": objects})

    async def take(self, request: web.Request) -> web.Response:
        content = await request.read()
        assert hashlib.sha256(content).hexdigest() == request.match_info["sum"]
        self.large[request.match_info["sum"]] = content
        self.uploads.append(request.match_info["sum"])
        return web.Response()

    async def commit(self, request: web.Request) -> web.StreamResponse:
        number = len(self.commits)
        self.before_commit(number)
        lines = [json.loads(line) for line in (await request.read()).splitlines()]
        if is_cut := self.cut_at_commit == number:
            self.cut_at_commit = None
            assert request.transport is not None
            request.transport.close()
        if is_cut and not self.keeps_what_was_cut:
            return web.Response()
        if lines[0]["value"].get("parentCommit") not in {None, self.refs["main"]}:
            return web.json_response({"error": "another commit came between"}, status=412)
        files = dict(self.at("main"))
        for line in lines[1:]:
            value = line["value"]
            match line["key"]:
                case "file":
                    files[value["path"]] = Kept(content=base64.b64decode(value["content"]), is_large=False)
                    self.uploads.append(value["path"])
                case "lfsFile":
                    files[value["path"]] = Kept(content=self.large[value["oid"]], is_large=True)
                case "deletedFile":
                    del files[value["path"]]
                case key:
                    raise web.HTTPBadRequest(text=f"what is {key}?")
        return web.json_response(
            {"commitUrl": f"{self.url}/datasets/someone/foxes/commit/0", "commitOid": self._grow(files)}
        )

    async def tag(self, request: web.Request) -> web.Response:
        name = (await request.json())["tag"]
        if name in self.refs:
            return web.Response(status=409)
        self.refs[name] = self.refs[request.match_info["revision"]]
        return web.Response()

    def _grow(self, files: Tree) -> str:
        commit = hashlib.sha1(str(len(self.commits)).encode()).hexdigest()
        self.commits[commit] = files
        self.refs["main"] = commit
        return commit
