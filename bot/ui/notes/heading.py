"""The one small line above every job and every work."""

from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from bot.i18n import Texts
from bot.quoting import quoted
from bot.ui.names import kind_name, relation_name, style_name
from inference.contract.identifiers import MemberId
from inference.contract.image import ImageRequest
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import Basis
from inference.contract.requests import Request
from inference.contract.text import TextRequest

EXCERPT_LIMIT: Final = 90


def heading(request: Request, member: MemberId, t: Texts, *, parents: Sequence[Parent] = ()) -> str:
    """What, for whom, from which words; `parents` tell a variation from what is drawn over a picture otherwise."""
    line = t(
        "{genre} for <@{member}> · “{excerpt}”",
        genre=kind_name(request, t),
        member=member,
        excerpt=quoted(request.prompt, limit=EXCERPT_LIMIT),
    )
    return "-# " + " · ".join((line, *_particulars(request, parents, t)))


def heading_without_words(request: Request, member: MemberId, t: Texts) -> str:
    """As `heading`, where the member's words are not to be read either."""
    return "-# " + t("{genre} for <@{member}>", genre=kind_name(request, t), member=member)


def _particulars(request: Request, parents: Sequence[Parent], t: Texts) -> Iterator[str]:
    match request:
        case TextRequest(basis=Basis.CONTINUATION):
            yield t("continued")
        case TextRequest(basis=Basis.REVISION, change=change):
            yield t("revised: “{change}”", change=quoted(change or "", limit=EXCERPT_LIMIT))
        case TextRequest():
            return
        case ImageRequest(basis=basis, style=style):
            if style is not None:
                yield t("style “{style}”", style=quoted(style_name(style.name, t), limit=EXCERPT_LIMIT))
            if basis is Basis.REFERENCE:
                is_varied = any(parent.relation is Relation.VARIATION for parent in parents)
                yield relation_name(Relation.VARIATION, t) if is_varied else t("drawn over a picture")
            if basis is Basis.UPSCALE:
                yield t("enlarged")
        case _:
            assert_never(request)
