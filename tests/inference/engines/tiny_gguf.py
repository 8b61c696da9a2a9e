"""The tiny model's weights in a GGUF file, beside its tokenizer, as the puller leaves a model for llama.cpp."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray
from transformers import AutoTokenizer, LlamaForCausalLM

from inference.catalog.catalog import Catalog
from inference.catalog.sources import FolderSource
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium
from tests.inference.engines.tiny import TINY, tiny_catalog

TINY_GGUF = ModelName("tiny-gguf")
_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_OUTSIDE = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def build_tiny_gguf(tiny: Path, folder: Path) -> None:
    """Write what `build_tiny` wrote into `tiny` once more, in float32."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(tiny / name, folder / name)
    model: Any = LlamaForCausalLM.from_pretrained(tiny)
    writer = gguf.GGUFWriter(folder / "weights.gguf", "llama")
    _add_shape(writer, model.config)
    _add_tokenizer(writer, tiny, model.config.vocab_size)
    for name, weights in model.state_dict().items():
        writer.add_tensor(_name_of(name), _laid_out(name, weights.float().numpy(), model.config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def tiny_gguf_catalog(folder: Path) -> Catalog:
    entry = replace(tiny_catalog(folder).get(TINY), name=TINY_GGUF, engine="llama", source=FolderSource(path=folder))
    return Catalog(models={TINY_GGUF: entry}, defaults={Medium.TEXT: TINY_GGUF})


def _add_shape(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def _add_tokenizer(writer: gguf.GGUFWriter, tiny: Path, vocabulary: int) -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(tiny)
    tokens = [tokenizer.convert_ids_to_tokens(number) or f"[PAD{number}]" for number in range(vocabulary)]
    special = set(tokenizer.all_special_ids)
    kinds = [
        gguf.TokenType.CONTROL
        if number in special
        else gguf.TokenType.NORMAL
        if number < len(tokenizer)
        else gguf.TokenType.UNUSED
        for number in range(vocabulary)
    ]
    merges = tokenizer.backend_tokenizer.to_str()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(_merges_in(merges))
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_add_bos_token(False)
    writer.add_chat_template(tokenizer.chat_template)


def _merges_in(tokenizer: str) -> list[str]:
    import json

    return [" ".join(merge) for merge in json.loads(tokenizer)["model"]["merges"]]


def _name_of(name: str) -> str:
    inner = name.removesuffix(".weight")
    if inner in _OUTSIDE:
        return f"{_OUTSIDE[inner]}.weight"
    _, _, number, part = inner.split(".", 3)
    return f"blk.{number}.{_NAMES[part]}.weight"


def _laid_out(name: str, weights: NDArray[np.float32], config: Any) -> NDArray[np.float32]:
    """Queries and keys are turned by pairs of neighbours there, by halves in transformers."""
    if "q_proj" in name:
        return _by_pairs(weights, config.num_attention_heads)
    if "k_proj" in name:
        return _by_pairs(weights, config.num_key_value_heads)
    return weights


def _by_pairs(weights: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    rows, columns = weights.shape
    halves = weights.reshape(heads, 2, rows // heads // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))
