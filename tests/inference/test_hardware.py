from pathlib import Path

import psutil
import pytest

from inference import hardware
from inference.engines.accelerator import free_bytes, hardware_of
from inference.hardware import processor


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a container sees what memory it was given."""
    monkeypatch.setattr(hardware, "_GROUP", tmp_path)
    return tmp_path


def test_the_machine_has_the_memory_that_the_system_says(group: Path) -> None:
    found = processor()
    assert found.name
    assert found.total_bytes == psutil.virtual_memory().total
    assert found.free_bytes is not None
    assert 0 < found.free_bytes <= found.total_bytes


def test_a_container_has_what_it_was_given(group: Path) -> None:
    (group / "memory.max").write_text(f"{512 * 2**20}\n")
    (group / "memory.current").write_text(f"{112 * 2**20}\n")
    found = processor()
    assert (found.total_bytes, found.free_bytes) == (512 * 2**20, 400 * 2**20)


def test_a_container_without_a_limit_has_the_whole_machine(group: Path) -> None:
    (group / "memory.max").write_text("max\n")
    assert processor().total_bytes == psutil.virtual_memory().total


def test_the_plain_processor_has_no_memory_of_its_own() -> None:
    assert hardware_of("cpu").total_bytes == processor().total_bytes
    assert free_bytes("cpu") is None
