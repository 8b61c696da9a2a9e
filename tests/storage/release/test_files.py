"""The files of a release, as others read them."""

import io
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from storage.release.files import Shards, Spool
from storage.release.values import Split


@given(st.lists(st.tuples(st.integers(0, 10**11), st.binary(max_size=1_200)), min_size=1, max_size=4))
def test_a_shard_is_the_archive_that_tarfile_writes(works: list[tuple[int, bytes]]) -> None:
    expected = io.BytesIO()
    for number, content in works:
        head = tarfile.TarInfo(f"{number:012}.txt")
        head.size = len(content)
        expected.write(head.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % tarfile.BLOCKSIZE))
    expected.write(bytes(2 * tarfile.BLOCKSIZE))

    with TemporaryDirectory() as name, Spool(Path(name)) as spool:
        shards = Shards(Path(name), spool)
        for number, content in works:
            shards.add("txt", Split.TRAIN, f"{number:012}", [("txt", content)])
        shards.close()
        written = (Path(name) / "shards/txt/train-00000.tar").read_bytes()

    assert written == expected.getvalue()
