"""The world's small laws: ids, permissions, emoji, pictures."""

import io
import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.studio.checks.pictures import picture_size
from bot.studio.emoji import is_emoji
from bot.studio.permissions import ALL, NONE, Overwrite, Permission, permissions_in_channel
from bot.studio.snowflakes import Mint, Snowflake, born_at

PERMISSIONS = st.integers(min_value=0, max_value=int(ALL)).map(lambda bits: Permission(bits) & ALL)
EVERYONE, ROLE, USER = Snowflake(1), Snowflake(2), Snowflake(3)


@given(steps=st.lists(st.integers(min_value=-5, max_value=5), min_size=1, max_size=50))
def test_ids_only_grow_whatever_the_clock_does(steps: list[int]) -> None:
    moments = iter(
        [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=sum(steps[:i])) for i in range(len(steps))]
    )
    mint = Mint(lambda: next(moments))

    ids = [mint.next() for _ in steps]

    assert ids == sorted(set(ids))
    assert abs(born_at(ids[0]) - datetime(2026, 1, 1, tzinfo=UTC)) < timedelta(milliseconds=1)


@given(everyone=PERMISSIONS, role=PERMISSIONS, allow=PERMISSIONS, deny=PERMISSIONS)
def test_a_members_own_overwrite_has_the_last_word(
    everyone: Permission, role: Permission, allow: Permission, deny: Permission
) -> None:
    held = permissions_in_channel(
        user=USER,
        roles=[(EVERYONE, everyone & ~Permission.ADMINISTRATOR), (ROLE, role & ~Permission.ADMINISTRATOR)],
        everyone=EVERYONE,
        overwrites=[
            Overwrite(target=EVERYONE, is_role=True, deny=ALL),
            Overwrite(target=USER, is_role=False, allow=allow, deny=deny),
        ],
        is_owner=False,
    )

    if Permission.VIEW_CHANNEL not in allow:
        assert held == NONE
    else:
        assert held & ~allow == NONE
        assert (Permission.SEND_MESSAGES in held) == (Permission.SEND_MESSAGES in allow)


@given(deny=PERMISSIONS)
def test_owners_and_administrators_may_everything(deny: Permission) -> None:
    overwrites = [Overwrite(target=USER, is_role=False, deny=deny)]
    for roles, is_owner in (([(EVERYONE, NONE)], True), ([(EVERYONE, Permission.ADMINISTRATOR)], False)):
        held = permissions_in_channel(
            user=USER, roles=roles, everyone=EVERYONE, overwrites=overwrites, is_owner=is_owner
        )
        assert held == ALL


@pytest.mark.parametrize("text", ["1️⃣", "5️⃣", "👍", "👍🏽", "❤️", "🏳️‍🌈", "🇩🇪", "⭐", "‼️", "🗑️"])
def test_emoji_are_known(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize("text", ["", "1", "a", "smile", "name:123", "👍 ", "é", "12️⃣", "x" * 40])
def test_other_strings_are_no_emoji(text: str) -> None:
    assert not is_emoji(text)


@given(width=st.integers(1, 16383), height=st.integers(1, 16383))
def test_pictures_tell_their_size(width: int, height: int) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height)
    gif = b"GIF89a" + struct.pack("<HH", width, height)
    lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little")

    assert [picture_size(each) for each in (png, gif, lossless)] == [(width, height)] * 3


@settings(deadline=None, max_examples=40)
@given(
    width=st.integers(1, 400),
    height=st.integers(1, 400),
    kind=st.sampled_from(["PNG", "GIF", "JPEG", "WEBP"]),
    options=st.fixed_dictionaries({}, optional={"progressive": st.booleans(), "lossless": st.booleans()}),
    comment=st.binary(max_size=40),
)
def test_real_pictures_tell_their_size(
    width: int, height: int, kind: str, options: dict[str, bool], comment: bytes
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, kind, comment=comment, **options)

    assert picture_size(file.getvalue()) == (width, height)


@given(
    start=st.sampled_from([b"", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"\x89PNG\r\n\x1a\n"]),
    rest=st.binary(max_size=64),
)
def test_any_bytes_are_survived(start: bytes, rest: bytes) -> None:
    picture_size(start + rest)
