"""Reactions: the bot's own, others', and who reacted."""

from bot.studio.entities import Json, Message
from bot.studio.permissions import Permission
from bot.studio.ratelimits import Bucket
from bot.studio.rest.call import Call, Route


def _message(call: Call, needed: Permission = Permission.VIEW_CHANNEL) -> Message:
    return call.world.messages.get_public(call.channel(needed).id, call.id("message"))


async def add_own(call: Call) -> None:
    call.world.messages.react(_message(call), call.world.bot.id, call.path["emoji"])


async def remove_own(call: Call) -> None:
    call.world.messages.unreact(_message(call), call.world.bot.id, call.path["emoji"])


async def remove_from_user(call: Call) -> None:
    message = _message(call, Permission.MANAGE_MESSAGES)
    call.world.messages.unreact(message, call.id("user"), call.path["emoji"])


async def clear_emoji(call: Call) -> None:
    call.world.messages.clear_reactions(_message(call, Permission.MANAGE_MESSAGES), call.path["emoji"])


async def clear_all(call: Call) -> None:
    call.world.messages.clear_reactions(_message(call, Permission.MANAGE_MESSAGES))


async def list_users(call: Call) -> list[Json]:
    """Those who reacted with an emoji, by id: normally (type 0, which is the default), or as a burst (type 1)."""
    message = _message(call, Permission.READ_MESSAGE_HISTORY)
    limit = call.number("limit", 25, least=1, most=100)
    is_burst = call.number("type", 0, least=0, most=1) == 1
    after = call.optional_id("after") or 0
    reacted = message.reacted(is_burst=is_burst)
    ids = sorted(each for each in reacted.get(call.path["emoji"], []) if each > after)
    return [call.payloads.user(call.world.user(each)) for each in ids[:limit]]


_ALL = "/channels/{channel}/messages/{message}/reactions"
_EMOJI = _ALL + "/{emoji}"

ROUTES = (
    Route(method="PUT", path=_EMOJI + "/@me", handler=add_own, bucket=Bucket.REACT),
    Route(method="DELETE", path=_EMOJI + "/@me", handler=remove_own, bucket=Bucket.REACT),
    Route(method="DELETE", path=_EMOJI + "/{user}", handler=remove_from_user, bucket=Bucket.REACT),
    Route(method="GET", path=_EMOJI, handler=list_users),
    Route(method="DELETE", path=_EMOJI, handler=clear_emoji, bucket=Bucket.REACT),
    Route(method="DELETE", path=_ALL, handler=clear_all, bucket=Bucket.REACT),
)
