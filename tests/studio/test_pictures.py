"""Pictures on their way in and out, with the real discord.py: what it is told of them, what they may be, how long."""

import io
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest

from bot.studio import (
    RELAXED,
    ChannelType,
    ClientRefusedError,
    Interaction,
    Message,
    MovableClock,
    Studio,
    StudioSettings,
    Upload,
)
from bot.studio.checks.attachments import cleansed
from tests.studio.drawn import picture, picture_upload
from tests.studio.rest_client import RestClient
from tests.studio.sample_bot import SampleBot


@pytest.fixture
def channel(studio: Studio, bot: SampleBot) -> discord.TextChannel:
    return bot.studio_channel(studio.channel().id)


def file(name: str = "a.png", content: bytes | None = None, **more: Any) -> discord.File:
    return discord.File(io.BytesIO(picture() if content is None else content), name, **more)


async def imagined(studio: Studio, bot: SampleBot, upload: Upload, **options: object) -> discord.Attachment:
    """The reference as the bot is told of it."""
    asked = await studio.person("ada").command("imagine", {"prompt": "a cat", "reference": upload, **options})
    await studio.until(lambda: asked.response and asked.response.attachments)
    told = bot.references[-1]
    assert told is not None
    return told


async def fetched(address: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        return response.status


def shown(interaction: Interaction) -> Message:
    assert interaction.response is not None
    return interaction.response


async def test_a_bot_is_told_all_of_an_upload_and_reads_it(studio: Studio, bot: SampleBot, tmp_path: Path) -> None:
    upload = picture_upload("my cat.png", width=40, height=30)

    told = await imagined(studio, bot, upload)

    assert (told.filename, told.title, told.content_type) == ("my_cat.png", "my cat", "image/png")
    assert (told.width, told.height, told.size, told.ephemeral) == (40, 30, len(upload.content), True)
    assert "/ephemeral-attachments/" in told.url
    assert await told.read() == await told.read(use_cached=True) == upload.content
    assert await told.save(tmp_path / "cat.png") == len(upload.content)


@pytest.mark.parametrize(
    ("upload", "content_type"),
    [
        (Upload("notes.png", b"not a picture"), "image/png"),
        (Upload("notes.txt", picture()), "text/plain; charset=utf-8"),
        (Upload("page.svg", b"<svg/>"), "image/svg+xml"),
        (Upload("thing.unknown", b"?"), "application/octet-stream"),
    ],
)
async def test_a_file_is_taken_at_its_word_but_has_no_size_unless_it_is_a_picture(
    studio: Studio, bot: SampleBot, upload: Upload, content_type: str
) -> None:
    told = await imagined(studio, bot, upload)

    assert (told.content_type, told.width, told.height) == (content_type, None, None)
    assert await told.read() == upload.content


async def test_discord_may_be_wrong_about_what_a_file_is(studio: Studio, bot: SampleBot) -> None:
    told = await imagined(studio, bot, Upload("cat.png", picture(), media_type="image/webp"))

    assert (told.content_type, told.width) == ("image/webp", 64)


async def test_the_client_sends_no_file_that_is_too_large(studio: Studio, bot: SampleBot) -> None:
    limit = studio.world.attachment_limit_bytes

    await imagined(studio, bot, Upload("a.png", b"x" * limit))
    with pytest.raises(ClientRefusedError):
        await studio.person("ada").command("imagine", {"prompt": "x", "reference": Upload("a.png", b"x" * (limit + 1))})


async def test_while_an_option_is_typed_a_file_is_but_an_id(studio: Studio, bot: SampleBot) -> None:
    filled = {"prompt": "a cat", "reference": picture_upload()}

    (choice,) = await studio.person("ada").autocomplete("imagine", "style", "ink", filled)

    assert choice["name"] == "ink Object"
    assert choice["value"].isdecimal()


async def test_a_modal_takes_a_file(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")
    asked = await ada.command("remix")
    await studio.until(lambda: asked.modal)

    given = await ada.submit(asked, {"reference": [Upload("a.png", b"abc")]})
    nothing = await ada.submit(asked, {})

    await studio.until(lambda: given.response and nothing.response)
    assert (shown(given).content, shown(nothing).content) == ("['a.png'] [3]", "[] []")
    with pytest.raises(ClientRefusedError):
        await ada.submit(asked, {"reference": [Upload("a.png", b"abc")] * 2})


async def test_pictures_come_with_their_words_and_under_a_cover(studio: Studio, bot: SampleBot) -> None:
    asked = await studio.person("ada").command(
        "imagine", {"prompt": "a cat", "reference": picture_upload(), "count": 4, "is_spoiler": True}
    )
    await studio.until(lambda: asked.response and asked.response.attachments)

    pictures = shown(asked).attachments
    assert [each.filename for each in pictures] == [f"SPOILER_{number}.png" for number in range(1, 5)]
    assert [each.description for each in pictures] == [f"a cat {number}" for number in range(1, 5)]
    assert all(each.is_spoiler and (each.width, each.height) == (64, 48) for each in pictures)


async def test_an_edit_keeps_takes_away_and_adds(studio: Studio, channel: discord.TextChannel) -> None:
    sent = await channel.send(files=[file("a.png"), file("b.png")])
    kept, gone = sent.attachments

    edited = await sent.edit(attachments=[kept, file("c.png", spoiler=True)])

    assert [each.filename for each in edited.attachments] == ["a.png", "SPOILER_c.png"]
    assert [each.is_spoiler() for each in edited.attachments] == [False, True]
    assert edited.attachments[0].id == kept.id
    assert (await fetched(kept.url), await fetched(gone.url)) == (200, 404)


async def test_a_private_follow_up_carries_its_file(studio: Studio, bot: SampleBot, rest: RestClient) -> None:
    asked = await studio.person("ada").command("whisper", {"file": picture_upload()})
    await studio.until(lambda: asked.followups)

    (attachment,) = asked.followups[0].attachments
    assert attachment.content == picture()
    told = studio.payloads.message(asked.followups[0], asked.user_id)["attachments"][0]
    assert (told["ephemeral"], await fetched(told["url"])) == (True, 200)


async def test_what_an_embed_shows_is_not_listed_beside_it(studio: Studio, channel: discord.TextChannel) -> None:
    card = discord.Embed(title="held").set_image(url="attachment://a.png")

    sent = await channel.send(embed=card, files=[file("a.png"), file("b.png")])

    assert [each.filename for each in sent.attachments] == ["b.png"]
    address = sent.embeds[0].image.url
    assert address is not None
    assert await fetched(address) == 200


async def test_an_address_lasts_a_day_and_cannot_be_made_up(
    studio: Studio, channel: discord.TextChannel, clock: MovableClock
) -> None:
    sent = await channel.send(file=file())
    address = sent.attachments[0].url
    bare, _, signature = address.partition("?")

    assert await fetched(bare) == 404
    assert await fetched(f"{bare}?{signature.replace('hm=', 'hm=0')}") == 404
    assert await fetched(address) == 200
    clock.advance(seconds=24 * 60 * 60)
    assert await fetched(address) == 404
    assert await fetched((await channel.fetch_message(sent.id)).attachments[0].url) == 200


async def test_the_media_proxy_serves_pictures_alone(channel: discord.TextChannel) -> None:
    sent = await channel.send(files=[file("a.png"), file("a.txt", b"words")])

    assert [await fetched(each.proxy_url) for each in sent.attachments] == [200, 415]


@pytest.mark.parametrize(
    ("attachments", "count"),
    [
        ([{"id": 0, "description": "x" * 1025}], 1),
        ([{"id": 0, "description": 5}], 1),
        ([{"id": 7}], 1),
        (["0"], 1),
        ([{"id": 0, "filename": ""}], 1),
        ([], 11),
    ],
)
async def test_attachments_beyond_a_limit_are_an_invalid_form_and_leave_nothing(
    studio: Studio, rest: RestClient, attachments: list[Any], count: int
) -> None:
    reply = await rest.upload({"content": "x", "attachments": attachments}, *[b"x"] * count)

    assert (reply.status, reply.code) == (400, 50035)
    assert (studio.messages(), studio.world.files.size_bytes) == ([], 0)


async def test_attachments_at_their_limits_are_sent(studio: Studio, rest: RestClient) -> None:
    described = [{"id": index, "description": "x" * 1024} for index in range(10)]

    reply = await rest.upload({"attachments": described}, *[b"x"] * 10)

    assert reply.status == 200
    assert {len(each.description or "") for each in studio.messages()[0].attachments} == {1024}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("cat.png", "cat.png"),
        ("SPOILER_cat.png", "SPOILER_cat.png"),
        ("my  cat (1).png", "my_cat_1.png"),
        ("_cat_.png", "cat_.png"),
        ("../../cat.png", "cat.png"),
        ("naïve.png", "naive.png"),
        ("写作.png", ""),
    ],
)
def test_names_are_cleansed_as_discord_does_it(given: str, kept: str) -> None:
    assert cleansed(given) == kept


