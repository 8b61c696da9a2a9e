"""A member and a server of two languages, each read to in their own; and what Discord is told of the commands."""

import re
from collections import Counter
from collections.abc import Iterator

from bot.i18n import catalogues, texts_for
from bot.i18n.checks import is_command_name
from bot.studio import Interaction, Message, Permission, Studio
from bot.studio.entities import Json
from tests.support.host import Host, custom_id

SLASH = 1
LOCALES = [language.replace("_", "-") for language in catalogues.languages()]
MAX_DESCRIPTION_CHARACTERS = MAX_CHOICE_CHARACTERS = 100
MAX_COMMAND_CHARACTERS = 8_000
ZH = texts_for("zh-CN")
ADMIN = Permission.MANAGE_GUILD | Permission.MANAGE_MESSAGES


async def private_answer(host: Host, asked: Interaction) -> Message:
    note = await host.until(lambda: asked.response if asked.response and asked.response.content else None)
    assert note.is_ephemeral
    return note


async def test_a_chinese_member_of_an_english_server_is_answered_in_chinese(host: Host, studio: Studio) -> None:
    await host.start()
    lin = studio.person("lin")
    assert "/写作" in (await private_answer(host, await lin.command("help"))).content
    assert "你在这里还没有作品" in (await private_answer(host, await lin.command("history"))).content
    refused = await host.answer_to(await lin.command("write", {"prompt": "\u200b \u200b"}))
    assert refused.content == ZH("There is nothing to read in that prompt. Tell me in a few words what to make.")

    work = await host.work_of(await host.write("lin", genre="poem"))
    assert "Poem for" in work.content
    assert {"Again", "Recipe", "Delete"} <= {button.label for button in work.buttons}
    pressed = await lin.press(work, custom_id(work, "Recipe"))
    card = await host.until(lambda: pressed.response if pressed.response and pressed.response.embeds else None)
    assert "的配方" in str(card.embeds)
    assert "诗歌" in str(card.embeds)


async def test_a_chinese_server_reads_chinese_and_its_english_member_english(
    chinese_studio: Studio, host_over_chinese: Host
) -> None:
    host = host_over_chinese
    await host.start()
    assert "/write" in (await private_answer(host, await chinese_studio.person("ada").command("help"))).content
    work = await host.work_of(await host.write("ada", genre="poem"))
    assert "的诗歌" in work.content
    labels = {button.label for button in work.buttons}
    assert {"再来一次", "配方", "删除"} <= labels
    pressed = await chinese_studio.person("ada").press(work, custom_id(work, "配方"))
    card = await host.until(lambda: pressed.response if pressed.response and pressed.response.embeds else None)
    assert "Recipe of work" in str(card.embeds)


async def test_every_form_and_panel_opens_in_every_language(host: Host, studio: Studio) -> None:
    """The studio refuses what Discord would find too long."""
    readers = {
        locale: studio.add_person(f"reader-{locale.lower()}", locale=locale, permissions=ADMIN)
        for locale in ["en-US", *LOCALES]
    }
    await host.start()
    work = await host.work_of(await host.write("ada", variants=2))
    reported = await studio.person("ada").press(work, custom_id(work, "Report"))
    await host.until(lambda: reported.modal)
    await host.answer_to(await studio.person("ada").submit(reported, {"reason": "a test"}))
    for locale, reader in readers.items():
        t = texts_for(locale)
        panel = await shown(host, await reader.command("privacy"))
        forms = [
            await reader.press(work, f"creation:remix:{number_of(work)}"),
            await reader.press(work, f"creation:report:{number_of(work)}"),
            await reader.press(panel, f"privacy:erase:{reader.id}"),
            await reader.command("settings words"),
        ]
        titles = [await title_of(host, form) for form in forms]
        assert titles == [t("Remix"), t("Report"), t("Erase my data"), t("Words that I refuse")]
        for name in ("settings show", "settings channels", "moderate reports", "moderate log", "jobs", "favourites"):
            await shown(host, await reader.command(name))
    assert not [line for line in host.log if "broke" in line]


async def shown(host: Host, asked: Interaction) -> Message:
    return await host.until(
        lambda: asked.response if asked.response and (asked.response.content or asked.response.embeds) else None
    )


async def title_of(host: Host, opened: Interaction) -> str:
    modal = await host.until(lambda: opened.modal)
    return str(modal["title"])


def number_of(work: Message) -> str:
    return next(
        found[1] for one in work.buttons if (found := re.fullmatch(r"creation:recipe:(\d+)", one.custom_id or ""))
    )


async def test_what_discord_is_told_of_the_commands_is_whole_in_every_language(host: Host, studio: Studio) -> None:
    await host.start()
    commands = studio.world.commands.registered(None)
    assert LOCALES
    for locale in LOCALES:
        for command in commands:
            place = f"{locale}: {command['name']}"
            assert_translated(command, locale, place, is_typed=command["type"] == SLASH)
        assert_no_two_are_called_alike([each for each in commands if each["type"] == SLASH], locale)
    assert all(weight(command) <= MAX_COMMAND_CHARACTERS for command in commands)
    (write,) = (command for command in commands if command["name"] == "write")
    assert write["name_localizations"]["zh-CN"] == "写作"
    assert write["description_localizations"]["zh-CN"] == "写一个故事、一首诗，或别的文字"
    prompt = write["options"][0]
    assert (prompt["name"], prompt["name_localizations"]["zh-CN"]) == ("prompt", "提示词")


def assert_translated(part: Json, locale: str, place: str, *, is_typed: bool) -> None:
    """A command, a group or an option, and all that is in it."""
    name = (part["name_localizations"] or {}).get(locale)
    assert name, f"{place} has no name"
    assert is_command_name(name) if is_typed else 1 <= len(name) <= 32, f"{place}: {name}"
    if is_typed:
        description = (part["description_localizations"] or {}).get(locale)
        assert description, f"{place} has no description"
        assert len(description) <= MAX_DESCRIPTION_CHARACTERS, f"{place}: {description}"
    for choice in part.get("choices") or []:
        shown = (choice.get("name_localizations") or {}).get(locale)
        assert shown, f"{place} {choice['name']} is not translated"
        assert len(shown) <= MAX_CHOICE_CHARACTERS, f"{place}: {shown}"
    assert_no_two_are_called_alike(part.get("options") or [], locale)
    for option in part.get("options") or []:
        assert_translated({"name_localizations": None, "description_localizations": None} | option, locale,
                          f"{place} {option['name']}", is_typed=True)  # fmt: skip


def assert_no_two_are_called_alike(parts: list[Json], locale: str) -> None:
    """Neither in the language, nor one in the language as another in English, under which it is found too."""
    names = Counter(name for part in parts for name in {part["name"], (part["name_localizations"] or {}).get(locale)})
    assert not [name for name, count in names.items() if count > 1 and name], names


def weight(part: Json) -> int:
    """As Discord counts: of each text the longest localisation, with all options and choices."""
    own = sum(max(map(len, texts(part, field))) for field in ("name", "description"))
    inner = sum(weight(each) for each in part.get("options") or [])
    chosen = sum(max(map(len, texts(each, "name"))) + len(str(each["value"])) for each in part.get("choices") or [])
    return own + inner + chosen


def texts(part: Json, field: str) -> Iterator[str]:
    yield part.get(field) or ""
    yield from (part.get(f"{field}_localizations") or {}).values()
