"""What a member sends back when a modal is filled in."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.studio.checks.components import CHECKBOX, RADIOS, ROW, TEXT_INPUT, UPLOAD
from bot.studio.entities import Json, Upload, walk_components
from bot.studio.errors import ClientRefusedError

Uploading = Callable[[Upload], str]


def filled_in(modal: Json, values: Mapping[str, Any], *, uploading: Uploading) -> list[Json]:
    """The components of a submission, from values by `custom_id`; fields left out keep what they showed.

    Args:
        modal: What the bot sent.
        values: What was filled in; a field for files takes a list of `Upload`.
        uploading: Puts a file up and gives its id.

    Raises:
        ClientRefusedError: A required field is empty, a text has the wrong length, or there is no such field.
    """
    known = {each["custom_id"] for each in walk_components(modal["components"]) if "custom_id" in each}
    if unknown := values.keys() - known:
        raise ClientRefusedError(f"no such fields: {sorted(unknown)}")
    return [_filled(each, values, uploading) for each in modal["components"]]


def _filled(component: Json, values: Mapping[str, Any], uploading: Uploading) -> Json:
    place = {"type": component["type"], "id": component["id"]}
    if component["type"] == ROW:
        return {**place, "components": [_field(each, values, uploading) for each in component["components"]]}
    if "component" in component:
        return {**place, "component": _field(component["component"], values, uploading)}
    return place


def _field(field: Json, values: Mapping[str, Any], uploading: Uploading) -> Json:
    name = field["custom_id"]
    answer: Json = {"type": field["type"], "id": field["id"], "custom_id": name}
    if field["type"] == TEXT_INPUT:
        return {**answer, "value": _checked_text(field, str(values.get(name, field.get("value") or "")))}
    if field["type"] == CHECKBOX:
        return {**answer, "value": bool(values.get(name, field.get("default", False)))}
    if field["type"] == UPLOAD:
        return {**answer, "values": [uploading(each) for each in _checked_files(field, values.get(name, []))]}
    preset = [option["value"] for option in field.get("options") or [] if option.get("default")]
    if field["type"] == RADIOS:
        return {**answer, "value": values.get(name, preset[0] if preset else None)}
    chosen = values.get(name, preset)
    if field.get("required", True) and not chosen:
        raise ClientRefusedError(f"{name} is required")
    return {**answer, "values": [str(each) for each in ([chosen] if isinstance(chosen, str) else chosen)]}


def _checked_files(field: Json, files: Sequence[Upload]) -> Sequence[Upload]:
    least, most = field.get("min_values"), field.get("max_values") or 1
    if not files and not field.get("required", True):
        return []
    if not (1 if least is None else least) <= len(files) <= most:
        raise ClientRefusedError(f"{field['custom_id']} takes another number of files")
    return files


def _checked_text(field: Json, text: str) -> str:
    if field.get("required", True) and not text:
        raise ClientRefusedError(f"{field['custom_id']} is required")
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    if text and not least <= len(text) <= most:
        raise ClientRefusedError(f"{field['custom_id']} must have {least} to {most} characters")
    return text
