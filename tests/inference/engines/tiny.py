"""A causal chat model of a few thousand random weights, in the layout of any other, for tests of the text engine."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from inference.catalog.catalog import Catalog
from inference.catalog.model import Model, TextDefaults
from inference.catalog.sources import FolderSource
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium

TINY = ModelName("tiny")
CONTEXT_TOKENS = 768
_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_SPEECH = [
    "The river ran. A cat slept by the old door. Who was there? Nobody! The rain came again, and the night was long.",
    "She wrote a letter to the sea. He read it twice. The lamp went out; the wind sang. Then they walked home.",
    "夜里下雨。山上有灯。他说：走吧！",
]
_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

_IN_A_CATALOG = """
[models.tiny]
title = "Tiny"
medium = "text"
engine = "transformers"
licence = "Apache-2.0"
memory_gib = 0.1
languages = []
context_tokens = {context_tokens}
[models.tiny.source]
kind = "folder"
path = "{folder}"
[models.tiny.defaults]
temperature = 1.0
top_k = 40
top_p = 0.95
repetition_penalty = 1.1
"""


def build_tiny(folder: Path) -> None:
    """Write the model, always the same one."""
    torch.set_num_threads(1)  # At this size more of them cost more than they bring.
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_SPEECH * 20, trainer)
    wrapped: Any = PreTrainedTokenizerFast
    chat = wrapped(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    chat.add_special_tokens({"additional_special_tokens": _SPECIAL})
    chat.chat_template = _TEMPLATE
    chat.save_pretrained(folder)
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(chat) + 3,  # As padded vocabularies have them.
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT_TOKENS,
        initializer_range=0.4,  # Sharp enough for likely and unlikely tokens.
        bos_token_id=None,
        eos_token_id=chat.eos_token_id,
        pad_token_id=chat.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def tiny_catalog(folder: Path, defaults: TextDefaults | None = None) -> Catalog:
    model = Model(
        name=TINY,
        title="Tiny",
        medium=Medium.TEXT,
        engine="transformers",
        source=FolderSource(path=folder),
        licence="Apache-2.0",
        memory_gib=0.1,
        languages=(),
        context_tokens=CONTEXT_TOKENS,
        defaults=defaults or TextDefaults(temperature=1.0, top_k=40, top_p=0.95, repetition_penalty=1.1),
    )
    return Catalog(models={TINY: model}, defaults={Medium.TEXT: TINY})


def write_tiny_catalog(folder: Path) -> Path:
    """Write the model, and a catalog of the host's own that names it, into a folder."""
    build_tiny(folder / TINY)
    catalog = folder / "catalog.toml"
    catalog.write_text(_IN_A_CATALOG.format(folder=folder / TINY, context_tokens=CONTEXT_TOKENS))
    return catalog
