"""The texts of a PNG that say how it was made, and that a machine made it."""

from typing import Final

from PIL.PngImagePlugin import PngInfo

from inference.provenance import parameters
from inference.provenance.recipe import KEY, DigitalSource, Recipe, encoded

_XMP_KEY: Final = "XML:com.adobe.xmp"
_DIGITAL_SOURCES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_XMP: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmp:CreatorTool="Atelier"'
    f' Iptc4xmpExt:DigitalSourceType="{_DIGITAL_SOURCES}%s"/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


def recipe_chunks(recipe: Recipe, *, width: int, height: int) -> PngInfo:
    """Three texts: IPTC's digital source type, the recipe for tools that read pictures, and the whole of it."""
    chunks = PngInfo()
    chunks.add_itxt(_XMP_KEY, _xmp(recipe.digital_source))
    # As the web UI writes it: Latin letters as plain text, which the oldest readers find, and any other as UTF-8.
    chunks.add_text(parameters.KEY, _encodable(parameters.parameters_of(recipe, width=width, height=height)))
    chunks.add_itxt(KEY, _encodable(encoded(recipe)))
    return chunks


def _xmp(source: DigitalSource) -> str:
    return _XMP % source.value


def _encodable(text: str) -> str:
    """Without halves of characters, which no file can hold; a finished picture must not fail for one."""
    return text.encode(errors="replace").decode()
