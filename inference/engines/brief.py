"""What a model is given for one request, in its own tokens: the chat, what it goes on from, and how long to write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from inference.contract.mediums import Basis
from inference.contract.text import TextRequest
from inference.engines import genres
from inference.engines.checkpoint import Checkpoint
from inference.engines.ending import Budget
from inference.engines.genres import Template
from inference.engines.writing import count_words

_TOKENS_PER_WORD: Final = (1.5, 6.0)  # The least and the most that are believed of a tokenizer.
_TOKENS_TO_SPARE: Final = 2.5  # The budget in words ends a text; the one in tokens only stops what spells no words.
_TOKENS_BESIDE: Final = 48
_TEXT_SHARE: Final = 0.5  # Of the context, kept free of the prompt for the text.
_PROMPT_SHARE: Final = 0.5  # Of what the chat's frame leaves, for the prompt where earlier passages follow it.
_REMEMBERED_TOKENS: Final = 256  # Of what a text goes on from, which it is not to say again.
_WORD_CHARACTERS: Final = 24  # A cut further than this from a blank may fall anywhere.


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Made by `brief_of`; the same for all variants of a run."""

    prompt: Sequence[int]
    remembered: Sequence[int]  # The end of what the text goes on from; empty for one that begins anew.
    opening: str  # The text's first characters, which stand in the prompt.
    joint: Sequence[int]  # To go on with where the model would end too early.
    budget: Budget


def brief_of(request: TextRequest, sources: Sequence[str], model: Checkpoint) -> Brief:
    """`sources` are the texts that it is made from. Raises what the tokenizer raises for a text that it cannot take."""
    template = genres.template_for(request.genre, _clean(request.prompt, model), request.language)
    earlier = _clean(template.gap.join(source.strip() for source in sources), model)
    prompt, opening = _prompt_of(request, earlier, template, model)
    is_going_on = request.basis is Basis.CONTINUATION
    return Brief(
        prompt=prompt,
        remembered=_tokens(earlier, model)[-_REMEMBERED_TOKENS:] if is_going_on else (),
        opening=opening,
        joint=_tokens(template.joint, model),
        budget=Budget(
            words=request.words,
            tokens=_token_budget(request, template, model, len(prompt)),
            has_lines=template.has_lines,
        ),
    )


def _prompt_of(request: TextRequest, earlier: str, template: Template, model: Checkpoint) -> tuple[Sequence[int], str]:
    """The prompt's tokens, and the part of the text that stands at their end."""
    match request.basis:
        case Basis.NOTHING:
            return _new(request, template, model), template.opening
        case Basis.CONTINUATION:
            return _continued(request, earlier, template, model), template.mark
        case Basis.REVISION:
            opening = template.opening if earlier.startswith(template.opening) else ""
            return _revised(request, earlier, opening, template, model), opening
        case _:
            assert_never(request.basis)


def _new(request: TextRequest, template: Template, model: Checkpoint) -> Sequence[int]:
    """Of a prompt that is too long for the context, the beginning."""

    def spelled(prompt: str) -> str:
        return model.chat.spelled(template.messages(prompt, request.words)) + template.opening

    limit = _limit(model)
    prompt = _fitted(_clean(request.prompt, model), spelled, limit, _beginning, model)
    return _tokens(spelled(prompt), model)[-limit:]


def _continued(request: TextRequest, earlier: str, template: Template, model: Checkpoint) -> Sequence[int]:
    """Of the earlier passages, as much of their end as fits."""

    def spelled(prompt: str, passage: str) -> str:
        return model.chat.spelled(template.going_on(prompt, passage, request.words)) + template.mark

    limit = _limit(model)
    frame = len(_tokens(spelled("", ""), model))
    prompt = _fitted(
        _clean(request.prompt, model),
        lambda prompt: spelled(prompt, ""),
        frame + int((limit - frame) * _PROMPT_SHARE),
        _beginning,
        model,
    )
    passage = _fitted(earlier, lambda passage: spelled(prompt, passage), limit, _end, model)
    return _tokens(spelled(prompt, passage), model)[-limit:]


def _revised(request: TextRequest, earlier: str, opening: str, template: Template, model: Checkpoint) -> Sequence[int]:
    """Of an earlier version that is too long for the context, the beginning."""
    change = _clean(request.change or "", model)

    def spelled(earlier: str) -> str:
        return model.chat.spelled(template.revising(earlier, change, request.words)) + opening

    limit = _limit(model)
    return _tokens(spelled(_fitted(earlier, spelled, limit, _beginning, model)), model)[-limit:]


def _fitted(
    text: str, spelled: Callable[[str], str], limit: int, cut: Callable[[str, int], str], model: Checkpoint
) -> str:
    """The text, cut until what is spelled with it takes no more than `limit` tokens."""
    while text and (taken := len(_tokens(spelled(text), model))) > limit:
        text = cut(text, min(len(text) - 1, int(len(text) * limit / taken)))
    return text


def _beginning(text: str, length: int) -> str:
    return text[:length]


def _end(text: str, length: int) -> str:
    """From a word's beginning, where the script shows one."""
    kept = text[len(text) - length :]
    word, blank, rest = kept[:_WORD_CHARACTERS].partition(" ")
    return rest + kept[_WORD_CHARACTERS:] if blank else word + kept[_WORD_CHARACTERS:]


def _token_budget(request: TextRequest, template: Template, model: Checkpoint, taken: int) -> int:
    """What the words may take at most, by the rates that the tokenizer has on the prompt and on the example."""
    least, most = _TOKENS_PER_WORD
    rates = [len(_tokens(text, model)) / max(count_words(text), 1) for text in (request.prompt, template.example)]
    wanted = int(request.words * min(max(least, *rates), most) * _TOKENS_TO_SPARE) + _TOKENS_BESIDE
    return min(wanted, model.context_tokens - taken)


def _limit(model: Checkpoint) -> int:
    return int(model.context_tokens * (1 - _TEXT_SHARE))


def _clean(text: str, model: Checkpoint) -> str:
    return model.markup.stripped(text).strip()


def _tokens(text: str, model: Checkpoint) -> list[int]:
    tokens: list[int] = model.tokenizer.encode(text, add_special_tokens=False)
    return tokens
