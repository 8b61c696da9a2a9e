"""Trouble on request: what fails is tried again by discord.py, and nothing happens twice that should not."""

import aiohttp
import discord
import pytest

from bot.studio import ClientRefusedError, Moment, MovableClock, Studio, StudioSettings
from tests.studio.rest_client import RestClient
from tests.studio.sample_bot import SampleBot


@pytest.fixture
def channel(studio: Studio, bot: SampleBot) -> discord.TextChannel:
    return bot.studio_channel(studio.channel().id)


@pytest.mark.parametrize("status", [429, 500, 502])
async def test_a_failed_send_is_tried_again(studio: Studio, channel: discord.TextChannel, status: int) -> None:
    fault = studio.faults.answer("POST", "/messages$", status=status)

    await channel.send("one")

    assert fault.hits == 1
    assert [message.content for message in studio.messages()] == ["one"]
    statuses = [each.status for each in studio.requests if each.path.endswith("/messages")]
    assert statuses == [status, 200]


async def test_a_send_that_failed_after_its_effect_is_not_doubled_by_a_nonce(
    studio: Studio, channel: discord.TextChannel
) -> None:
    studio.faults.answer("POST", "/messages$", status=500, moment=Moment.AFTER)

    await channel.send("one", nonce="job-1")

    assert [message.content for message in studio.messages()] == ["one"]


@pytest.mark.parametrize(("moment", "count"), [(Moment.BEFORE, 0), (Moment.AFTER, 1)])
async def test_a_cut_connection_leaves_the_bot_in_doubt(
    studio: Studio, channel: discord.TextChannel, moment: Moment, count: int
) -> None:
    studio.faults.break_off("POST", "/messages$", moment=moment)

    with pytest.raises(aiohttp.ClientError):
        await channel.send("one")

    assert len(studio.messages()) == count


async def test_a_lost_answer_makes_the_second_try_meet_an_acknowledged_interaction(
    studio: Studio, bot: SampleBot
) -> None:
    studio.faults.answer("POST", "/callback$", status=500, moment=Moment.AFTER)

    asked = await studio.person("ada").command("whisper")

    await studio.until(lambda: [each for each in studio.requests if each.status == 400])
    assert [message.content for message in asked.messages] == ["first"]


async def test_faults_end_when_cleared(studio: Studio, channel: discord.TextChannel) -> None:
    fault = studio.faults.answer("*", ".", status=500, times=100)
    studio.faults.clear()

    await channel.send("one")

    assert fault.hits == 0


async def test_a_wrong_token_is_refused() -> None:
    async with (
        Studio.open(port=0, settings=StudioSettings(token="right")) as studio,
        aiohttp.ClientSession() as session,
    ):
        for token, status in (("right", 200), ("wrong", 401)):
            headers = {"Authorization": f"Bot {token}"}
            async with session.get(f"{studio.api_url}/users/@me", headers=headers) as response:
                assert response.status == status


async def test_a_busy_port_is_an_os_error(studio: Studio) -> None:
    with pytest.raises(OSError, match="in use"):
        async with Studio.open(port=studio.port):
            pass


async def test_a_button_that_is_gone_can_only_be_pressed_unchecked(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")
    asked = await ada.command("write", {"prompt": "x"})
    message = await studio.until(lambda: asked.response if asked.response and asked.response.buttons else None)

    with pytest.raises(ClientRefusedError):
        await ada.press(message, "creation:again:99")
    pressed = await ada.press(message, "creation:again:99", unchecked=True)

    await studio.until(lambda: pressed.sent_ns)


async def test_time_can_be_moved(rest: RestClient, studio: Studio, clock: MovableClock) -> None:
    before = int((await rest.send(content="x")).body["id"])
    clock.advance(seconds=3600)
    after = int((await rest.send(content="x")).body["id"])

    assert ((after >> 22) - (before >> 22)) / 1000 == pytest.approx(3600, abs=5)
