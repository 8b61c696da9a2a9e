"""The host's command line: what is wrong is said in one line, with what to do."""

import asyncio
import re
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from bot.studio import RELAXED, Permission, Studio, StudioSettings
from inference.catalog.catalog import Catalog
from tests.storage.databases import medium_disk
from tests.support.host import Host, atelier

__all__ = ["medium_disk"]


@pytest.fixture
def read_only(medium_disk: Path) -> Path:
    """A folder that even root may not write to."""
    subprocess.run(["mount", "-o", "remount,ro", medium_disk], check=True)
    return medium_disk


def the_error(said: str) -> str:
    (line,) = [line for line in said.splitlines() if line.startswith("error:")]
    assert "Traceback" not in said
    return line


async def test_a_wrong_token_is_one_line(tmp_path: Path) -> None:
    settings = StudioSettings(rate_limits=RELAXED, token="the right one")
    async with Studio.open(port=0, settings=settings) as studio:
        environment = {
            "DISCORD_TOKEN": "a wrong one",
            "DISCORD_API_URL": studio.api_url,
            "DISCORD_GATEWAY_URL": studio.gateway_url,
        }
        await atelier("db", "upgrade", folder=tmp_path)
        code, said = await atelier("run", folder=tmp_path, **environment)
    assert code == 1
    assert "does not accept the token" in the_error(said)
    assert "a wrong one" not in said


async def test_a_busy_port_is_one_line(tmp_path: Path) -> None:
    await atelier("db", "upgrade", folder=tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = await atelier("run", folder=tmp_path, ATELIER_STUDIO_PORT=str(taken.getsockname()[1]))
    assert code == 1
    assert "ATELIER_STUDIO_PORT" in the_error(said)


async def test_a_database_that_was_never_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    code, said = await atelier("run", folder=tmp_path, ATELIER_STUDIO_PORT="0")
    assert code == 1
    assert "atelier db upgrade" in the_error(said)


async def test_a_file_where_the_data_folder_should_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands in the way")
    code, said = await atelier("db", "upgrade", folder=tmp_path)
    assert code == 1
    assert "data is a file where a folder is needed" in the_error(said)


@pytest.mark.parametrize("command", [("db", "upgrade"), ("models", "pull"), ("run",)])
async def test_a_data_folder_that_cannot_be_written_is_one_line(read_only: Path, command: tuple[str, ...]) -> None:
    code, said = await atelier(*command, folder=read_only, ATELIER_DATA_DIR=str(read_only))
    assert code == 1
    assert f"may not write {read_only}. Change its owner or set ATELIER_DATA_DIR." in the_error(said)


async def test_an_unknown_model_is_one_line(tmp_path: Path) -> None:
    code, said = await atelier("models", "pull", "gpt-9", folder=tmp_path)
    assert code == 1
    assert "gpt-9" in the_error(said)


async def test_a_setting_that_makes_no_sense_is_one_line(tmp_path: Path) -> None:
    code, said = await atelier("run", folder=tmp_path, ATELIER_BATCH_SIZE="many")
    assert code == 1
    assert "ATELIER_BATCH_SIZE" in the_error(said)


@pytest.mark.parametrize("command", [("run",), ("models", "pull")])
@pytest.mark.parametrize(("setting", "model"), [("TEXT", "fake-pictures"), ("IMAGE", "fake")])
async def test_a_model_that_makes_something_else_is_one_line(
    tmp_path: Path, command: tuple[str, ...], setting: str, model: str
) -> None:
    variable = f"ATELIER_{setting}_MODEL"
    code, said = await atelier(*command, folder=tmp_path, **{variable: model})
    assert code == 1
    assert the_error(said) == f"error: setting {variable}: the model {model!r} makes something else."


async def test_a_misspelled_setting_is_named_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ATELIER_TXT_MODEL=fake\n")
    code, said = await atelier("db", "upgrade", folder=tmp_path)
    assert code == 0
    assert "warning: ATELIER_TXT_MODEL is not a setting. Did you mean ATELIER_TEXT_MODEL?" in said


async def test_settings_in_another_encoding_are_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"ATELIER_DATA_DIR=d\xe4ten\n")
    code, said = await atelier("run", folder=tmp_path)
    assert code == 1
    assert the_error(said) == f"error: {tmp_path / '.env'} is not in UTF-8. Save it again in that encoding."


