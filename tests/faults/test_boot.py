"""A bot whose host has no network, or another token than Discord has."""

import asyncio
import re
import socket
from contextlib import suppress

import pytest

from bot.studio import Studio
from tests.support.host import Host


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


async def flow(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await source.read(2**16):
            target.write(block)
            await target.drain()
    target.close()


async def test_without_a_network_the_bot_waits_and_serves_once_there_is_one(host: Host, studio: Studio) -> None:
    port = free_port()
    starting = asyncio.create_task(host.start(DISCORD_API_URL=f"http://127.0.0.1:{port}/api/v10"))
    await host.said("Discord cannot be reached")

    async def plug_in(near: asyncio.StreamReader, to_bot: asyncio.StreamWriter) -> None:
        far, to_studio = await asyncio.open_connection("127.0.0.1", studio.port)
        await asyncio.gather(flow(near, to_studio), flow(far, to_bot))

    async with await asyncio.start_server(plug_in, "127.0.0.1", port):
        await starting
        await host.said("Discord is reached")
        await host.work_of(await host.write())
        assert len([line for line in host.log if "cannot be reached" in line]) == 1
        await host.stop()


@pytest.mark.parametrize("status", [503, 429])
async def test_a_login_that_discord_cannot_take_now_is_tried_again(host: Host, studio: Studio, status: int) -> None:
    fault = studio.faults.answer("GET", r"/users/@me$|/applications/.*/commands", status=status, times=2)
    await host.start()
    assert fault.hits == 2
    await host.work_of(await host.write())


async def test_a_bot_that_waits_for_the_network_ends_when_it_is_told_to(host: Host, studio: Studio) -> None:
    starting = asyncio.create_task(host.start(DISCORD_API_URL=f"http://127.0.0.1:{free_port()}/api/v10"))
    await host.said("Discord cannot be reached")
    starting.cancel()
    assert await host.stop() == 0


async def test_a_token_that_is_reset_under_a_running_bot_ends_it_with_one_line(host: Host, studio: Studio) -> None:
    await host.start()
    await studio.reset_token("another-token")
    assert await host.ended() == 1
    said = "".join(host.log)
    assert "the token was reset" in said
    assert "DISCORD_TOKEN" in said
    assert "Traceback" not in said


async def test_a_wrong_token_ends_the_bot_with_one_line(host: Host, studio: Studio) -> None:
    await studio.reset_token("another-token")
    with pytest.raises(RuntimeError, match="ended before it served"):
        await host.start()
    assert await host.ended() == 1
    assert len(re.findall("Discord does not accept the token", "".join(host.log))) == 1
    assert "Traceback" not in "".join(host.log)
