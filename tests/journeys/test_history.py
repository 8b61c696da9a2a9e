"""`/history` with its filters, its search in two languages and a work's family, with the fake engine."""

from bot.studio import Interaction, Message, Studio
from tests.support.host import Host, custom_id, has_button


async def shown(host: Host, asked: Interaction) -> Message:
    note = await host.until(lambda: asked.response if asked.response and asked.response.content else None)
    assert note.is_ephemeral
    return note


async def history(host: Host, studio: Studio, slug: str = "ada", **options: object) -> Message:
    return await shown(host, await studio.person(slug).command("history", options))


async def made(host: Host, slug: str, prompt: str) -> str:
    """Returns the work's number."""
    work = await host.work_of(await host.write(slug, prompt=prompt, length=10))
    return custom_id(work, "Recipe").rpartition(":")[2]


async def test_the_servers_history_has_everybodys_works_and_names_their_authors(host: Host, studio: Studio) -> None:
    await host.start()
    await made(host, "ada", "a green heron")
    await made(host, "lin", "冬天的灯塔")

    note = await history(host, studio, of="server")
    assert "a green heron" in note.content
    assert "冬天的灯塔" in note.content
    assert studio.person("lin").mention in note.content
    assert not note.pings

    of_lin = await history(host, studio, member=studio.person("lin").id)
    assert "冬天的灯塔" in of_lin.content
    assert "heron" not in of_lin.content


async def test_a_search_finds_words_in_english_and_in_chinese(host: Host, studio: Studio) -> None:
    await host.start()
    for prompt in ("The Lighthouse keeper", "a light lunch", "冬天的灯塔", "夏天的海", "tea with 灯塔 keepers"):
        await made(host, "ada", prompt)

    lighthouse = await history(host, studio, search="LIGHTHOUSE")
    assert "The Lighthouse keeper" in lighthouse.content
    assert "lunch" not in lighthouse.content
    assert "lunch" in (await history(host, studio, search="light")).content

    tower = await history(host, studio, "lin", of="server", search="灯塔")
    assert "冬天的灯塔" in tower.content
    assert "tea with 灯塔 keepers" in tower.content
    assert "夏天" not in tower.content
    assert "冬天" in (await history(host, studio, search="冬")).content
    mixed = await history(host, studio, search="灯塔 tea")
    assert "tea with 灯塔" in mixed.content
    assert "冬天的灯塔 " not in mixed.content
    assert "Nothing here is like that" in (await history(host, studio, search="灯海")).content


async def test_the_pages_of_a_search_keep_to_it_across_a_restart(host: Host, studio: Studio) -> None:
    await host.start()
    ada = studio.person("ada")
    for number in range(10):
        await made(host, "ada", f"灯塔 and a heron {number:02}")
        await made(host, "ada", f"something else {number:02}")
    note = await history(host, studio, medium="text", since="7", until="0", search="灯塔 heron")
    assert "heron 09" in note.content
    assert "else" not in note.content
    await host.stop()
    await host.start()
    await ada.press(note, custom_id(note, "Older"))
    await host.until(lambda: "heron 00" in note.content)
    assert "else" not in note.content
    assert "灯塔 heron" in note.content.splitlines()[1]
    assert not has_button(note, "Older")
    await ada.press(note, custom_id(note, "Newer"))
    await host.until(lambda: "heron 09" in note.content)
    assert not has_button(note, "Newer")


async def test_works_of_other_days_are_left_out(host: Host, studio: Studio) -> None:
    await host.start()
    await made(host, "ada", "a green heron")
    assert "heron" in (await history(host, studio, since="0")).content
    assert "heron" not in (await history(host, studio, until="1")).content
    assert "heron" not in (await history(host, studio, until="2020-12-31")).content


async def test_what_cannot_be_looked_for_is_said_kindly(host: Host, studio: Studio) -> None:
    await host.start()
    ada = studio.person("ada")
    for options, said in (
        ({"since": "yesterday"}, "I do not know that day"),
        ({"search": "?!"}, "no word in that search"),
        ({"search": "\N{WATER WAVE}" * 50}, "Try fewer words"),
        ({"work": "the one with the heron"}, "A work has a number"),
        ({"work": "404"}, "no longer exists"),
    ):
        answer = await host.answer_to(await ada.command("history", options))
        assert said in answer.content


async def test_a_family_shows_ancestors_and_descendants_with_their_relations(host: Host, studio: Studio) -> None:
    await host.start()
    ada, lin = studio.person("ada"), studio.person("lin")
    first = await host.work_of(await host.write("ada", prompt="冬天的灯塔", length=10))
    second = await host.work_of(await lin.press(first, custom_id(first, "Again")))
    third = await host.work_of(await ada.press(second, custom_id(second, "Again")))
    await made(host, "ada", "nobody's relative")
    numbers = [custom_id(work, "Recipe").rpartition(":")[2] for work in (first, second, third)]

    note = await history(host, studio, work=numbers[1])
    lines = note.content.splitlines()[1:]
    assert len(lines) == 3
    assert all(f"`{number}`" in line for number, line in zip(numbers, lines, strict=True))
    assert "made again" in lines[1]
    assert "👉" in lines[1]
    assert all("https://discord.com/channels/" in line for line in lines)


async def test_ones_own_works_complete_while_their_number_or_words_are_typed(host: Host, studio: Studio) -> None:
    await host.start()
    heron, tower = await made(host, "ada", "a green heron"), await made(host, "ada", "冬天的灯塔")
    await made(host, "lin", "a heron of Lin's")
    ada = studio.person("ada")

    async def offered(typed: str) -> list[str]:
        return [str(choice["value"]) for choice in await ada.autocomplete("history", "work", typed)]

    assert await offered("") == [tower, heron]
    assert await offered("her") == [heron]
    assert await offered("灯塔") == [tower]
    assert await offered(heron) == [heron]
