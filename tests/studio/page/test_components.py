"""Embeds, components of both generations and modals: shown, pressed, chosen from, filled in."""

from typing import Any

import pytest
from playwright.async_api import FilePayload, Page, expect

from bot.studio import Interaction, Studio
from bot.studio.checks import components as checks
from bot.studio.entities import walk_components
from bot.studio.interactions import InteractionKind
from bot.studio.snowflakes import Snowflake
from tests.studio.drawn import picture
from tests.studio.page.browser import call, choose, messages, of_page
from tests.studio.page.shows import (
    EMBED,
    EMBED_FILES,
    EVERYTHING,
    EVERYTHING_FILES,
    labelled,
    options,
    row,
    select,
    show,
    show_new,
)
from tests.studio.sample_bot import SampleBot

pytestmark = of_page

IN_MESSAGES = {
    *checks.SELECTS,
    *(checks.ROW, checks.BUTTON, checks.SECTION, checks.TEXT, checks.THUMBNAIL, checks.GALLERY),
    *(checks.FILE, checks.SEPARATOR, checks.CONTAINER),
}
FIELDS = (
    {"type": 10, "content": "Fill **this** in."},
    labelled("Words", {"type": 4, "style": 2, "min_length": 3}, description="a few"),
    labelled("Colour", {"type": 3, "options": options("Red", "Blue", description="warm"), "max_values": 2}),
    labelled("Pictures", {"type": 19, "max_values": 3}),
    labelled("How", {"type": 21, "options": options("Fast", "Well")}),
)
MORE_FIELDS = (
    labelled("Which", {"type": 22, "required": False, "options": options("This", "That", default=True)}),
    labelled("Agreed", {"type": 23}),
    labelled("Where", {"type": 8}),
    labelled("Who", {"type": 5, "required": False}),
    row({"type": 4, "custom_id": "Old", "label": "Old", "style": 1, "value": "kept"}),
)


def opened(studio: Studio, *fields: Any) -> Interaction:
    """Something that Ada asked for, and that the bot answers with a modal."""
    world = studio.world
    asked = world.interactions.begin(
        kind=InteractionKind.COMPONENT,
        user_id=studio.person("ada").id,
        channel_id=studio.channel().id,
        payload={"custom_id": "opens", "component_type": 2},
    )
    world.interactions.answer_modal(
        asked, {"title": "A form", "custom_id": "form", "components": list(checks.numbered(list(fields)))}
    )
    return asked


def submitted(studio: Studio, asked: Interaction) -> dict[str, Any] | None:
    """What came back of a modal, by custom id; None while nothing did."""
    later = [each for each in studio.world.interactions._by_id.values() if each.origin is asked]
    if not later:
        return None
    filled = [each for each in walk_components(later[0].payload["components"]) if "custom_id" in each]
    return {each["custom_id"]: each.get("values", each.get("value")) for each in filled}


async def test_every_component_that_a_message_may_have_is_shown(studio: Studio, page: Page) -> None:
    sent = await show_new(studio, EVERYTHING, files=EVERYTHING_FILES)
    assert {each["type"] for each in walk_components(sent.components)} == IN_MESSAGES

    message = messages(page).first
    await expect(message.get_by_role("heading", name="Heading")).to_be_visible()
    await expect(message.get_by_role("button", name="Enlarge: small")).to_be_visible()
    await expect(message.get_by_role("button", name="Spoiler, press to show it")).to_be_visible()
    await expect(message.get_by_role("link", name="words.txt")).to_be_visible()
    await expect(message.get_by_role("link", name="link")).to_have_attribute("href", "https://a.example/")
    await expect(message.get_by_role("combobox")).to_have_count(5)
    await expect(message.locator("hr")).to_have_count(1)
    await expect(message.locator(".unknown")).to_have_count(0)


async def test_a_component_that_the_page_does_not_know_is_an_error(studio: Studio, page: Page) -> None:
    drawn = """async () => {
        const { components } = await import("/studio/page/components.js");
        const said = [];
        const { error } = console;
        console.error = (text) => said.push(text);
        const [node] = components([{ type: 99 }], {});
        console.error = error;
        return [node.textContent, ...said];
    }"""

    assert await page.evaluate(drawn) == ["component 99?", "The page does not know this component: 99"]


async def test_an_embed_shows_all_its_parts(studio: Studio, page: Page) -> None:
    await show(studio, {"embeds": [EMBED]}, EMBED_FILES)

    embed = messages(page).get_by_role("article")
    await expect(embed).to_contain_text("Ada")
    await expect(embed.get_by_role("link", name="A title")).to_have_attribute("href", "https://b.example/")
    await expect(embed.locator("dt")).to_have_text(["one", "two"])
    await expect(embed.locator("img")).to_have_count(2)
    await expect(embed.locator(".embed-foot")).to_contain_text("the foot")


async def test_one_of_a_menu_is_chosen_with_the_keyboard(studio: Studio, page: Page) -> None:
    await call(page, "pick")
    menu = messages(page).get_by_role("combobox", name="Make a selection")

    await menu.focus()
    for key in ("Enter", "b", "Enter"):
        await page.keyboard.press(key)

    await expect(messages(page).get_by_text("picked Blue")).to_be_visible()


