"""What `/jobs` shows: a member's jobs that wait or run."""

from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.i18n import Texts
from bot.ui.names import kind_name
from bot.ui.notes import quoted
from bot.ui.parts import clipped, width
from inference.contract.identifiers import JobId, MemberId
from inference.contract.jobs import Job
from inference.outlook import Outlook

JOBS_SHOWN: Final = 8
JOBS_OFFERED: Final = 25  # As many as a select menu holds.
EXCERPT_LIMIT: Final = 45
OPTION_LIMIT: Final = 100


def jobs_text(
    jobs: Sequence[Job],
    outlooks: Mapping[JobId, Outlook],
    *,
    member: MemberId,
    reader: MemberId,
    stopped: int,
    t: Texts,
) -> str:
    """The jobs in the order in which they will be done; `stopped` were cancelled just now and are not among them."""
    lines = [t.plural("I am stopping it.", "I am stopping {count} of them.", stopped)] if stopped else []
    if not jobs:
        return "\n".join(lines) if lines else t("Nothing is waiting or being made.")
    is_own = member == reader
    lines.append(t("**Your jobs here**") if is_own else t("**Jobs of** <@{member}>", member=member))
    lines += [_line(job, outlooks[job.id], t) for job in jobs[:JOBS_SHOWN]]
    if len(jobs) > JOBS_SHOWN:
        lines.append(t.plural("-# And {count} more.", "-# And {count} more.", len(jobs) - JOBS_SHOWN))
    return "\n".join(lines)


def jobs_view(jobs: Sequence[Job], *, member: MemberId, t: Texts) -> discord.ui.View | None:
    """A button to cancel the only job, or else a menu of them and a button for all.

    The view is stopped before it is sent, as `bot.postbox.view_of` tells.
    """
    if not jobs:
        return None
    view = discord.ui.View(timeout=None)
    if len(jobs) == 1:
        view.add_item(_button(f"jobs:cancel-all:{member}", t("Cancel")))
    else:
        offered = jobs[:JOBS_OFFERED]
        options = [discord.SelectOption(label=_choice(job, t), value=str(job.id)) for job in offered]
        view.add_item(
            discord.ui.Select(
                custom_id=f"jobs:cancel:{member}",
                placeholder=t("Cancel some of them"),
                options=options,
                max_values=len(options),
            )
        )
        view.add_item(_button(f"jobs:cancel-all:{member}", t("Cancel all")))
    view.stop()
    return view


def _button(custom_id: str, label: str) -> "discord.ui.Button[discord.ui.View]":
    return discord.ui.Button(custom_id=custom_id, label=label, emoji="✖️", style=discord.ButtonStyle.secondary)


def _line(job: Job, outlook: Outlook, t: Texts) -> str:
    facts = [
        f"`{job.id}` {kind_name(job.request, t)}",
        quoted(job.request.prompt, limit=EXCERPT_LIMIT),
        _state(outlook, t),
    ]
    if outlook.eta_seconds is not None:
        facts.append(t("done in {span}", span=t.between(*outlook.eta_seconds)))
    reply = job.reply
    return " · ".join((*facts, f"https://discord.com/channels/{reply.server}/{reply.channel}/{reply.message}"))


def _state(outlook: Outlook, t: Texts) -> str:
    if outlook.is_held_up:
        return t("waits until the model is running again")
    if outlook.place == 0:
        return t("under way")
    if outlook.place == 1:
        return t("next in line")
    return t.plural("{count} is ahead of it", "{count} are ahead of it", outlook.place - 1)


def _choice(job: Job, t: Texts) -> str:
    name = f"{job.id} · {kind_name(job.request, t)} · "
    return name + clipped(job.request.prompt, limit=OPTION_LIMIT - width(name))
