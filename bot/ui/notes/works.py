"""What the channel shows for a finished work, whatever its medium."""

from collections.abc import Sequence
from typing import assert_never

from bot.i18n import Texts
from bot.ui.contents import Contents, Gallery, Writing
from bot.ui.notes import controls
from bot.ui.notes.heading import heading_without_words
from bot.ui.notes.note import Note
from bot.ui.notes.pictures import finished_pictures
from bot.ui.notes.texts import finished_text, text_in_one
from inference.contract.image import ImageRequest
from storage.domain import Creation


def finished(creation: Creation, contents: Contents, *, t: Texts) -> Sequence[Note]:
    """A finished work in one to three messages."""
    if creation.hidden_at is not None:
        return [hidden(creation, t=t)]
    match contents:
        case Writing(texts=texts):
            return finished_text(creation, texts, t)
        case Gallery(prints=prints):
            assert isinstance(creation.request, ImageRequest), "pictures come of requests for pictures"
            return [finished_pictures(creation, creation.request, prints, t)]
        case _:
            assert_never(contents)


def finished_in_one(creation: Creation, contents: Contents, *, t: Texts) -> Note:
    """A finished work in one message."""
    match contents:
        case Writing(texts=texts) if creation.hidden_at is None:
            return text_in_one(creation, texts, t)
        case _:
            return finished(creation, contents, t=t)[0]


def hidden(creation: Creation, *, t: Texts) -> Note:
    """What stands in the channel for a work that moderators keep from everybody but its author."""
    head = heading_without_words(creation.request, creation.member, t)
    sentence = t("🙈 The moderators have hidden this work.")
    return Note(content=f"{head}\n{sentence}", buttons=(controls.delete(creation, t),))
