"""The limits of components in messages, both generations, and in modals."""

from collections import Counter
from collections.abc import Callable
from itertools import count

from bot.studio.checks.embeds import check_address
from bot.studio.checks.form import Form, Path, width
from bot.studio.entities import Json, walk_components

ROW, BUTTON, TEXT_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = frozenset({3, 5, 6, 7, 8})
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
LABEL, UPLOAD, RADIOS, CHECKBOXES, CHECKBOX = 18, 19, 21, 22, 23

_TOP_OF_NEW = frozenset({ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER})
_IN_CONTAINER = _TOP_OF_NEW - {CONTAINER}
_LINK, _PREMIUM = 5, 6
_CHOSEN = {5: frozenset({"user"}), 6: frozenset({"role"}), 7: frozenset({"user", "role"}), 8: frozenset({"channel"})}
NEW_COMPONENTS = 40
NEW_TEXT = 4000
MEDIA_DESCRIPTION = 1024


def checked_components(form: Form, value: object, *, is_new: bool) -> tuple[Json, ...]:
    """The components of a message, each with an id; problems go to the form.

    Args:
        form: Takes the problems.
        value: What was sent as `components`.
        is_new: Whether the message has the flag of the second generation.
    """
    path: Path = ("components",)
    top = form.listing(path, value, most=NEW_COMPONENTS if is_new else 5)
    for index, each in enumerate(top):
        _check_placed(form, (*path, index), each, _TOP_OF_NEW if is_new else frozenset({ROW}))
    if not form.is_clean:
        return ()
    _check_whole(form, path, top, is_new=is_new)
    return numbered(top)


def numbered(components: list[Json]) -> tuple[Json, ...]:
    """The components as Discord gives them back: with ids where they had none, and who or what is chosen as text."""
    numbers = count(1)

    def number(component: Json) -> Json:
        answer = {**component, "id": component.get("id") or next(numbers)}
        if "default_values" in component:
            answer["default_values"] = [{**each, "id": str(each.get("id", ""))} for each in component["default_values"]]
        if "components" in component:
            answer["components"] = [number(each) for each in component["components"]]
        for name in ("accessory", "component"):
            if name in component:
                answer[name] = number(component[name])
        return answer

    return tuple(number(each) for each in components)


def _check_whole(form: Form, path: Path, top: list[Json], *, is_new: bool) -> None:
    every = list(walk_components(top))
    repeated = [
        each for each, times in Counter(c["custom_id"] for c in every if c.get("custom_id")).items() if times > 1
    ]
    for custom_id in repeated:
        form.problem(path, "COMPONENT_CUSTOM_ID_DUPLICATED", f"Component custom id cannot be duplicated: {custom_id}")
    if is_new and len(every) > NEW_COMPONENTS:
        form.problem(path, "BASE_TYPE_BAD_LENGTH", f"A message holds {NEW_COMPONENTS} components at most.")
    if is_new and sum(width(each["content"]) for each in every if each["type"] == TEXT) > NEW_TEXT:
        form.problem(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"The text holds {NEW_TEXT} characters at most.")


def _check_placed(form: Form, path: Path, value: object, allowed: frozenset[int]) -> None:
    component = form.mapping(path, value)
    if not form.choice((*path, "type"), component.get("type"), allowed):
        return
    _CHECKS.get(component["type"], _check_nothing)(form, path, component)


def _check_nothing(_form: Form, _path: Path, _component: Json) -> None:
    return None


def _check_text(form: Form, path: Path, text: Json) -> None:
    form.text((*path, "content"), text.get("content"), least=1, most=NEW_TEXT)


def _check_thumbnail(form: Form, path: Path, thumbnail: Json) -> None:
    _check_media(form, (*path, "media"), thumbnail.get("media"))
    _check_description(form, path, thumbnail)


def _check_file(form: Form, path: Path, file: Json) -> None:
    _check_media(form, (*path, "file"), file.get("file"))


def _check_container(form: Form, path: Path, container: Json) -> None:
    inner = form.listing((*path, "components"), container.get("components"), least=1, most=NEW_COMPONENTS)
    for index, each in enumerate(inner):
        _check_placed(form, (*path, "components", index), each, _IN_CONTAINER)


