"""What the processes that the bot starts are told."""

import json
from collections.abc import Iterator
from pathlib import Path

from bot.studio import Studio
from tests.support.host import ROOT, Host
from tests.support.pictures import png

SECRETS = {"HF_TOKEN": "hf_secret", "HUGGING_FACE_HUB_TOKEN": "hub_secret", "AWS_SECRET_ACCESS_KEY": "cloud_secret"}
# Run by every Python at its start, before anything of ours.
RECORDER = """
import json, os, sys
told = json.dumps({"command": sys.orig_argv, "environment": dict(os.environ)})
with open(f"RECORDS/{os.getpid()}.json", "w") as file:
    file.write(told)
"""


def recorded(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for path in folder.glob("*.json"):
        told = json.loads(path.read_text())
        yield " ".join(told["command"]), told["environment"]


async def test_no_process_is_told_a_secret_that_it_does_not_need(host: Host, studio: Studio, tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    (tmp_path / "sitecustomize.py").write_text(RECORDER.replace("RECORDS", str(records)))
    await host.start(PYTHONPATH=f"{tmp_path}:{ROOT}", **SECRETS)
    # Read by a command that the bot runs, this would end it.
    (host.data / ".env").write_text("ATELIER_LOG_LEVEL=nonsense\nHF_TOKEN=file_secret\n")

    await host.work_of(await host.imagine(reference=png()))
    statistics = await studio.person("mira").command("stats")
    await host.until(lambda: statistics.response and statistics.response.attachments)
    preview = await studio.person("mira").command("release preview")
    said = await host.until(lambda: preview.response.content if preview.response else None)
    assert "No release was made" not in said

    told = dict(recorded(records))
    for module in ("inference.actor.process", "inference.safety.uploads", "bot.ui.charts", "-m bot release preview"):
        assert any(module in command for command in told), (module, list(told))
    for command, environment in told.items():
        assert not [name for name, value in environment.items() if "secret" in value], command
        assert "DISCORD_TOKEN" not in environment, command
        assert environment["ORT_DISABLE_TELEMETRY"] == "1", command
