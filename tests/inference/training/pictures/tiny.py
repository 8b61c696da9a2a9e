"""A starter so small that it trains in seconds: its art, its text encoder and its weights."""

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffusers import AutoencoderKL, UNet2DConditionModel
from PIL import Image
from transformers import BertConfig, BertModel, BertTokenizer

from inference.training.pictures.assembling import Record, assemble
from inference.training.pictures.sources import CARTOON, FLAT, FOREIGN, LABELS, THREE_D

WORDS = ("dog", "cat", "sun", "a", "3d", "emoji", "of", "in", "flat", "style", "icon", "cartoon", "render", ",")
COLOURS = {"dog": "#a05a2c", "cat": "#2c5aa0", "sun": "#ffcc00"}
HEXCODES = {"dog": "1F415", "cat": "1F408", "sun": "2600-FE0F"}
TOKENS = 8


def write_tarballs(folder: Path) -> None:
    """The dog, the cat and the sun in each style; beside them a flag, and what has no label."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = [{"label": word, "hexcode": code, "tags": [word, "thing"], "group": 3} for word, code in HEXCODES.items()]
    flag = {"label": "flag: Utopia", "hexcode": "1F1FA-1F1F9", "tags": [], "group": 9}
    groupless = {"label": "light skin tone", "hexcode": "1F3FB"}
    _write(folder / LABELS, {"package/en/compact.json": _json([*labels, flag, groupless])})
    painted = {f"package/assets/{code.lower()}.webp": _webp(COLOURS[word]) for word, code in HEXCODES.items()}
    painted |= {"package/assets/1f1fa-1f1f9.webp": _webp("red"), "package/assets/1f3fb.webp": _webp("red")}
    _write(folder / THREE_D, painted)
    for tarball in (FLAT, CARTOON, FOREIGN):
        icons = {
            word: {"body": f'<rect x="8" y="8" width="16" height="16" fill="{COLOURS[word]}"/>'} for word in WORDS[:3]
        }
        chars = {code.lower(): word for word, code in HEXCODES.items()}
        chars |= {"2600": "sun", "1f1fa-1f1f9": "dog"}
        members = {
            "package/icons.json": _json({"width": 32, "height": 32, "icons": icons}),
            "package/chars.json": _json(chars),
        }
        _write(folder / tarball, members)


def write_text_encoder(folder: Path) -> None:
    vocabulary = folder / "vocab.txt"
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary.write_text("\n".join(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS)), encoding="utf-8")
    tokenizer: Any = BertTokenizer(vocab=str(vocabulary), model_max_length=TOKENS)
    tokenizer.save_pretrained(folder / "tokenizer")
    shape: Any = BertConfig(
        vocab_size=32, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    shape.use_attention_mask = True
    BertModel(shape).save_pretrained(folder / "text_encoder")


def write_weights(folder: Path) -> None:
    assemble(folder, unet=a_denoiser(), vae=an_autoencoder(), record=Record(denoiser_pictures=7))


def a_denoiser() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        attention_head_dim=8,
        cross_attention_dim=16,
    )


def an_autoencoder() -> AutoencoderKL:
    return AutoencoderKL(
        sample_size=64,
        block_out_channels=(8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=4,
        mid_block_add_attention=False,
    )


def _webp(colour: str) -> bytes:
    picture = Image.new("RGBA", (128, 128), (0, 0, 0, 0))
    picture.paste(colour, (32, 32, 96, 96))
    written = io.BytesIO()
    picture.save(written, "WEBP", lossless=True)
    return written.getvalue()


def _json(content: Any) -> bytes:
    return json.dumps(content).encode()


def _write(path: Path, members: Mapping[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
