"""Makes a member's file a plain picture. The file may be made to hurt: only a process with limits calls this."""

import io
from contextlib import suppress
from typing import Final

from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from inference.contract.image import Picture
from inference.safety.fingerprints import fingerprint
from inference.safety.uploads.structure import require_simple
from inference.safety.uploads.terms import MAX_PIXELS, MAX_SIDE, MIN_SIDE, Clean, Refusal, UploadRefusedError

# What Discord shows in place. Every other decoder of Pillow's is one more that a file could be made for.
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
_SIGNATURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF8")
_PHOTOGRAPHS: Final = frozenset({"JPEG", "MPO"})  # A telephone's MPO holds several of one moment; the first is shown.
_EIGHT_OF_SIXTEEN_BITS: Final = 1 / 256
_OPAQUE: Final = {"LA": "L", "RGBA": "RGB"}
_COLOUR_SPACES: Final = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}  # As ICC profiles call them.
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def cleaned(upload: bytes) -> Clean:
    """Upright, in sRGB, on white, at most `MAX_SIDE` pixels a side, and nothing in the file but pixels.

    Raises `UploadRefusedError`.
    """
    require_simple(upload)
    try:
        with _opened(upload) as picture:
            _check(picture)
            plain = _plain(picture)
    except UploadRefusedError:
        raise
    except MemoryError as error:
        raise UploadRefusedError(Refusal.TOO_DEMANDING, detail="memory") from error
    except Exception as error:  # Decoders raise nearly anything over bytes that somebody made up.
        raise UploadRefusedError(Refusal.BROKEN, detail=type(error).__name__) from error
    png = io.BytesIO()
    plain.save(png, format="PNG")
    facts = Picture(width=plain.width, height=plain.height, fingerprint=fingerprint(plain))
    return Clean(png=png.getvalue(), picture=facts)


def _opened(upload: bytes) -> Image.Image:
    """Reads the head alone."""
    try:
        return Image.open(io.BytesIO(upload), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise UploadRefusedError(Refusal.TOO_MANY_PIXELS) from error
    except UnidentifiedImageError as error:
        is_begun_like_one = upload.startswith(_SIGNATURES)
        raise UploadRefusedError(Refusal.BROKEN if is_begun_like_one else Refusal.NO_PICTURE) from error


def _check(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise UploadRefusedError(Refusal.TOO_MANY_PIXELS)
    if min(picture.size) < MIN_SIDE:
        raise UploadRefusedError(Refusal.TOO_FEW_PIXELS)
    if min(picture.size) * MAX_SIDE < max(picture.size) * MIN_SIDE:
        raise UploadRefusedError(Refusal.TOO_NARROW)
    if picture.format not in _PHOTOGRAPHS and getattr(picture, "is_animated", False):
        raise UploadRefusedError(Refusal.ANIMATED)


def _plain(picture: Image.Image) -> Image.Image:
    orientation, profile = _orientation(picture), picture.info.get("icc_profile")
    picture.draft(None, (MAX_SIDE, MAX_SIDE))  # A JPEG is decoded at half of its size, or less, where that is enough.
    small = _scalable(picture)
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    upright = _in_srgb(_on_white(small), profile)
    if orientation in _UPRIGHT:
        upright = upright.transpose(_UPRIGHT[orientation])
    plain = Image.new("RGB", upright.size)  # A new one, so that nothing comes along that is no pixel.
    plain.paste(upright)
    return plain


def _orientation(picture: Image.Image) -> int | None:
    """As the camera was held. What cannot be read says nothing, and the photograph may be good all the same."""
    with suppress(Exception):
        return int(picture.getexif()[ExifTags.Base.Orientation])
    return None


def _scalable(picture: Image.Image) -> Image.Image:
    """In a mode whose pixels may be averaged: eight bits, no palette, no colour that stands for transparency."""
    if picture.mode.startswith("I"):
        return picture.point(lambda level: level * _EIGHT_OF_SIXTEEN_BITS).convert("L")
    if "transparency" in picture.info:
        return picture.convert("RGBA")
    mode = {"1": "L", "P": "RGB"}.get(picture.mode)
    return picture.convert(mode) if mode else picture


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode not in _OPAQUE:
        return picture
    ground = Image.new(_OPAQUE[picture.mode], picture.size, "white")
    ground.paste(picture.convert(ground.mode), mask=picture.getchannel("A"))
    return ground


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours as the profile means them. One that is broken, or of another space, is as good as none."""
    if profile:
        with suppress(ImageCms.PyCMSError, OSError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            space = source.profile.xcolor_space.strip()
            if picture.mode == "L" and space == "RGB":
                picture = picture.convert("RGB")
            if space == _COLOUR_SPACES.get(picture.mode):
                target = ImageCms.createProfile("sRGB")
                return ImageCms.profileToProfile(picture, source, target, outputMode="RGB") or picture
    return picture.convert("RGB")
