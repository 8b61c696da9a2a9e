import os
from collections.abc import AsyncIterator

import pytest

from tests.inference.catalog.servers import Shelf


@pytest.fixture
async def shelf(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shelf]:
    """The only index and the only hub that a pull of this test knows."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "HF_", "HUGGING"))]:
        monkeypatch.delenv(name)
    async with Shelf.open() as shelf:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{shelf.url}/simple")
        monkeypatch.setenv("HF_ENDPOINT", shelf.url)
        monkeypatch.setenv("HF_TOKEN_PATH", os.devnull)
        yield shelf
