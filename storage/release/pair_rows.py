"""Pairs in the columns that trainers read: of texts TRL's DPOTrainer, of pictures diffusers' DPO scripts."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import pyarrow as pa

from storage.release.pairs import plain
from storage.release.values import ReleasedPair

_FACTS: Final = (
    ("source", pa.string()),
    ("rater", pa.string()),
    ("margin", pa.float64()),
    ("raters", pa.int32()),
    ("chosen_work", pa.int64()),
    ("chosen_part", pa.int32()),
    ("rejected_work", pa.int64()),
    ("rejected_part", pa.int32()),
)
_MESSAGES: Final = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))

# Every pair, with no file: ties too, and pairs of two prompts.
PAIRS: Final = pa.schema(
    [
        ("medium", pa.string()),
        ("prompt", pa.string()),
        ("rejected_prompt", pa.string()),
        ("is_tie", pa.bool_()),
        *_FACTS,
    ]
)
# A conversation, since the works are answers of chat models: TRL then puts the model's own template around them.
# https://huggingface.co/docs/trl/dataset_formats#preference
TEXT_PAIRS: Final = pa.schema([("prompt", _MESSAGES), ("chosen", _MESSAGES), ("rejected", _MESSAGES), *_FACTS])
# As Pick-a-Pic has them (https://huggingface.co/datasets/yuvalkirstain/pickapic_v2): the files' bytes, of any format in
# spite of the name, and 1.0 for the side that was preferred.
PICTURE_PAIRS: Final = pa.schema(
    [
        ("caption", pa.string()),
        ("jpg_0", pa.binary()),
        ("jpg_1", pa.binary()),
        ("label_0", pa.float64()),
        ("label_1", pa.float64()),
        *_FACTS,
    ]
)


def may_train(pair: ReleasedPair) -> bool:
    """Whether trainers can make something of a pair: they know neither ties nor a second prompt."""
    return not pair.is_tie and plain(pair.prompt) == plain(pair.rejected_prompt)


def row_of(pair: ReleasedPair) -> Mapping[str, object]:
    """A row of `PAIRS`."""
    return {name: _bare(value) for name, value in asdict(pair).items() if name != "split"}


def text_row(pair: ReleasedPair, *, chosen: str, rejected: str) -> Mapping[str, object]:
    """A row of `TEXT_PAIRS`, for a pair that `may_train`."""
    return {
        "prompt": [{"role": "user", "content": pair.prompt}],
        "chosen": [{"role": "assistant", "content": chosen}],
        "rejected": [{"role": "assistant", "content": rejected}],
        **_facts(pair),
    }


def picture_row(pair: ReleasedPair, *, chosen: bytes, rejected: bytes) -> Mapping[str, object]:
    """A row of `PICTURE_PAIRS`, for a pair that `may_train`. By a hash, half of the chosen ones stand first.

    A trainer that overlooks the labels, or that learns from the place, then learns nothing.
    """
    sides = [(chosen, 1.0), (rejected, 0.0)]
    named = f"{pair.chosen_work}/{pair.chosen_part} {pair.rejected_work}/{pair.rejected_part} {pair.rater}"
    if hashlib.sha256(named.encode()).digest()[0] % 2:
        sides.reverse()
    (first, first_label), (second, second_label) = sides
    return {
        "caption": pair.prompt,
        "jpg_0": first,
        "jpg_1": second,
        "label_0": first_label,
        "label_1": second_label,
        **_facts(pair),
    }


def _facts(pair: ReleasedPair) -> dict[str, object]:
    return {name: _bare(getattr(pair, name)) for name, _ in _FACTS}


def _bare(value: Any) -> object:
    return str(value) if isinstance(value, str) else value
