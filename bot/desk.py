"""Where requests are taken in: checked, acknowledged, written into the ledger."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

import discord

from bot.errors import (
    ALREADY_ACKNOWLEDGED,
    DrainingError,
    MemberBlockedError,
    ModelMismatchError,
    PermissionsMissingError,
    ThreadUnseenError,
    WorkHiddenError,
)
from bot.fitting import fitted, with_translator
from bot.house import House, limits_of
from bot.intake import Intake
from bot.rights import is_age_restricted, missing_permissions
from bot.sight import is_private, is_seen_by_bot, parent_of
from bot.terms import terms_of
from inference.catalog.catalog import Catalog
from inference.catalog.model import Model
from inference.catalog.puller import is_present
from inference.catalog.sources import BuiltinSource
from inference.contract.artifacts import Artifact
from inference.contract.errors import BasisNotTakenError, ModelMissingError
from inference.contract.identifiers import ApplicationId, ChannelId, MemberId, MessageId, ModelName, RoleId, ServerId
from inference.contract.image import Guard, ImageRequest
from inference.contract.jobs import SOURCES, Parent, Reply
from inference.contract.mediums import Basis, Medium
from inference.contract.requests import Request
from inference.contract.text import TextRequest
from inference.queue import JobQueue
from inference.safety.language import require_spoken
from storage.blocks import Blocks
from storage.creations import Creations
from storage.release.values import Terms

if TYPE_CHECKING:
    from bot.client import AtelierClient

Interaction: TypeAlias = "discord.Interaction[AtelierClient]"

TOKEN_LIFE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request, and what it begins from."""

    request: Request
    parents: tuple[Parent, ...] = ()
    uploads: tuple[Artifact, ...] = ()  # That stand in the media store already, with an earlier job.


Find = Callable[[], Awaitable[Wish]]


