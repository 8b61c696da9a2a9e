"""What an interaction answers with; where Discord refuses words that it quotes, those alone are left out."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import discord
import structlog

from bot.i18n import Texts, texts_for
from bot.postbox import NoteRefusedError, as_edit, meaning_of
from bot.quoting import quotations_in, without_quotations
from bot.ui.notes import Note, unshowable

log = structlog.get_logger(__name__)

# Each is an edit, of which Discord takes few a second. Then all that is quoted is left out.
MOST_TRIES: Final = 12

Takes = Callable[[frozenset[int]], Awaitable[bool]]  # Whether Discord takes it without these of its quotations.


async def show_reply(interaction: discord.Interaction[Any], note: Note, *, view: discord.ui.View | None = None) -> None:
    """Make the message that an interaction answers with, or comes from, look like the note.

    `view`: what else than the note's buttons stands under it. Of what is refused however little it quotes, the buttons
    stay, so that one can go on.
    """

    async def takes(left_out: frozenset[int]) -> bool:
        return await _is_taken(interaction, note, without_quotations(note.content, left_out), view)

    everything = frozenset(range(quotations_in(note.content)))
    if await takes(frozenset()):
        return
    if everything and await takes(everything):
        refused = await refused_among(sorted(everything), takes, everything)
        log.info("some of what is quoted is left out", refused=len(refused), quoted=len(everything))
        if not await takes(refused):  # Some are taken each by itself, and not together.
            await takes(everything)
        return
    sentence = unshowable(texts_for(str(interaction.locale)))
    await interaction.edit_original_response(
        content=sentence, attachments=[], view=view or as_edit(Note(content="", buttons=note.buttons))["view"]
    )


async def show_card(interaction: discord.Interaction[Any], card: discord.Embed, **beside: Any) -> None:
    """Answer with a card, and what stands beside it; of what Discord refuses, without words and files."""
    try:
        await interaction.edit_original_response(embed=card, **beside)
    except discord.HTTPException as error:
        if not isinstance(meaning_of(error), NoteRefusedError):
            raise
        bare = bare_card(card, texts_for(str(interaction.locale)))
        await interaction.edit_original_response(embed=bare, **beside | {"attachments": []})


def bare_card(card: discord.Embed, t: Texts) -> discord.Embed:
    """The card without anything that it quotes."""
    bare = card.copy()
    bare.description = unshowable(t)
    for number, field in enumerate(card.fields):
        value = field.value or ""
        plain = without_quotations(value, frozenset(range(quotations_in(value))))
        bare.set_field_at(number, name=field.name, value=plain, inline=field.inline)
    return bare


async def refused_among(suspects: Sequence[int], takes: Takes, everything: frozenset[int]) -> frozenset[int]:
    """The quotations that Discord refuses each by itself, found by halves; all of them where that takes too long."""
    tries, found = 0, set[int]()
    groups = [suspects]
    while groups:
        group = groups.pop()
        tries += 1
        if tries > MOST_TRIES:
            return everything
        if await takes(everything.difference(group)):
            continue
        if len(group) == 1:
            found.update(group)
        else:
            middle = len(group) // 2
            groups += [group[:middle], group[middle:]]
    return frozenset(found)


async def _is_taken(
    interaction: discord.Interaction[Any], note: Note, content: str, view: discord.ui.View | None
) -> bool:
    edit = as_edit(note) | {"content": content} | ({"view": view} if view is not None else {})
    try:
        await interaction.edit_original_response(**edit)
    except discord.HTTPException as error:
        if not isinstance(meaning_of(error), NoteRefusedError):
            raise
        log.info("Discord refuses an answer as it is", code=error.code)
        return False
    return True
