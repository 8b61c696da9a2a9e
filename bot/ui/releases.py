"""What admins see of releases: what one would hold, how far it is, and those that were made."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import discord
from discord.app_commands import locale_str

from bot.i18n import Texts
from bot.ui.names import medium_name
from bot.ui.notes import MESSAGE_LIMIT, Button, Note
from bot.ui.parts import width
from inference.contract.mediums import Medium
from storage.release.values import Made, Phase, Reason

_MEBIBYTE: Final = 1 << 20
_REASONS: Final[Mapping[Reason, locale_str]] = {
    Reason.UNDECIDED: locale_str("no curator has decided about it"),
    Reason.REJECTED: locale_str("curators rejected it"),
    Reason.NO_CONSENT: locale_str("its author has not agreed"),
    Reason.WITHDRAWN: locale_str("its author took the agreement back"),
    Reason.HIDDEN: locale_str("moderators have hidden it"),
    Reason.HELD: locale_str("its pictures are held back"),
    Reason.REPORTED: locale_str("a report about it is open"),
    Reason.CHOICE_OPEN: locale_str("its author has not picked a variant"),
    Reason.WORDS_ERASED: locale_str("its words were an erased member's"),
    Reason.PARENT_WITHOUT_CONSENT: locale_str("it comes from a work whose author has not agreed"),
    Reason.FROM_UPLOAD: locale_str("it began with a member's file"),
    Reason.LICENCE_FORBIDS: locale_str("the licence of its model forbids it"),
    Reason.LICENCE_UNKNOWN: locale_str("the licence of its model is unknown"),
    Reason.FILE_LOST: locale_str("a file is lost"),
    Reason.CROSSES_SPLITS: locale_str("it would tie training and test together"),
}
_PHASES: Final[Mapping[Phase, locale_str]] = {
    Phase.PLAN: locale_str("choosing works"),
    Phase.WORKS: locale_str("writing works"),
    Phase.PAIRS: locale_str("writing pairs"),
    Phase.CARD: locale_str("drawing the card"),
    Phase.CHECK: locale_str("checking consent once more"),
}


def reason_words(reason: Reason, t: Texts) -> str:
    """Why a work is not in a release."""
    return t(_REASONS[reason].message)


def preview_note(told: Mapping[str, Any], *, may_make: bool, t: Texts) -> Note:
    """What a release would hold; `told`: the preview of `atelier release preview`. With a button where it holds any."""
    lines = [t("**Version {version} would hold**", version=told["version"]), *_contents(told, t)]
    excluded = [
        f"- {reason_words(Reason(reason), t)}: {t.number(count)}" for reason, count in told["excluded"].items() if count
    ]
    if excluded:
        lines += [t("**Not in it, and why**"), *excluded]
    if may_make:
        lines.append(
            t(
                "-# What was made stays as it is, and what is published cannot be called back."
                " The bot goes on meanwhile."
            )
        )
    make = Button(
        custom_id=f"release:make:{told['version']}",
        label=t("Make it"),
        emoji="📦",
        style=discord.ButtonStyle.success,
    )
    return Note(content="\n".join(lines), buttons=(make,) if may_make and told["works"] else ())


def progress_note(told: Mapping[str, Any], t: Texts) -> Note:
    phase = t(_PHASES[Phase(told["phase"])].message)
    if told["of"] > 1:
        figures = t("{done} of {of}", done=t.number(told["done"]), of=t.number(told["of"]))
        return Note(content=f"📦 {phase}: {figures}")
    return Note(content=f"📦 {phase} …")


def made_note(told: Mapping[str, Any], t: Texts) -> Note:
    lines = (
        t("📦 **Version {version} is made**", version=told["version"]),
        _figures(told["works"], told["ratings"], told["pairs"], told["size_bytes"], t),
        t(
            "-# The host finds it with `atelier release list`, looks at it with `atelier release verify`,"
            " and brings it to a hub with `atelier release push`."
        ),
    )
    return Note(content="\n".join(lines))


def list_note(releases: Sequence[Made], t: Texts) -> Note:
    if not releases:
        return Note(content=t("No release was made yet. `/release make` makes one of what you accepted."))
    head = t("**Releases of this server**")
    return Note(content="\n".join((head, *_fitting((_line(each, t) for each in releases), width(head)))))


def _contents(told: Mapping[str, Any], t: Texts) -> Iterator[str]:
    media = [f"{medium_name(Medium(medium), t)}: {t.number(count)}" for medium, count in told["by_medium"].items()]
    named = f" ({', '.join(media)})" if media else ""
    yield "- " + t.plural("{count} work", "{count} works", told["works"]) + named
    yield "- " + t.plural("{count} rating", "{count} ratings", told["ratings"])
    if told["ratings_left_out"]:
        yield "- " + t.plural(
            "without {count} rating of a member who has not agreed",
            "without {count} ratings of members who have not agreed",
            told["ratings_left_out"],
        )
    yield "- " + t.plural("{count} duel", "{count} duels", told["duels"])
    yield "- " + t("files: {mebibytes} MiB", mebibytes=t.number(round(told["size_bytes"] / _MEBIBYTE, 2)))
    for licence, count in told["licences"].items():
        yield "- " + t("licence of the model {licence}: {count}", licence=licence, count=t.number(count))
    if told["tombstones"]:
        yield "- " + t.plural(
            "{count} work of earlier versions is withdrawn",
            "{count} works of earlier versions are withdrawn",
            told["tombstones"],
        )
    if told["is_split_by_author"]:
        yield "- " + t("training and test are split by author, since prompts and remixes tie most works together")


def _line(made: Made, t: Texts) -> str:
    day = f"<t:{int(made.made_at.timestamp())}:D>"
    return f"- v{made.version} · {day} · {_figures(made.works, made.ratings, made.pairs, made.size_bytes, t)}"


def _figures(works: int, ratings: int, pairs: int, size_bytes: int, t: Texts) -> str:
    return " · ".join(
        (
            t.plural("{count} work", "{count} works", works),
            t.plural("{count} rating", "{count} ratings", ratings),
            t.plural("{count} pair", "{count} pairs", pairs),
            t("{mebibytes} MiB", mebibytes=t.number(round(size_bytes / _MEBIBYTE, 2))),
        )
    )


def _fitting(lines: Iterator[str], taken: int) -> Iterator[str]:
    for line in lines:
        taken += width(line) + 1
        if taken > MESSAGE_LIMIT:
            return
        yield line
