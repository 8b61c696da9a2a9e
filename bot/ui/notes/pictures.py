"""What the channel shows for finished pictures: one message with all of them, and what to do with each."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bot.i18n import Texts
from bot.ui.contents import Print
from bot.ui.names import option_name, style_name
from bot.ui.notes import controls
from bot.ui.notes.heading import heading
from bot.ui.notes.note import DESCRIPTION_LIMIT, Attachment, Button, Note
from bot.ui.parts import clipped
from inference.contract.artifacts import Artifact
from inference.contract.image import ImageRequest, Showing
from inference.contract.mediums import Basis
from storage.domain import Creation

LARGE_ENOUGH: Final = 2_048  # Pixels of the longer side from which on a picture is not made larger.
SPOILER: Final = "SPOILER_"  # What Discord's clients blur until it is clicked begins so.
UNREAD: Final = "words_unread"  # Where provenance counts the words at the prompt's end that had no room.
_ROOM_FOR_PROMPT: Final = DESCRIPTION_LIMIT - 224


def finished_pictures(creation: Creation, request: ImageRequest, prints: Sequence[Print | None], t: Texts) -> Note:
    """The pictures that may be seen, each described, and their buttons."""
    seen = [part for part, one in enumerate(prints) if one is not None]
    head = heading(creation.request, creation.member, t, parents=creation.parents)
    lines = [head, *_remarks(creation, request, len(prints) - len(seen), t)]
    attachments = tuple(_file_of(creation, request, part, one, t) for part, one in enumerate(prints) if one is not None)
    return Note(content="\n".join(lines), buttons=_buttons(creation, request, seen, t), attachments=attachments)


def may_be_enlarged(artifact: Artifact) -> bool:
    picture = artifact.picture
    return picture is None or max(picture.width, picture.height) < LARGE_ENOUGH


def _remarks(creation: Creation, request: ImageRequest, held: int, t: Texts) -> Iterator[str]:
    if request.unused:
        names = t.listed([f"`{option_name(option, t)}`" for option in request.unused])
        yield "-# " + t("The model {model} has no use for {options}.", model=f"`{request.model}`", options=names)
    if unread := int(creation.provenance.settings.get(UNREAD, 0)):
        yield "-# " + t.plural(
            "The model did not read the last word of your prompt: fewer fit.",
            "The model did not read the last {count} words of your prompt: fewer fit.",
            unread,
        )
    if held:
        yield "🔒 " + t.plural(
            "{count} picture waits until a moderator has looked at it.",
            "{count} pictures wait until a moderator has looked at them.",
            held,
        )


def picture_elsewhere(creation: Creation, request: ImageRequest, part: int, one: Print, t: Texts) -> Attachment:
    """A picture where it was not made for: what is not for everybody's eyes is blurred there in any case."""
    picture = creation.artifacts[part].picture
    return _file_of(creation, request, part, one, t, is_blurred=picture is not None and picture.is_unsafe)


def _file_of(
    creation: Creation, request: ImageRequest, part: int, one: Print, t: Texts, *, is_blurred: bool = False
) -> Attachment:
    picture = creation.artifacts[part].picture
    is_spoiler = is_blurred or (picture is not None and picture.showing is Showing.SPOILER)
    name = f"picture-{creation.id}-{part + 1}{one.extension}"
    return Attachment(
        filename=f"{SPOILER if is_spoiler else ''}{name}",
        content=one.content,
        description=_description(request, part, len(creation.artifacts), t),
    )


def _description(request: ImageRequest, part: int, count: int, t: Texts) -> str:
    prompt = clipped(request.prompt, limit=_ROOM_FOR_PROMPT)
    text = t("Machine-made picture {number} of {count}: {prompt}", number=part + 1, count=count, prompt=prompt)
    if request.style is not None:
        text = t("{description}, in the style “{style}”", description=text, style=style_name(request.style.name, t))
    return clipped(text, limit=DESCRIPTION_LIMIT)


def _buttons(creation: Creation, request: ImageRequest, seen: Sequence[int], t: Texts) -> tuple[Button, ...]:
    """With several pictures a row for each deed, else one row for all. What is seen of them can be rated."""
    is_enlarged = request.basis is Basis.UPSCALE
    vary = [] if is_enlarged else [_vary(creation, part, t) for part in seen]
    enlarge = [_enlarge(creation, part, t) for part in seen if may_be_enlarged(creation.artifacts[part])]
    refer = [_refer(creation, part, t) for part in seen]
    for_all = [*controls.under_any(creation, t)]
    if is_enlarged:
        for_all = [controls.remix(creation, t), *controls.about(creation, t)]
    rate = [controls.rate(creation, t)] if seen else []
    rows = [vary, enlarge, refer, for_all, rate]
    if len(creation.artifacts) == 1:
        rows = [[*vary, *enlarge, *refer, *rate], for_all]
    filled = [*filter(None, rows)]
    return tuple(button for row, buttons in enumerate(filled) for button in controls.in_row(row, buttons))


def _vary(creation: Creation, part: int, t: Texts) -> Button:
    label = _numbered(creation, part, t("Vary"), lambda number: t("Vary {number}", number=number))
    return Button(custom_id=f"creation:vary:{part}:{creation.id}", label=label, emoji="🔀")


def _enlarge(creation: Creation, part: int, t: Texts) -> Button:
    label = _numbered(creation, part, t("Upscale"), lambda number: t("Upscale {number}", number=number))
    return Button(custom_id=f"creation:upscale:{part}:{creation.id}", label=label, emoji="🔍")


def _refer(creation: Creation, part: int, t: Texts) -> Button:
    label = _numbered(creation, part, t("Use as reference"), lambda number: t("Reference {number}", number=number))
    return Button(custom_id=f"creation:reference:{part}:{creation.id}", label=label, emoji="🖼️")


def _numbered(creation: Creation, part: int, alone: str, among: Callable[[int], str]) -> str:
    return among(part + 1) if len(creation.artifacts) > 1 else alone
