"""Rows of pairs as trainers read them: by `datasets`, TRL's own trainer, and what diffusers' DPO script does."""

import io
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from datasets import Dataset, load_dataset
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from inference.contract.identifiers import CreationId
from inference.contract.mediums import Medium
from storage.release.pair_rows import PAIRS, PICTURE_PAIRS, TEXT_PAIRS, may_train, picture_row, row_of, text_row
from storage.release.values import PairSource, ReleasedPair, Split

PAIR = ReleasedPair(
    split=Split.TRAIN,
    medium=Medium.TEXT,
    prompt="a fox",
    rejected_prompt="A fox",
    chosen_work=CreationId(7),
    chosen_part=0,
    rejected_work=CreationId(8),
    rejected_part=1,
    source=PairSource.DUEL,
    is_tie=False,
    rater="r",
    margin=0.0,
    raters=1,
)
GOOD, BAD = (200, 30, 30), (30, 30, 200)
TEMPLATE = "{% for message in messages %}<{{ message.role }}> {{ message.content }} {% endfor %}"
WORDS = ("<user>", "<assistant>", "<pad>", "<eos>", "<unk>", "a", "fox", "good", "bad")


def read(rows: Sequence[Mapping[str, object]], schema: pa.Schema, folder: Path) -> Dataset:
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), folder / "pairs.parquet")
    return load_dataset(
        "parquet", data_files=str(folder / "pairs.parquet"), split="train", cache_dir=str(folder / "cache")
    )


def picture(colour: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(file, format="PNG")
    return file.getvalue()


def test_every_pair_is_told_with_its_source(tmp_path: Path) -> None:
    tie = replace(PAIR, is_tie=True, source=PairSource.RATINGS, margin=1.5, raters=3, rater="")

    duel, second = read([row_of(PAIR), row_of(tie)], PAIRS, tmp_path)

    assert (duel["source"], duel["is_tie"], duel["rater"], duel["medium"]) == ("duel", False, "r", "text")
    assert (duel["chosen_work"], duel["rejected_work"], duel["rejected_part"]) == (7, 8, 1)
    assert (second["source"], second["is_tie"], second["margin"], second["raters"]) == ("ratings", True, 1.5, 3)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, True), ({"is_tie": True}, False), ({"rejected_prompt": "a wolf"}, False)],
)
def test_trainers_get_no_ties_and_no_pairs_of_two_prompts(changes: dict[str, Any], expected: bool) -> None:
    assert may_train(replace(PAIR, **changes)) is expected


@pytest.mark.filterwarnings("ignore:.*deprecated and will be removed in v6:FutureWarning")  # Asked for by TRL.
def test_trl_prepares_texts_for_its_dpo_trainer(tmp_path: Path) -> None:
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer

    found = read([text_row(PAIR, chosen="a good fox", rejected="a bad fox")], TEXT_PAIRS, tmp_path)
    vocabulary = Tokenizer(WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="<unk>"))
    vocabulary.pre_tokenizer = Whitespace()
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=vocabulary,
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token="<unk>",
        additional_special_tokens=["<user>", "<assistant>"],
        chat_template=TEMPLATE,
    )
    sizes: dict[str, Any] = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    model = Qwen2ForCausalLM(Qwen2Config(vocab_size=len(tokenizer), num_key_value_heads=1, **sizes))
    settings = DPOConfig(
        output_dir=str(tmp_path / "out"), report_to=[], use_cpu=True, bf16=False, max_steps=1, save_strategy="no",
        per_device_train_batch_size=1,
    )  # fmt: skip

    trainer = DPOTrainer(
        model=model, ref_model=deepcopy(model), args=settings, train_dataset=found, processing_class=tokenizer
    )
    with torch.enable_grad():  # An engine that another test ran in this process has turned gradients off.
        trained = trainer.train()

    (row,) = list(cast("Dataset", trainer.train_dataset))
    assert words_of(tokenizer, row["prompt_ids"]) == ["<user>", "a", "fox"]
    assert words_of(tokenizer, row["chosen_ids"]) == ["<assistant>", "a", "good", "fox"]
    assert words_of(tokenizer, row["rejected_ids"]) == ["<assistant>", "a", "bad", "fox"]
    assert trained.training_loss == pytest.approx(0.6931, abs=1e-3)  # log 2: model and reference are one at first.


def test_a_diffusion_dpo_script_finds_the_preferred_picture_first(tmp_path: Path) -> None:
    pairs = [replace(PAIR, medium=Medium.IMAGE, chosen_work=CreationId(number)) for number in range(20)]
    found = read(
        [picture_row(pair, chosen=picture(GOOD), rejected=picture(BAD)) for pair in pairs], PICTURE_PAIRS, tmp_path
    )

    stacked = [stacked_as_by_diffusers(row) for row in found]

    assert all(both.shape == (6, 8, 8) for both in stacked)
    assert {tuple(both[:, 0, 0].tolist()) for both in stacked} == {(*GOOD, *BAD)}
    assert {row["caption"] for row in found} == {"a fox"}
    assert all(row["label_0"] + row["label_1"] == 1 for row in found)


def test_about_half_of_the_preferred_pictures_stand_first() -> None:
    pairs = [replace(PAIR, chosen_work=CreationId(number)) for number in range(400)]

    firsts = sum(picture_row(pair, chosen=b"+", rejected=b"-")["jpg_0"] == b"+" for pair in pairs)

    assert 150 < firsts < 250


def words_of(tokenizer: PreTrainedTokenizerFast, tokens: Sequence[int]) -> Sequence[str]:
    return str(tokenizer.decode(list(tokens))).split()


def stacked_as_by_diffusers(row: Mapping[str, Any]) -> torch.Tensor:
    """What `train_diffusion_dpo.py` of diffusers (Apache-2.0) makes of a row, without resizing and normalising.

    It opens the bytes of both columns, and lays the pictures over each other by channels: the one of column 0 first,
    or the other where the label of column 0 is 0. Its loss takes the first three channels as the preferred ones.
    """
    pictures = [Image.open(io.BytesIO(row[column])).convert("RGB") for column in ("jpg_0", "jpg_1")]
    if row["label_0"] == 0:
        pictures.reverse()
    return torch.cat([torch.from_numpy(np.array(each)).permute(2, 0, 1) for each in pictures])
