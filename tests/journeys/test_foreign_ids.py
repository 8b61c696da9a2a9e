"""Ids of another server, in every button, menu and form that carries one: each answers as to an id of nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from bot import features
from bot.studio import Message, Studio
from bot.ui.curation import Choosing
from bot.ui.forms import Form
from inference.contract.identifiers import ChannelId, JobId, MemberId, MessageId, ServerId
from inference.contract.jobs import JobState
from storage.domain import Axis, Selection
from tests.support.host import Host, custom_id
from tests.support.outside import Stranger

_NOWHERE: Final = 999_999
_CHOOSING: Final = Choosing().packed()

# What carries the id of a work, a job, a report or a duel, by what it names.
_BUTTONS: Final[Mapping[str, Sequence[str]]] = {
    "work": (
        "creation:again:{id}",
        "creation:continue:{id}",
        "creation:delete:{id}",
        "creation:erase:{id}",
        "creation:pick:0:{id}",
        "creation:recipe:{id}",
        "creation:reference:0:{id}",
        "creation:remix:{id}",
        "creation:revise:{id}",
        "creation:upscale:0:{id}",
        "creation:variants:{id}",
        "creation:vary:0:{id}",
        "creation:rate:{id}",
        "creation:report:{id}",
        f"curate:accept:{{id}}:3.000000:{_CHOOSING}",
        f"curate:alike:{{id}}:3.000000:{_CHOOSING}",
        "curate:tags:{id}",
        "rate:5:t1:{id}",
        "rate:detail:t1:{id}",
    ),
    "job": ("job:cancel:{id}", "job:again:{id}"),
    "report": (
        "report:block:{id}",
        "report:dismiss:{id}",
        "report:hide:{id}",
        "report:look:{id}",
        "report:delete:{id}",
        "report:show:{id}",
    ),
    "duel": ("duel:left:t:{id}",),
}
_FORMS: Final[Mapping[str, Mapping[str, str]]] = {
    "curate:tags:{id}": {"tags": "stolen"},
    "creation:reference:0:{id}": {"prompt": "a fox"},
    "creation:remix:{id}": {"prompt": "a fox"},
    "creation:revise:{id}": {"change": "sadder"},
    "creation:rate:{id}": {Axis.OVERALL: "5"},
    "rate:form:t1:{id}": {Axis.BEAUTY: "5"},
    "creation:report:{id}": {"reason": "stolen"},
}
# What names members, versions, wordings and servers of the presser's own, or where in a page of the server to go on.
_OWN: Final = (
    "jobs:cancel:1",
    "jobs:cancel-all:1",
    "works:o:1:",
    f"curate:all:{_CHOOSING}",
    f"curate:sweep:accept:1:{_CHOOSING}",
    "curate:unsweep:1",
    "release:make:1",
    "gallery:wt:b:1.1.1",
    "settings:channels:1",
    "settings:everywhere:1",
    "settings:words:1",
    "audit:older:1",
    "report:next:1",
    "consent:works:yes:1",
    "privacy:works:yes:1",
    "privacy:export:1",
    "privacy:erase:1",
)


@dataclass(frozen=True, slots=True)
class Home:
    """What stands in the first server."""

    ids: Mapping[str, int]
    job_that_waits: JobId
    work: Message


async def home_of(host: Host, studio: Studio) -> Home:
    """Works of Ada's, a report about one, a job of hers that is under way, and a duel that Mira is asked."""
    work = await host.work_of(await host.write("ada", prompt="an owl"))
    mira, lin = studio.person("mira"), studio.person("lin")
    await host.work_of(await lin.press(work, custom_id(work, "Again")))
    asked = await lin.press(work, custom_id(work, "Report"))
    await host.until(lambda: asked.modal)
    await host.answer_to(await lin.submit(asked, {"reason": "look"}))
    duel = await host.answer_to(await mira.command("duel"))
    duel_id = int((duel.buttons[0].custom_id or "").rpartition(":")[2])
    running = await host.write("ada", length=2_000)
    await host.under_way(running)
    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        report = await storage.reports.next_open(creation.server)
        (job,) = await storage.jobs.unfinished(creation.member, creation.server)
    assert report is not None
    ids = {"work": creation.id, "job": job.id, "report": report.id, "duel": duel_id}
    return Home(ids=ids, job_that_waits=job.id, work=work)


