"""Pictures on the page, in a real browser, with the real discord.py behind the studio."""

import base64
import io

import discord
from playwright.async_api import FilePayload, Page, expect

from bot.studio import Studio
from tests.studio.browser import form_of, needs_chromium
from tests.studio.drawn import picture
from tests.studio.sample_bot import SampleBot

pytestmark = needs_chromium

# Notes a message that stands without its picture, even for a moment.
WATCH = """
window.bare = 0;
const look = () => {
  const images = [...document.querySelectorAll(".message img")];
  window.bare += images.filter((each) => !each.complete || !each.naturalWidth).length;
};
new MutationObserver(look).observe(document.getElementById("log"), { childList: true, subtree: true });
"""


def file(name: str = "a.png", *, description: str, colour: str = "teal") -> discord.File:
    return discord.File(io.BytesIO(picture(width=256, height=256, colour=colour)), name, description=description)


def chosen(name: str = "cat.png", content: bytes | None = None) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": picture() if content is None else content}


async def test_a_file_is_chosen_taken_back_and_sent(studio: Studio, bot: SampleBot, page: Page) -> None:
    form = await form_of(page, "imagine")
    await form.get_by_label("prompt").fill("a cat")
    await form.get_by_label("count").fill("4")
    field = form.get_by_label("reference")
    await field.set_input_files(chosen("dog.png"))
    await form.get_by_role("button", name="Remove dog.png").click()
    await expect(form.get_by_text("Choose a file")).to_be_visible()
    await field.set_input_files(chosen("cat.png"))
    await expect(form.get_by_text("64 × 48")).to_be_visible()

    await form.get_by_role("button", name="Send").click()

    await expect(page.locator(".mosaic.of-4 img")).to_have_count(4)
    await expect(page.get_by_alt_text("a cat 3", exact=True)).to_be_visible()
    assert bot.references[0] is not None
    assert (bot.references[0].filename, bot.references[0].width) == ("cat.png", 64)


async def test_a_picture_is_pasted_into_the_form(studio: Studio, bot: SampleBot, page: Page) -> None:
    form = await form_of(page, "imagine")
    await form.get_by_label("prompt").fill("a cat")

    await form.get_by_label("prompt").evaluate(
        """(field, content) => {
            const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        base64.b64encode(picture()).decode(),
    )
    await expect(form.get_by_role("button", name="Remove pasted.png")).to_be_visible()
    await form.get_by_role("button", name="Send").click()

    await expect(page.get_by_alt_text("a cat 1", exact=True)).to_be_visible()


async def test_too_large_a_file_is_said_before_it_is_sent(studio: Studio, bot: SampleBot, page: Page) -> None:
    form = await form_of(page, "imagine")
    await form.get_by_label("prompt").fill("a cat")
    await form.get_by_label("reference").set_input_files(
        chosen(content=b"x" * (studio.world.attachment_limit_bytes + 1))
    )

    await form.get_by_role("button", name="Send").click()

    await expect(form.get_by_text("more than the 10 MiB")).to_be_visible()
    assert studio.messages() == []


async def test_a_picture_is_enlarged_with_the_keyboard(studio: Studio, bot: SampleBot, page: Page) -> None:
    channel = bot.studio_channel(studio.channel().id)
    await channel.send(files=[file("a.png", description="one"), file("b.png", description="two")])
    large = page.get_by_role("dialog")

    await page.get_by_role("button", name="Enlarge: one").focus()
    await page.keyboard.press("Enter")
    await expect(large.get_by_alt_text("one")).to_be_visible()
    await page.keyboard.press("ArrowRight")
    await expect(large.get_by_alt_text("two")).to_be_visible()
    await page.keyboard.press("Escape")

    await expect(large).to_have_count(0)
    await expect(page.get_by_role("button", name="Enlarge: one")).to_be_focused()


async def test_a_spoiler_is_covered_until_it_is_pressed(studio: Studio, bot: SampleBot, page: Page) -> None:
    channel = bot.studio_channel(studio.channel().id)
    sent = await channel.send(file=file("SPOILER_a.png", description="secret"))
    cover = page.get_by_role("button", name="Spoiler, press to show it")

    await cover.click()
    await expect(cover).to_have_count(0)
    await sent.edit(content="edited")

    await expect(page.get_by_text("edited", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Enlarge: secret")).to_be_visible()


async def test_the_keyboard_leads_past_a_spoiler_that_nobody_uncovered(
    studio: Studio, bot: SampleBot, page: Page
) -> None:
    files = [
        file("one.png", description="one"),
        file("SPOILER_a.png", description="secret"),
        file("b.png", description="two"),
    ]
    await bot.studio_channel(studio.channel().id).send(files=files)
    large = page.get_by_role("dialog")

    await page.get_by_role("button", name="Enlarge: one").click()
    await page.keyboard.press("ArrowRight")

    await expect(large.get_by_alt_text("two")).to_be_visible()
    await expect(large.get_by_text("2 / 2")).to_be_visible()


async def test_previews_follow_one_another_without_a_gap(studio: Studio, bot: SampleBot, page: Page) -> None:
    channel = bot.studio_channel(studio.channel().id)
    sent = await channel.send("0 %", file=file(description="0"))
    await expect(page.get_by_alt_text("0", exact=True)).to_have_js_property("complete", True)
    await page.evaluate(WATCH)

    for number, colour in enumerate(("red", "green", "blue"), start=1):
        await sent.edit(
            content=f"{number} %", attachments=[file(f"{number}.png", colour=colour, description=str(number))]
        )

    await expect(page.get_by_alt_text("3", exact=True)).to_be_visible()
    await expect(page.locator(".message img")).to_have_count(1)
    assert await page.evaluate("window.bare") == 0


async def test_the_age_gate_stands_before_what_is_for_adults(studio: Studio, bot: SampleBot, page: Page) -> None:
    await studio.person("mira").say("behind the gate", studio.channel("after-dark"))

    await page.get_by_role("button", name="# after-dark").click()
    await expect(page.get_by_role("heading", name="Age-restricted channel")).to_be_visible()
    await expect(page.get_by_text("behind the gate")).to_have_count(0)
    await page.get_by_role("button", name="Yes, show it").click()

    await expect(page.get_by_text("behind the gate")).to_be_visible()
