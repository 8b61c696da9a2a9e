"""The host's settings and the file that explains them."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def named_in_example() -> dict[str, str]:
    return dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", EXAMPLE.read_text(), flags=re.MULTILINE))


def environment_name(field: str) -> str:
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"ATELIER_{field.upper()}"


def test_the_example_names_every_setting_and_nothing_else() -> None:
    assert named_in_example().keys() == {environment_name(field) for field in Settings.model_fields}


def test_a_copy_of_the_example_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in named_in_example():
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text(EXAMPLE.read_text())
    assert Settings() == Settings(_env_file=None)


def test_an_empty_token_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "")
    assert Settings(_env_file=None).discord_token is None


def test_a_wrong_value_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_BATCH_SIZE", "many")
    with pytest.raises(ValidationError, match="batch_size"):
        Settings(_env_file=None)


@pytest.mark.parametrize(("given", "port"), [("off", "off"), ("0", 0), ("9100", 9100)])
def test_the_metrics_have_a_port_or_none(monkeypatch: pytest.MonkeyPatch, given: str, port: int | str) -> None:
    monkeypatch.setenv("ATELIER_METRICS_PORT", given)
    assert Settings(_env_file=None).metrics_port == port


@pytest.mark.parametrize("given", ["on", "-1", "65536"])
def test_a_port_that_there_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("ATELIER_METRICS_PORT", given)
    with pytest.raises(ValidationError, match="metrics_port"):
        Settings(_env_file=None)