def _template_of(kind: Any) -> re.Pattern[str]:
    own = kind.template if issubclass(kind, Form) else kind.__discord_ui_compiled_template__
    return cast("re.Pattern[str]", own)


def test_the_table_names_every_button_and_form() -> None:
    named = [*(each for several in _BUTTONS.values() for each in several), *_FORMS, *_OWN]
    for kind in (*features.BUTTONS, *features.FORMS):
        template = _template_of(kind)
        assert any(template.fullmatch(each.format(id=1)) for each in named), kind


async def test_what_stands_in_another_server_is_not_found_by_any_button_menu_or_form(
    host: Host, studio: Studio
) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.02")
    home = await home_of(host, studio)
    elsewhere = studio.join_guild("Elsewhere")  # Mira owns it, and may do everything there.
    general = next(iter(studio.world.channels_of(elsewhere.id)))
    stranger = Stranger(host, studio.person("mira"), general)
    for kind, custom_ids in _BUTTONS.items():
        for each in custom_ids:
            said = await stranger.press(each.format(id=home.ids[kind]))
            assert said == await stranger.press(each.format(id=_NOWHERE)), each
            assert "a form:" not in said, each
    for form, fields in _FORMS.items():
        said = await stranger.submit(form.format(id=home.ids["work"]), dict(fields))
        assert said == await stranger.submit(form.format(id=_NOWHERE), dict(fields)), form
    mira = studio.person("mira")
    said = await stranger.choose(f"jobs:cancel:{mira.id}", [str(home.job_that_waits)])
    assert said == await stranger.choose(f"jobs:cancel:{mira.id}", [str(_NOWHERE)])
    for name, options in (("moderate show", {"work": home.ids["work"]}), ("history", {"work": str(home.ids["work"])})):
        refused = await host.answer_to(await mira.command(name, options, general))
        assert refused.content == "This work no longer exists."
    await nothing_has_changed(host, home, ServerId(elsewhere.id))


async def test_of_channels_that_are_chosen_those_of_another_server_are_left_out(host: Host, studio: Studio) -> None:
    await host.start()
    elsewhere = studio.join_guild("Elsewhere")
    general = next(iter(studio.world.channels_of(elsewhere.id)))
    stranger = Stranger(host, studio.person("mira"), general)
    await stranger.choose_channels(f"settings:channels:{elsewhere.id}", [studio.channel("gallery"), general])
    async with host.storage() as storage:
        settings = (await storage.servers.all())[ServerId(elsewhere.id)]
    assert settings.channels == (ChannelId(general.id),)


async def nothing_has_changed(host: Host, home: Home, elsewhere: ServerId) -> None:
    assert not home.work.is_deleted
    async with host.storage() as storage:
        work = await storage.creations.by_message(MessageId(home.work.id))
        mira = MemberId(host.studio.person("mira").id)
        assert not await storage.ratings.by(mira, work.id)
        assert (await storage.curation.dossier(work.id)).tags == ()
        assert (await storage.standings.of([work.id]))[work.id].selection is Selection.OPEN
        assert (await storage.reports.next_open(work.server)) is not None
        assert await storage.reports.count_open(work.server) == 1
        assert not await storage.blocks.is_blocked(work.server, work.member)
        assert not await storage.blocks.is_blocked(elsewhere, work.member)
        assert (await storage.jobs.get(home.job_that_waits)).state is not JobState.CANCELLED
        assert work.hidden_at is None
