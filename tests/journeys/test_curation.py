"""An admin goes through the works of a server, and nobody else does."""

from bot.studio import Message, Studio
from storage.domain import Deed, Ranked, Selection
from tests.support.host import Host, custom_id, has_button


async def panel(host: Host, slug: str = "mira", **options: object) -> Message:
    asked = await host.studio.person(slug).command("curate", options)
    return await host.until(lambda: asked.response if asked.response and asked.response.content else None)


async def test_an_admin_accepts_rejects_tags_and_takes_back(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.write("ada", "a lighthouse", length=10))
    await host.work_of(await host.write("lin", "a river", length=10))
    await studio.person("lin").react(first, "5️⃣")
    await host.history_of("ada", until="★")
    mira = studio.person("mira")

    note = await panel(host)
    assert "a lighthouse" in note.content
    await mira.press(note, custom_id(note, "Accept"))
    await host.until(lambda: "a river" in note.content)
    opened = await mira.press(note, custom_id(note, "Tags…"))
    await host.until(lambda: opened.modal)
    tagged = await mira.submit(opened, {"tags": "Water, 夜"})
    assert (
        "water"
        in (await host.until(lambda: tagged.response if tagged.response and tagged.response.content else None)).content
    )
    await mira.press(note, custom_id(note, "Reject"))
    await host.until(lambda: "Nothing more is like that" in note.content)
    await mira.press(note, custom_id(note, "From the top"))
    await host.until(lambda: "Nothing waits for a decision." in note.content)
    rejected = await panel(host, state="rejected")
    await mira.press(rejected, custom_id(rejected, "Take the decision back"))
    await host.until(lambda: not has_button(rejected, "Take the decision back"))

    server = studio.channel().guild_id
    assert server is not None
    await host.stop()
    async with host.storage() as storage:
        accepted = await storage.standings.best(server, Ranked(selection=Selection.ACCEPTED), limit=5)  # type: ignore[arg-type]
        deeds = [entry.deed for entry in (await storage.audit.page(server, limit=9)).rows]  # type: ignore[arg-type]
    assert len(accepted.rows) == 1
    assert deeds == [Deed.REOPENED, Deed.REJECTED, Deed.TAGGED, Deed.ACCEPTED]


async def test_an_admin_accepts_all_at_once_and_takes_it_back(host: Host, studio: Studio) -> None:
    await host.start()
    for slug, prompt in (("ada", "a lighthouse"), ("lin", "a river")):
        await host.work_of(await host.write(slug, prompt, length=10))
    mira, note = studio.person("mira"), await panel(host)

    await mira.press(note, custom_id(note, "All like this…"))
    await host.until(lambda: "2 works at once" in note.content)
    await mira.press(note, custom_id(note, "Accept all like this (2)"))
    await host.until(lambda: "Decided about 2 works." in note.content)
    await mira.press(note, custom_id(note, "Take back all of this"))
    await host.until(lambda: "2 works wait again." in note.content)

    server = studio.channel().guild_id
    assert server is not None
    await host.stop()
    async with host.storage() as storage:
        entries = (await storage.audit.page(server, limit=9)).rows  # type: ignore[arg-type]
        waiting = await storage.decisions.count(server, Ranked(selection=Selection.OPEN))  # type: ignore[arg-type]
    assert [(entry.deed, entry.detail) for entry in entries] == [(Deed.REOPENED, "× 2"), (Deed.ACCEPTED, "× 2")]
    assert waiting == 2


async def test_whoever_is_no_admin_any_more_decides_nothing(host: Host, studio: Studio) -> None:
    await host.start()
    await host.work_of(await host.write("ada", "a lighthouse", length=10))
    note = await panel(host)
    studio.world.member(studio.channel().guild_id, studio.person("mira").id).role_ids.clear()  # type: ignore[arg-type]

    pressed = await studio.person("mira").press(note, custom_id(note, "Accept"))

    assert "may manage this server" in (await host.answer_to(pressed)).content
    assert "a lighthouse" in note.content
