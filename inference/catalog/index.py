"""Finds a wheel in the package index of the host: where pip would look, without pip, which cannot resume."""

import asyncio
import configparser
import os
import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

import aiohttp
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from inference.catalog.errors import DownloadFailedError
from inference.catalog.sources import PartsSource, WheelSource
from inference.catalog.transfer import TIMEOUT

_USUAL: Final = "https://pypi.org/simple"
_ACCEPT: Final = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_SECTIONS: Final = ("global", "download")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """What pip would be told by its configuration and its environment, as far as a download needs it."""

    indexes: tuple[str, ...]  # Of the form of PEP 503 or 691; may be `file:` URLs.
    find_links: tuple[str, ...]  # Folders or pages with links to wheels.
    certificates: str | None
    proxy: str | None  # None: as the environment's HTTPS_PROXY says.

    @classmethod
    def of_host(cls, environment: Mapping[str, str] = os.environ) -> Self:
        said = _configuration(environment) | {
            name.removeprefix("PIP_").lower().replace("_", "-"): value
            for name, value in environment.items()
            if name.startswith("PIP_") and value
        }
        no_index = said.get("no-index", "").lower() in {"1", "true", "yes", "on"}
        indexes = (said.get("index-url", _USUAL), *said.get("extra-index-url", "").split())
        return cls(
            indexes=() if no_index else indexes,
            find_links=tuple(said.get("find-links", "").split()),
            certificates=said.get("cert"),
            proxy=said.get("proxy"),
        )

    def session(self) -> aiohttp.ClientSession:
        """For requests with the host's certificates, proxy and netrc."""
        context = ssl.create_default_context(cafile=self.certificates)
        connector = aiohttp.TCPConnector(ssl=context)
        return aiohttp.ClientSession(connector=connector, proxy=self.proxy, trust_env=True)


async def located(session: aiohttp.ClientSession, settings: IndexSettings, source: WheelSource | PartsSource) -> str:
    """The URL of the wheel with the right sum, or else of one whose sum nobody tells. Raises `DownloadFailedError`."""
    package = f"{source.package}=={source.version}"
    unreachable: Exception | None = None
    unproven: list[str] = []
    for page in _pages(settings, source.package):
        try:
            links = await _links_of(session, page)
        except (aiohttp.ClientError, TimeoutError, ValueError, LookupError, TypeError) as error:
            unreachable = error  # Also what answers in its place, such as a page to log in on.
            continue
        for link, sha256 in links:
            if _is_of(link, source):
                url = _with_credentials(link, page)
                if sha256 == source.sha256:
                    return url
                unproven.append(url)
    if unproven:
        return unproven[0]
    if unreachable:
        raise DownloadFailedError(package=package, is_offline=True, reason=str(unreachable)) from unreachable
    raise DownloadFailedError(package=package, is_offline=False, reason="the package index has no such wheel")


def _pages(settings: IndexSettings, package: str) -> Iterator[str]:
    for place in settings.find_links:
        yield place if "://" in place or place.startswith("file:") else Path(place).expanduser().resolve().as_uri()
    for index in settings.indexes:
        yield f"{index.rstrip('/')}/{canonicalize_name(package)}/"


async def _links_of(session: aiohttp.ClientSession, page: str) -> list[tuple[str, str | None]]:
    """URLs and the sha256 that the page tells of them."""
    if page.startswith("file:"):
        return await asyncio.to_thread(_links_in, Path(url2pathname(urlsplit(page).path)))
    async with session.get(page, headers={"Accept": _ACCEPT}, timeout=TIMEOUT) as response:
        if response.status in {403, 404}:
            return []
        response.raise_for_status()
        if response.content_type.endswith("json"):
            return list(_links_of_json(str(response.url), await response.json(content_type=None)))
        return _links_of_html(str(response.url), await response.text())


def _links_in(place: Path) -> list[tuple[str, str | None]]:
    if place.is_dir() and not (place / "index.html").is_file():
        return [(path.as_uri(), None) for path in sorted(place.glob("*.whl"))]
    page = place / "index.html" if place.is_dir() else place
    return _links_of_html(page.as_uri(), page.read_text(encoding="utf-8")) if page.is_file() else []


def _links_of_json(base: str, table: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    for file in table["files"]:
        yield urljoin(base, file["url"]), file.get("hashes", {}).get("sha256")


def _links_of_html(base: str, page: str) -> list[tuple[str, str | None]]:
    anchors = _Anchors()
    anchors.feed(page)
    found = []
    for href in anchors.targets:
        url, _, fragment = urljoin(base, href).partition("#")
        found.append((url, fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else None))
    return found


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.targets += [value for name, value in attrs if name == "href" and value]


def _with_credentials(link: str, page: str) -> str:
    """Who asks for a page by a name and a password, as pip's settings may, needs them for that host's files too."""
    asked, linked = urlsplit(page), urlsplit(link)
    _, has_any, home = asked.netloc.rpartition("@")
    if not has_any or (linked.scheme, linked.netloc) != (asked.scheme, home):
        return link
    return linked._replace(netloc=asked.netloc).geturl()


def _is_of(url: str, source: WheelSource | PartsSource) -> bool:
    try:
        name, version, _, _ = parse_wheel_filename(unquote(urlsplit(url).path.rpartition("/")[2]))
    except InvalidWheelFilename:
        return False
    return name == canonicalize_name(source.package) and version == Version(source.version)


def _configuration(environment: Mapping[str, str]) -> dict[str, str]:
    """Of pip's files, in pip's order."""
    chosen = environment.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return {}
    home = Path(environment.get("HOME", "~")).expanduser()
    files = [
        *(Path(folder) / "pip/pip.conf" for folder in environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep)),
        Path("/etc/pip.conf"),
        home / ".pip/pip.conf",
        Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "pip/pip.conf",
        Path(sys.prefix) / "pip.conf",
        *([Path(chosen)] if chosen else []),
    ]
    parser = configparser.RawConfigParser()
    parser.read(files, encoding="utf-8")
    return {key: value for section in _SECTIONS if parser.has_section(section) for key, value in parser.items(section)}
