"""From two works that an admin accepted to a release in the data folder."""

from datetime import UTC, datetime
from functools import partial

from bot.features.privacy.consent import WORDINGS
from bot.studio import Message, Studio
from inference.contract.identifiers import MemberId, ServerId
from storage.domain import Consent, Ranked, Selection
from storage.release.verification import first_faults
from tests.support.host import Host, custom_id, has_button


async def shown(host: Host, slug: str, command: str) -> Message:
    asked = await host.studio.person(slug).command(command)
    return await host.until(lambda: asked.response if asked.response and asked.response.content else None)


async def accept_all(host: Host, server: ServerId, *, consents: bool) -> None:
    """As curators and authors would have."""
    ada, now = MemberId(host.studio.person("ada").id), datetime.now(UTC)
    async with host.storage() as storage:
        say = partial(storage.consents.give, server, ada, at=now, locale="en-US")
        for about in Consent if consents else ():
            await say(about, wording=WORDINGS[about])
        for one in (await storage.standings.best(server, Ranked(), limit=9)).rows:
            await storage.curation.decide(one.creation, server, Selection.ACCEPTED, by=ada, at=now)


async def test_an_admin_makes_a_release_that_verifies(host: Host, studio: Studio) -> None:
    await host.start()
    for prompt in ("a lighthouse", "a river"):
        await host.work_of(await host.write("ada", prompt, length=10))
    await host.stop()
    server = ServerId(studio.world.guild(studio.channel().guild_id).id)  # type: ignore[arg-type]
    await accept_all(host, server, consents=True)
    await host.start()
    assert "No release" in (await shown(host, "mira", "release list")).content
    assert not has_button(await shown(host, "mira", "release preview"), "Make it")

    asked = await shown(host, "mira", "release make")
    assert "2 works" in asked.content
    await studio.person("mira").press(asked, custom_id(asked, "Make it"))
    await host.until(lambda: "is made" in asked.content)

    (folder,) = (manifest.parent for manifest in host.data.glob("releases/**/manifest.json"))
    assert first_faults(folder) == []
    assert "v1 · " in (await shown(host, "mira", "release list")).content


async def test_where_nobody_agreed_an_admin_learns_why_nothing_is_in_it(host: Host, studio: Studio) -> None:
    await host.start()
    await host.work_of(await host.write("ada", "a lighthouse", length=10))
    await host.stop()
    server = ServerId(studio.world.guild(studio.channel().guild_id).id)  # type: ignore[arg-type]
    await accept_all(host, server, consents=False)
    await host.start()

    asked = await shown(host, "mira", "release make")

    assert "its author has not agreed: 1" in asked.content
    assert not has_button(asked, "Make it")
