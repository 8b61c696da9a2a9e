"""Where requests are taken in: checked, acknowledged, written into the ledger."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import discord

from bot.errors import ALREADY_ACKNOWLEDGED, DrainingError, MemberBlockedError, PermissionsMissingError
from bot.house import House, limits_of
from inference.catalog.catalog import BuiltinSource, Catalog, Model
from inference.catalog.puller import is_present
from inference.contract.errors import ModelMissingError
from inference.contract.identifiers import ApplicationId, ChannelId, MemberId, MessageId, RoleId, ServerId
from inference.contract.jobs import Parent, Reply
from inference.contract.requests import Request
from inference.queue import JobQueue
from inference.safety.language import require_spoken
from storage.blocks import Blocks

if TYPE_CHECKING:
    from bot.client import AtelierClient

Interaction: TypeAlias = "discord.Interaction[AtelierClient]"
Find = Callable[[], Awaitable[tuple[Request, tuple[Parent, ...]]]]  # A request, and the works that it begins from.

TOKEN_LIFE: Final = timedelta(minutes=15)

# What it takes to show a job, to add to it and to find it again. The invitation asks for these, and for reactions.
NEEDED_PERMISSIONS: Final = discord.Permissions(
    view_channel=True, send_messages=True, read_message_history=True, attach_files=True
)
# A report reaches the moderators' channel as a card.
CARD_PERMISSIONS: Final = NEEDED_PERMISSIONS | discord.Permissions(embed_links=True)
INVITED_PERMISSIONS: Final = CARD_PERMISSIONS | discord.Permissions(add_reactions=True, send_messages_in_threads=True)


class Desk:
    """Accepts what members ask for. Once `accept` returns, the request survives any crash."""

    def __init__(
        self,
        queue: JobQueue,
        catalog: Catalog,
        house: House,
        blocks: Blocks,
        *,
        models_folder: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self._queue = queue
        self._catalog = catalog
        self._house = house
        self._blocks = blocks
        self._models_folder = models_folder
        self._clock = clock
        self._is_closed = False

    def close(self) -> None:
        """Take nothing more: the bot is about to stop."""
        self._is_closed = True

    def models_here(self) -> Sequence[Model]:
        """Those of the catalog whose files are here: what members may choose from.

        Those without files, which are there to try the bot with, are among them only where the host uses one.
        """
        return [
            model
            for model in self._catalog
            if is_present(model, self._models_folder)
            and (not isinstance(model.source, BuiltinSource) or model.name == self._house.text_model)
        ]

    async def accept(self, interaction: Interaction, request: Request) -> None:
        """Acknowledge an interaction publicly and submit its request.

        Raises an `AtelierError` that `bot.errors.answer` can tell the member: before the acknowledgement for what the
        request itself says, after it for what the database says.
        """
        self._check_place(interaction)
        self._check(interaction, request)
        message = await self._acknowledge(interaction)
        await self._submit(interaction, message, request, parents=())

    async def accept_found(self, interaction: Interaction, find: Find) -> None:
        """As `accept`, for a request that stands in the database and is looked up after the acknowledgement."""
        self._check_place(interaction)
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
        server, member = server_of(interaction), MemberId(interaction.user.id)
        if await self._blocks.is_blocked(server, member):
            raise MemberBlockedError
        settings = self._house.settings_of(server)
        await self._queue.submit(
            request,
            member=member,
            reply=_reply_of(interaction, message),
            locale=self._house.locale_of(server, interaction.guild_locale or interaction.locale),
            parents=parents,
            limits=limits_of(settings, roles_of(interaction)),
        )

    def _check_place(self, interaction: Interaction) -> None:
        if self._is_closed:
            raise DrainingError
        self._house.require_open(server_of(interaction), _channel_of(interaction))
        missing = missing_permissions(interaction)
        if missing.value:
            raise PermissionsMissingError(missing)

    def _check(self, interaction: Interaction, request: Request) -> None:
        self._house.require_fit(server_of(interaction), request)
        model = self._catalog.get(request.model)
        if not is_present(model, self._models_folder):
            raise ModelMissingError(model.name)
        require_spoken(
            request.prompt, request.change, model=model.title, spoken=model.languages, language=request.language
        )


def _reply_of(interaction: Interaction, message: MessageId) -> Reply:
    assert interaction.channel_id is not None
    return Reply(
        application=ApplicationId(interaction.application_id),
        server=server_of(interaction),
        channel=ChannelId(interaction.channel_id),
        token=interaction.token,
        token_expires_at=interaction.created_at + TOKEN_LIFE,
        message=message,
    )


def server_of(interaction: Interaction) -> ServerId:
    assert interaction.guild_id is not None, "the commands are for servers"
    return ServerId(interaction.guild_id)


def roles_of(interaction: Interaction) -> Collection[RoleId]:
    user = interaction.user
    return [RoleId(role.id) for role in user.roles] if isinstance(user, discord.Member) else []


def _channel_of(interaction: Interaction) -> ChannelId:
    """The channel of this interaction; of a thread, the one that it belongs to."""
    if isinstance(interaction.channel, discord.Thread):
        return ChannelId(interaction.channel.parent_id)
    assert interaction.channel_id is not None
    return ChannelId(interaction.channel_id)


def missing_permissions(interaction: Interaction) -> discord.Permissions:
    """What the bot would need in the channel of this interaction and does not have."""
    needed = discord.Permissions(NEEDED_PERMISSIONS.value)
    if isinstance(interaction.channel, discord.Thread):
        needed.update(send_messages=False, send_messages_in_threads=True)
    return discord.Permissions(needed.value & ~interaction.app_permissions.value)
