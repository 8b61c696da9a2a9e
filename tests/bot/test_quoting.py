"""Members' words in our messages: nothing of them acts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.quoting import dead, quotations_in, quoted, without_quotations
from bot.ui.parts import width

SIGNS = st.text(alphabet=st.sampled_from([*"ab @#<>:/.*_~|`[]()\\-1\n", "\u2068", "\u2069", "🐋", "鲸"]), max_size=120)
ACTS = re.compile(r"https?://|<[@#:/a-z]|@everyone|@here|discord\.gg|\.example", re.IGNORECASE)


def read(words: str) -> str:
    """What stands there for a reader: escapes show the sign behind them, and a wedge nothing."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", words).replace("\u200b", "")


@pytest.mark.parametrize(
    "words",
    [
        "see https://evil.example/a_b",
        "HTTP://Evil.Example",
        "<https://evil.example>",
        "[a gift](https://evil.example)",
        "join discord.gg/abc",
        "evil.example",
        "<#1100000000000000011>",
        "</name:1100000000000000011>",
        "<t:1700000000:R>",
        "<@1100000000000000102> <@&1100000000000000021>",
        "<:wave:1100000000000000011> <a:wave:1100000000000000011>",
        "<id:guide>",
        "@everyone and @here",
    ],
)
def test_links_mentions_and_dates_are_letters_alone_in_a_quotation(words: str) -> None:
    shown = quoted(words, limit=200)
    assert not ACTS.search(shown)
    assert words in read(shown)


@pytest.mark.parametrize("words", ["[**b**](x)", "a ||b||", "```a", "*a* __b__ ~~c~~ `d`"])
def test_no_markup_acts_in_a_quotation(words: str) -> None:
    assert not re.search(r"(?<!\\)[*_~|`\[\]]", dead(words))
    assert read(dead(words)) == words


@pytest.mark.parametrize("line", ["# big", "> said", "- one", "-# small", "1. one"])
def test_no_line_of_quoted_words_begins_anything(line: str) -> None:
    assert dead(f"a\n{line}").splitlines()[1] != line
    assert read(dead(line)) == line


@given(words=SIGNS, limit=st.integers(2, 60))
def test_a_quotation_fits_its_limit_beside_its_two_marks(words: str, limit: int) -> None:
    assert width(quoted(words, limit=limit)) <= limit + 2


@given(st.lists(SIGNS, max_size=4))
def test_what_is_quoted_can_be_left_out_and_the_rest_stays(words: list[str]) -> None:
    content = " · ".join(f"{number}: {quoted(each, limit=80)}" for number, each in enumerate(words))
    assert quotations_in(content) == len(words)
    assert without_quotations(content, frozenset()) == content
    bare = without_quotations(content, frozenset(range(len(words))))
    assert bare == " · ".join(f"{number}: \u2068…\u2069" for number in range(len(words)))


def test_a_member_cannot_turn_the_direction_of_what_follows() -> None:
    assert quoted("a\u2069\u202eb", limit=20) == "\u2068ab\u2069"
