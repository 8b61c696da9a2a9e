"""The limits of embeds."""

from urllib.parse import urlsplit

from bot.studio.checks.form import Form, Path, width
from bot.studio.entities import Json

EMBEDS_A_MESSAGE = 10
CHARACTERS_A_MESSAGE = 6000
FIELDS = 25
_ADDRESSES = frozenset({"http", "https", "attachment"})


def checked_embeds(form: Form, value: object) -> tuple[Json, ...]:
    """The embeds as they will stand; problems go to the form."""
    embeds = form.listing(("embeds",), value, most=EMBEDS_A_MESSAGE)
    checked = [_checked(form, ("embeds", index), each) for index, each in enumerate(embeds)]
    if sum(map(_weight, checked)) > CHARACTERS_A_MESSAGE:
        form.problem(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    return tuple(checked)


def _checked(form: Form, path: Path, value: object) -> Json:
    embed = form.mapping(path, value)
    for name, most in (("title", 256), ("description", 4096)):
        if embed.get(name) is not None:
            form.text((*path, name), embed[name], most=most)
    for outer, inner, most in (("footer", "text", 2048), ("author", "name", 256)):
        if embed.get(outer) is not None:
            part = form.mapping((*path, outer), embed[outer])
            form.text((*path, outer, inner), part.get(inner, ""), most=most)
    for name in ("image", "thumbnail"):
        if embed.get(name) is not None:
            check_address(form, (*path, name, "url"), form.mapping((*path, name), embed[name]).get("url"))
    if embed.get("url") is not None:
        check_address(form, (*path, "url"), embed["url"])
    for index, field in enumerate(form.listing((*path, "fields"), embed.get("fields") or [], most=FIELDS)):
        place = (*path, "fields", index)
        part = form.mapping(place, field)
        form.text((*place, "name"), part.get("name", ""), least=1, most=256)
        form.text((*place, "value"), part.get("value", ""), least=1, most=1024)
    return {"type": "rich", **embed}


def check_address(form: Form, path: Path, value: object) -> None:
    if not isinstance(value, str) or urlsplit(value).scheme not in _ADDRESSES:
        form.problem(path, "URL_TYPE_INVALID_SCHEME", f'"{value}" is not a well formed URL.')


def _weight(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or []:
        texts += [field.get("name"), field.get("value")]
    return sum(width(text) for text in texts if isinstance(text, str))
