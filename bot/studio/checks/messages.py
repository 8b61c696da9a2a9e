"""The limits of messages: turns a request body and its files into a checked draft."""

from collections.abc import Collection, Mapping

from bot.studio.checks.attachments import checked_arrivals, taken_in
from bot.studio.checks.components import checked_components
from bot.studio.checks.embeds import checked_embeds
from bot.studio.checks.form import Form
from bot.studio.checks.mentions import pings_of
from bot.studio.entities import Draft, Json, MessageFlag, Pings, Upload, walk_components
from bot.studio.errors import DiscordError
from bot.studio.refusals import texts_in
from bot.studio.snowflakes import Snowflake
from bot.studio.world import World

CONTENT_CHARACTERS = 2000
_FLAGS_OF_BOTS = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.VOICE_MESSAGE
    | MessageFlag.COMPONENTS_V2
)
_NO_DRAFT = Draft()


def checked_draft(
    world: World,
    body: Json,
    uploads: Mapping[int, Upload],
    *,
    before: Draft = _NO_DRAFT,
    replied_to: Snowflake | None = None,
    may_be_private: bool = False,
) -> Draft:
    """What a message will look like; what the body leaves out stays as it was before.

    Raises:
        DiscordError: 50035 with the broken limits, 40005 for too large a file, 50006 when nothing would be left,
            200000 or 240000 for words or links that may not be written.
    """
    form = Form()
    content = _content(form, body, before)
    flags = _flags(body, before, may_be_private=may_be_private)
    is_new = MessageFlag.COMPONENTS_V2 in flags
    embeds, components = before.embeds, before.components
    if body.get("embeds", ...) is not ...:
        embeds = checked_embeds(form, body["embeds"] or [])
    if body.get("components", ...) is not ...:
        components = checked_components(form, body["components"] or [], is_new=is_new)
    kept, arrivals = checked_arrivals(world, form, body, uploads, before)
    if is_new and (content or embeds):
        form.problem(("flags",), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "No content or embeds with it.")
    names = {each.filename for each in kept} | {each.filename for each in arrivals}
    _check_references(form, embeds, components, names)
    text = content + "".join(each.get("content", "") for each in walk_components(components))
    is_text_new = before is _NO_DRAFT or "content" in body or (is_new and "components" in body)
    mentions = _mentions(world, form, body, text, replied_to) if is_text_new else before.mentions
    form.close()
    if not (content or embeds or kept or arrivals or components or MessageFlag.LOADING in flags):
        raise DiscordError(50006)
    world.refusals.check([*([text] if is_text_new else []), *(texts_in(embeds) if body.get("embeds") else [])])
    return Draft(
        content=content,
        embeds=embeds,
        components=components,
        attachments=(*kept, *taken_in(world, arrivals)),
        flags=flags,
        mentions=mentions,
    )


def checked_nonce(body: Json) -> str | None:
    nonce = body.get("nonce")
    if nonce is None:
        return None
    form = Form()
    form.text(("nonce",), str(nonce), most=25)
    form.close()
    return str(nonce)


def _content(form: Form, body: Json, before: Draft) -> str:
    if "content" not in body:
        return before.content
    content = "" if body["content"] is None else body["content"]
    if not form.text(("content",), content, most=CONTENT_CHARACTERS):
        return ""
    return str(content).strip()


def _flags(body: Json, before: Draft, *, may_be_private: bool) -> MessageFlag:
    kept = before.flags & ~MessageFlag.LOADING
    if body.get("flags") is None:
        return kept
    allowed = _FLAGS_OF_BOTS | (MessageFlag.EPHEMERAL if may_be_private else MessageFlag(0))
    # The private flag and the second generation of components stay for a message's whole life.
    return MessageFlag(int(body["flags"])) & allowed | kept & (MessageFlag.EPHEMERAL | MessageFlag.COMPONENTS_V2)


def _mentions(world: World, form: Form, body: Json, text: str, replied_to: Snowflake | None) -> Pings:
    pings = pings_of(form, text, body.get("allowed_mentions"), replied_to=replied_to)
    return Pings(
        users=frozenset(each for each in pings.users if each in world.users), roles=pings.roles, everyone=pings.everyone
    )


def _check_references(
    form: Form, embeds: tuple[Json, ...], components: tuple[Json, ...], names: Collection[str]
) -> None:
    places = [each[name] for each in embeds for name in ("image", "thumbnail") if isinstance(each.get(name), dict)]
    for each in walk_components(components):
        places += [each[name] for name in ("file", "media") if isinstance(each.get(name), dict)]
        places += [entry["media"] for entry in each.get("items") or []]
    for place in places:
        address = str(place.get("url", ""))
        if address.startswith("attachment://") and address.removeprefix("attachment://") not in names:
            form.problem(
                ("attachments",), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", f"{address} not found."
            )
