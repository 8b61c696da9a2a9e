"""What is found of a graphics card without torch, and why torch does not use it."""

from pathlib import Path

import pytest
import torch

from inference.cards import Cards, TorchBuild, cards_of, passed_over, unused
from inference.contract.outage import Cause
from inference.engines.accelerator import device_of, passed_over_by

CARD = Cards(names=("NVIDIA RTX 3060",), driver="470.57.02", may_open=True)
CUDA = TorchBuild(version="2.13.0", cuda="13.0", sees_card=False)
OLD = "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040)."


@pytest.mark.parametrize(
    ("found", "build", "cause", "reason"),
    [
        (CARD, TorchBuild(version="2.13.0+cpu", cuda=None, sees_card=False), Cause.WRONG_BUILD, "without CUDA"),
        (CARD, TorchBuild(version="2.13.0", cuda="13.0", sees_card=False, complaint=OLD), Cause.DRIVER_OLD, "470.57"),
        (Cards(names=CARD.names), CUDA, Cause.DRIVER_MISSING, "driver of the NVIDIA RTX 3060 is not loaded"),
        (Cards(names=CARD.names, driver="580.1"), CUDA, Cause.CARD_WITHHELD, "/dev/nvidia0"),
        (Cards(names=CARD.names, hidden_by="CUDA_VISIBLE_DEVICES"), CUDA, Cause.CARD_WITHHELD, "CUDA_VISIBLE_DEVICES"),
        (CARD, CUDA, Cause.DRIVER_OLD, "470.57.02 is too old"),
        (Cards(names=CARD.names, driver="580.95", may_open=True), CUDA, Cause.DRIVER_FAILS, "580.95 fails"),
        (Cards(), CUDA, Cause.CARD_MISSING, "no graphics card"),
    ],
)
def test_why_torch_uses_no_card_is_told_apart(found: Cards, build: TorchBuild, cause: Cause, reason: str) -> None:
    outage = unused(found, build)
    assert outage is not None
    assert outage.cause is cause
    assert reason in outage.reason


def test_a_card_that_torch_uses_is_not_passed_over() -> None:
    assert unused(CARD, TorchBuild(version="2.13.0", cuda="13.0", sees_card=True)) is None


def test_a_machine_without_a_card_and_a_card_that_the_host_hides_are_as_they_should_be() -> None:
    cpu = TorchBuild(version="2.13.0+cpu", cuda=None, sees_card=False)
    assert passed_over(Cards(), cpu) is None
    assert passed_over(Cards(names=CARD.names, hidden_by="CUDA_VISIBLE_DEVICES"), cpu) is None
    assert passed_over(CARD, cpu) is not None


def test_a_card_is_found_by_the_files_of_its_driver(tmp_path: Path) -> None:
    gpu = tmp_path / "proc/driver/nvidia/gpus/0000:01:00.0"
    gpu.mkdir(parents=True)
    (gpu / "information").write_text("Model: \t\t NVIDIA GeForce RTX 3060\nIRQ:   \t\t 88\n")
    (tmp_path / "proc/driver/nvidia/version").write_text(
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version: 12\n"
    )
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/nvidia0").touch()
    expected = Cards(names=("NVIDIA GeForce RTX 3060",), driver="535.104.05", may_open=True)
    assert cards_of(tmp_path, {}) == expected


def test_a_card_without_a_driver_is_found_on_the_bus(tmp_path: Path) -> None:
    for name, vendor, kind in (("a", "0x8086", "0x030000"), ("b", "0x10de", "0x030000"), ("c", "0x10de", "0x040300")):
        device = tmp_path / "sys/bus/pci/devices" / name
        device.mkdir(parents=True)
        (device / "vendor").write_text(f"{vendor}\n")
        (device / "class").write_text(f"{kind}\n")
    assert cards_of(tmp_path, {"CUDA_VISIBLE_DEVICES": ""}) == Cards(
        names=("NVIDIA card",), hidden_by="CUDA_VISIBLE_DEVICES"
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="torch can use the card of this machine")
def test_a_host_who_wants_the_best_device_is_told_of_a_card_that_torch_passes_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("inference.engines.accelerator.cards_of", lambda: CARD)
    outage = passed_over_by(device_of("auto"))
    assert outage is not None
    assert torch.__version__ in outage.reason
