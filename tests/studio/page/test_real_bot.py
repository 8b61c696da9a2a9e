"""The real bot on the page: what a newcomer, a Chinese artist on a phone and an admin do there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.studio import RELAXED, Studio, StudioSettings
from inference.contract.identifiers import ModelName
from tests.inference.engines.conftest import STARTER, pulled
from tests.studio.page.browser import (
    bring_in,
    choose,
    fill_in,
    form_of,
    menu_of,
    message_field,
    messages,
    of_page,
    opened_page,
)
from tests.support.host import Host

pytestmark = of_page

PATIENT_MS = 60_000
NARROW = {"width": 390, "height": 844}
PICTURES, ENLARGER = ModelName("starter-pictures"), ModelName("realesr-animevideov3")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    """The bot with models that only seem to make something, but take their time over it."""
    async with Studio.open(port=0, settings=StudioSettings(rate_limits=RELAXED)) as studio:
        host = Host(studio, tmp_path_factory.mktemp("data"))
        try:
            await host.start(ATELIER_FAKE_PACE_SECONDS="0.02")
            yield host
        finally:
            await host.kill()


async def test_a_newcomer_draws_with_one_click_rates_and_reads_the_recipe(browser: Browser, host: Host) -> None:
    async with opened_page(browser, host.studio, is_first_visit=True) as page:
        await page.get_by_role("button", name="Draw a picture").click()
        work = messages(page).filter(has_text="an ambulance").filter(has=page.get_by_role("button", name="Again"))
        await expect(work.get_by_role("button", name="Enlarge").first).to_be_visible(timeout=PATIENT_MS)

        rating = work.get_by_role("button", name="4️⃣")
        await expect(rating).to_be_visible(timeout=PATIENT_MS)
        await rating.click()
        await expect(work.get_by_role("button", name="4️⃣ 2, yours too: Atelier and Ada")).to_be_visible()
        await (await menu_of(page, work)).get_by_role("menuitem", name="Recipe").click()

        await expect(messages(page).filter(has_text="Only you can see this").last).to_contain_text("Seed")


async def test_a_story_grows_on_the_page_and_is_cancelled(browser: Browser, host: Host) -> None:
    async with opened_page(browser, host.studio) as page:
        form = await form_of(page, "write")
        await fill_in(form, prompt="a slow tide", length="400")
        await form.get_by_role("button", name="Send").click()
        note = messages(page).filter(has_text="a slow tide").first
        await expect(note).to_contain_text("%", timeout=PATIENT_MS)
        began = len(await note.inner_text())
        await page.wait_for_function("(few) => document.querySelector('.log').innerText.length > few + 40", arg=began)

        await note.get_by_role("button", name="Cancel").click()

        await expect(note.get_by_role("button", name="Cancel")).to_have_count(0)


async def test_a_chinese_artist_writes_on_a_phone(browser: Browser, host: Host) -> None:
    async with opened_page(browser, host.studio, person="lin", viewport=NARROW) as page:
        await page.get_by_role("textbox", name="发消息到 #studio").fill("/写作")
        await page.keyboard.press("Enter")
        form = page.get_by_role("form", name="/写作")
        await form.get_by_label("提示词", exact=True).fill("雨中的灯笼")
        await form.get_by_role("combobox", name="个可选").fill("体裁")
        await page.keyboard.press("Enter")
        await page.get_by_role("option", name="诗歌").click()
        await form.get_by_role("button", name="发送").click()
        work = messages(page).filter(has_text="雨中的灯笼").filter(has=page.locator(".reaction"))
        await expect(work).to_be_visible(timeout=PATIENT_MS)
        await expect(work.get_by_text("Lin 使用了 /写作")).to_be_visible()

        await work.get_by_role("button", name="Remix").click()

        await expect(page.get_by_role("dialog").get_by_role("textbox").first).to_have_value("雨中的灯笼")
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_autocompletion_answers_from_what_the_bot_knows(browser: Browser, host: Host) -> None:
    async with opened_page(browser, host.studio) as page:
        form = await form_of(page, "imagine")
        await bring_in(form, "style")
        await page.keyboard.type("water")

        await expect(page.get_by_role("option").first).to_contain_text("ater")


async def test_an_admin_says_where_the_bot_works(browser: Browser, host: Host) -> None:
    async with opened_page(browser, host.studio, person="mira") as page:
        form = await form_of(page, "settings channels")
        await form.get_by_role("button", name="Send").click()
        answer = messages(page).filter(has_text="Mira used /settings channels")
        await expect(answer).to_contain_text("Choose the channels", timeout=PATIENT_MS)

        await choose(page, answer.get_by_role("combobox"), "#studio", "#gallery")

        await expect(answer).not_to_contain_text("Choose the channels", timeout=PATIENT_MS)  # It is written down.
        await expect(answer.get_by_role("combobox")).to_contain_text("#studio, #gallery")
        await form_of(page, "settings show")
        await page.keyboard.press("Enter")
        await expect(messages(page).last).to_contain_text("gallery", timeout=PATIENT_MS)


@pytest.fixture
def starters() -> Path:
    """The folder with the starter models in it."""
    folders = [pulled(name) for name in (STARTER, PICTURES, ENLARGER)]
    return folders[0]


async def test_the_starter_models_write_and_draw_on_the_page(browser: Browser, tmp_path: Path, starters: Path) -> None:
    async with Studio.open(port=0, settings=StudioSettings(rate_limits=RELAXED)) as studio:
        host = Host(studio, tmp_path)
        (host.data / "models").symlink_to(starters, target_is_directory=True)
        try:
            await host.start(ATELIER_TEXT_MODEL=STARTER, ATELIER_IMAGE_MODEL=PICTURES)
            async with opened_page(browser, studio) as page:
                form = await form_of(page, "write")
                await fill_in(form, prompt="a fox who collects umbrellas", length="20")
                await page.keyboard.press("Enter")
                await expect(message_field(page)).to_be_focused()
                form = await form_of(page, "imagine")
                await fill_in(form, prompt="an ambulance", steps="4")
                await page.keyboard.press("Enter")

                done = page.get_by_role("button", name="Recipe")
                await expect(done).to_have_count(2, timeout=PATIENT_MS)
                await expect(page.get_by_role("button", name="Enlarge").first).to_be_visible()
        finally:
            await host.kill()
