"""Where requests are taken in: checked, acknowledged, written into the ledger."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import discord

from bot.errors import ALREADY_ACKNOWLEDGED, DrainingError, PermissionsMissingError
from inference.catalog.catalog import Catalog
from inference.catalog.puller import is_present
from inference.contract.errors import ModelMissingError
from inference.contract.identifiers import ApplicationId, ChannelId, MemberId, MessageId, ServerId
from inference.contract.jobs import Parent, Reply
from inference.contract.requests import Request
from inference.queue import JobQueue
from inference.safety.language import require_spoken

if TYPE_CHECKING:
    from bot.client import AtelierClient

Interaction: TypeAlias = "discord.Interaction[AtelierClient]"
Find = Callable[[], Awaitable[tuple[Request, tuple[Parent, ...]]]]  # A request, and the works that it begins from.

TOKEN_LIFE: Final = timedelta(minutes=15)

# What it takes to show a job, to add to it and to find it again. The invitation asks for these, and for reactions.
NEEDED_PERMISSIONS: Final = discord.Permissions(
    view_channel=True, send_messages=True, read_message_history=True, attach_files=True
)
INVITED_PERMISSIONS: Final = NEEDED_PERMISSIONS | discord.Permissions(add_reactions=True, send_messages_in_threads=True)


class Desk:
    """Accepts what members ask for. Once `accept` returns, the request survives any crash."""

    def __init__(
        self, queue: JobQueue, catalog: Catalog, *, models_folder: Path, clock: Callable[[], datetime]
    ) -> None:
        self._queue = queue
        self._catalog = catalog
        self._models_folder = models_folder
        self._clock = clock
        self._is_closed = False

    def close(self) -> None:
        """Take nothing more: the bot is about to stop."""
        self._is_closed = True

    async def accept(self, interaction: Interaction, request: Request) -> None:
        """Acknowledge an interaction publicly and submit its request.

        Raises an `AtelierError` that `bot.errors.answer` can tell the member: before the acknowledgement for what the
        request itself says, after it for what the database says.
        """
        self._check(interaction, request)
        message = await self._acknowledge(interaction)
        await self._submit(interaction, message, request, parents=())

    async def accept_found(self, interaction: Interaction, find: Find) -> None:
        """As `accept`, for a request that stands in the database and is looked up after the acknowledgement."""
        message = await self._acknowledge(interaction)
        request, parents = await find()
        self._check(interaction, request)
        await self._submit(interaction, message, request, parents)

    async def _acknowledge(self, interaction: Interaction) -> MessageId:
        """Returns the message that will be the job's note."""
        try:
            callback = await interaction.response.defer(thinking=True)
        except discord.HTTPException as error:
            # Discord took an earlier try, and only its answer was lost.
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
            callback = None
        if callback is not None and callback.message_id is not None:
            return MessageId(callback.message_id)
        return MessageId((await interaction.original_response()).id)

    async def _submit(
        self, interaction: Interaction, message: MessageId, request: Request, parents: tuple[Parent, ...]
    ) -> None:
        await self._queue.submit(
            request,
            member=MemberId(interaction.user.id),
            reply=_reply_of(interaction, message),
            locale=str(interaction.guild_locale or interaction.locale),
            parents=parents,
        )

    def _check(self, interaction: Interaction, request: Request) -> None:
        if self._is_closed:
            raise DrainingError
        missing = missing_permissions(interaction)
        if missing.value:
            raise PermissionsMissingError(missing)
        model = self._catalog.get(request.model)
        if not is_present(model, self._models_folder):
            raise ModelMissingError(model.name)
        require_spoken(request.prompt, model=model.title, spoken=model.languages)


def _reply_of(interaction: Interaction, message: MessageId) -> Reply:
    assert interaction.guild_id is not None, "the commands are for servers"
    assert interaction.channel_id is not None
    return Reply(
        application=ApplicationId(interaction.application_id),
        server=ServerId(interaction.guild_id),
        channel=ChannelId(interaction.channel_id),
        token=interaction.token,
        token_expires_at=interaction.created_at + TOKEN_LIFE,
        message=message,
    )


def missing_permissions(interaction: Interaction) -> discord.Permissions:
    """What the bot would need in the channel of this interaction and does not have."""
    needed = discord.Permissions(NEEDED_PERMISSIONS.value)
    if isinstance(interaction.channel, discord.Thread):
        needed.update(send_messages=False, send_messages_in_threads=True)
    return discord.Permissions(needed.value & ~interaction.app_permissions.value)
