"""What the import linter cannot see: what a process really loads, and that the contract needs nothing installed."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def loaded_by(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in run.stdout.split()}


def test_the_bots_process_loads_no_torch() -> None:
    loaded = loaded_by("import bot.app, bot.cli, bot.features")
    assert "discord" in loaded
    assert not loaded & {"torch", "transformers", "diffusers", "numpy"}


def test_the_contract_is_plain_python() -> None:
    imported = set()
    for path in (ROOT / "inference" / "contract").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module)
    assert imported
    outside = {name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names}
    assert all(name.startswith("inference.contract") for name in outside)


def test_the_studio_stands_alone() -> None:
    loaded = loaded_by("import bot.studio")
    assert not loaded & {"discord", "sqlalchemy", "inference", "storage", "torch"}


def test_no_file_of_ours_speaks_of_prompts_to_the_log() -> None:
    # A log call names facts one by one; none of them may be what members type, or whole objects that hold it.
    forbidden = {"prompt", "request", "text", "preview", "content", "job_request", "submission"}
    for package in ("bot", "inference", "storage"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "log"
                ):
                    named = {keyword.arg for keyword in node.keywords}
                    assert not named & forbidden, f"{path}:{node.lineno}"
