"""Brings a release to a repository of the hub, or of another server that speaks as the hub does.

The repository's branch goes from release to release, and each has a tag `v<N>`. A release is sent in commits of some
hundred files, since one commit of a hundred thousand takes longer than the hub waits; the tag comes last, so that what
has a tag is whole. Why files are compared, and older ones deleted: docs/decisions/how-a-release-is-pushed.md.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from storage.release.errors import (
    NewerReleasePushedError,
    PushFailedError,
    PushRefusedError,
    ReleaseBrokenError,
    ReleaseDiffersError,
    RepositoryForeignError,
    RepositoryPublicError,
)

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

MANIFEST: Final = "manifest.json"
# What a release may have at its top. A repository with anything else is not ours to change.
LAYOUT: Final = frozenset(
    {"README.md", "LICENSE", MANIFEST, "tombstones.jsonl", "card", "data", "jsonl", "media", "shards"}
)
_HUBS_OWN: Final = frozenset({".gitattributes"})
_TAG: Final = re.compile(r"v([1-9][0-9]*)")
_BATCH_FILES: Final = 500
_BATCH_BYTES: Final = 2_000_000_000
_KIND: Final = "dataset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    repository: str  # Such as "owner/name".
    token: str | None = field(default=None, repr=False)  # None: of an earlier `hf auth login`.
    endpoint: str | None = None  # None: as HF_ENDPOINT says, or the hub itself.
    is_public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How far a push is."""

    bytes: int
    of_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A release that stands in its repository, under its tag."""

    version: int
    files: int  # Sent now; the others were there.
    bytes: int
    is_public: bool


def push(
    release: Path,
    destination: Destination,
    *,
    verify: Callable[[Path], Sequence[str]],
    progress: Callable[[Sent], None] = lambda _: None,
) -> Pushed:
    """Bring a release there; what is there already is not sent again. A push that broke off goes on where it was.

    `verify` names what is wrong with the folder. Raises `ReleaseBrokenError` if it names anything,
    `PushRefusedError`, `PushFailedError`, `RepositoryForeignError`, `RepositoryPublicError`, `NewerReleasePushedError`
    and `ReleaseDiffersError`; until the tag is there, nobody who asks for it gets half a release.
    """
    if faults := verify(release):
        raise ReleaseBrokenError(folder=release, faults=tuple(faults))
    from huggingface_hub import HfApi

    api = HfApi(endpoint=destination.endpoint, token=destination.token)
    with _translated(destination):
        return _Push(api, release, destination).run(progress)


class _Push:
    def __init__(self, api: "HfApi", release: Path, destination: Destination) -> None:
        self._api = api
        self._release = release
        self._destination = destination
        self._repository = destination.repository
        self._manifest = json.loads((release / MANIFEST).read_text(encoding="utf-8"))
        self._version = int(self._manifest["version"])

    def run(self, progress: Callable[[Sent], None]) -> Pushed:
        is_private = not self._destination.is_public
        self._api.create_repo(self._repository, repo_type=_KIND, private=is_private, exist_ok=True)
        about = self._api.dataset_info(self._repository)
        if is_private and not about.private:
            raise RepositoryPublicError(self._repository)
        if self._is_tagged():
            return Pushed(version=self._version, files=0, bytes=0, is_public=not about.private)
        there, paths = self._files_at("main"), self._paths()
        self._require_ours(there)
        wanted = [path for path in paths if not self._is_same(path, there.get(path))]
        stale = sorted(there.keys() - set(paths) - _HUBS_OWN)
        sent = self._send(wanted, stale, head=about.sha, progress=progress)
        self._api.create_tag(self._repository, tag=f"v{self._version}", repo_type=_KIND)
        return Pushed(version=self._version, files=len(wanted), bytes=sent, is_public=not about.private)

    def _is_tagged(self) -> bool:
        """Whether this very release is there. Raises if another one stands under its tag, or a newer one is there."""
        tags = self._api.list_repo_refs(self._repository, repo_type=_KIND).tags
        newest = max((int(found[1]) for tag in tags if (found := _TAG.fullmatch(tag.name))), default=0)
        if newest > self._version:
            raise NewerReleasePushedError(repository=self._repository, version=self._version, newest=newest)
        if newest < self._version:
            return False
        if not self._is_same(MANIFEST, self._files_at(f"v{self._version}").get(MANIFEST)):
            raise ReleaseDiffersError(repository=self._repository, version=self._version)
        return True

    def _files_at(self, revision: str) -> Mapping[str, "RepoFile"]:
        from huggingface_hub.hf_api import RepoFile

        found = self._api.list_repo_tree(self._repository, recursive=True, revision=revision, repo_type=_KIND)
        return {each.path: each for each in found if isinstance(each, RepoFile)}

    def _require_ours(self, there: Mapping[str, "RepoFile"]) -> None:
        found = there.keys() - _HUBS_OWN
        foreign = {path for path in found if path.partition("/")[0] not in LAYOUT}
        if foreign or (found and MANIFEST not in found):
            raise RepositoryForeignError(repository=self._repository, example=min(foreign or found))

    def _paths(self) -> Sequence[str]:
        """The manifest first: a repository is known by it as ours from the first commit on."""
        return [MANIFEST, *sorted(self._manifest["files"])]

    def _is_same(self, path: str, there: "RepoFile | None") -> bool:
        if there is None or there.size != (self._release / path).stat().st_size:
            return False
        if there.lfs is not None and path != MANIFEST:
            return bool(there.lfs.sha256 == self._manifest["files"][path]["sha256"])
        content = (self._release / path).read_bytes()
        if there.lfs is not None:
            return bool(there.lfs.sha256 == hashlib.sha256(content).hexdigest())
        blob = hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False)  # As git names it.
        return there.blob_id == blob.hexdigest()

    def _send(
        self, wanted: Sequence[str], stale: Sequence[str], *, head: str | None, progress: Callable[[Sent], None]
    ) -> int:
        """In commits on top of `head`: should another push come between, the next one is refused. Returns bytes."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        sizes = {path: (self._release / path).stat().st_size for path in wanted}
        total, sent = sum(sizes.values()), 0
        progress(Sent(bytes=0, of_bytes=total))
        for batch in _batches(wanted, sizes):
            adds = [CommitOperationAdd(path_in_repo=path, path_or_fileobj=self._release / path) for path in batch]
            head = self._commit(adds, head)
            sent += sum(sizes[path] for path in batch)
            progress(Sent(bytes=sent, of_bytes=total))
        for start in range(0, len(stale), _BATCH_FILES):
            batch = stale[start : start + _BATCH_FILES]
            head = self._commit([CommitOperationDelete(path_in_repo=path) for path in batch], head)
        return sent

    def _commit(self, operations: Sequence[object], head: str | None) -> str:
        commit = self._api.create_commit(
            self._repository,
            operations,  # type: ignore[arg-type]  # Both kinds of operation are.
            commit_message=f"Release v{self._version}",
            repo_type=_KIND,
            parent_commit=head,
        )
        return str(commit.oid)


def _batches(paths: Sequence[str], sizes: Mapping[str, int]) -> Iterator[Sequence[str]]:
    batch: list[str] = []
    for path in paths:
        if batch and (len(batch) == _BATCH_FILES or sum(sizes[each] for each in batch) + sizes[path] > _BATCH_BYTES):
            yield batch
            batch = []
        batch.append(path)
    if batch:
        yield batch


@contextmanager
def _translated(destination: Destination) -> Iterator[None]:
    """Turn what the hub's library raises into our own errors, without its requests, which hold the token."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status in {401, 403}:
            raise PushRefusedError(repository=destination.repository, has_token=bool(destination.token)) from None
        reason = f"the server answers {status}"
        raise PushFailedError(repository=destination.repository, reason=reason) from None
    except (
        httpx2.HTTPError,
        RuntimeError,
    ) as error:  # RuntimeError: a large file did not arrive, and its cause says why.
        reason = type(error.__cause__ or error).__name__
        raise PushFailedError(repository=destination.repository, reason=reason) from None
