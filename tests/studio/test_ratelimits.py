"""Rate limits: what the headers say, when requests are turned away, and that discord.py keeps within them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.studio import MovableClock, RateLimits, Studio, StudioSettings, Window
from bot.studio.cast import BOT_ID
from bot.studio.ratelimits import Bucket, RateLimiter
from tests.studio.rest_client import RestClient
from tests.studio.sample_bot import SampleBot


@pytest.fixture
def settings() -> StudioSettings:
    return StudioSettings()


async def test_the_sixth_message_within_five_seconds_must_wait(rest: RestClient, studio: Studio) -> None:
    replies = [await rest.send(content=str(number)) for number in range(6)]

    assert [reply.status for reply in replies] == [200] * 5 + [429]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies[:5]] == ["4", "3", "2", "1", "0"]
    last = replies[-1]
    assert last.headers["Via"]
    assert 0 < last.body["retry_after"] <= 5
    assert last.body["global"] is False
    assert len(studio.messages()) == 5


async def test_edits_share_the_bucket_of_sends(rest: RestClient) -> None:
    message = (await rest.send(content="x")).body["id"]

    edits = [await rest("PATCH", f"{rest.messages}/{message}", {"content": str(number)}) for number in range(5)]

    assert [reply.status for reply in edits] == [200] * 4 + [429]


async def test_another_channel_has_its_own_bucket(rest: RestClient, studio: Studio) -> None:
    for number in range(5):
        await rest.send(content=str(number))

    reply = await rest("POST", f"/channels/{studio.channel('gallery').id}/messages", {"content": "x"})

    assert reply.status == 200


async def test_reactions_come_one_in_a_quarter_of_a_second(rest: RestClient, studio: Studio) -> None:
    said = await studio.person("ada").say("x")

    replies = [await rest("PUT", f"{rest.messages}/{said.id}/reactions/{emoji}/@me") for emoji in ("👍", "👎")]

    assert [reply.status for reply in replies] == [204, 429]


async def test_token_edits_are_counted_apart(rest: RestClient, studio: Studio) -> None:
    await rest("PUT", f"/applications/{BOT_ID}/commands", [{"name": "go", "description": "x"}])
    asked = [await studio.person("ada").command("go") for _ in range(2)]
    for each in asked:
        await rest("POST", f"/interactions/{each.id}/{each.token}/callback", {"type": 4, "data": {"content": "x"}})
    paths = [f"/webhooks/{BOT_ID}/{each.token}/messages/@original" for each in asked]

    first = [(await rest("PATCH", paths[0], {"content": str(number)})).status for number in range(6)]
    second = await rest("PATCH", paths[1], {"content": "y"})
    sent = await rest.send(content="x")

    assert first == [200] * 5 + [429]
    assert (second.status, sent.status) == (200, 200)


async def test_edits_of_old_messages_are_capped(rest: RestClient, clock: MovableClock) -> None:
    message = (await rest.send(content="x")).body["id"]
    clock.advance(seconds=3601)

    edits = [await rest("PATCH", f"{rest.messages}/{message}", {"content": str(number)}) for number in range(4)]

    assert [reply.status for reply in edits] == [200, 200, 200, 429]
    assert edits[-1].code == 30046


async def test_everything_together_has_a_limit(rest: RestClient) -> None:
    replies = [await rest("GET", f"/channels/{index}") for index in range(60)]

    limited = [reply for reply in replies if reply.status == 429]
    assert limited
    assert limited[0].body["global"] is True
    assert limited[0].headers["X-RateLimit-Global"] == "true"


async def test_discord_py_keeps_within_the_limits(studio: Studio, bot: SampleBot) -> None:
    channel = bot.studio_channel(studio.channel().id)

    sent = await channel.send("0")
    for number in range(1, 6):
        await sent.edit(content=str(number))

    assert [each.status for each in studio.requests if each.status == 429] == []
    assert studio.messages()[0].content == "5"


async def test_a_limit_may_change_at_any_time(rest: RestClient, studio: Studio) -> None:
    before = await rest.send(content="x")

    studio.limiter.change(Bucket.WRITE, Window(limit=2, seconds=5))
    after = [await rest.send(content="x") for _ in range(3)]

    assert [reply.status for reply in after] == [200, 200, 429]
    assert before.headers["X-RateLimit-Limit"] == "5"
    assert after[0].headers["X-RateLimit-Limit"] == "2"
    assert before.headers["X-RateLimit-Bucket"] != after[0].headers["X-RateLimit-Bucket"]


async def test_a_limit_shared_with_others_says_so(rest: RestClient, studio: Studio) -> None:
    studio.limiter.share(Bucket.WRITE, seconds=60)

    reply = await rest.send(content="x")

    assert (reply.status, reply.headers["X-RateLimit-Scope"]) == (429, "shared")
    assert reply.body["global"] is False
    assert 59 < reply.body["retry_after"] <= 60


async def test_discord_py_waits_where_others_have_used_the_limit_up(studio: Studio, bot: SampleBot) -> None:
    studio.limiter.share(Bucket.WRITE, seconds=0.3)

    await bot.studio_channel(studio.channel().id).send("late")

    assert [message.content for message in studio.messages()] == ["late"]
    assert [each.status for each in studio.requests if each.path.endswith("/messages")] == [429, 200]


async def test_discord_py_keeps_within_a_limit_that_changes(studio: Studio, bot: SampleBot) -> None:
    channel = bot.studio_channel(studio.channel().id)
    sent = await channel.send("0")

    studio.limiter.change(Bucket.WRITE, Window(limit=1, seconds=0.3))
    for number in range(1, 4):
        await sent.edit(content=str(number))

    assert studio.messages()[0].content == "3"


@given(gaps=st.lists(st.floats(min_value=0, max_value=3), max_size=60))
def test_no_window_ever_lets_more_through_than_its_limit(gaps: list[float]) -> None:
    now = 0.0
    limits = RateLimits(write=Window(limit=5, seconds=5))
    limiter = RateLimiter(limits, monotonic=lambda: now, wall=lambda: now)
    passed: list[float] = []
    began = -5.0
    for gap in gaps:
        now += gap
        if now - began >= 5:
            began = now
        if not limiter.count(Bucket.WRITE, "1", is_global=False).is_limited:
            passed.append(now)
        assert sum(began <= moment for moment in passed) <= 5
