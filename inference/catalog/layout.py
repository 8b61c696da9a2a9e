"""Which files of a repository make a model: flat, as of transformers, or a folder a component, as of diffusers."""

import fnmatch
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

INDEX: Final = "model_index.json"
WEIGHTS: Final = ".safetensors"
PICKLES: Final = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")

# Of a pipeline, what Atelier has no use for: it has a classifier of its own.
LEFT_OUT: Final = frozenset({"safety_checker", "feature_extractor", "image_encoder"})

_LICENCE: Final = "LICENSE*"
_FLAT: Final = (
    "config.json",
    "generation_config.json",
    "model.safetensors.index.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
    _LICENCE,
    f"*{WEIGHTS}",
)
_TWICE: Final = "consolidated*"  # The same weights again, in their makers' own layout.
_OF_COMPONENT: Final = ("*.json", "*.model", "merges.txt", "vocab.txt", "chat_template.jinja")
_WEIGHTLESS: Final = ("Scheduler", "Tokenizer", "TokenizerFast", "Processor", "ProcessorFast", "FeatureExtractor")
_LOADED: Final = re.compile(  # What diffusers and transformers look for, each in two spellings of a variant.
    r"(diffusion_pytorch_model|model)"
    r"(\.(?P<before>[a-z]\w*))?(-\d+-of-\d+)?(\.(?P<after>[a-z]\w*))?\.safetensors"
)
_SHARDS: Final = re.compile(
    r"(diffusion_pytorch_model|model)\.safetensors"
    r"(\.(?P<before>(?!index)\w+))?\.index(\.(?P<after>(?!json)\w+))?\.json"
)


def is_weights(name: str) -> bool:
    return name.endswith(WEIGHTS)


def has_weights(class_name: str) -> bool:
    """Whether a component of this class has files of weights."""
    return not class_name.endswith(_WEIGHTLESS)


def files_of_model(names: Iterable[str]) -> list[str]:
    """Of a flat repository."""
    return [
        name
        for name in names
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in _FLAT)
        and "/" not in name
        and not fnmatch.fnmatchcase(name, _TWICE)
    ]


def files_of_pipeline(names: Sequence[str], components: Mapping[str, str], variant: str) -> list[str]:
    """Of a repository whose index names these components, by their classes: each in the variant, if it has it."""
    chosen = [name for name in names if "/" not in name and (name == INDEX or fnmatch.fnmatchcase(name, _LICENCE))]
    for component, class_name in components.items():
        prefix = f"{component}/"
        files = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
        chosen += [prefix + file for file in _files_of_component(files, class_name, variant)]
    return chosen


def _files_of_component(files: Collection[str], class_name: str, variant: str) -> list[str]:
    described = [
        file
        for file in files
        if any(fnmatch.fnmatchcase(file, pattern) for pattern in _OF_COMPONENT) and "/" not in file
    ]
    if not has_weights(class_name):
        return described
    variants = {file: found for file in files if (found := _variant_of(file)) is not None}
    taken = variant if any(is_weights(file) and found == variant for file, found in variants.items()) else ""
    return [
        *(file for file in described if file not in variants),
        *(file for file, found in variants.items() if found == taken),
    ]


def _variant_of(file: str) -> str | None:
    """Of a file of weights or an index of such; None for every other."""
    match = _LOADED.fullmatch(file) or _SHARDS.fullmatch(file)
    return (match["before"] or match["after"] or "") if match else None
