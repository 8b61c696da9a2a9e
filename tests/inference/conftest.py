from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.inference.bench import Bench, a_bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with a_bench(tmp_path) as bench, bench.queue.at_work():
        yield bench
