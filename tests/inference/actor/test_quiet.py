"""What the actor's process does to the machine beyond its work: nothing."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.contract.identifiers import ModelName
from tests.inference.engines.conftest import pulled
from tests.inference.engines.tiny import write_tiny_catalog

ROOT = Path(__file__).resolve().parents[3]
ALONE = ("unshare", "--map-root-user", "--net")
TRACED = ("strace", "--follow-forks", "--seccomp-bpf", "-e", "trace=%network,openat,open,creat,mkdir,mkdirat")

# The real supervisor with the real child, over one text and one picture that the classifier looks at.
PROGRAM = """
import asyncio, sys
from pathlib import Path
from inference.actor.supervisor import ActorSettings, Supervisor
from inference.contract.events import Failed, Lost, Succeeded
from inference.contract.identifiers import JobId, ModelName
from inference.contract.image import ImageRequest
from inference.contract.text import TextRequest

async def main(data):
    settings = ActorSettings(
        models=data / "models", spool=data / "spool", cache=data / "cache", extra_catalog=data / "catalog.toml"
    )
    requests = [
        TextRequest(prompt="the sea", model=ModelName("tiny"), words=10, seed=1),
        ImageRequest(prompt="a lighthouse", model=ModelName("starter-pictures"), count=1, seed=1),
    ]
    async with Supervisor.start(settings) as actor:
        for number, request in enumerate(requests):
            await actor.begin(JobId(number), request)
        while requests:
            event = await actor.next_event()
            if isinstance(event, Succeeded):
                print(event.making.provenance, event.making.artifacts[0].picture, flush=True)
                requests.pop()
            assert not isinstance(event, Failed | Lost), event

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def drawing_models() -> Path:
    pulled(ModelName("starter-pictures"))
    return pulled(ModelName("realesr-animevideov3"))


def require_tools() -> None:
    """Skip where the process cannot be watched, and say why."""
    for tool in (ALONE[0], TRACED[0]):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if subprocess.run([*ALONE, TRACED[0], "-o", "/dev/null", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets no process be traced in a network of its own")


def written(trace: str) -> Iterator[Path]:
    """What was opened for writing, or made."""
    for path, how in re.findall(
        r'^\d+ (?:openat|open|creat|mkdirat|mkdir)\((?:AT_FDCWD, )?"([^"]+)", ?(.*)$', trace, re.MULTILINE
    ):
        if "= -1" not in how and ("O_WRONLY" in how or "O_RDWR" in how or "O_CREAT" in how or how.startswith("0")):
            yield Path(path)


def looked_up(trace: str) -> list[str]:
    """Calls that ask for a name or reach for an address beyond this process's machine."""
    reaching = re.compile(r"(?:connect|sendto|sendmsg|sendmmsg)\(.*AF_INET|resolv\.conf|/etc/hosts|nscd/socket")
    return [line for line in trace.splitlines() if reaching.search(line)]


async def test_the_actor_writes_nowhere_but_into_the_data_folder_and_asks_for_no_name(
    drawing_models: Path, tmp_path: Path
) -> None:
    require_tools()
    data, home, passing, trace = (tmp_path / name for name in ("data", "home", "passing", "trace"))
    for folder in (data, home, passing):
        folder.mkdir()
    write_tiny_catalog(data)
    (data / "models").symlink_to(drawing_models, target_is_directory=True)

    process = await asyncio.create_subprocess_exec(
        *(*ALONE, *TRACED, "-o", str(trace), sys.executable, "-B", "-c", PROGRAM, str(data)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(passing), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    said, _ = await process.communicate()

    assert process.returncode == 0, said.decode()
    assert b"unsafe=0." in said  # The classifier has looked.
    calls = trace.read_text()
    assert "onnxruntime" in calls
    assert looked_up(calls) == []
    allowed = (str(data), str(passing), "/dev/", "/proc/")
    assert [path for path in written(calls) if not str(path).startswith(allowed)] == []
    assert list(home.iterdir()) == []
    assert list(passing.iterdir()) == []
    assert not any(path.is_file() for path in (data / "cache").rglob("*"))  # These models compile nothing.
