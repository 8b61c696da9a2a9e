"""The host's settings and the file that explains them."""

import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import EnvFileError, Settings, home, unknown_variables, variable_of

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def named_in_example() -> dict[str, str]:
    return dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", EXAMPLE.read_text(), flags=re.MULTILINE))


def test_the_example_names_every_setting_and_nothing_else() -> None:
    assert named_in_example().keys() == {variable_of(field) for field in Settings.model_fields}


def test_a_copy_of_the_example_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_HOME", str(tmp_path))
    for name in named_in_example():
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text(EXAMPLE.read_text())
    assert Settings.read() == Settings()


def test_an_empty_token_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "")
    assert Settings().discord_token is None


def test_a_wrong_value_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_BATCH_SIZE", "many")
    with pytest.raises(ValidationError, match="batch_size"):
        Settings()


@pytest.mark.parametrize(("given", "port"), [("off", "off"), ("0", 0), ("9100", 9100)])
def test_the_metrics_have_a_port_or_none(monkeypatch: pytest.MonkeyPatch, given: str, port: int | str) -> None:
    monkeypatch.setenv("ATELIER_METRICS_PORT", given)
    assert Settings().metrics_port == port


@pytest.mark.parametrize("given", ["on", "-1", "65536"])
def test_a_port_that_there_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("ATELIER_METRICS_PORT", given)
    with pytest.raises(ValidationError, match="metrics_port"):
        Settings()


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the host's `.env` goes; nothing of ours stands in the environment."""
    for name in [name for name in os.environ if name.startswith(("ATELIER_", "DISCORD_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ATELIER_HOME", str(tmp_path))
    return tmp_path / ".env"


def test_a_setting_that_there_is_not_is_named_with_the_nearest_that_there_is(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text("ATELIER_TXT_MODEL=qwen3-4b\nATELIER_WALRUS=1\nSOMETHING_ELSE=1\nATELIER_DEVICE=cpu\n")
    monkeypatch.setenv("ATELIER_DATA_FOLDER", "/data")
    monkeypatch.setenv("ATELIER_DISCORD_TOKEN", "secret")

    assert list(unknown_variables()) == [
        ("ATELIER_DATA_FOLDER", "ATELIER_DATA_DIR"),
        ("ATELIER_DISCORD_TOKEN", "DISCORD_TOKEN"),
        ("ATELIER_TXT_MODEL", "ATELIER_TEXT_MODEL"),
        ("ATELIER_WALRUS", None),
    ]


def test_a_file_of_settings_that_is_not_in_utf_8_is_refused_by_its_name(env_file: Path) -> None:
    env_file.write_bytes("ATELIER_DATA_DIR=d\xe4ten\n".encode("latin-1"))

    with pytest.raises(EnvFileError, match=re.escape(f"{env_file} is not in UTF-8")):
        Settings.read()


def test_a_file_of_settings_that_cannot_be_read_is_refused_by_its_name(env_file: Path) -> None:
    env_file.mkdir()

    with pytest.raises(EnvFileError, match=re.escape(f"{env_file} cannot be read")):
        Settings.read()


def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_a_name(env_file: Path) -> None:
    env_file.write_bytes(b"\xef\xbb\xbfDISCORD_TOKEN=secret\n")

    token = Settings.read().discord_token

    assert token is not None
    assert token.get_secret_value() == "secret"


def test_relative_folders_are_those_of_the_project_wherever_the_shell_stands(
    env_file: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text("ATELIER_DATA_DIR=my data\nATELIER_CATALOG=mine.toml\n")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))

    settings = Settings.read()

    assert settings.data_dir == env_file.parent / "my data"
    assert settings.catalog == env_file.parent / "mine.toml"


def test_the_project_is_the_checkout_unless_another_is_named(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert home() == env_file.parent
    monkeypatch.delenv("ATELIER_HOME")
    assert home() == EXAMPLE.parent
    assert Settings().data_dir == EXAMPLE.parent / "data"
