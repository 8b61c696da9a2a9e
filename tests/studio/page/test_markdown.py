"""Markdown on the page: shown as Discord shows it, and never read as HTML."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.async_api import Page, expect

from bot.studio import Studio
from tests.studio.page.browser import messages, of_page

pytestmark = of_page

# Draws a text as a message's, and tells which elements and attributes came of it, and what can be read.
DRAWN = """async (text) => {
    const { markdown } = await import("/studio/page/markdown.js");
    const names = new Map([["1", "Ada"], ["2", "studio"]]);
    const shell = document.createElement("div");
    shell.append(markdown(text, { names, move() {}, jump() {} }));
    const every = [...shell.querySelectorAll("*")];
    return {
        tags: [...new Set(every.map((each) => each.localName))],
        attributes: [...new Set(every.flatMap((each) => each.getAttributeNames()))],
        addresses: every.map((each) => each.getAttribute("href")).filter((each) => each !== null),
        text: shell.textContent,
    };
}"""
TAGS = {
    *("a", "blockquote", "br", "button", "code", "em", "li", "ol", "p", "pre", "s", "small", "span", "strong", "time"),
    *("u", "ul"),
}
ATTRIBUTES = {
    *("aria-label", "aria-level", "class", "datetime", "href", "inert", "rel", "role", "start"),
    *("tabindex", "target", "title", "type"),
}
PIECES = [
    *("*", "**", "***", "_", "__", "~~", "||", "`", "```", "> ", ">>> ", "# ", "-# ", "- ", "  - ", "1. ", "\n", "\\"),
    *(" ", "[", "](", ")", "<", ">", "<@1>", "<#2>", "<@&3>", "</write:4>", "<t:1:R>", "<t:99999999999999:F>"),
    *("<:blob:5>", "@everyone", "https://a.example/", "javascript:alert(1)", "data:text/html,x", "a", "猫", "\x00"),
    *("<img src=x onerror=alert(1)>", "<script>", "</p>", "&lt;", "&#60;", '"', "'", "\N{RIGHT-TO-LEFT OVERRIDE}"),
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=40).map("".join))
async def test_whatever_is_written_is_never_html(page: Page, text: str) -> None:
    drawn = await page.evaluate(DRAWN, text)

    assert set(drawn["tags"]) <= TAGS
    assert set(drawn["attributes"]) <= ATTRIBUTES
    assert all(address.startswith(("https://", "http://")) for address in drawn["addresses"])


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "**<b>x</b>** `<script>alert(1)</script>` ||<i>y</i>||",
        "[x](javascript:alert(1)) <@1><svg/onload=alert(1)>",
        "```\n<iframe>\n```> <b>quoted</b>",
    ],
)
async def test_what_members_write_stands_as_text_in_their_message(studio: Studio, page: Page, text: str) -> None:
    await studio.person("mira").say(text)

    message = messages(page).first
    await expect(message).to_be_visible()
    assert await message.locator("img, script, svg, iframe, b, i, a").count() == 0


async def test_markdown_is_shown_as_discord_shows_it(studio: Studio, page: Page) -> None:
    ada = studio.person("ada")
    await studio.person("mira").say(
        f"# Title\n**bold** *it* ***both*** __under__ ~~gone~~ `code` {ada.mention}\n> quoted\n> more\n-# small\n"
        "- one\n  - inner\n- two\n3. third\nsnake_case_name \\*plain\\* https://a.example/x_y_z. [here](https://b.example/)\n"
        "```py\nx = 1\n```"
    )

    text = messages(page).locator(".text")
    shown: dict[str, str | list[str]] = {
        ".heading": "Title",
        "p > strong": "bold",
        "p > em": ["it", "both"],
        "em > strong": "both",
        "u": "under",
        "s": "gone",
        "p > code": "code",
        ".mention": "@Ada",
        "blockquote": "quotedmore",
        "small": "small",
        "ul ul": "inner",
        "ol[start='3'] > li": "third",
        "pre": "x = 1",
        "a": ["https://a.example/x_y_z", "here"],
    }
    for selector, words in shown.items():
        await expect(text.locator(selector)).to_have_text(words)
    await expect(text).to_contain_text("snake_case_name *plain*")


async def test_a_channel_that_is_named_is_one_click_away(studio: Studio, page: Page) -> None:
    await studio.person("mira").say(f"over in <#{studio.channel('gallery').id}>")

    await messages(page).get_by_role("button", name="#gallery").click()

    await expect(page.get_by_role("heading", name="gallery", exact=True)).to_be_visible()


async def test_a_spoiler_hides_its_words_from_everybody_until_it_is_pressed(studio: Studio, page: Page) -> None:
    said = await studio.person("mira").say("the keeper ||did it||")
    cover = messages(page).get_by_role("button", name="Spoiler, press to show it")
    await expect(messages(page).get_by_text("did it")).to_have_css("opacity", "0")

    await cover.focus()
    await page.keyboard.press("Enter")
    await studio.person("ada").react(said, "👍")

    await expect(cover).to_have_count(0)
    await expect(messages(page).get_by_text("did it")).to_have_css("opacity", "1")


async def test_times_are_told_in_the_readers_language(studio: Studio, page: Page) -> None:
    await studio.person("mira").say("<t:1700000000:D>")
    await expect(messages(page).locator(".text time")).to_have_text("November 14, 2023")

    await page.get_by_label("Lin").check()

    await expect(messages(page).locator(".text time")).to_have_text("2023年11月14日")
