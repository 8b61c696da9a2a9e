"""Files as members upload them, good and bad, really made."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from PIL import ExifTags, Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 0)
PLACE: Final = "Atelierplatz 7"  # In the metadata of a photograph, for tests to look for.


def corners(width: int = 96, height: int = 64) -> Image.Image:
    """Clockwise from the upper left: red, green, blue, yellow."""
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    x, y = width // 2, height // 2
    for box, colour in (
        ((0, 0, x - 1, y - 1), RED),
        ((x, 0, width, y - 1), GREEN),
        ((x, y, width, height), BLUE),
        ((0, y, x - 1, height), YELLOW),
    ):
        draw.rectangle(box, fill=colour)
    return picture


def saved(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def chunk(kind: bytes, content: bytes) -> bytes:
    """One of the parts of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def chunks_of(png: bytes) -> list[tuple[bytes, bytes]]:
    """The kind and the content of each part of a PNG."""
    at, found = len(PNG_SIGNATURE), []
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        found.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def photograph(orientation: int = 1, kind: str = "JPEG") -> bytes:
    """With all that a telephone says of where and when, and held as `orientation` says."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = PLACE
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    xmp = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><place>{PLACE}</place></x:xmpmeta>'.encode()
    texts = PngInfo()
    texts.add_text("Place", PLACE)
    more: Mapping[str, Any] = {"JPEG": {"comment": PLACE, "quality": 95, "subsampling": 0}, "PNG": {"pnginfo": texts}}
    options: dict[str, Any] = {"exif": exif, "xmp": xmp, **more.get(kind, {})}
    return saved(_turned(corners(), orientation), kind, **options)


def _turned(picture: Image.Image, orientation: int) -> Image.Image:
    """As a camera stores it that is held like this: what the EXIF standard says is to be undone."""
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return picture.transpose(turns[orientation]) if orientation in turns else picture


def frames(count: int, kind: str = "GIF", size: tuple[int, int] = (64, 64)) -> bytes:
    shades = [Image.new("L", size, (number * 37) % 256) for number in range(count)]
    return saved(shades[0], kind, save_all=True, append_images=shades[1:], duration=40)


def many_frames(count: int) -> bytes:
    """A GIF with the same frame over and over: small, and long to look through."""
    one = saved(Image.new("P", (64, 64)), "GIF")
    colours = 3 * 2 ** ((one[10] & 7) + 1)
    head, frame = one[: 13 + colours], one[13 + colours : -1]
    return head + frame * count + b";"


def bomb(width: int = 100_000, height: int = 100_000) -> bytes:
    """A PNG that says it is huge, and holds nearly nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _png(head, bytes(10_000))


def text_bomb(mebibytes: int = 64) -> bytes:
    """A good PNG with a text of which each kilobyte unpacks to a megabyte."""
    text = b"atelier\0\1\0\0\0" + zlib.compress(bytes(mebibytes * 2**20), 9)
    return with_chunk(saved(corners()), b"iTXt", text)


def with_chunk(png: bytes, kind: bytes, content: bytes) -> bytes:
    """One more part in a PNG, behind its head."""
    return png[:33] + chunk(kind, content) + png[33:]


def sixteen_bits() -> bytes:
    """Grey from black on the left to white on the right, in steps that eight bits cannot tell."""
    width, height = 256, 64
    row = struct.pack(f">{width}H", *(level * 257 for level in range(width)))
    return _png(struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0), (b"\0" + row) * height)


def _png(head: bytes, rows: bytes) -> bytes:
    return PNG_SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def transparent(kind: str = "PNG") -> bytes:
    """Red on the left, and on the right blue that cannot be seen."""
    picture = Image.new("RGBA", (96, 64), (*BLUE, 0))
    picture.paste((*RED, 255), (0, 0, 48, 64))
    return saved(picture, kind, lossless=True)


def one_colour_transparent() -> bytes:
    """A palette in which one colour stands for nothing."""
    picture = Image.new("P", (96, 64), 0)
    picture.putpalette([*RED, *BLUE])
    picture.paste(1, (48, 0, 96, 64))
    return saved(picture, "PNG", transparency=1)


def profile_with_colours_swapped() -> bytes:
    """sRGB's ICC profile with its primaries for red and blue in each other's place."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132])
    places = {bytes(profile[at : at + 4]): at + 4 for at in range(132, 132 + 12 * count, 12)}
    red, blue = (slice(places[name], places[name] + 8) for name in (b"rXYZ", b"bXYZ"))
    profile[red], profile[blue] = profile[blue], profile[red]
    return bytes(profile)


def many_scans(count: int, size: tuple[int, int] = (200, 200)) -> bytes:
    """A JPEG that refines its picture over and over, and changes nothing."""
    photograph = saved(Image.new("RGB", size, "grey"), "JPEG", progressive=True)
    scan = photograph.rindex(b"\xff\xda")
    return photograph[:-2] + photograph[scan:-2] * count + photograph[-2:]


def many_segments(count: int) -> bytes:
    """A JPEG with comments in which nothing stands."""
    photograph = saved(corners(), "JPEG")
    return photograph[:2] + b"\xff\xfe\0\2" * count + photograph[2:]


def many_chunks(count: int) -> bytes:
    """A PNG with chunks in which nothing stands."""
    return with_chunk(saved(corners()), b"atLr", b"").replace(chunk(b"atLr", b""), chunk(b"atLr", b"") * count)


def many_blocks(count: int) -> bytes:
    """A GIF with a comment of one letter a block."""
    picture = saved(Image.new("P", (64, 64)), "GIF")
    colours = 3 * 2 ** ((picture[10] & 7) + 1)
    return picture[: 13 + colours] + b"!\xfe" + b"\1a" * count + b"\0" + picture[13 + colours :]


BAD: Final[Mapping[str, Callable[[], bytes]]] = {
    "text": lambda: b"This is a text, whatever its name says.\n" * 40,
    "empty": lambda: b"",
    "vector": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>',
    "truncated_jpeg": lambda: saved(Image.effect_noise((200, 200), 60), "JPEG")[:5_000],
    "truncated_png": lambda: saved(Image.effect_noise((200, 200), 60))[:9_000],
    "truncated_webp": lambda: saved(Image.effect_noise((200, 200), 60), "WEBP")[:2_000],
    "truncated_gif": lambda: saved(Image.effect_noise((200, 200), 60), "GIF")[:5_000],
    "head_alone": lambda: PNG_SIGNATURE + b"\0\0\0\r",
    "wrong_checksum": lambda: saved(corners()).replace(b"IHDR", b"IHDX"),
    "animated_gif": lambda: frames(3),
    "animated_png": lambda: frames(3, "PNG"),
    "animated_webp": lambda: frames(3, "WEBP"),
    "ten_thousand_frames": lambda: many_frames(10_000),
    "one_pixel": lambda: saved(Image.new("RGB", (1, 1))),
    "thread": lambda: saved(Image.new("RGB", (6_000, 40))),
    "bomb": bomb,
    "hundred_megapixels": lambda: saved(Image.new("1", (10_000, 10_000))),
    "hundred_megapixels_webp": lambda: saved(Image.new("RGB", (10_000, 10_000)), "WEBP", lossless=True, method=0),
    "text_bomb": text_bomb,
    "many_scans": lambda: many_scans(100),
    "many_segments": lambda: many_segments(100_000),
    "many_chunks": lambda: many_chunks(100_000),
    "many_blocks": lambda: many_blocks(200_000),
}


def distance(one: str, other: str) -> int:
    """In how many of their 64 bits two fingerprints differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
