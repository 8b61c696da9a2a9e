"""A bare decode of one static batch: `model(...)` in a loop, with the library's own cache, and no bot around it.

`python -m benchmarks.static_batch FOLDER` reads orders from stdin, one line of JSON each, and answers each with a line.
"""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.cache_utils import DynamicCache

from benchmarks.static_batch_order import Order, Timing
from inference.catalog.catalog import Catalog
from inference.catalog.model import TextDefaults
from inference.contract.identifiers import ModelName
from inference.contract.text import Genre
from inference.engines.genres import template_for
from inference.engines.wide import for_prompts

_SEED: Final = 7


class StaticBatch:
    """Every row begins and ends with the others. The sampling is the engine's, by the library's own functions."""

    def __init__(self, folder: Path, sampling: TextDefaults) -> None:
        self._sampling = sampling
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, padding_side="left", local_files_only=True)
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, local_files_only=True)
        self._model = model.eval()

    def decode(self, order: Order) -> Timing:
        chats = [self._chat(prompt, order.words) for prompt in order.prompts]
        rows = self._tokenizer(chats, return_tensors="pt", padding=True, add_special_tokens=False)
        mask = rows.attention_mask
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        cache = DynamicCache(config=self._model.config)
        began = time.perf_counter()
        with for_prompts(self._model.device):  # As the engine does it: else prompts alone would take half a minute.
            logits = self._logits(rows.input_ids, mask, positions, cache)
        prompted = time.perf_counter()
        positions = positions[:, -1:]
        seen = torch.zeros_like(logits, dtype=torch.bool)
        for _ in range(order.tokens):
            drawn = self._drawn(logits, seen)
            seen.scatter_(1, drawn, value=True)
            mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
            positions = positions + 1
            logits = self._logits(drawn, mask, positions, cache)
        ended = time.perf_counter()
        return Timing(prompt_seconds=prompted - began, decode_seconds=ended - prompted)

    def _chat(self, prompt: str, words: int) -> str:
        template = template_for(Genre.FREE, prompt)
        messages = template.messages(prompt, words)
        chat: str = self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        return chat + template.opening

    def _logits(
        self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, cache: DynamicCache
    ) -> torch.Tensor:
        output = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits

    def _drawn(self, logits: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """One token a row, (rows, 1): repetition penalty, temperature, top-k, top-p, one chance for all rows."""
        penalty = self._sampling.repetition_penalty
        logits = torch.where(seen, torch.where(logits > 0, logits / penalty, logits * penalty), logits)
        scores, ids = (logits / self._sampling.temperature).topk(self._sampling.top_k)
        likely = scores.softmax(dim=-1)
        likely[likely.cumsum(dim=-1) - likely >= self._sampling.top_p] = 0.0
        return ids.gather(1, torch.multinomial(likely, 1))


def main() -> None:
    torch.set_grad_enabled(False)
    torch.manual_seed(_SEED)
    folder = Path(sys.argv[1])
    batch = StaticBatch(folder, Catalog.load().get(ModelName(folder.name)).defaults)
    for line in sys.stdin:
        order = json.loads(line)
        timing = batch.decode(Order(prompts=tuple(order["prompts"]), words=order["words"], tokens=order["tokens"]))
        print(json.dumps(asdict(timing)), flush=True)


if __name__ == "__main__":
    main()
