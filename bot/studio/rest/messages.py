"""Messages by channel and id, with the bot's token."""

from datetime import timedelta

from bot.studio.checks.form import Form
from bot.studio.checks.messages import checked_draft, checked_nonce
from bot.studio.entities import THREADS, Channel, Json, Message, MessageType
from bot.studio.errors import DiscordError
from bot.studio.permissions import Permission
from bot.studio.ratelimits import Bucket
from bot.studio.rest.call import Call, Route
from bot.studio.snowflakes import Snowflake

OLD = timedelta(hours=1)


async def list_messages(call: Call) -> list[Json]:
    channel = call.channel()
    limit = call.number("limit", 50, least=1, most=100)
    if Permission.READ_MESSAGE_HISTORY not in call.world.permissions(call.world.bot.id, channel):
        return []
    listed = call.world.messages.page(
        channel.id,
        limit=limit,
        before=call.optional_id("before"),
        after=call.optional_id("after"),
        around=call.optional_id("around"),
    )
    return [call.payloads.message(message, call.world.bot.id) for message in listed]


def _message(call: Call) -> Message:
    channel = call.channel()
    return call.world.messages.get_public(channel.id, call.id("message"))


async def get_message(call: Call) -> Json:
    call.channel(Permission.READ_MESSAGE_HISTORY)
    return call.payloads.message(_message(call), call.world.bot.id)


async def send_message(call: Call) -> Json:
    channel, body = call.channel(), call.fields()
    _require_sending(call, channel, body)
    replied = _replied(call, channel, body)
    draft = checked_draft(
        call.world, body, call.uploads, replied_to=replied.author_id if replied is not None else None
    )  # fmt: skip
    message = call.world.messages.send(
        channel,
        call.world.bot.id,
        draft,
        type_=MessageType.REPLY if replied is not None else MessageType.DEFAULT,
        nonce=checked_nonce(body),
        is_nonce_enforced=bool(body.get("enforce_nonce")),
        reply_to=replied.id if replied is not None else None,
    )
    return call.payloads.message(message, call.world.bot.id)


def _require_sending(call: Call, channel: Channel, body: Json) -> None:
    is_thread = channel.type in THREADS
    needed = Permission.SEND_MESSAGES_IN_THREADS if is_thread else Permission.SEND_MESSAGES
    if call.uploads:
        needed |= Permission.ATTACH_FILES
    if body.get("embeds"):
        needed |= Permission.EMBED_LINKS
    call.world.require(call.world.bot.id, channel, needed)
    call.world.require_open(call.world.bot.id, channel, by_writing=True)


def _replied(call: Call, channel: Channel, body: Json) -> Message | None:
    reference = body.get("message_reference")
    if not reference:
        return None
    target = str(reference.get("message_id", ""))
    try:
        return call.world.messages.get_public(channel.id, Snowflake(int(target)))
    except (DiscordError, ValueError):
        if reference.get("fail_if_not_exists", True) is False:
            return None
        form = Form()
        form.problem(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        form.close()
        raise


async def edit_message(call: Call) -> Json:
    message = _message(call)
    if message.author_id != call.world.bot.id:
        raise DiscordError(50005)
    if call.uploads:
        call.channel(Permission.ATTACH_FILES)
    call.world.messages.edit(message, checked_draft(call.world, call.fields(), call.uploads, before=message.draft))
    return call.payloads.message(message, call.world.bot.id)


async def delete_message(call: Call) -> None:
    message = _message(call)
    if message.author_id != call.world.bot.id:
        call.channel(Permission.MANAGE_MESSAGES)
    call.world.messages.delete(message)


async def delete_messages(call: Call) -> None:
    channel = call.channel(Permission.MANAGE_MESSAGES)
    ids = {Snowflake(int(each)) for each in call.fields().get("messages") or []}
    if not 2 <= len(ids) <= 100:
        raise DiscordError(50016)
    found = call.world.messages.deletable_in_bulk(channel.id, ids)
    if found:
        call.world.messages.delete(*found, is_bulk=True)


async def list_pins(call: Call) -> Json:
    channel = call.channel()
    pinned = [message for message in call.world.messages.everything(channel.id) if message.is_pinned]
    shown = [
        {"pinned_at": message.created_at.isoformat(), "message": call.payloads.message(message, call.world.bot.id)}
        for message in reversed(pinned)
    ]
    return {"items": shown, "has_more": False}


async def pin_message(call: Call) -> None:
    call.channel(Permission.MANAGE_MESSAGES)
    call.world.messages.pin(_message(call), is_pinned=True)


async def unpin_message(call: Call) -> None:
    call.channel(Permission.MANAGE_MESSAGES)
    call.world.messages.pin(_message(call), is_pinned=False)


_ALL = "/channels/{channel}/messages"
_ONE = _ALL + "/{message}"

ROUTES = (
    Route(method="GET", path=_ALL, handler=list_messages),
    Route(method="POST", path=_ALL, handler=send_message, bucket=Bucket.WRITE),
    Route(method="POST", path=_ALL + "/bulk-delete", handler=delete_messages, bucket=Bucket.DELETE),
    Route(method="GET", path=_ALL + "/pins", handler=list_pins),
    Route(method="PUT", path=_ALL + "/pins/{message}", handler=pin_message),
    Route(method="DELETE", path=_ALL + "/pins/{message}", handler=unpin_message),
    Route(method="GET", path=_ONE, handler=get_message),
    Route(method="PATCH", path=_ONE, handler=edit_message, bucket=Bucket.WRITE),
    Route(method="DELETE", path=_ONE, handler=delete_message, bucket=Bucket.DELETE),
)
