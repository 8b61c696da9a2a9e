import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.contract.environment import QUIET, caches_in, forget_secrets, passed_on, passed_on_to_computing

ROOT = Path(__file__).parents[2]
STARTERS = {"create_subprocess_exec", "create_subprocess_shell", "Popen", "run_process"}
SECRETS = ("DISCORD_TOKEN", "ATELIER_DATABASE_URL", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "PGPASSWORD", "HTTPS_PROXY")


@pytest.mark.parametrize("environment_of", [passed_on, passed_on_to_computing])
@pytest.mark.parametrize("name", [*SECRETS, "AWS_SECRET_ACCESS_KEY", "ATELIER_SOMETHING_NEW"])
def test_what_a_process_does_not_need_stays_here(
    environment_of: type[dict[str, str]], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "secret")
    assert "secret" not in environment_of().values()


def test_what_a_process_has_forgotten_no_process_of_its_own_inherits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_DATABASE_URL", "postgresql://me:secret@localhost/atelier")
    monkeypatch.setenv("HF_TOKEN", "secret")
    forget_secrets()
    told = subprocess.run(["env"], check=True, capture_output=True, text=True).stdout
    assert "secret" not in told


def test_a_process_finds_its_programs_and_a_computing_one_its_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert passed_on()["PATH"] == os.environ["PATH"]
    assert passed_on_to_computing()["CUDA_VISIBLE_DEVICES"] == "1"
    assert "CUDA_VISIBLE_DEVICES" not in passed_on()


def test_a_process_that_is_started_by_hand_is_quiet_as_well() -> None:
    program = f"import os, inference; assert os.environ.items() >= {QUIET!r}.items()"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env={"PATH": os.environ["PATH"]})


def test_caches_lie_in_one_folder(tmp_path: Path) -> None:
    assert all(Path(folder).is_relative_to(tmp_path) for folder in caches_in(tmp_path).values())


def starts() -> Iterator[tuple[str, ast.Call]]:
    """Every place in the sources that starts a process."""
    for package in ("bot", "inference", "storage"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", None) in STARTERS:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_start_of_a_process_chooses_its_environment() -> None:
    places = dict(starts())
    assert len(places) >= 5
    bare = [place for place, call in places.items() if not any(one.arg == "env" for one in call.keywords)]
    assert bare == []
    files = {place.partition(":")[0] for place in places}
    assert all("os.environ" not in (ROOT / file).read_text() for file in files)
