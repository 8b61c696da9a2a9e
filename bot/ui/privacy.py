"""What `/privacy` shows: pure functions from values to notes and texts."""

from collections.abc import Mapping
from typing import Final

import discord

from bot.i18n import Texts
from bot.ui.notes import Button, Note
from inference.contract.identifiers import MemberId
from storage.domain import Consent, Holdings, Statement

_MEBIBYTE: Final = 1 << 20


def panel_note(
    holdings: Holdings,
    consents: Mapping[Consent, Statement],
    member: MemberId,
    *,
    wordings: Mapping[Consent, int],
    t: Texts,
) -> Note:
    """How much is stored, what the member agreed to, and the buttons for all that may be done about it.

    `wordings`: from which wording of a question on a yes counts.
    """
    lines = (
        t("**What I keep about you in this server**"),
        *_holdings(holdings, t),
        t("-# It stays until you erase it. I read nothing but my commands, my buttons, and reactions to my messages."),
        "",
        t("**What may be released**"),
        _state(consents.get(Consent.WORKS), wordings[Consent.WORKS], t("Your works"), t),
        _state(
            consents.get(Consent.RATINGS),
            wordings[Consent.RATINGS],
            t("Your stars, sentences and duels about others' works, without your name"),
            t,
        ),
        t(
            "-# A release is a collection that this server's admins choose and may publish under the licence"
            " CC BY 4.0. What has been published cannot be called back."
        ),
    )
    buttons = (
        *_toggles(consents, wordings, t),
        Button(custom_id=f"privacy:export:{member}", label=t("Export my data"), emoji="📦"),
        Button(
            custom_id=f"privacy:erase:{member}",
            label=t("Erase my data…"),
            emoji="🗑️",
            style=discord.ButtonStyle.danger,
        ),
    )
    return Note(content="\n".join(lines), buttons=buttons)


def readme(t: Texts, *, has_media: bool) -> str:
    """What each file of an export is, for the member who opens it."""
    lines = [
        t("This is everything that Atelier keeps about you, in all servers of this bot."),
        "",
        t("requests.json – what you asked for, and what became of it"),
        t("works.json – your works: how each was made, from which others, where it stands, how it was rated"),
        t("ratings.json – your ratings of others' works"),
        t("reactions.json – the reactions that those ratings come from"),
        t("remarks.json – what you wrote about others' works"),
        t("repeats.json – the works that you rated twice, which tell how steady your stars are"),
        t("duels.json – the duels that you were asked, and your answers"),
        t("rater.json – how severe and how steady you are by your ratings, and how far they count"),
        t("praises.json – where you and another member praise each other more than others do, and how far it counts"),
        t("favourites.json – the works that you keep"),
        t("reports.json – the reports that you made"),
        t("consents.json – what you agreed to have released, and when you were asked"),
        t("blocks.json – the servers in which you may not make anything"),
        t("audit.json – what you did as a moderator, and what moderators did about you"),
    ]
    if has_media:
        lines.append(t("media/ – the files of your works, by the number of the work"))
    lines.append("")
    lines.append(t("Long lists go on in files with a number, such as works-2.json. Other members are not named."))
    return "\n".join(lines) + "\n"


def _holdings(holdings: Holdings, t: Texts) -> list[str]:
    size = t("{mebibytes} MiB", mebibytes=t.number(round(holdings.files_bytes / _MEBIBYTE, 2)))
    counted = [
        t.plural("{count} request", "{count} requests", holdings.requests),
        t.plural(
            "{count} work, with {size} of files", "{count} works, with {size} of files", holdings.works, size=size
        ),
        t.plural("{count} rating", "{count} ratings", holdings.ratings),
        t.plural("{count} sentence about a work", "{count} sentences about works", holdings.remarks),
        t.plural("{count} duel", "{count} duels", holdings.duels),
        t.plural("{count} favourite", "{count} favourites", holdings.favourites),
        t.plural("{count} report", "{count} reports", holdings.reports),
        t.plural("{count} answer about releases", "{count} answers about releases", holdings.statements),
        t.plural(
            "{count} entry in the moderators' log", "{count} entries in the moderators' log", holdings.audit_entries
        ),
    ]
    return [f"- {line}" for line in counted]


def _state(statement: Statement | None, wording: int, what: str, t: Texts) -> str:
    if statement is None:
        return "- " + t("{what}: **no**, since you have not said yes", what=what)
    day = f"<t:{int(statement.at.timestamp())}:D>"
    if _counts(statement, wording):
        return "- " + t("{what}: **yes**, since {day}", what=what, day=day)
    if statement.is_given:
        return "- " + t("{what}: **no**: your yes of {day} was to an older question", what=what, day=day)
    return "- " + t("{what}: **no**, since {day}", what=what, day=day)


def _counts(statement: Statement | None, wording: int) -> bool:
    """Whether it is a yes to what is asked now."""
    return statement is not None and bool(statement.is_given) and statement.wording >= wording


def _toggles(consents: Mapping[Consent, Statement], wordings: Mapping[Consent, int], t: Texts) -> tuple[Button, ...]:
    labels = {
        Consent.WORKS: (t("Let my works be released"), t("Keep my works out of releases")),
        Consent.RATINGS: (t("Let my ratings be released"), t("Keep my ratings out of releases")),
    }
    buttons = []
    for consent, (yes, no) in labels.items():
        is_given = _counts(consents.get(consent), wordings[consent])
        answer = "no" if is_given else "yes"
        buttons.append(
            Button(
                custom_id=f"privacy:{consent}:{answer}:{wordings[consent]}",
                label=no if is_given else yes,
                emoji="✖️" if is_given else "✅",
            )
        )
    return tuple(buttons)
