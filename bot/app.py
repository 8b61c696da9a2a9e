"""The composition root: the only file that knows every concrete class, and who opens and closes what in which order."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import discord
import structlog

from bot.alone import alone
from bot.client import AtelierClient, Services, point_discord_at
from bot.courier import Courier
from bot.desk import Desk
from bot.eraser import Eraser
from bot.house import House
from bot.intake import Intake
from bot.monitor import Monitor
from bot.postbox import Postbox
from bot.prints import Prints
from bot.ratings_line import RatingsLine
from bot.reaching import logged_in
from bot.reactions import EarlyReactions
from bot.reconciler import Reconciler
from bot.refitting import Refitter
from bot.releaser import Releaser
from bot.rights import INVITED_PERMISSIONS
from bot.settings import STUDIO_ARCHIVE, Settings
from bot.studio import Studio
from bot.studio.archive import ArchiveError
from bot.studio.guard import is_open
from bot.styles import Styles
from inference import workload
from inference.actor.supervisor import ActorSettings, Supervisor
from inference.actor.vitals import Patience
from inference.catalog.catalog import Catalog
from inference.catalog.puller import is_present
from inference.contract.errors import AtelierError, ModelMissingError, StorageUnavailableError
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium
from inference.contract.requests import Request
from inference.queue import JobQueue
from inference.safety import language
from storage import Storage
from storage.sweeping import TRASH_AGE

log = structlog.get_logger(__name__)

STUDIO_TOKEN: Final = "studio"  # noqa: S105 -- the studio takes any token.
# What is finished when the bot stops is shown within this time, or after the next start.
LAST_DELIVERIES_SECONDS: Final = 5.0

Announce = Callable[[str], None]


class StudioUnreadableError(AtelierError):
    """The file in which the studio keeps what stands there is none of it, or broken."""


async def serve(settings: Settings, *, announce: Announce, may_sweep_many: bool = False) -> None:
    """Run the bot until SIGINT or SIGTERM, then let what runs come to an end.

    `may_sweep_many`: files without a row may go to the trash however many they are. Raises `discord.LoginFailure` for
    a wrong token, `OSError` for a busy port or an unwritable folder, and `AtelierError` for what stands in its own
    words.
    """
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with AsyncExitStack() as stack:
        catalog = Catalog.load(settings.catalog)
        text_model = _require_model(settings, catalog)
        displaced: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await stack.enter_async_context(alone(settings, when_lost=displaced.set_exception))
        token = await _open_discord(settings, stack, announce)
        storage = await stack.enter_async_context(
            Storage.open(settings.storage_url, media_folder=settings.media_folder)
        )
        if healed := await storage.heal():
            log.info("works without a standing were given one", works=healed)
        await _sweep(storage, is_agreed=may_sweep_many)
        actor_with_weights = replace(actor_settings(settings, catalog), is_preloading=True)
        actor = await stack.enter_async_context(Supervisor.start(actor_with_weights))
        monitor = Monitor()
        client = await stack.enter_async_context(AtelierClient(http_trace=monitor.http_trace))
        intake = await stack.enter_async_context(Intake.open(settings.spool_folder))
        client.services = services = _services(settings, text_model, client, catalog, storage, actor, intake)
        await stack.enter_async_context(monitor.watching(client, actor, port=settings.metrics_port))
        language.prepare()
        await services.house.load()
        await services.styles.load()
        if not await logged_in(client, token, stop=stop):
            return
        if settings.discord_token is not None:
            announce(f"Invite the bot: {invitation(client)}")
        await stack.enter_async_context(services.courier.at_work())
        await stack.enter_async_context(services.queue.at_work())
        await stack.enter_async_context(services.eraser.at_work())
        await stack.enter_async_context(services.ratings_line.at_work())
        await stack.enter_async_context(services.early_reactions.at_work())
        await stack.enter_async_context(services.reconciler.at_work())
        await stack.enter_async_context(Refitter(storage, clock=_now).at_work())
        connection = asyncio.create_task(client.connect(), name="gateway")
        stack.push_async_callback(_ended, connection)
        await _first_of(connection, displaced, stop)
        await _wind_up(settings, services)


async def _sweep(storage: Storage, *, is_agreed: bool) -> None:
    try:
        swept = await storage.strays.sweep(at=_now(), is_agreed=is_agreed)
    except StorageUnavailableError as error:  # Such as a full disk: no reason not to serve.
        log.warning("the media folder was not swept", error=str(error))
        return
    if swept.restored:
        log.info("files were fetched back from the trash", files=swept.restored)
    if swept.trashed:
        log.info("files that no row names went to the trash", files=swept.trashed, days=TRASH_AGE.days)
    if swept.expired:
        log.info("the trash let go of old files", files=swept.expired)
    if swept.left:
        advice = "is the database older than the files? If they may go to the trash: atelier run --sweep"
        log.warning("files that no row names were left where they are", files=swept.left, advice=advice)


def _services(
    settings: Settings,
    text_model: ModelName,
    client: AtelierClient,
    catalog: Catalog,
    storage: Storage,
    actor: Supervisor,
    intake: Intake,
) -> Services:
    queue = JobQueue(storage.jobs, actor, size_of=sizes_of(catalog), clock=_now)
    postbox = Postbox(client, clock=_now)
    prints = Prints(storage)
    ping_after = timedelta(seconds=settings.ping_after_seconds)
    courier = Courier(storage, postbox, prints, clock=_now, ping_after=ping_after)
    queue.listen(courier.tell)
    house = House(
        storage.servers,
        text_model=text_model,
        image_model=catalog.get(settings.image_model or catalog.defaults[Medium.IMAGE]).name,
        seeds_reactions=settings.seed_reactions,
        is_here=lambda name: any(model.name == name and is_present(model, settings.models_folder) for model in catalog),
        clock=_now,
    )
    reconciler = Reconciler(storage, courier, postbox, clock=_now)
    early_reactions = EarlyReactions(courier, postbox, look_again=reconciler.look_at, clock=_now)
    line = RatingsLine(storage.ratings, look_again=reconciler.look_at)
    reconciler.settle_first(line.quiet)
    desk = Desk(
        *(queue, catalog, house, storage.blocks, storage.creations, intake),
        models_folder=settings.models_folder,
        clock=_now,
    )
    return Services(
        settings=settings,
        house=house,
        styles=Styles(storage.styles, clock=_now),
        storage=storage,
        queue=queue,
        desk=desk,
        courier=courier,
        prints=prints,
        postbox=postbox,
        eraser=Eraser(storage, queue, courier, postbox, clock=_now),
        early_reactions=early_reactions,
        releaser=Releaser(settings),
        reconciler=reconciler,
        ratings_line=line,
    )


def _require_model(settings: Settings, catalog: Catalog) -> ModelName:
    """The model that writes. Raises `ModelUnknownError`, `ModelUnsuitableError`, `ModelMissingError`."""
    model = catalog.in_use(settings.chosen_models)[0]
    if not is_present(model, settings.models_folder):
        raise ModelMissingError(model.name)
    return model.name


def sizes_of(catalog: Catalog) -> Callable[[Request], int]:
    """How much work each request is; one whose model the catalog has lost ends as soon as it begins."""

    def size_of(request: Request) -> int:
        model = catalog.models.get(request.model)
        return 1 if model is None else workload.size_of(request, model, scale=catalog.scale_of(model))

    return size_of


def actor_settings(settings: Settings, catalog: Catalog) -> ActorSettings:
    chosen = {Medium.TEXT: settings.text_model, Medium.IMAGE: settings.image_model}
    usual = [catalog.get(chosen[medium] or catalog.defaults[medium]) for medium in Medium]
    return ActorSettings(
        models=settings.models_folder,
        extra_catalog=settings.catalog,
        spool=settings.spool_folder,
        cache=settings.cache_folder,
        device=settings.device,
        capacity=settings.batch_size,
        warm=tuple(model.name for model in usual if is_present(model, settings.models_folder)),
        grace_seconds=0.0,  # The queue has drained before the actor is closed.
        patience=Patience(deadline_seconds=settings.deadline_seconds),
    )


def invitation(client: discord.Client) -> str:
    """The address with which a server's admin adds the bot, with the scopes and permissions that it needs."""
    assert client.application_id is not None
    return discord.utils.oauth_url(
        client.application_id, permissions=INVITED_PERMISSIONS, scopes=("bot", "applications.commands")
    )


