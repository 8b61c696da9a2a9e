"""The requests of all journeys are held against Discord's own documentation (see `witness` in tests/conftest.py)."""

from typing import Any

import pytest

from bot.studio.witness import Exchange
from tests.support.host import Host
from tests.support.specification import Specification, Witness, specification


@pytest.fixture
def described() -> Specification:
    found = specification()
    if found is None:
        pytest.skip("DISCORD_OPENAPI does not name Discord's OpenAPI document, so no request is held against it")
    return found


async def test_what_the_bot_asks_is_in_discords_documentation(
    host: Host, witness: Witness, described: Specification
) -> None:
    await host.start()

    work = await host.work_of(await host.write())
    await host.studio.person("lin").react(work, "5️⃣")
    await host.work_of(await host.imagine(count=4))

    assert witness.seen >= 10
    assert witness.complaints == []


NOT_DESCRIBED: dict[str, tuple[str, str, dict[str, str], Any]] = {
    "an operation": ("POST", "/channels/1/nothing", {}, {}),
    "a method": ("PATCH", "/users/@me/channels", {}, {}),
    "a query parameter": ("GET", "/channels/1/messages", {"newest": "1"}, None),
    "a query value": ("GET", "/channels/1/messages", {"limit": "many"}, None),
    "a body where there is none": ("GET", "/channels/1/messages", {}, {"content": "x"}),
    "a type": ("POST", "/channels/1/messages", {}, {"content": 5}),
    "a component": ("POST", "/channels/1/messages", {}, {"components": [{"type": 1, "components": [{"type": 99}]}]}),
    "a missing part": ("POST", "/channels/1/messages", {}, {"message_reference": {}}),
    "a command's name": ("PUT", "/applications/1/commands", {}, [{"name": "x" * 33}]),
    "an id": ("POST", "/channels/1/messages", {}, {"message_reference": {"message_id": "first"}}),
}


@pytest.mark.parametrize("request_", NOT_DESCRIBED.values(), ids=NOT_DESCRIBED.keys())
def test_a_request_that_discord_does_not_describe_is_found(
    described: Specification, request_: tuple[str, str, dict[str, str], Any]
) -> None:
    method, path, query, body = request_

    assert list(described.complaints(Exchange(method=method, path=path, query=query, body=body)))
