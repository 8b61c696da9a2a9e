"""What becomes of files that members upload: a plain picture, or a reason why not."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from inference.safety.fingerprints import fingerprint
from inference.safety.uploads.cleaning import cleaned
from inference.safety.uploads.terms import MAX_SIDE, Clean, Refusal, UploadRefusedError, packed, unpacked
from tests.support import uploads
from tests.support.uploads import BLUE, GREEN, RED, YELLOW, chunks_of, distance, opened, saved

ROOT = Path(__file__).parents[3]
GIB = 2**30


def answered(upload: bytes, *, memory_bytes: int = GIB) -> Clean:
    """By the process that looks at uploads."""
    command = (sys.executable, "-m", "inference.safety.uploads", str(memory_bytes), "10")
    done = subprocess.run(command, input=upload, capture_output=True, check=True, cwd=ROOT)
    return unpacked(done.stdout)


def corner_colours(picture: Image.Image) -> list[tuple[int, int, int]]:
    """Clockwise from the upper left, to the nearest of the colours that are drawn there."""
    right, low = picture.width - 4, picture.height - 4
    found = [picture.getpixel(place) for place in ((4, 4), (right, 4), (right, low), (4, low))]
    return [min((RED, GREEN, BLUE, YELLOW), key=lambda colour: far(colour, one)) for one in found]


def far(one: object, other: object) -> int:
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


REASONS = {
    "text": Refusal.NO_PICTURE,
    "empty": Refusal.NO_PICTURE,
    "vector": Refusal.NO_PICTURE,
    "truncated_jpeg": Refusal.BROKEN,
    "truncated_png": Refusal.BROKEN,
    "truncated_webp": Refusal.BROKEN,
    "truncated_gif": Refusal.BROKEN,
    "head_alone": Refusal.BROKEN,
    "wrong_checksum": Refusal.BROKEN,
    "animated_gif": Refusal.ANIMATED,
    "animated_png": Refusal.ANIMATED,
    "animated_webp": Refusal.ANIMATED,
    "ten_thousand_frames": Refusal.ANIMATED,
    "one_pixel": Refusal.TOO_FEW_PIXELS,
    "thread": Refusal.TOO_NARROW,
    "bomb": Refusal.TOO_MANY_PIXELS,
    "hundred_megapixels": Refusal.TOO_MANY_PIXELS,
    "hundred_megapixels_webp": Refusal.TOO_MANY_PIXELS,
    "text_bomb": Refusal.BROKEN,
    "many_scans": Refusal.TOO_DEMANDING,
    "many_segments": Refusal.TOO_DEMANDING,
    "many_chunks": Refusal.TOO_DEMANDING,
    "many_blocks": Refusal.TOO_DEMANDING,
}


@pytest.mark.parametrize("name", uploads.BAD)
def test_a_bad_file_is_refused_for_its_own_reason(name: str) -> None:
    with pytest.raises(UploadRefusedError) as refused:
        answered(uploads.BAD[name]())
    assert refused.value.reason is REASONS[name]


def test_scans_are_counted_before_anything_is_decoded() -> None:
    """Else a file that is broken as well, or too small, would be refused for that."""
    for upload in (uploads.many_scans(100)[:-2], uploads.many_scans(100, size=(8, 8))):
        with pytest.raises(UploadRefusedError) as refused:
            cleaned(upload)
        assert refused.value.reason is Refusal.TOO_DEMANDING


def test_a_progressive_photograph_of_a_few_scans_more_is_taken() -> None:
    assert answered(uploads.many_scans(10)).picture.width == 200


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_good_picture_comes_through_in_rgb_with_its_facts(kind: str) -> None:
    clean = answered(saved(uploads.corners(), kind))
    picture = opened(clean.png)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (96, 64))
    assert corner_colours(picture) == [RED, GREEN, BLUE, YELLOW]
    assert (clean.picture.width, clean.picture.height, clean.picture.unsafe) == (96, 64, None)
    assert clean.picture.fingerprint == fingerprint(picture)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_stands_upright_however_the_camera_was_held(orientation: int, kind: str) -> None:
    picture = opened(cleaned(uploads.photograph(orientation, kind)).png)
    assert corner_colours(picture) == [RED, GREEN, BLUE, YELLOW]
    assert picture.size == (96, 64)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_tells_where_a_photograph_was_taken(kind: str) -> None:
    photograph = uploads.photograph(6, kind)
    assert uploads.PLACE.encode() in photograph
    assert opened(photograph).getexif().get_ifd(0x8825)[2] == (52.0, 31.0, 12.0)
    clean = answered(photograph)
    assert not opened(clean.png).info
    assert not opened(clean.png).getexif()
    assert [kind for kind, _ in chunks_of(clean.png)] == [b"IHDR", b"IDAT", b"IEND"]


def test_exif_that_is_broken_does_not_cost_a_photograph() -> None:
    photograph = saved(uploads.corners(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 40)
    assert corner_colours(opened(answered(photograph).png)) == [RED, GREEN, BLUE, YELLOW]


def test_sixteen_bits_become_eight_from_black_to_white() -> None:
    picture = opened(cleaned(uploads.sixteen_bits()).png)
    levels = [picture.getpixel((x, 10)) for x in (0, 64, 128, 192, 255)]
    assert levels == [(0, 0, 0), (64, 64, 64), (128, 128, 128), (192, 192, 192), (255, 255, 255)]


@pytest.mark.parametrize("upload", [uploads.transparent("PNG"), uploads.transparent("WEBP")])
def test_what_is_transparent_is_laid_on_white(upload: bytes) -> None:
    picture = opened(cleaned(upload).png)
    assert (picture.getpixel((10, 10)), picture.getpixel((90, 10))) == (RED, (255, 255, 255))


def test_a_colour_that_stands_for_transparency_is_laid_on_white() -> None:
    picture = opened(cleaned(uploads.one_colour_transparent()).png)
    assert (picture.getpixel((10, 10)), picture.getpixel((90, 10))) == (RED, (255, 255, 255))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_every_mode_of_a_picture_becomes_colours(mode: str) -> None:
    picture = uploads.corners().convert(mode)
    clean = opened(cleaned(saved(picture, "JPEG" if mode == "CMYK" else "PNG")).png)
    assert clean.mode == "RGB"
    assert far(clean.getpixel((90, 60)), picture.convert("RGB").getpixel((90, 60))) < 30


def test_a_profile_is_applied_and_goes() -> None:
    red = saved(Image.new("RGB", (64, 64), RED), icc_profile=uploads.profile_with_colours_swapped())
    picture = opened(cleaned(red).png)
    assert far(picture.getpixel((9, 9)), BLUE) < 30
    assert "icc_profile" not in picture.info


@pytest.mark.parametrize("profile", [b"no profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()])
def test_a_profile_that_is_broken_or_of_another_kind_changes_nothing(profile: bytes) -> None:
    red = saved(Image.new("RGB", (64, 64), RED), icc_profile=profile)
    assert opened(cleaned(red).png).getpixel((9, 9)) == RED


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_picture_is_made_smaller_and_looks_the_same(kind: str) -> None:
    large = uploads.corners(4_000, 3_000)
    clean = answered(saved(large, kind))
    assert opened(clean.png).size == (MAX_SIDE, MAX_SIDE * 3 // 4)
    assert distance(clean.picture.fingerprint, fingerprint(large)) <= 4


def test_what_takes_too_much_memory_is_refused_within_the_limit() -> None:
    upload = saved(Image.new("RGBA", (5_000, 5_000), "red"))
    with pytest.raises(UploadRefusedError) as refused:
        answered(upload, memory_bytes=GIB // 5)
    assert refused.value.reason is Refusal.TOO_DEMANDING


def test_what_takes_too_much_time_is_ended_by_the_system() -> None:
    upload = saved(Image.effect_noise((256, 256), 80).resize((7_100, 7_100)), "JPEG", progressive=True)
    program = (
        "import time\n"
        "while time.process_time() < 1: pass\n"  # However fast the processor is, it is over its time with this picture.
        "from inference.safety.uploads.__main__ import main; main()"
    )
    command = (sys.executable, "-c", program, str(GIB), "1")
    done = subprocess.run(command, input=upload, capture_output=True, check=False, cwd=ROOT)
    assert done.returncode < 0
    assert done.stdout == b""


def test_the_process_may_write_no_file(tmp_path: Path) -> None:
    program = (
        "import sys; from inference.safety.uploads.__main__ import main; main()\n"
        f"open({str(tmp_path / 'left')!r}, 'wb', buffering=0).write(b'x')"
    )
    command = (sys.executable, "-c", program, str(GIB), "10")
    done = subprocess.run(command, input=b"", capture_output=True, check=False, cwd=ROOT)
    assert b"File too large" in done.stderr
    assert (tmp_path / "left").stat().st_size == 0


STARTS = (b"", *(saved(uploads.corners(), kind)[:60] for kind in ("PNG", "JPEG", "GIF", "WEBP")))


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(STARTS))
def test_whatever_the_bytes_are_they_are_plain_or_refused(noise: bytes, start: bytes) -> None:
    require_plain_or_refused(start + noise)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]))
def test_a_picture_with_some_bytes_changed_is_plain_or_refused(data: st.DataObject, kind: str) -> None:
    upload = bytearray(uploads.photograph(1, kind) if kind != "GIF" else saved(uploads.corners(), kind))
    for place in data.draw(st.lists(st.integers(0, len(upload) - 1), min_size=1, max_size=8)):
        upload[place] = data.draw(st.integers(0, 255))
    require_plain_or_refused(bytes(upload))


def require_plain_or_refused(upload: bytes) -> None:
    try:
        clean = cleaned(upload)
    except UploadRefusedError:
        return
    picture = opened(clean.png)
    assert (picture.mode, picture.size) == ("RGB", (clean.picture.width, clean.picture.height))
    assert not picture.info


@pytest.mark.parametrize("reason", Refusal)
def test_a_refusal_passes_between_the_processes(reason: Refusal) -> None:
    with pytest.raises(UploadRefusedError) as refused:
        unpacked(packed(UploadRefusedError(reason, detail="memory")))
    assert (refused.value.reason, refused.value.detail) == (reason, "memory")


@pytest.mark.parametrize("answer", [b"", b"{}\n", b'{"reason": "whim", "detail": ""}\n', b"null\n"])
def test_an_answer_of_another_kind_is_an_error_of_ours(answer: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- of json, of an enumeration or our own: each says that it is none.
        unpacked(answer)
