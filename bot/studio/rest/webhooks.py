"""Answers after the first, by an interaction's token."""

from bot.studio.checks.messages import checked_draft
from bot.studio.entities import Json, Message
from bot.studio.errors import DiscordError
from bot.studio.interactions import Interaction
from bot.studio.ratelimits import Bucket
from bot.studio.rest.call import Call, Handler, Route


def _interaction(call: Call) -> Interaction:
    return call.world.interactions.by_token(call.id("application"), call.path["token"])


def _answer(call: Call) -> Message:
    return call.world.interactions.answer(_interaction(call), call.path["message"])


async def follow_up(call: Call) -> Json:
    """A further message. The first after a deferral fills the placeholder, and stays as private as that is."""
    interaction = _interaction(call)
    if interaction.response is None and interaction.choices is not None:
        raise DiscordError(10015)
    placeholder = interaction.response
    if placeholder is not None and placeholder.is_thinking and not placeholder.is_deleted:
        draft = checked_draft(call.world, call.fields(), call.uploads, before=placeholder.draft)
    else:
        draft = checked_draft(call.world, call.fields(), call.uploads, may_be_private=True)
    message = call.world.interactions.follow_up(interaction, draft)
    return call.payloads.message(message, call.world.bot.id)


async def get_answer(call: Call) -> Json:
    return call.payloads.message(_answer(call), call.world.bot.id)


async def edit_answer(call: Call) -> Json:
    message = _answer(call)
    call.world.messages.edit(message, checked_draft(call.world, call.fields(), call.uploads, before=message.draft))
    return call.payloads.message(message, call.world.bot.id)


async def delete_answer(call: Call) -> None:
    call.world.messages.delete(_answer(call))


def _route(method: str, path: str, handler: Handler) -> Route:
    bucket = Bucket.OTHER if method == "GET" else Bucket.TOKEN
    return Route(method=method, path=path, handler=handler, bucket=bucket, bucket_key="token", is_open=True)


_ONE = "/webhooks/{application}/{token}/messages/{message}"

ROUTES = (
    _route("POST", "/webhooks/{application}/{token}", follow_up),
    _route("GET", _ONE, get_answer),
    _route("PATCH", _ONE, edit_answer),
    _route("DELETE", _ONE, delete_answer),
)