@pytest.mark.parametrize(
    ("menu", "names", "values"),
    [
        (select(3, "choose", max_values=2, options=options("a", "b", "c")), ["a", "c"], ["a", "c"]),
        (select(5, "choose"), ["Mira"], ["mira"]),
        (select(6, "choose"), ["Admins"], ["Admins"]),
        (select(7, "choose"), ["Lin"], ["lin"]),
        (select(8, "choose", channel_types=[0]), ["#gallery"], ["gallery"]),
    ],
    ids=["several texts", "a person", "a role", "either", "a channel"],
)  # fmt: skip
async def test_what_is_chosen_from_a_menu_reaches_the_bot(
    studio: Studio, page: Page, menu: dict[str, Any], names: list[str], values: list[str]
) -> None:
    sent = await show(studio, {"content": "which?", "components": [row(menu)]})

    await choose(page, messages(page).get_by_role("combobox", name="choose"), *names)

    chosen = await studio.until(lambda: _touched(studio, sent.id))
    assert [_named(studio, each) for each in chosen["values"]] == values


def _touched(studio: Studio, message: Snowflake) -> Any:
    interactions = studio.world.interactions._by_id.values()
    return next((each.payload for each in interactions if each.source and each.source.id == message), None)


def _named(studio: Studio, value: str) -> str:
    if not value.isdecimal():
        return value
    world = studio.world
    roles = {role.id: role.name for guild in world.guilds.values() for role in guild.roles.values()}
    names = {user.id: user.username for user in world.users.values()} | {
        each.id: each.name for each in world.channels.values()
    }
    return (names | roles)[Snowflake(int(value))]


async def test_channels_are_chosen_from_a_menu_of_them(page: Page) -> None:
    await call(page, "places")

    await choose(page, messages(page).get_by_role("combobox", name="Make a selection"), "#gallery")

    await expect(messages(page).get_by_text("picked gallery")).to_be_visible()


async def test_a_modal_is_filled_in_and_sent(page: Page) -> None:
    await call(page, "name")
    dialog = page.get_by_role("dialog")

    await dialog.get_by_label("Title").fill("Dusk")
    await page.keyboard.press("Enter")

    await expect(messages(page).get_by_text("called Dusk")).to_be_visible()
    await expect(dialog).to_have_count(0)


async def test_a_modal_says_under_each_field_what_is_wrong(studio: Studio, page: Page) -> None:
    asked = opened(studio, *FIELDS)
    dialog = page.get_by_role("dialog", name="A form")
    await dialog.get_by_label("Words").fill("ab")
    await dialog.get_by_role("button", name="Submit").click()

    wrong = dialog.locator(".field-wrong:not([hidden])")
    await expect(wrong).to_have_text(["At least 3 characters.", *["This field is required."] * 3])
    await expect(dialog.get_by_label("Words")).to_be_focused()
    assert submitted(studio, asked) is None


async def test_every_field_of_a_modal_reaches_the_bot(studio: Studio, page: Page) -> None:
    asked = opened(studio, *FIELDS)
    dialog = page.get_by_role("dialog", name="A form")
    await expect(dialog.locator(".text strong")).to_have_text("this")
    await dialog.get_by_role("textbox", name="Words").fill("abc")
    await choose(page, dialog.get_by_role("combobox", name="Colour"), "Red", "Blue")
    files: list[FilePayload] = [
        {"name": name, "mimeType": "image/png", "buffer": picture()} for name in ("a.png", "b.png")
    ]
    await dialog.get_by_label("Pictures").set_input_files(files)
    await dialog.get_by_label("Well").check()
    await dialog.get_by_role("button", name="Submit").click()

    filled = await studio.until(lambda: submitted(studio, asked))
    assert len(filled.pop("Pictures")) == 2
    assert filled == {"Words": "abc", "Colour": ["Red", "Blue"], "How": "Well"}


async def test_the_other_fields_of_a_modal_reach_the_bot_too(studio: Studio, page: Page) -> None:
    asked = opened(studio, *MORE_FIELDS)
    dialog = page.get_by_role("dialog", name="A form")
    await dialog.get_by_label("That").check()
    await dialog.get_by_label("Agreed").check()
    await choose(page, dialog.get_by_role("combobox", name="Where"), "#gallery")
    await dialog.get_by_role("button", name="Submit").click()

    filled = await studio.until(lambda: submitted(studio, asked))
    gallery = str(studio.channel("gallery").id)
    assert filled == {"Which": ["This", "That"], "Agreed": True, "Where": [gallery], "Who": [], "Old": "kept"}


async def test_a_modal_is_left_with_escape_and_the_focus_returns(bot: SampleBot, page: Page) -> None:
    await call(page, "remix")
    await expect(page.get_by_role("dialog", name="A reference")).to_be_visible()

    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("textbox", name="Message #studio")).to_be_focused()
