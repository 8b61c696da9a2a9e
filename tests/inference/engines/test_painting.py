import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from inference.contract.artifacts import Artifact
from inference.contract.errors import SourceGoneError
from inference.contract.identifiers import JobId, ModelName
from inference.contract.image import Guard, ImageRequest, Showing
from inference.engines.engine import NothingMadeError, Run
from inference.engines.painting import enlarged_measures, sheet, sketch, source_picture, spool_pictures
from inference.safety.outputs import OutputGuard

MakeRun = Callable[..., Run]


class Told(OutputGuard):
    """Takes pictures that are as red as this for unsafe."""

    RED = (255, 0, 0)

    def look(self, picture: Image.Image) -> float | None:
        return 0.9 if picture.convert("RGB").getpixel((0, 0)) == self.RED else 0.1


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    def make(*, guard: Guard = Guard.HOLD, sources: tuple[Artifact, ...] = ()) -> Run:
        request = ImageRequest(prompt="a fox", model=ModelName("fake-pictures"))
        return Run(job_id=JobId(1), request=request, folder=tmp_path, prefix="1", guard=guard, sources=sources)

    return make


def plain(colour: str, size: tuple[int, int] = (40, 30)) -> Image.Image:
    return Image.new("RGB", size, colour)


def noise(size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))


def kept(path: Path, picture: Image.Image) -> Artifact:
    picture.save(path, "PNG")
    content = path.read_bytes()
    return Artifact(path=path, media_type="image/png", sha256=sha256(content).hexdigest(), size_bytes=len(content))


def test_a_picture_is_spooled_as_its_pixels_and_nothing_else(make_run: MakeRun) -> None:
    picture = plain("teal")
    picture.info |= {"parameters": "somebody's words", "dpi": (300, 300), "icc_profile": b"a profile", "exif": b"Exif"}
    run = make_run()

    (artifact,) = spool_pictures(run, [picture], Told())

    content = artifact.path.read_bytes()
    assert (artifact.sha256, artifact.size_bytes) == (sha256(content).hexdigest(), len(content))
    assert artifact.media_type == "image/png"
    with Image.open(artifact.path) as opened:
        assert opened.info == {}
        assert opened.convert("RGB").tobytes() == picture.tobytes()


def test_the_same_pixels_are_the_same_file(make_run: MakeRun) -> None:
    first = spool_pictures(make_run(), [noise((64, 64))], Told())[0]

    with Image.open(first.path) as opened:
        again = spool_pictures(make_run(), [opened.convert("RGBA")], Told())[0]

    assert again.sha256 == first.sha256


@pytest.mark.parametrize(
    ("guard", "showing"), [(Guard.HOLD, Showing.HELD), (Guard.BLUR, Showing.SPOILER), (Guard.PASS, Showing.OPEN)]
)
def test_each_picture_says_how_it_may_be_shown(make_run: MakeRun, guard: Guard, showing: Showing) -> None:
    unsafe, safe = spool_pictures(make_run(guard=guard), [plain("red"), plain("teal", (8, 9))], Told())

    assert unsafe.picture is not None
    assert safe.picture is not None
    assert (unsafe.picture.showing, unsafe.picture.unsafe) == (showing, 0.9)
    assert (safe.picture.showing, safe.picture.width, safe.picture.height) == (Showing.OPEN, 8, 9)


def test_without_a_picture_nothing_was_made(make_run: MakeRun) -> None:
    with pytest.raises(NothingMadeError):
        spool_pictures(make_run(), [], Told())


@pytest.mark.parametrize("size", [(64, 64), (512, 512), (1024, 512), (30, 2048), (1, 1)])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_sketch_is_small_whatever_it_shows(make_run: MakeRun, count: int, size: tuple[int, int]) -> None:
    path = sketch(make_run(), [noise(size) for _ in range(count)], Told())

    assert path is not None
    assert path.stat().st_size <= 25_000
    with Image.open(path) as opened:
        assert max(opened.size) <= 512


def test_a_sketch_shows_every_picture_in_order() -> None:
    colours = ["#ff0000", "#00ff00", "#0000ff"]

    drawn = sheet([plain(colour, (64, 64)) for colour in colours])

    places = [(128, 128), (384, 128), (128, 384), (384, 384)]
    assert drawn.size == (512, 512)
    assert [drawn.getpixel(place) for place in places] == [(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)]


def test_each_sketch_takes_the_place_of_the_last(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    first = sketch(run, [plain("teal")], Told())
    assert first is not None
    before = first.read_bytes()

    second = sketch(run, [plain("gold")], Told())

    assert second == first
    assert first.read_bytes() != before
    assert list(tmp_path.iterdir()) == [first]


@pytest.mark.parametrize(("guard", "shows"), [(Guard.HOLD, False), (Guard.BLUR, False), (Guard.PASS, True)])
def test_a_sketch_with_one_unsafe_picture_is_not_shown(make_run: MakeRun, guard: Guard, shows: bool) -> None:
    path = sketch(make_run(guard=guard), [plain("teal"), plain("red")], Told())

    assert (path is not None) == shows


def test_a_disk_that_takes_no_sketch_is_no_reason_to_fail(make_run: MakeRun) -> None:
    run = make_run()
    run.folder = run.folder / "gone"

    assert sketch(run, [plain("teal")], Told()) is None


def test_a_run_that_succeeds_leaves_its_pictures_and_no_sketch(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    sketch(run, [plain("teal")], Told())
    (artifact,) = spool_pictures(run, [plain("teal")], Told())

    run.tidy()

    assert list(tmp_path.iterdir()) == [artifact.path]


def test_a_run_that_fails_leaves_nothing(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    sketch(run, [plain("teal")], Told())
    spool_pictures(run, [plain("teal")], Told())

    run.discard()

    assert not list(tmp_path.iterdir())


def test_the_source_is_read_as_rgb(make_run: MakeRun, tmp_path: Path) -> None:
    source = kept(tmp_path / "kept", Image.new("RGBA", (5, 4), "teal"))

    picture = source_picture(make_run(sources=(source,)))

    assert (picture.mode, picture.size) == ("RGB", (5, 4))


def test_a_source_that_is_gone_is_told_from_one_that_is_broken(make_run: MakeRun, tmp_path: Path) -> None:
    gone = kept(tmp_path / "gone", plain("teal"))
    gone.path.unlink()
    broken = kept(tmp_path / "broken", plain("teal"))
    broken.path.write_bytes(b"no picture")

    for sources in ((), (gone,)):
        with pytest.raises(SourceGoneError):
            source_picture(make_run(sources=sources))
    with pytest.raises(OSError, match="cannot identify"):
        source_picture(make_run(sources=(broken,)))


@pytest.mark.parametrize(
    ("size", "larger"),
    [((256, 256), (1024, 1024)), ((1024, 1024), (2048, 2048)), ((1000, 10), (2048, 20)), ((1, 2048), (1, 2048))],
)
def test_what_is_made_larger_stays_within_bounds(size: tuple[int, int], larger: tuple[int, int]) -> None:
    assert enlarged_measures(plain("teal", size), 4) == larger
