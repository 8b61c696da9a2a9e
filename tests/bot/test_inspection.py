"""`atelier inspect FILE`, run as a host runs it."""

import os
import subprocess
import sys
from pathlib import Path

from PIL.PngImagePlugin import PngInfo

from inference.contract.artifacts import Provenance
from inference.contract.identifiers import ModelName
from inference.contract.image import ImageRequest, Picture
from inference.provenance.recipe import Recipe
from inference.provenance.stamping import with_recipe
from tests.support.uploads import BAD, corners, saved

ROOT = Path(__file__).parents[2]


def inspected(path: Path) -> tuple[int, str, str]:
    """The exit code, what was shown, and what was said besides."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ATELIER_", "DISCORD_"))}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "inspect", str(path)],
        capture_output=True,
        check=False,
        cwd=path.parent,
        env={**environment, "PYTHONPATH": str(ROOT), "COLUMNS": "110"},
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_picture_of_ours_tells_its_whole_recipe(tmp_path: Path) -> None:
    recipe = Recipe(
        request=ImageRequest(prompt="一座灯塔 [bold]in fog", model=ModelName("starter-pictures")),
        provenance=Provenance(
            model=ModelName("starter-pictures"),
            model_sha256="ab" * 32,
            engine="diffusers",
            seed=41,
            settings={"steps": 24},
        ),
        part=1,
    )
    facts = Picture(width=96, height=64, fingerprint="0" * 16)
    (tmp_path / "made.png").write_bytes(with_recipe(saved(corners()), recipe, facts))
    code, shown, _ = inspected(tmp_path / "made.png")
    assert code == 0
    for fact in (
        "PNG, 96 × 64 pixels",
        "trainedAlgorithmicMedia",
        "一座灯塔 [bold]in fog",
        "2 of 4",
        "ab" * 32,
        "diffusers, cpu, float32",
        "steps: 24",
        "Seed: 42, Size: 96x64",
    ):
        assert fact in shown


def test_a_picture_of_others_tells_its_parameters_and_cannot_steer_the_terminal(tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_text("parameters", "a boat \x1b[31m at sea\nSteps: 20, Sampler: Euler a")
    (tmp_path / "theirs.png").write_bytes(saved(corners(), pnginfo=texts))
    code, shown, _ = inspected(tmp_path / "theirs.png")
    assert code == 0
    assert "a boat �[31m at sea" in shown
    assert "Steps: 20, Sampler: Euler a" in shown
    assert "none of Atelier's" in shown
    assert "\x1b" not in shown


def test_what_is_no_picture_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_bytes(BAD["text"]())
    (tmp_path / "bomb.png").write_bytes(BAD["text_bomb"]())
    for name, reason in (
        ("text.png", "it is no PNG, JPEG or WebP"),
        ("bomb.png", "made to do harm"),
        ("missing.png", "No such file"),
    ):
        code, shown, said = inspected(tmp_path / name)
        assert (code, shown) == (1, "")
        assert said.startswith("error: ")
        assert reason in said
        assert said.count("\n") == 1
