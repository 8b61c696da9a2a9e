"""What members think of works: Rate, `/rate`, `/duel`, `/gallery`, and whether any of it may be released."""

from datetime import UTC, datetime

from sqlalchemy import update

from bot.i18n import texts_for
from bot.studio import Channel, Interaction, Message, Permission, Studio
from bot.studio.cast import BOT_ID
from inference.contract.identifiers import CreationId, MemberId
from storage.domain import Axis, Consent, Ground, Preference, Via
from storage.ratings import REPEATED_AFTER
from storage.tables import DuelRow, RatingRow
from tests.support.host import Host, custom_id, has_button, is_finished

ZH = texts_for("zh-CN")
QUESTION = "May your ratings become part of a release?"
SMALL = {"size": "64x64"}


async def panel_of(host: Host, slug: str, command: str, channel: Channel | None = None, **options: str) -> Message:
    asked = await host.studio.person(slug).command(command, options, channel)
    return await host.until(lambda: asked.response if asked.response and asked.response.content else None)


async def pressed(host: Host, slug: str, message: Message, label: str) -> Interaction:
    return await host.studio.person(slug).press(message, custom_id(message, label))


async def opened(host: Host, slug: str, message: Message, label: str) -> Interaction:
    """A form, filled in by nobody yet."""
    asked = await pressed(host, slug, message, label)
    await host.until(lambda: asked.modal)
    return asked


def labels(message: Message) -> list[str | None]:
    return [button.label for button in message.buttons]


def number_of(work: Message) -> CreationId:
    return CreationId(int(custom_id(work, "Recipe").rpartition(":")[2]))


def questions(studio: Studio, slug: str, beginning: str = f"**{QUESTION}") -> list[Message]:
    return [one for one in studio.person(slug).messages() if one.is_ephemeral and one.content.startswith(beginning)]


def filled_in(form: Interaction) -> dict[str, str]:
    """What stands in the fields of a form before anybody changes them."""
    assert form.modal is not None
    fields = [label["component"] for label in form.modal["components"]]
    chosen = {
        one["custom_id"]: next(option["value"] for option in one["options"] if option.get("default"))
        for one in fields
        if "options" in one
    }
    return chosen | {one["custom_id"]: one.get("value") or "" for one in fields if "options" not in one}


