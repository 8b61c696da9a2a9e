"""Messages as a model's own chat template spells them, also where the template knows of no system role."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from jinja2.exceptions import TemplateError

Message = Mapping[str, str]

_PROBE: Final = "probe"
# Stands before a template that tells the day, in place of that function: a seed has to make the same text tomorrow.
_ONE_DAY: Final = "{% macro strftime_now(format) %}01 January 2025{% endmacro %}"


class Chat:
    """One model's template. `arguments` are those that the template takes beside the messages."""

    def __init__(self, tokenizer: Any, arguments: Mapping[str, bool | str] | None = None) -> None:
        self._tokenizer = tokenizer
        self._arguments = dict(arguments or {})
        template: str = tokenizer.get_chat_template()
        self._template = _ONE_DAY + template if "strftime_now" in template else template
        self._has_system = self._takes_system()

    def spelled(self, messages: Sequence[Message]) -> str:
        """The chat up to where the model's answer begins. The messages must be free of control tokens."""
        return self._rendered(messages if self._has_system else _folded(messages))

    def _takes_system(self) -> bool:
        """Some templates refuse the role, others leave it out without a word."""
        messages = [{"role": "system", "content": _PROBE}, {"role": "user", "content": ""}]
        try:
            return _PROBE in self._rendered(messages)
        except TemplateError:
            return False

    def _rendered(self, messages: Sequence[Message]) -> str:
        rendered: str = self._tokenizer.apply_chat_template(
            [dict(message) for message in messages],
            add_generation_prompt=True,
            tokenize=False,
            chat_template=self._template,
            **self._arguments,
        )
        return rendered


def _folded(messages: Sequence[Message]) -> Sequence[Message]:
    """The system's text at the head of the first turn."""
    system, first, *others = messages
    return [{"role": first["role"], "content": f"{system['content']}\n\n{first['content']}"}, *others]