async def test_a_missing_model_is_one_line(tmp_path: Path) -> None:
    await atelier("db", "upgrade", folder=tmp_path)
    code, said = await atelier("run", folder=tmp_path, ATELIER_TEXT_MODEL="smollm2-135m")
    assert code == 1
    assert "atelier models pull smollm2-135m" in the_error(said)


async def test_an_address_that_is_none_is_one_line(tmp_path: Path) -> None:
    code, said = await atelier("run", folder=tmp_path, DISCORD_TOKEN="a", DISCORD_API_URL="nonsense")
    assert code == 1
    assert "DISCORD_API_URL" in the_error(said)


async def test_the_models_are_listed_with_licence_and_language(tmp_path: Path) -> None:
    code, said = await atelier("models", "list", folder=tmp_path)
    assert code == 0
    assert all(fact in said for fact in ("smollm2-135m", "Apache-2.0", "en"))


@pytest.mark.parametrize("columns", ["20", "80", "200"])
async def test_the_name_of_a_model_is_never_cut(tmp_path: Path, columns: str) -> None:
    _, said = await atelier("models", "list", folder=tmp_path, COLUMNS=columns)
    assert all(name in said for name in Catalog.load().models)


async def test_the_doctor_finds_a_fresh_folder_wanting_and_says_what_to_do(tmp_path: Path) -> None:
    code, said = await atelier("doctor", folder=tmp_path)
    assert code == 1
    assert "atelier db upgrade" in said


async def test_the_doctor_finds_nothing_wrong_where_nothing_is(tmp_path: Path) -> None:
    await atelier("db", "upgrade", folder=tmp_path)
    code, said = await atelier("doctor", folder=tmp_path)
    assert code == 0, said
    assert "starts, on" in said


async def test_the_doctor_beside_a_running_bot_names_the_server_that_lacks_permissions(
    host: Host, studio: Studio
) -> None:
    studio.join_guild("Elsewhere", bot_permissions=Permission.VIEW_CHANNEL)
    await host.start()
    environment = host.environment({"COLUMNS": "80"})
    code, said = await atelier("doctor", folder=host.data, **environment)
    assert code == 1
    assert len([line for line in said.splitlines() if "✗" in line]) == 1
    assert "Elsewhere" in said
    assert "Attach Files" in said
    assert "a-token" not in said


async def test_the_doctor_tells_of_the_jobs_that_a_running_bot_has(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.2", ATELIER_BATCH_SIZE="1", ATELIER_GRACE_SECONDS="0")
    await host.under_way(await host.write("ada", length=1500))
    await host.accepted(await host.write("lin", length=1500))
    code, said = await atelier("doctor", "--ledger", folder=host.data, ATELIER_DATA_DIR=str(host.data))
    assert code == 0, said
    assert re.search(r"queued jobs +│ 1, the oldest for", said)
    assert re.search(r"running jobs +│ 1, the oldest for", said)


async def test_the_bot_starts_from_a_bare_interpreter_and_ends_when_it_is_asked_to(host: Host, studio: Studio) -> None:
    await host.make_database()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"), cwd=host.data, env=host.environment({}), stderr=PIPE
    )
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while b"commands registered" not in (line := await process.stderr.readline()):
            assert line
        process.terminate()
        await process.stderr.read()
        assert await process.wait() == 0


async def test_the_bot_says_how_to_invite_it(host: Host, studio: Studio) -> None:
    await host.start()
    line = await host.said("oauth2/authorize")
    assert "scope=bot+applications.commands" in line
    assert f"client_id={studio.world.bot.id}" in line


async def test_logs_are_json_where_there_is_no_terminal(host: Host, studio: Studio) -> None:
    await host.start()
    line = await host.said("commands registered")
    assert line.startswith("{")
    assert '"logger": "bot.client"' in line


@pytest.mark.parametrize("times", [1, 2])
async def test_upgrading_a_database_twice_is_upgrading_it_once(tmp_path: Path, times: int) -> None:
    for _ in range(times):
        code, _ = await atelier("db", "upgrade", folder=tmp_path)
        assert code == 0
