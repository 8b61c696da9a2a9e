"""What a repository of the Hugging Face hub has, at which commit, and which of it a model needs."""

import asyncio
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from inference.catalog.errors import (
    AccessDeniedError,
    ConfigurationBrokenError,
    DownloadFailedError,
    FilesMissingError,
    HttpRefusedError,
    SumMismatchError,
)
from inference.catalog.layout import is_weights
from inference.catalog.sources import HubSource
from inference.catalog.sums import Sum
from inference.catalog.transfer import Wanted

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_DESCRIPTION_BYTES: Final = 100_000_000  # Several times the largest tokenizers: they are read whole, into memory.
_SUM: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    name: str
    size_bytes: int
    sum: Sum

    @property
    def is_weights(self) -> bool:
        return is_weights(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubPlan:
    """Files of one commit."""

    repository: str
    commit: str
    files: tuple[HubFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How the host speaks to the hub."""

    endpoint: str | None = None  # Of a mirror; None: as HF_ENDPOINT says, or the hub itself.
    token: str | None = field(default=None, repr=False)  # None: of the environment, or of an earlier `hf auth login`.

    @property
    def url(self) -> str:
        from huggingface_hub.constants import ENDPOINT

        return (self.endpoint or os.environ.get("HF_ENDPOINT") or ENDPOINT).rstrip("/")

    def resolved_token(self) -> str | None:
        from huggingface_hub import get_token

        return self.token or get_token()

    def session(self) -> aiohttp.ClientSession:
        """With the environment's proxy but not its netrc, which would speak beside the token, and to other hosts."""
        url = urlsplit(self.url)
        proxy = None if proxy_bypass(url.hostname or "") else getproxies().get(url.scheme)
        return aiohttp.ClientSession(proxy=proxy)


THE_HUB: Final = Access()


async def listed(name: str, source: HubSource, *, commit: str | None, access: Access) -> HubPlan:
    """All that the hub has; `commit` is the one to keep to, if it is known. Raises a `PullError`."""
    plan = await asyncio.to_thread(_ask, source, commit or source.revision, access)
    expected = commit or (source.revision if _COMMIT.fullmatch(source.revision) else plan.commit)
    if plan.commit != expected:
        raise SumMismatchError(name=name, expected=f"commit {expected}", found=f"commit {plan.commit}")
    return plan


def narrowed(name: str, source: HubSource, plan: HubPlan, files: Collection[str]) -> HubPlan:
    """To what is needed; what describes the model comes before its weights. Raises a `PullError`."""
    needed = [file for file in plan.files if file.name in files]
    _vet_entries(name, needed)
    ordered = _with_named_sums(name, source, sorted(needed, key=lambda file: file.is_weights))
    return replace(plan, files=tuple(ordered))


def wanted_of(plan: HubPlan, folder: Path, access: Access) -> list[Wanted]:
    """The plan as downloads into `folder`, whose names there tell their content."""
    from huggingface_hub import hf_hub_url

    token = access.resolved_token()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return [
        Wanted(
            name=f"{plan.repository}/{file.name}",
            url=hf_hub_url(plan.repository, file.name, revision=plan.commit, endpoint=access.url),
            path=folder / f"{file.sum.digest[:16]}-{quote(file.name, safe='')}",
            size_bytes=file.size_bytes,
            sum=file.sum,
            headers=headers,
        )
        for file in plan.files
    ]


def access_error(plan: HubPlan, error: HttpRefusedError, access: Access) -> Exception:
    """Gated repositories tell what they have to everybody, and give it to few."""
    if error.status in {401, 403}:
        return AccessDeniedError(repository=plan.repository, has_token=bool(access.resolved_token()))
    return error


def _ask(source: HubSource, revision: str, access: Access) -> HubPlan:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    repository, token = source.repository, access.resolved_token()
    try:
        api = HfApi(endpoint=access.url, token=token or False)
        found = api.model_info(repository, revision=revision, files_metadata=True, timeout=30)
    except (GatedRepoError, RepositoryNotFoundError) as error:
        raise AccessDeniedError(repository=repository, has_token=bool(token)) from error
    except RevisionNotFoundError as error:
        reason = f"it has no revision {revision}"
        raise DownloadFailedError(package=repository, is_offline=False, reason=reason) from error
    except (HfHubHTTPError, ValueError, KeyError) as error:  # The last two: no such name, or no answer of a hub.
        raise DownloadFailedError(package=repository, is_offline=False, reason=str(error)) from error
    except Exception as error:
        # The errors of the library beneath are let through, and that library has changed before.
        if not isinstance(error, OfflineModeIsEnabled) and not type(error).__module__.startswith("httpx"):
            raise
        raise DownloadFailedError(package=repository, is_offline=True, reason=str(error)) from error
    files = [
        HubFile(
            name=file.rfilename,
            size_bytes=file.size or 0,
            sum=Sum(sha256=file.lfs.sha256 if file.lfs else None, git=file.blob_id),
        )
        for file in found.siblings or []
    ]
    return HubPlan(repository=repository, commit=found.sha or "", files=tuple(files))


def _with_named_sums(name: str, source: HubSource, files: list[HubFile]) -> list[HubFile]:
    """What the catalog says of a file goes before what the hub says."""
    sums = {file.name: file.sum.sha256 for file in files}
    for file, sha256 in source.sha256.items():
        if file not in sums:
            raise FilesMissingError(name=name, files=file)
        if sums[file] not in {None, sha256}:
            raise SumMismatchError(name=f"{name}/{file}", expected=sha256, found=str(sums[file]))
    return [
        replace(file, sum=Sum(sha256=source.sha256.get(file.name, file.sum.sha256), git=file.sum.git)) for file in files
    ]


def _vet_entries(name: str, files: Iterable[HubFile]) -> None:
    """A sum names a file here, so it has to be one."""
    for file in files:
        if not _SUM.fullmatch(file.sum.digest):
            raise ConfigurationBrokenError(name=name, reason=f"the hub tells no sum of {file.name}")
        if not file.is_weights and file.size_bytes > _DESCRIPTION_BYTES:
            raise ConfigurationBrokenError(name=name, reason=f"{file.name} has {file.size_bytes:,} bytes")
