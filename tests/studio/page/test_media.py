"""Pictures, sound, film and other files on the page."""

import io

import discord
from playwright.async_api import Page, expect

from bot.studio import Studio
from tests.studio.drawn import picture
from tests.studio.page.browser import messages, of_page
from tests.studio.page.shows import show, tone
from tests.studio.sample_bot import SampleBot

pytestmark = of_page

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


async def test_sound_can_be_sought_and_goes_on_through_an_edit(studio: Studio, bot: SampleBot, page: Page) -> None:
    sent = await show(studio, {"content": "listen"}, {"tone.wav": tone(seconds=20)})
    sound = messages(page).locator("audio")
    await expect(sound).to_have_attribute("aria-label", "tone.wav")

    await sound.evaluate("""(each) => new Promise((resolve) => {
        each.muted = true;
        each.onseeked = () => each.play().then(resolve);
        each.onloadedmetadata = () => { each.currentTime = 12; };
        if (each.readyState > 0) each.currentTime = 12;
    })""")
    channel = bot.studio_channel(studio.channel().id)
    await channel.get_partial_message(sent.id).edit(content="listen on")
    await studio.person("mira").react(sent, "🎵")

    await expect(messages(page).get_by_role("button", name="🎵 1: Mira")).to_be_visible()
    await expect(messages(page).get_by_text("listen on")).to_be_visible()
    assert await sound.evaluate("(each) => !each.paused && each.currentTime >= 12")


async def test_parts_of_a_file_are_served_to_those_who_seek(studio: Studio, page: Page) -> None:
    await show(studio, {}, {"tone.wav": tone()})
    address = await messages(page).locator("audio").get_attribute("src")

    answer = await page.request.get(f"{studio.page_url.rstrip('/')}{address}", headers={"Range": "bytes=100-199"})

    assert (answer.status, len(await answer.body())) == (206, 100)


async def test_a_film_has_controls_and_a_name(studio: Studio, page: Page) -> None:
    described = [{"id": 0, "description": "waves"}]
    await show(studio, {"attachments": described}, {"film.webm": b"not really"})

    film = messages(page).locator("video")
    await expect(film).to_have_attribute("aria-label", "waves")
    await expect(film).to_have_attribute("controls", "")


async def test_other_files_are_cards_that_are_saved(studio: Studio, page: Page) -> None:
    await show(studio, {}, {"notes.zip": b"x" * 2048, "fake.png": b"no picture at all"})

    cards = messages(page).locator(".file")
    await expect(cards).to_have_count(2)
    await expect(cards.first).to_contain_text("2 KiB")
    async with page.expect_download() as saved:
        await cards.first.get_by_role("link", name="notes.zip").click()
    assert (await saved.value).suggested_filename == "notes.zip"
