"""What a picture's file says of itself, on the host's terminal."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from bot.doctor.findings import printable

if TYPE_CHECKING:
    from inference.provenance.reading import Inscription
    from inference.provenance.recipe import Recipe


def inspection(path: Path) -> Table:
    """Raises `PictureUnreadableError`."""
    from inference.provenance.reading import inscription_of  # Pillow, for this command alone.

    table = Table("what", "it says", show_header=False)
    table.columns[1].overflow = "fold"  # A sum is of use only whole.
    for name, words in _facts(inscription_of(path)):
        table.add_row(name, Text("\n".join(map(printable, words.splitlines()))))
    return table


def _facts(found: "Inscription") -> Iterator[tuple[str, str]]:
    yield "file", f"{found.kind}, {found.width} × {found.height} pixels"
    yield "digital source", found.digital_source or "not told"
    if found.recipe is None:
        yield "recipe", "none of Atelier's"
    else:
        yield from _recipe_facts(found.recipe)
    if found.parameters is not None:
        yield "parameters", found.parameters


def _recipe_facts(recipe: "Recipe") -> Iterator[tuple[str, str]]:
    request, provenance = recipe.request, recipe.provenance
    yield "prompt", request.prompt
    if request.style is not None:
        yield "style", f"{request.style.name}\n{request.style.frame}"
    yield "picture", f"{recipe.part + 1} of {request.count}"
    yield "seed", str(recipe.seed)
    yield "model", f"{provenance.model}\n{provenance.model_sha256}"
    yield "made with", f"{provenance.engine}, {provenance.device}, {provenance.dtype}"
    yield "settings", _listed(provenance.settings)
    yield "versions", _listed(provenance.versions)


def _listed(figures: Mapping[str, object]) -> str:
    return "\n".join(f"{name}: {figure}" for name, figure in figures.items())
