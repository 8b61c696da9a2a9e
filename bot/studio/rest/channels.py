"""Channels, and the sign that the bot is typing."""

from bot.studio.entities import THREADS, ChannelType, Json
from bot.studio.events import TypingStarted
from bot.studio.permissions import Permission
from bot.studio.rest.call import Call, Route


async def get_channel(call: Call) -> Json:
    return call.payloads.channel(call.channel())


async def delete_channel(call: Call) -> Json:
    channel = call.channel()
    if channel.type is ChannelType.DIRECT:
        return call.payloads.channel(channel)
    call.channel(Permission.MANAGE_THREADS if channel.type in THREADS else Permission.MANAGE_CHANNELS)
    payload = call.payloads.channel(channel)
    call.world.delete_channel(channel.id)
    return payload


async def start_typing(call: Call) -> None:
    channel = call.channel(Permission.SEND_MESSAGES)
    call.world.emit(TypingStarted(channel=channel, user_id=call.world.bot.id))


ROUTES = (
    Route(method="GET", path="/channels/{channel}", handler=get_channel),
    Route(method="DELETE", path="/channels/{channel}", handler=delete_channel),
    Route(method="POST", path="/channels/{channel}/typing", handler=start_typing),
)
