"""Our messages in Discord's channels: shown again and again, posted once."""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final, NoReturn

import aiohttp
import discord

from bot.ui.notes import Note, Refusal
from inference.contract.errors import AtelierError
from inference.contract.identifiers import ChannelId, MemberId, MessageId
from inference.contract.jobs import Reply

# A token lives 15 minutes; the last one is not trusted, since clocks differ.
TOKEN_MARGIN: Final = timedelta(minutes=1)
# A message posted just before a crash stands among this many after the moment that its job ended.
LOOKED_THROUGH: Final = 200
CLOCK_SKEW: Final = timedelta(seconds=30)
HISTORY_PAGE: Final = 100  # As many as Discord gives for one request.
_EVERYBODY: Final = sys.maxsize

UNKNOWN_CHANNEL: Final = 10003
UNKNOWN_MESSAGE: Final = 10008
UNKNOWN_WEBHOOK: Final = 10015
INVALID_WEBHOOK_TOKEN: Final = 50027
THREAD_CLOSED: Final = frozenset({50083, 160005})  # Archived; locked.
REASONS: Final = {200000: Refusal.AUTOMOD, 240000: Refusal.HARMFUL_LINK, 40005: Refusal.TOO_LARGE}
BAD_REQUEST: Final = 400
TOO_LARGE_STATUS: Final = 413
_TOKEN_ENDED: Final = frozenset({UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN})

Found = Mapping[str, Sequence[MemberId]]  # Who, bots left out, has put which emoji under a message.

# What may pass by itself, and is tried again.
TRANSIENT: Final = (discord.HTTPException, aiohttp.ClientError, OSError)
# What Discord refuses as wrong will be as wrong the next time; the next start of the bot tries again.
MAX_REFUSALS: Final = 3
REFUSALS: Final = frozenset(range(400, 500)) - {408, 429}


class NoteGoneError(AtelierError):
    """The message was deleted."""


class ChannelClosedError(AtelierError):
    """The channel was deleted, or the bot may no longer write there."""


class ThreadArchivedError(ChannelClosedError):
    """The thread is archived, and stays so."""


class NoteRefusedError(AtelierError):
    """Discord does not take the message as it is, and will not the next time."""

    def __init__(self, *, refusal: Refusal, code: int) -> None:
        self.refusal = refusal
        self.code = code
        super().__init__(f"{refusal.value} ({code})")


