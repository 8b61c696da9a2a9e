"""An id that came from outside becomes a row in one place, which looks within the server of whoever sent it."""

import ast
from collections.abc import Iterator
from pathlib import Path

FEATURES = Path(__file__).parents[2] / "bot" / "features"
FINDING = FEATURES / "finding.py"
IDS = frozenset({"CreationId", "JobId", "ReportId", "DuelId"})


def test_no_feature_makes_an_id_of_a_work_a_job_a_report_or_a_duel_itself() -> None:
    makers = {path for path in FEATURES.rglob("*.py") for call in calls_in(path) if name_of(call) in IDS}
    assert makers == {FINDING}


def test_no_feature_looks_a_work_or_a_job_up_in_all_servers() -> None:
    """Save the questions of consent, whose job is a row's own."""
    lookers = {path.name for path in FEATURES.rglob("*.py") for call in calls_in(path) if is_boundless(call)}
    assert lookers == {"consent.py"}


def calls_in(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def is_boundless(call: ast.Call) -> bool:
    """`….creations.get(…)` or `….jobs.get(…)`, also by a shorter name."""
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr != "get":
        return False
    owner = function.value
    return (owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")) in {"creations", "jobs"}
