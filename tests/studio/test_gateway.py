"""The gateway: intents, resuming, refusing, joining and leaving."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from bot.studio import RELAXED, Intent, Studio, StudioSettings
from tests.studio.conftest import Start
from tests.studio.running import sample_intents
from tests.studio.sample_bot import SampleBot


@pytest.fixture
def settings() -> StudioSettings:
    return StudioSettings(rate_limits=RELAXED, privileged_intents=Intent.GUILD_MEMBERS)


async def test_a_dropped_socket_resumes_and_loses_nothing(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")
    said = await ada.say("rate this")

    studio.faults.drop_gateway()
    await studio.until(lambda: not studio.is_bot_connected)
    for number in range(1, 6):
        await ada.react(said, f"{number}️⃣")
    asked = await ada.command("write", {"prompt": "meanwhile"})

    await studio.until(lambda: bot.resumes == 1)
    await studio.until(lambda: asked.response and "meanwhile" in asked.response.content)
    added = [about[0] for event, about in bot.heard if event == "add"]
    assert added == [f"{number}️⃣" for number in range(1, 6)]
    assert (studio.gateway.identifies, studio.gateway.resumes) == (1, 1)


async def test_a_bot_asked_to_reconnect_resumes(studio: Studio, bot: SampleBot) -> None:
    studio.faults.ask_reconnect()

    await studio.until(lambda: bot.resumes == 1)


async def test_a_refused_resume_identifies_again(studio: Studio, bot: SampleBot) -> None:
    studio.faults.refuse_resumes()
    studio.faults.drop_gateway()

    await studio.until(lambda: studio.gateway.identifies == 2, within_seconds=20)
    assert bot.resumes == 0


async def test_content_of_others_is_blank_without_its_intent(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")

    await ada.say("a secret")
    await ada.say(f"<@{studio.world.bot.id}> hello")

    await studio.until(lambda: len([each for each in bot.heard if each[0] == "message"]) == 2)
    assert [about for event, about in bot.heard if event == "message"] == ["", f"<@{studio.world.bot.id}> hello"]


async def test_events_without_their_intent_stay_unheard(studio: Studio, start: Start) -> None:
    deaf = await start(intents=discord.Intents(guilds=True, guild_reactions=True))
    ada = studio.person("ada")

    said = await ada.say("nobody listens")
    await ada.react(said, "1️⃣")

    await studio.until(lambda: [each for each in deaf.heard if each[0] == "add"])
    assert [event for event, _ in deaf.heard] == ["add"]


async def test_a_privileged_intent_must_be_switched_on(studio: Studio, start: Start) -> None:
    intents = sample_intents()
    intents.message_content = True

    with pytest.raises(discord.PrivilegedIntentsRequired):
        await start(intents=intents)


async def test_members_are_told_to_those_who_may_know(studio: Studio, start: Start) -> None:
    intents = sample_intents()
    intents.members = True
    bot = await start(intents=intents)

    found = await bot.guilds[0].query_members(user_ids=[studio.person("lin").id])

    assert [member.display_name for member in found] == ["Lin"]


async def test_another_server_is_joined_and_left(studio: Studio, bot: SampleBot) -> None:
    guild = studio.join_guild("Elsewhere")
    await studio.until(lambda: ("joined", "Elsewhere") in bot.heard)
    joined = bot.get_guild(guild.id)
    assert joined is not None
    assert joined.system_channel is not None
    await joined.system_channel.send("hello")

    studio.leave_guild(guild.id)

    await studio.until(lambda: ("left", "Elsewhere") in bot.heard)


@pytest.fixture
async def socket(studio: Studio) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(studio.gateway_url) as opened:
        hello = await opened.receive_json()
        assert hello["op"] == 10
        yield opened


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"op": 99, "d": None}, 4001),
        ("not json", 4002),
        ("[" * 100_000, 4002),
        ('{"op": 2, "d": ' + '{"a":' * 500 + "1" + "}" * 501, 4002),
        ("[1]", 4002),
        ({"op": 2, "d": [1]}, 4002),
        ({"op": 6, "d": None}, 4002),
        ({"d": None}, 4002),
        ({"op": 3, "d": {}}, 4003),
        ({"op": 2, "d": {"token": "", "intents": 1}}, 4004),
        ({"op": 2, "d": {"token": "x", "intents": -1}}, 4013),
        ({"op": 2, "d": {"token": "x", "intents": 1 << 15}}, 4014),
        ({"op": 6, "d": {"token": "x", "session_id": "x", "seq": None}}, 4007),
    ],
)
async def test_a_bad_frame_closes_the_socket_with_its_code(
    socket: aiohttp.ClientWebSocketResponse, frame: Any, code: int
) -> None:
    await socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))

    assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert socket.close_code == code


async def test_heartbeats_are_answered_and_unknown_sessions_refused(socket: aiohttp.ClientWebSocketResponse) -> None:
    await socket.send_json({"op": 1, "d": None})
    assert (await socket.receive_json())["op"] == 11

    await socket.send_json({"op": 6, "d": {"token": "x", "session_id": "unknown", "seq": 1}})
    assert await socket.receive_json() == {"op": 9, "d": False, "s": None, "t": None}


async def test_a_silent_client_is_let_go() -> None:
    settings = StudioSettings(heartbeat_seconds=0.05)
    async with (
        Studio.open(port=0, settings=settings) as studio,
        aiohttp.ClientSession() as session,
        session.ws_connect(studio.gateway_url) as socket,
    ):
        await socket.receive_json()
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4009
