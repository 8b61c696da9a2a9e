"""Threads: starting, changing, joining, listing."""

from bot.studio.checks.form import Form
from bot.studio.entities import ChannelType, Json, Thread
from bot.studio.errors import DiscordError
from bot.studio.permissions import Permission
from bot.studio.places import is_active_thread
from bot.studio.rest.call import Call, Route

_ARCHIVE_MINUTES = frozenset({60, 1440, 4320, 10080})


def _checked(body: Json) -> Json:
    form = Form()
    if "name" in body:
        form.text(("name",), body["name"], least=1, most=100)
    if body.get("auto_archive_duration") is not None:
        form.choice(("auto_archive_duration",), body["auto_archive_duration"], _ARCHIVE_MINUTES)
    form.close()
    return body


async def start_from_message(call: Call) -> Json:
    channel = call.channel(Permission.CREATE_PUBLIC_THREADS)
    message = call.world.messages.get_public(channel.id, call.id("message"))
    if message.thread_id is not None:
        raise DiscordError(160004)
    body = _checked({"name": "", **call.fields()})
    thread = call.world.start_thread(
        channel,
        name=body["name"],
        owner_id=call.world.bot.id,
        type_=ChannelType.PUBLIC_THREAD,
        archive_minutes=body.get("auto_archive_duration") or 1440,
        thread_id=message.id,
    )
    call.world.messages.mark_thread(message, thread.id)
    return call.payloads.channel(thread)


async def start(call: Call) -> Json:
    body = _checked({"name": "", **call.fields()})
    is_public = body.get("type", ChannelType.PRIVATE_THREAD) == ChannelType.PUBLIC_THREAD
    needed = Permission.CREATE_PUBLIC_THREADS if is_public else Permission.CREATE_PRIVATE_THREADS
    thread = call.world.start_thread(
        call.channel(needed),
        name=body["name"],
        owner_id=call.world.bot.id,
        type_=ChannelType.PUBLIC_THREAD if is_public else ChannelType.PRIVATE_THREAD,
        archive_minutes=body.get("auto_archive_duration") or 1440,
    )
    return call.payloads.channel(thread)


async def change(call: Call) -> Json:
    """Renames, archives or locks a thread; other channels stay as they are."""
    channel = call.channel()
    if channel.thread is None:
        raise DiscordError(50024)
    body = _checked(call.fields())
    call.channel(_needed_for(channel.thread, body, is_own=channel.thread.owner_id == call.world.bot.id))
    if channel.thread.is_archived and body.get("archived", True):
        raise DiscordError(50083)
    channel.name = body.get("name", channel.name)
    call.world.set_thread(
        channel,
        is_archived=body.get("archived", channel.thread.is_archived),
        is_locked=body.get("locked", channel.thread.is_locked),
    )
    return call.payloads.channel(channel)


def _needed_for(thread: Thread, body: Json, *, is_own: bool) -> Permission:
    """Anybody who may write reopens a thread that is not locked; the rest is its owner's, and locks the moderators'."""
    if body.keys() == {"archived"} and body["archived"] is False and not thread.is_locked:
        return Permission.SEND_MESSAGES
    if is_own and not thread.is_locked and "locked" not in body:
        return Permission.VIEW_CHANNEL
    return Permission.MANAGE_THREADS


async def join(call: Call) -> None:
    members = _thread(call).member_ids
    if call.world.bot.id not in members:
        members.append(call.world.bot.id)


async def leave(call: Call) -> None:
    members = _thread(call).member_ids
    if call.world.bot.id in members:
        members.remove(call.world.bot.id)


async def list_members(call: Call) -> list[Json]:
    channel = call.channel()
    return [call.payloads.thread_member(channel, each) for each in _thread(call).member_ids]


async def list_active(call: Call) -> Json:
    bot, channels = call.world.bot.id, call.world.channels_of(call.world.guild(call.id("guild")).id)
    threads = [each for each in channels if is_active_thread(each) and call.world.sees(bot, each)]
    own = [each for each in threads if each.thread is not None and call.world.bot.id in each.thread.member_ids]
    return {
        "threads": [call.payloads.channel(each) for each in threads],
        "members": [call.payloads.thread_member(each, call.world.bot.id) for each in own],
    }


def _thread(call: Call) -> Thread:
    thread = call.channel().thread
    if thread is None:
        raise DiscordError(50024)
    return thread


ROUTES = (
    Route(method="POST", path="/channels/{channel}/messages/{message}/threads", handler=start_from_message),
    Route(method="POST", path="/channels/{channel}/threads", handler=start),
    Route(method="PATCH", path="/channels/{channel}", handler=change),
    Route(method="PUT", path="/channels/{channel}/thread-members/@me", handler=join),
    Route(method="DELETE", path="/channels/{channel}/thread-members/@me", handler=leave),
    Route(method="GET", path="/channels/{channel}/thread-members", handler=list_members),
    Route(method="GET", path="/guilds/{guild}/threads/active", handler=list_active),
)