async def test_a_work_is_rated_in_a_form_that_remembers_and_the_rater_is_asked_once(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada"))
    form = await opened(host, "mira", work, "Rate")
    assert filled_in(form) == {"beauty": "0", "fit": "0", "flawlessness": "0", "remark": ""}
    await host.stop()  # Forms outlive the bot.
    await host.start()
    first = await studio.person("mira").submit(form, {"beauty": "4", "fit": "5", "remark": "a fine one"})
    noted = await host.answer_to(first)
    assert "Beauty: 4 of 5 · Fits the prompt: 5 of 5" in noted.content
    assert "a fine one" in noted.content
    question = await host.until(lambda: next(iter(questions(studio, "mira")), None))
    assert "CC BY 4.0" in question.content
    await pressed(host, "mira", question, "Yes, they may")
    await host.until(lambda: not question.buttons or None)

    again = await opened(host, "mira", work, "Rate")
    assert filled_in(again) == {"beauty": "4", "fit": "5", "flawlessness": "0", "remark": "a fine one"}
    await host.answer_to(await studio.person("mira").submit(again, {"beauty": "0", "flawlessness": "3"}))
    await host.stop()
    assert not questions(studio, "mira")  # It was answered, and is not asked again.
    async with host.storage() as storage:
        mira = MemberId(int(studio.person("mira").id))
        ratings = await storage.ratings.by(mira, number_of(work))
        server = (await storage.creations.get(number_of(work))).server
        said = (await storage.consents.of(server, mira))[Consent.RATINGS]
    assert {axis: rating.stars for axis, rating in ratings.items()} == {Axis.FIT: 5, Axis.FLAWLESSNESS: 3}
    assert {rating.via for rating in ratings.values()} == {Via.FORM}
    assert (said.is_given, said.locale) == (True, "en-US")


async def test_ones_own_work_is_refused_before_the_form_opens(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada"))
    asked = await pressed(host, "ada", work, "Rate")
    assert "That one is yours" in (await host.answer_to(asked)).content
    assert asked.modal is None
    assert "all that I have" in (await panel_of(host, "ada", "rate")).content


async def test_rate_brings_one_work_after_the_other_until_there_is_none(host: Host, studio: Studio) -> None:
    await host.start()
    story = await host.work_of(await host.write("ada", "a lighthouse of glass"))
    drawn = await host.work_of(await host.imagine("ada", "a green heron", count=2, **SMALL))
    panel = await panel_of(host, "mira", "rate", medium="image")
    assert panel.is_ephemeral
    assert "a green heron" in panel.content
    assert str(studio.person("ada").id) not in panel.content
    assert ["Machine-made picture" in str(one.description) for one in panel.attachments] == [True, True]
    await pressed(host, "mira", panel, "Superb")
    await host.until(lambda: "all that I have" in panel.content)
    assert not panel.attachments
    await host.until(lambda: next(iter(questions(studio, "mira")), None))

    panel = await panel_of(host, "mira", "rate")
    assert "a lighthouse of glass" in panel.content
    form = await opened(host, "mira", panel, "In detail…")
    assert filled_in(form) == {"beauty": "0", "fit": "0", "flawlessness": "0", "remark": ""}
    await studio.person("mira").submit(form, {"fit": "2"})
    await host.until(lambda: "all that I have" in panel.content)
    assert not panel.buttons
    await host.stop()
    async with host.storage() as storage:
        mira = MemberId(int(studio.person("mira").id))
        (whole,) = (await storage.ratings.by(mira, number_of(drawn))).values()
        (fit,) = (await storage.ratings.by(mira, number_of(story))).values()
    assert (whole.axis, whole.stars, whole.via) == (Axis.OVERALL, 5, Via.SERVED)
    assert (fit.axis, fit.stars, fit.via) == (Axis.FIT, 2, Via.SERVED)


async def test_what_was_rated_long_ago_comes_again_and_looks_like_any_other(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.write("ada", "a lighthouse of glass"))
    panel = await panel_of(host, "mira", "rate")
    as_new, buttons = panel.content, labels(panel)
    await pressed(host, "mira", panel, "Good")
    await host.until(lambda: "all that I have" in panel.content)
    await host.stop()
    async with host.storage() as storage, storage._database.writing() as session:
        await session.execute(update(RatingRow).values(rated_at=datetime.now(UTC) - REPEATED_AFTER))
    await host.start()
    for number in range(2):  # So that there is always another one.
        await host.work_of(await host.write("ada", f"work {number}"))

    panel = await panel_of(host, "mira", "rate")
    while "a lighthouse of glass" not in panel.content:
        shown = custom_id(panel, "Skip")
        await pressed(host, "mira", panel, "Skip")
        await host.until(lambda: custom_id(panel, "Skip") != shown)  # noqa: B023
    assert (panel.content, labels(panel)) == (as_new, buttons)
    assert filled_in(await opened(host, "mira", panel, "In detail…"))["beauty"] == "0"
    await pressed(host, "mira", panel, "Poor")
    await host.until(lambda: "lighthouse" not in panel.content)
    await host.stop()
    async with host.storage() as storage:
        (repeat,) = await storage.ratings.repeats((await storage.creations.get(number_of(first))).server)
    assert (repeat.creation, repeat.first_stars, repeat.stars) == (number_of(first), 4, 1)


async def test_unsafe_pictures_are_brought_as_spoilers_to_age_restricted_channels_alone(
    host: Host, studio: Studio
) -> None:
    await host.start()
    dark = studio.channel("after-dark")
    asked = await studio.person("ada").command("imagine", {"prompt": "an unsafe owl", "count": 2, **SMALL}, dark)
    await host.until(lambda: asked.response if asked.response and is_finished(asked.response) else None)
    for command in ("rate", "duel"):
        assert not (await panel_of(host, "mira", command)).attachments
        shown = await panel_of(host, "mira", command, dark)
        assert [one.is_spoiler for one in shown.attachments] == [True, True]


async def test_a_chinese_member_compares_two_pictures_and_is_asked_in_chinese(host: Host, studio: Studio) -> None:
    await host.start()
    await host.work_of(await host.imagine("ada", "冬天的灯塔", count=2, **SMALL))
    lin = studio.person("lin")
    panel = await panel_of(host, "lin", "duel")
    assert ZH("**Which is better?**") in panel.content
    assert len(panel.attachments) == 2
    await lin.press(panel, custom_id(panel, ZH("Left")))
    hasty = await lin.press(panel, custom_id(panel, ZH("Right")))
    told = await host.until(lambda: hasty.followups[0] if hasty.followups else None)
    assert "/对决" in told.content
    await host.until(lambda: not panel.buttons or None)
    assert panel.content == ZH("🎉 There are no two works left for you to compare. Come back when there are more.")
    question = await host.until(
        lambda: next(iter(questions(studio, "lin", ZH("**May your ratings become part of a release?**"))), None)
    )
    await pressed(host, "lin", question, ZH("No"))
    await host.until(lambda: not question.buttons or None)
    await host.stop()
    async with host.storage() as storage, storage._database.reading() as session:
        duel = await session.get(DuelRow, 1)
    assert duel is not None
    assert (duel.ground, duel.preference, duel.left_work) == (Ground.PROMPT, Preference.LEFT, duel.right_work)


async def test_the_gallery_shows_the_best_and_the_leaderboard_lists_them_page_by_page(
    host: Host, studio: Studio
) -> None:
    await host.start()
    mira = studio.person("mira")
    assert "Nobody has rated anything" in (await panel_of(host, "ada", "gallery")).content
    drawn = await host.work_of(await host.imagine("ada", "a green heron", count=1, **SMALL))
    works = [await host.work_of(await host.write("ada", f"work {number}", length=10)) for number in range(8)]
    for work, stars in zip([*works, drawn], [*["1️⃣"] * 7, "4️⃣", "5️⃣"], strict=True):
        await mira.react(work, stars)
    gallery = await until_shown(host, "gallery", "work 7", "a green heron")
    assert gallery.is_ephemeral
    assert gallery.content.index("a green heron") < gallery.content.index("work 7")
    assert "· 1 rater" in gallery.content
    assert len(gallery.attachments) == 1
    assert str(gallery.attachments[0].description).startswith("1. Machine-made picture")

    board = await until_shown(host, "gallery", "**7.**", view="l")
    assert not board.attachments
    await host.stop()
    await host.start()
    await mira.press(board, custom_id(board, "On"))
    await host.until(lambda: "**8.**" in board.content and "**9.**" in board.content)
    assert not has_button(board, "On")
    await mira.press(board, custom_id(board, "Better ones"))
    await host.until(lambda: "**1.**" in board.content)


async def until_shown(host: Host, command: str, *words: str, **options: str) -> Message:
    """The panel, asked for again until it says so: reactions are taken in when the bot gets round to it."""
    while True:
        panel = await panel_of(host, "mira", command, None, **options)
        if all(each in panel.content for each in words):
            return panel


async def test_works_of_a_channel_that_a_member_may_not_enter_are_not_brought_to_them(
    host: Host, studio: Studio
) -> None:
    room = studio.channel("gallery")
    await host.start()
    asked = await studio.person("ada").command("write", {"prompt": "a secret", "length": 10}, room)
    work = await host.until(lambda: asked.response if asked.response and is_finished(asked.response) else None)
    await studio.person("teo").react(work, "5️⃣")
    await until_shown(host, "gallery", "a secret")
    assert room.guild_id is not None
    studio.world.set_overwrite(room.id, BOT_ID, allow=Permission.VIEW_CHANNEL)
    studio.world.set_overwrite(room.id, room.guild_id, deny=Permission.VIEW_CHANNEL)  # For @everyone.

    for command in ("gallery", "rate", "history"):
        options = {"of": "server"} if command == "history" else {}
        assert "a secret" not in (await panel_of(host, "lin", command, None, **options)).content
    assert "a secret" in (await panel_of(host, "mira", "gallery")).content


async def test_who_only_reacts_is_asked_below_the_next_page_that_they_look_at(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada", "a lighthouse", length=10))
    await studio.person("teo").react(work, "5️⃣")
    await until_shown(host, "gallery", "a lighthouse")
    assert questions(studio, "mira") == []

    for _ in range(2):
        await panel_of(host, "teo", "gallery")

    await host.until(lambda: questions(studio, "teo") or None)
    await panel_of(host, "teo", "history")
    assert len(questions(studio, "teo")) == 1


async def test_who_only_reacts_is_asked_below_a_recipe_once(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada", "a lighthouse", length=10))
    await studio.person("teo").react(work, "5️⃣")
    await until_shown(host, "gallery", "a lighthouse")

    await pressed(host, "teo", work, "Recipe")

    await host.until(lambda: questions(studio, "teo") or None)
    await pressed(host, "teo", work, "Recipe")
    await panel_of(host, "teo", "history")
    assert len(questions(studio, "teo")) == 1