async def test_a_name_of_which_nothing_is_left_is_made_up(studio: Studio, bot: SampleBot) -> None:
    told = await imagined(studio, bot, Upload("写作.png", picture()))

    assert (told.title, told.filename.isascii(), told.filename.endswith(".png")) == ("写作", True, True)


async def test_files_go_with_their_message(studio: Studio, channel: discord.TextChannel) -> None:
    sent = await channel.send(file=file(), nonce="1")
    await channel.send(file=file(), nonce="1")
    assert studio.world.files.size_bytes == len(picture())

    await sent.delete()

    assert studio.world.files.size_bytes == 0


async def test_beyond_the_limit_of_all_files_the_oldest_go() -> None:
    settings = StudioSettings(rate_limits=RELAXED, spool_limit_bytes=250)
    async with Studio.open(port=0, settings=settings) as studio:
        said = [await studio.person("ada").say("x", files=[Upload("a.txt", b"x" * 100)]) for _ in range(3)]
        (first,), (last,) = said[0].attachments, said[2].attachments
        assert (first.path.exists(), last.content, studio.world.files.size_bytes) == (False, b"x" * 100, 200)

    assert not last.path.parent.exists()


async def test_a_thread_is_as_restricted_as_its_channel(studio: Studio, bot: SampleBot) -> None:
    ada, adults = studio.person("ada"), studio.channel("after-dark")
    inside = studio.world.start_thread(
        adults, name="inside", owner_id=ada.id, type_=ChannelType.PUBLIC_THREAD, archive_minutes=60
    )
    assert "nsfw" not in studio.payloads.channel(inside)

    answers = []
    for place in (adults, inside, studio.channel("studio")):
        asked = await ada.command("place", channel=place)
        await studio.until(lambda: asked.response)  # noqa: B023  (awaited within the round)
        answers.append(shown(asked).content)

    assert answers == ["for adults: True", "for adults: True", "for adults: False"]
