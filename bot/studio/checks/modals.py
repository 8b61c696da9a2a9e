"""The limits of modals."""

from bot.studio.checks.components import (
    CHECKBOX,
    CHECKBOXES,
    LABEL,
    RADIOS,
    ROW,
    SELECTS,
    TEXT,
    TEXT_INPUT,
    TEXT_SELECT,
    UPLOAD,
    check_custom_id,
    check_options,
    numbered,
)
from bot.studio.checks.form import Form, Path
from bot.studio.entities import Json

FILES = 10
_TOP = frozenset({ROW, LABEL, TEXT})
_IN_LABEL = SELECTS | {TEXT_INPUT, UPLOAD, RADIOS, CHECKBOXES, CHECKBOX}


def checked_modal(value: object) -> Json:
    """A modal as it will be shown; DiscordError 50035 otherwise."""
    form = Form()
    modal = form.mapping(("data",), value)
    form.text(("data", "title"), modal.get("title"), least=1, most=45)
    check_custom_id(form, ("data",), modal)
    top = form.listing(("data", "components"), modal.get("components"), least=1, most=5)
    for index, each in enumerate(top):
        _check_top(form, ("data", "components", index), each)
    form.close()
    return {"title": modal["title"], "custom_id": modal["custom_id"], "components": list(numbered(top))}


def _check_top(form: Form, path: Path, value: object) -> None:
    component = form.mapping(path, value)
    if not form.choice((*path, "type"), component.get("type"), _TOP):
        return
    if component["type"] == ROW:
        inner = form.listing((*path, "components"), component.get("components"), least=1, most=1)
        for index, each in enumerate(inner):
            _check_field(form, (*path, "components", index), each, frozenset({TEXT_INPUT}), is_labelled=False)
    elif component["type"] == LABEL:
        form.text((*path, "label"), component.get("label"), least=1, most=45)
        if component.get("description") is not None:
            form.text((*path, "description"), component["description"], most=100)
        _check_field(form, (*path, "component"), component.get("component"), _IN_LABEL, is_labelled=True)
    else:
        form.text((*path, "content"), component.get("content"), least=1, most=4000)


def _check_field(form: Form, path: Path, value: object, allowed: frozenset[int], *, is_labelled: bool) -> None:
    field = form.mapping(path, value)
    if not form.choice((*path, "type"), field.get("type"), allowed):
        return
    check_custom_id(form, path, field)
    if field["type"] == TEXT_INPUT:
        _check_text_input(form, path, field, is_labelled=is_labelled)
    elif field["type"] == TEXT_SELECT:
        check_options(form, path, field, most=25)
    elif field["type"] in (RADIOS, CHECKBOXES):
        check_options(form, path, field, most=10)
    elif field["type"] == UPLOAD:
        _check_upload(form, path, field)


def _check_text_input(form: Form, path: Path, field: Json, *, is_labelled: bool) -> None:
    form.choice((*path, "style"), field.get("style"), frozenset({1, 2}))
    if not is_labelled:
        form.text((*path, "label"), field.get("label"), least=1, most=45)
    if field.get("placeholder") is not None:
        form.text((*path, "placeholder"), field["placeholder"], most=100)
    if field.get("value") is not None:
        form.text((*path, "value"), field["value"], most=4000)
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    if not (isinstance(least, int) and isinstance(most, int) and 0 <= least <= 4000 and 1 <= most <= 4000):
        form.problem((*path, "max_length"), "NUMBER_TYPE_MAX", "The lengths must lie between 0 and 4000.")


def _check_upload(form: Form, path: Path, field: Json) -> None:
    least, most = field.get("min_values"), field.get("max_values")
    least, most = 1 if least is None else least, 1 if most is None else most
    if not (isinstance(least, int) and isinstance(most, int) and 0 <= least <= most <= FILES and most >= 1):
        form.problem((*path, "max_values"), "NUMBER_TYPE_MAX", f"A field takes 1 to {FILES} files.")
