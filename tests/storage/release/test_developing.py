"""Files of works made ready, here and in processes of their own."""

import asyncio
import hashlib
import os
import signal
import sys
from pathlib import Path
from typing import Final

import psutil
import pytest

from inference.contract.artifacts import Artifact, Provenance
from inference.contract.identifiers import CreationId, ModelName
from inference.contract.image import ImageRequest, Picture, Showing
from inference.contract.mediums import Medium
from inference.contract.text import TextRequest
from storage.release.developing import WORKS_WORTH_PROCESSES, Inscription, Undeveloped, developing
from storage.release.errors import ProcessLostError

MODEL: Final = ModelName("tiny")
PROVENANCE: Final = Provenance(model=MODEL, model_sha256="0" * 64, engine="fake", seed=1, settings={}, versions={})
WORKER_IS_LOST: Final = b"lost"


def inscribe(png: bytes, told: Inscription) -> bytes:
    """Stands at the top of a module, since it goes to other processes."""
    if png == WORKER_IS_LOST:
        os.kill(os.getpid(), signal.SIGKILL)
    return png + told.request.prompt.encode()


def undeveloped(folder: Path, number: int, content: bytes, *, medium: Medium = Medium.IMAGE) -> Undeveloped:
    path = folder / f"stored-{number}"
    path.write_bytes(content)
    is_text = medium is Medium.TEXT
    picture = Picture(width=8, height=8, fingerprint="0" * 16, unsafe=None, showing=Showing.OPEN)
    artifact = Artifact(
        path=path,
        media_type="text/plain" if is_text else "image/png",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        picture=None if is_text else picture,
    )
    asked = TextRequest if is_text else ImageRequest
    return Undeveloped(
        work=CreationId(number),
        medium=medium,
        request=asked(prompt=f"fox {number}", model=MODEL),
        provenance=PROVENANCE,
        artifacts=((0, artifact),),
        is_from_upload=False,
    )


@pytest.mark.parametrize("works", [1, WORKS_WORTH_PROCESSES])
def test_files_are_made_ready_in_their_order(tmp_path: Path, works: int) -> None:
    root = tmp_path / "release"
    some = [undeveloped(tmp_path, number, b"picture") for number in range(30)]
    some.append(undeveloped(tmp_path, 30, b"by anna@example.com", medium=Medium.TEXT))

    with developing(root, inscribe, works=works) as develop:
        developed = list(develop(some))

    assert [one.work for one in developed] == [one.work for one in some]
    assert [one.contents for one in developed[:2]] == [(b"picturefox 0",), (b"picturefox 1",)]
    assert developed[-1].contents == (b"by [email]",)
    assert [(root / one.listed[0].path).read_bytes() for one in developed] == [one.contents[0] for one in developed]


@pytest.mark.parametrize("works", [1, WORKS_WORTH_PROCESSES])
def test_a_file_that_is_not_what_it_was_is_left_out(tmp_path: Path, works: int) -> None:
    changed, gone, whole = (undeveloped(tmp_path, number, b"picture") for number in range(3))
    changed.artifacts[0][1].path.write_bytes(b"another")
    gone.artifacts[0][1].path.unlink()

    with developing(tmp_path / "release", inscribe, works=works) as develop:
        developed = list(develop([changed, gone, whole]))

    assert [bool(one.contents) for one in developed] == [False, False, True]


def test_a_process_that_is_killed_is_told_of(tmp_path: Path) -> None:
    with (
        developing(tmp_path / "release", inscribe, works=WORKS_WORTH_PROCESSES) as develop,
        pytest.raises(ProcessLostError),
    ):
        list(develop([undeveloped(tmp_path, 0, WORKER_IS_LOST)]))


async def test_processes_end_with_the_one_that_they_work_for(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from storage.release.developing import WORKS_WORTH_PROCESSES, developing\n"
        "from tests.storage.release.test_developing import inscribe, undeveloped\n"
        "if __name__ == '__main__':\n"
        f"    folder = Path({str(tmp_path)!r})\n"
        "    with developing(folder / 'release', inscribe, works=WORKS_WORTH_PROCESSES) as develop:\n"
        "        list(develop([undeveloped(folder, 0, b'picture')]))\n"
        "        print('ready', flush=True)\n"
        "        sys.stdin.read()\n"
    )
    (tmp_path / "parent.py").write_text(script)
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, str(tmp_path / "parent.py")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert parent.stdout is not None
    assert await parent.stdout.readline() == b"ready\n"
    children = psutil.Process(parent.pid).children(recursive=True)

    parent.kill()
    await parent.wait()

    assert children
    assert psutil.wait_procs(children, timeout=30)[1] == []