def _check_row(form: Form, path: Path, row: Json) -> None:
    inner = form.listing((*path, "components"), row.get("components"), least=1, most=5)
    selects = [each for each in inner if isinstance(each, dict) and each.get("type") in SELECTS]
    if selects and len(inner) > 1:
        form.problem((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The components exceed the row's width")
    for index, each in enumerate(inner):
        _check_placed(form, (*path, "components", index), each, SELECTS | {BUTTON})


def _check_section(form: Form, path: Path, section: Json) -> None:
    for index, each in enumerate(form.listing((*path, "components"), section.get("components"), least=1, most=3)):
        _check_placed(form, (*path, "components", index), each, frozenset({TEXT}))
    _check_placed(form, (*path, "accessory"), section.get("accessory"), frozenset({BUTTON, THUMBNAIL}))


def _check_gallery(form: Form, path: Path, gallery: Json) -> None:
    for index, each in enumerate(form.listing((*path, "items"), gallery.get("items"), least=1, most=10)):
        place = (*path, "items", index)
        part = form.mapping(place, each)
        _check_media(form, (*place, "media"), part.get("media"))
        _check_description(form, place, part)


def _check_media(form: Form, path: Path, value: object) -> None:
    check_address(form, (*path, "url"), form.mapping(path, value).get("url"))


def _check_description(form: Form, path: Path, part: Json) -> None:
    if part.get("description") is not None:
        form.text((*path, "description"), part["description"], most=MEDIA_DESCRIPTION)


def check_custom_id(form: Form, path: Path, component: Json) -> None:
    if component.get("custom_id") is None:
        form.required((*path, "custom_id"))
    else:
        form.text((*path, "custom_id"), component["custom_id"], least=1, most=100)


def _check_button(form: Form, path: Path, button: Json) -> None:
    if not form.choice((*path, "style"), button.get("style"), frozenset(range(1, 7))):
        return
    if button["style"] == _LINK:
        check_address(form, (*path, "url"), button.get("url"))
    elif button["style"] != _PREMIUM:
        check_custom_id(form, path, button)
        if button.get("url"):
            form.problem(
                (*path, "url"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "Either custom_id or url."
            )
    if button.get("label") is not None:
        form.text((*path, "label"), button["label"], most=80)
    if button["style"] != _PREMIUM and not button.get("label") and not button.get("emoji"):
        form.problem(path, "BUTTON_COMPONENT_LABEL_REQUIRED", "A button must have a label or an emoji.")


def _check_select(form: Form, path: Path, select: Json) -> None:
    check_custom_id(form, path, select)
    if select.get("placeholder") is not None:
        form.text((*path, "placeholder"), select["placeholder"], most=150)
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    if not (
        isinstance(least, int) and isinstance(most, int) and 0 <= least <= 25 and 1 <= most <= 25 and least <= most
    ):
        form.problem((*path, "max_values"), "NUMBER_TYPE_MAX", "min_values and max_values must lie between 0 and 25.")
    if select["type"] == TEXT_SELECT:
        check_options(form, path, select, most=25)
    else:
        _check_default_values(form, path, select)


def _check_default_values(form: Form, path: Path, select: Json) -> None:
    """What is chosen already: no more than may be."""
    place = (*path, "default_values")
    chosen = form.listing(place, select.get("default_values") or [], most=select.get("max_values", 1))
    for index, each in enumerate(chosen):
        form.choice((*place, index, "type"), form.mapping((*place, index), each).get("type"), _CHOSEN[select["type"]])


def check_options(form: Form, path: Path, component: Json, *, most: int) -> None:
    """The options of a select, of radio buttons or of checkboxes."""
    options = form.listing((*path, "options"), component.get("options"), least=1, most=most)
    for index, option in enumerate(options):
        place = (*path, "options", index)
        part = form.mapping(place, option)
        form.text((*place, "label"), part.get("label"), least=1, most=100)
        form.text((*place, "value"), part.get("value"), least=1, most=100)
        if part.get("description") is not None:
            form.text((*place, "description"), part["description"], most=100)
    values = [option.get("value") for option in options if isinstance(option, dict)]
    if len(set(values)) != len(values):
        form.problem(
            (*path, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The option values must be unique."
        )


_CHECKS: dict[int, Callable[[Form, Path, Json], None]] = {
    ROW: _check_row,
    BUTTON: _check_button,
    SECTION: _check_section,
    TEXT: _check_text,
    THUMBNAIL: _check_thumbnail,
    GALLERY: _check_gallery,
    FILE: _check_file,
    CONTAINER: _check_container,
    **dict.fromkeys(SELECTS, _check_select),
}