async def _open_discord(settings: Settings, stack: AsyncExitStack, announce: Announce) -> str:
    """Discord's address and token, or else those of a studio opened for the purpose."""
    if settings.discord_token is not None:
        point_discord_at(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
        return settings.discord_token.get_secret_value()
    opening = Studio.open(
        host=settings.studio_host, port=settings.studio_port, archive=settings.data_dir / STUDIO_ARCHIVE
    )
    try:
        studio = await stack.enter_async_context(opening)
    except ArchiveError as error:
        raise StudioUnreadableError(f"{error}. Move it away, and the studio begins anew.") from error
    point_discord_at(api_url=studio.api_url, gateway_url=studio.gateway_url)
    announce(f"No DISCORD_TOKEN is set, so this is the studio. Open {studio.page_url}")
    if is_open(settings.studio_host):
        announce(f"Warning: whoever reaches {settings.studio_host} may be anybody in this studio, its admin too.")
    return STUDIO_TOKEN


async def _first_of(connection: asyncio.Task[None], displaced: asyncio.Future[None], stop: asyncio.Event) -> None:
    """Wait for a signal, and raise what ended the connection, or that another bot has the database now."""
    stopping = asyncio.create_task(stop.wait(), name="wait for a signal")
    try:
        await asyncio.wait((connection, displaced, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _ended(stopping)
    for ended in (displaced, connection):
        if ended.done():
            ended.result()


async def _ended(work: asyncio.Task[None] | asyncio.Task[bool]) -> None:
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def _wind_up(settings: Settings, services: Services) -> None:
    log.info("stopping")
    services.desk.close()
    await services.queue.drain(grace_seconds=settings.grace_seconds)
    try:
        await asyncio.wait_for(services.courier.quiet(), LAST_DELIVERIES_SECONDS)
    except TimeoutError:
        log.info("deliveries left for the next start")


def _now() -> datetime:
    return datetime.now(UTC)