class Desk:
    """Accepts what members ask for. Once `accept` returns, the request survives any crash."""

    def __init__(
        self,
        queue: JobQueue,
        catalog: Catalog,
        house: House,
        blocks: Blocks,
        creations: Creations,
        intake: Intake,
        *,
        models_folder: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self._queue = queue
        self._catalog = catalog
        self._house = house
        self._blocks = blocks
        self._creations = creations
        self._intake = intake
        self._models_folder = models_folder
        self._clock = clock
        self._is_closed = False

    def close(self) -> None:
        """Take nothing more: the bot is about to stop."""
        self._is_closed = True

    def models_here(self, medium: Medium) -> Sequence[Model]:
        """Those of the catalog that make something from words and whose files are here: what members may choose from.

        Those without files, which are there to try the bot with, are among them only where the host uses one.
        """
        used = (self._house.text_model, self._house.image_model)
        return [
            model
            for model in self._catalog
            if model.medium is medium
            and Basis.NOTHING in model.bases
            and self._is_here(model)
            and (not isinstance(model.source, BuiltinSource) or model.name in used)
        ]

    def model(self, name: ModelName, medium: Medium) -> Model:
        """Raises `ModelUnknownError`, `ModelMissingError`, `ModelMismatchError`."""
        model = self._catalog.get(name)
        if model.medium is not medium:
            raise ModelMismatchError(model.title)
        if not self._is_here(model):
            raise ModelMissingError(model.name)
        return model

    def licence_of(self, name: ModelName) -> str | None:
        """Of a model that made something; None: the catalog has lost it since."""
        model = self._catalog.models.get(name)
        return None if model is None else model.licence

    def terms(self) -> Mapping[ModelName, Terms]:
        """What a release has to know of the models."""
        return terms_of(self._catalog)

    def drawing_model(self, name: ModelName) -> Model:
        """As `model`, for one that draws."""
        model = self.model(name, Medium.IMAGE)
        if model.picture is None:
            raise ModelMismatchError(model.title)
        return model

    def upscaler_of(self, name: ModelName) -> Model:
        """What makes larger what a model draws. Raises `ModelUnknownError`, `ModelMissingError`."""
        return self.model(self._catalog.upscaler_of(self._catalog.get(name)).name, Medium.IMAGE)

    def scale_of(self, model: Model) -> int:
        """How many pixels of what a member gets stand for one that the model draws, on either side."""
        return self._catalog.scale_of(model)

    async def accept(
        self, interaction: Interaction, request: Request, *, upload: discord.Attachment | None = None
    ) -> None:
        """Acknowledge an interaction publicly and submit its request, with what it begins from.

        Raises an `AtelierError` that `bot.errors.answer` can tell the member: before the acknowledgement for what the
        request itself says, after it for what the database and the upload say.
        """
        self._check_place(interaction)
        wish = Wish(request=self._checked(interaction, request))
        message = await self._acknowledge(interaction)
        await self._submit(interaction, message, wish, upload)

    async def accept_found(self, interaction: Interaction, find: Find) -> None:
        """As `accept`, for a request that stands in the database and is looked up after the acknowledgement."""
        self._check_place(interaction)
        message = await self._acknowledge(interaction)
        wish = await find()
        wish = replace(wish, request=self._checked(interaction, wish.request))
        await self._submit(interaction, message, wish)

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
        self, interaction: Interaction, message: MessageId, wish: Wish, upload: discord.Attachment | None = None
    ) -> None:
        server, member = server_of(interaction), MemberId(interaction.user.id)
        if await self._blocks.is_blocked(server, member):
            raise MemberBlockedError
        await self._require_shown(wish.parents)
        settings = self._house.settings_of(server)
        async with AsyncExitStack() as stack:
            received = []
            if upload is not None:
                received.append(await stack.enter_async_context(self._intake.received(upload, by=member)))
            await self._queue.submit(
                wish.request,
                member=member,
                reply=_reply_of(interaction, message),
                locale=self._house.locale_of(server, interaction.guild_locale or interaction.locale),
                parents=wish.parents,
                uploads=(*wish.uploads, *received),
                guard=self._guard_in(interaction),
                limits=limits_of(settings, roles_of(interaction)),
            )

    async def _require_shown(self, parents: Sequence[Parent]) -> None:
        """Raises `WorkHiddenError`: what moderators have hidden comes back by no detour, not even its author's."""
        sources = {parent.creation for parent in parents if parent.relation in SOURCES}
        if sources and any(one.hidden_at is not None for one in await self._creations.several(sources)):
            raise WorkHiddenError

    def _guard_in(self, interaction: Interaction) -> Guard:
        return self._house.guard_in(
            server_of(interaction), parent_of(interaction), is_age_restricted=is_age_restricted(interaction.channel)
        )

    def _check_place(self, interaction: Interaction) -> None:
        if self._is_closed:
            raise DrainingError
        self._house.require_open(server_of(interaction), parent_of(interaction))
        if not is_seen_by_bot(interaction.channel):
            raise ThreadUnseenError(MemberId(interaction.application_id))
        missing = missing_permissions(interaction)
        if missing.value:
            raise PermissionsMissingError(missing)

    def _checked(self, interaction: Interaction, request: Request) -> Request:
        """The request as its model can take it. Raises what the member has to know before anything is promised."""
        server = server_of(interaction)
        self._house.require_fit(server, request)
        model = self.model(request.model, request.medium)
        match request:
            case TextRequest(prompt=prompt, change=change, language=language):
                require_spoken(prompt, change, model=model.title, spoken=model.languages, language=language)
                return request
            case ImageRequest():
                return self._checked_picture(server, request, model)
            case _:
                assert_never(request)

    def _checked_picture(self, server: ServerId, request: ImageRequest, model: Model) -> ImageRequest:
        if request.basis not in model.bases:
            raise BasisNotTakenError(basis=request.basis, model=model.title)
        if model.picture and model.picture.upscaler and not self._is_here(self._catalog.upscaler_of(model)):
            raise ModelMissingError(model.picture.upscaler)
        writer = self._catalog.get(self._house.text_model_of(server))
        return with_translator(fitted(request, model), model, writer if self._is_here(writer) else None)

    def _is_here(self, model: Model) -> bool:
        return is_present(model, self._models_folder)


def _reply_of(interaction: Interaction, message: MessageId) -> Reply:
    assert interaction.channel_id is not None
    return Reply(
        application=ApplicationId(interaction.application_id),
        server=server_of(interaction),
        channel=ChannelId(interaction.channel_id),
        parent=parent_of(interaction),
        is_private=is_private(interaction),
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