class Postbox:
    """Discord as the courier needs it. Raises one of `TRANSIENT` for what may pass by itself."""

    def __init__(self, client: discord.Client, *, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock

    def may_use_token(self, reply: Reply) -> bool:
        """Whether edits still go by the interaction's token, which Discord counts apart from the channel's."""
        return self._clock() < reply.token_expires_at - TOKEN_MARGIN

    async def show(self, reply: Reply, message: MessageId, note: Note, *, reopens: bool = True) -> None:
        """Make a message of ours look like the note. `reopens`: in a thread that is archived as well.

        Raises `NoteGoneError`, `NoteRefusedError`, `ChannelClosedError`.
        """
        try:
            await self._show(reply, message, note)
        except ThreadArchivedError:
            if not reopens:
                raise
            await self._reopen(reply)
            await self._show(reply, message, note)

    async def _show(self, reply: Reply, message: MessageId, note: Note) -> None:
        if self.may_use_token(reply):
            webhook = discord.Webhook.partial(reply.application, reply.token, client=self._client)
            try:
                await webhook.edit_message(message, **as_edit(note))
            except discord.HTTPException as error:
                if error.code not in _TOKEN_ENDED and type(meaning_of(error)) is not ChannelClosedError:
                    raise_meaning(error)
            else:
                return
        await self._show_by_channel(reply, message, note)

    async def _reopen(self, reply: Reply) -> None:
        """Open an archived thread again, quietly; of a locked one only moderators may."""
        try:
            thread = await self._client.fetch_channel(reply.channel)
            if isinstance(thread, discord.Thread):
                await thread.edit(archived=False)
        except discord.HTTPException as error:
            if isinstance(error, discord.Forbidden | discord.NotFound) or error.code in THREAD_CLOSED:
                raise ChannelClosedError from error
            raise

    async def post_once(
        self, reply: Reply, note: Note, *, nonce: str, under: MessageId | None, since: datetime | None
    ) -> MessageId:
        """Post a new message, or find it where an earlier try already did.

        Raises `NoteRefusedError`, `ChannelClosedError`.
        Discord itself drops a second message with the same nonce for some minutes. After a crash, which may have been
        longer ago, `since` says from when on to look through the channel for a message of ours that is like the note.
        """
        channel = self._channel(reply)
        try:
            posted = await self._find(channel, note, under, since) if since else None
            if posted is None:
                posted = await channel.send(nonce=nonce, **_as_message(note, reply, under))
        except discord.HTTPException as error:
            meant = meaning_of(error)
            if meant is None:
                raise
            raise (ChannelClosedError if isinstance(meant, NoteGoneError) else meant) from error
        return MessageId(posted.id)

    async def whisper(self, reply: Reply, note: Note) -> None:
        """Tell something to the member alone who asked, while the interaction's token lives.

        Not before the note is shown: Discord would put this in place of its "thinking…".
        """
        webhook = discord.Webhook.partial(reply.application, reply.token, client=self._client)
        webhook.type = discord.WebhookType.application  # Only of such a one does discord.py believe that it may.
        view = view_of(note)
        await webhook.send(note.content, ephemeral=True, view=discord.utils.MISSING if view is None else view)

    async def delete(self, channel: ChannelId, message: MessageId) -> None:
        """Take a message of ours away; one that is already gone is as good."""
        try:
            await self._client.get_partial_messageable(channel).get_partial_message(message).delete()
        except discord.NotFound:
            return

    async def react(self, channel: ChannelId, message: MessageId, emoji: str) -> None:
        await self._client.get_partial_messageable(channel).get_partial_message(message).add_reaction(emoji)

    async def reactions(self, channel: ChannelId, message: MessageId) -> Found | None:
        """Who stands under a message; None: it is gone."""
        try:
            return await who_reacted(await self._client.get_partial_messageable(channel).fetch_message(message))
        except discord.NotFound:
            return None

    async def page(self, channel: ChannelId, newest: MessageId) -> Mapping[MessageId, discord.Message]:
        """A message and those before it, a hundred in one request; one that is gone is not among them."""
        before = discord.Object(newest + 1)
        history = self._client.get_partial_messageable(channel).history(limit=HISTORY_PAGE, before=before)
        return {MessageId(message.id): message async for message in history}

    async def _show_by_channel(self, reply: Reply, message: MessageId, note: Note) -> None:
        try:
            await self._channel(reply).get_partial_message(message).edit(**as_edit(note))
        except discord.HTTPException as error:
            raise_meaning(error)

    async def _find(
        self, channel: discord.PartialMessageable, note: Note, under: MessageId | None, since: datetime
    ) -> discord.Message | None:
        own = self._client.user
        async for message in channel.history(after=since - CLOCK_SKEW, limit=LOOKED_THROUGH, oldest_first=True):
            is_own = own is not None and message.author.id == own.id
            if is_own and _stands_under(message, under) and _looks_like(message, note):
                return message
        return None

    def _channel(self, reply: Reply) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(reply.channel, guild_id=reply.server)


async def who_reacted(message: discord.Message) -> Found:
    """Asked for now, for each emoji that the message was read with, normal and super reactions alike."""
    return {
        str(reaction.emoji): [MemberId(user) for user in await _who_gave(reaction)]
        for reaction in message.reactions
        if reaction.count > reaction.me
    }


async def _who_gave(reaction: discord.Reaction) -> Collection[int]:
    """Each member once, in order. Discord lists super reactions only to who asks for them."""
    kinds = [discord.ReactionType.normal] if reaction.count - reaction.burst_count > reaction.me else []
    if reaction.burst_count:
        kinds.append(discord.ReactionType.burst)
    # All of them: since the message was read more may have come than were counted, in no order of time.
    given = [user for kind in kinds async for user in reaction.users(limit=_EVERYBODY, type=kind)]
    return dict.fromkeys(user.id for user in given if not user.bot)


def meaning_of(error: discord.HTTPException) -> AtelierError | None:
    """What an answer of Discord's says about a message or its channel; None: nothing, or nothing that lasts."""
    if error.code in THREAD_CLOSED:  # Discord has answered it with 400 and with 403.
        return ThreadArchivedError()
    match error:
        case discord.NotFound():
            return NoteGoneError() if error.code == UNKNOWN_MESSAGE else ChannelClosedError()
        case discord.Forbidden():
            return ChannelClosedError()
        case _ if error.status == TOO_LARGE_STATUS:
            return NoteRefusedError(refusal=Refusal.TOO_LARGE, code=error.code)
        case _ if error.status == BAD_REQUEST and error.code:
            return NoteRefusedError(refusal=REASONS.get(error.code, Refusal.OTHER), code=error.code)
        case _:
            return None


def raise_meaning(error: discord.HTTPException) -> NoReturn:
    """Raises what it means, or else the answer itself."""
    if (meant := meaning_of(error)) is None:
        raise error
    raise meant from error


def is_refusal(error: BaseException) -> bool:
    return isinstance(error, discord.HTTPException) and error.status in REFUSALS


def view_of(note: Note) -> discord.ui.View | None:
    """The note's buttons, which their custom ids alone keep working.

    The view is stopped before it is sent, so that discord.py does not keep it: a view that it keeps is memory that
    never comes back, and takes dynamic items out of the registry when it ends.
    """
    if not note.buttons:
        return None
    view = discord.ui.View(timeout=None)
    for button in note.buttons:
        view.add_item(
            discord.ui.Button(
                custom_id=button.custom_id,
                label=button.label,
                emoji=button.emoji,
                style=button.style,
                row=button.row,
            )
        )
    view.stop()
    return view


def as_edit(note: Note) -> dict[str, Any]:
    """What the library's edits take, once: files are read as they are sent."""
    return {
        "content": note.content,
        "attachments": files_of(note),
        "view": view_of(note),
        "allowed_mentions": discord.AllowedMentions.none(),
    }


def _as_message(note: Note, reply: Reply, under: MessageId | None) -> dict[str, Any]:
    message: dict[str, Any] = {
        "content": note.content,
        "files": files_of(note),
        "allowed_mentions": discord.AllowedMentions(
            everyone=False,
            roles=False,
            replied_user=False,
            users=[discord.Object(note.pings)] if note.pings else False,
        ),
    }
    if (view := view_of(note)) is not None:
        message["view"] = view
    if under is not None:
        message["reference"] = discord.MessageReference(
            message_id=under, channel_id=reply.channel, guild_id=reply.server, fail_if_not_exists=False
        )
    return message


def files_of(note: Note) -> list[discord.File]:
    """The note's attachments as the library uploads them, once."""
    return [
        discord.File(BytesIO(attachment.content), attachment.filename, description=attachment.description)
        for attachment in note.attachments
    ]


def _stands_under(message: discord.Message, under: MessageId | None) -> bool:
    return (message.reference.message_id if message.reference else None) == under


def _looks_like(message: discord.Message, note: Note) -> bool:
    return message.content == note.content and custom_ids_in(message) == {button.custom_id for button in note.buttons}


def custom_ids_in(message: discord.Message) -> set[str | None]:
    """What tells the buttons of a message apart."""
    return {
        child.custom_id
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for child in row.children
        if isinstance(child, discord.Button)
    }
