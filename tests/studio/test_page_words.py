"""The page's sentences: each has its Chinese, and none is left over."""

import re
from pathlib import Path

from bot.studio import page_api

PAGE = Path(page_api.__file__).parent / "page"
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in PAGE.iterdir() if path.suffix in (".js", ".html")}
CHINESE = dict(re.findall(r'^ {2}"(.+)": "(.+)",$', SOURCES["chinese.js"], re.MULTILINE))
FACT = re.compile(r"\{\w+\}")
# `t("…")`, and both sentences of `t(is … ? "…" : "…")`.
SPOKEN = re.compile(r'\bt\(\s*(?:[^"()]*\?\s*)?"([^"]+)"(?:\s*:\s*"([^"]+)")?')
HAN = re.compile(r"[\u4e00-\u9fff]")


def said() -> set[str]:
    """The sentences that stand as literals where the page speaks; of one and several, the one for several."""
    found: set[str] = set(re.findall(r'data-t(?:-label)?="([^"]+)"', SOURCES["index.html"]))
    for text in SOURCES.values():
        found.update(each for pair in SPOKEN.findall(text) for each in pair if each)
        found.update(re.findall(r'\bplural\(\s*"[^"]+",\s*"([^"]+)"', text))
    return found


def test_every_sentence_has_its_chinese() -> None:
    assert said() - CHINESE.keys() == set()


def test_no_chinese_is_left_over() -> None:
    elsewhere = "\n".join(text for name, text in SOURCES.items() if name != "chinese.js")
    assert [each for each in CHINESE if f'"{each}"' not in elsewhere] == []


def test_translations_are_chinese_and_tell_the_same_facts() -> None:
    for english, chinese in CHINESE.items():
        words = FACT.sub("", english)
        assert HAN.search(chinese) or not re.search("[a-z]", words), english
        assert set(FACT.findall(english)) == set(FACT.findall(chinese)), english


def test_the_page_asks_for_nothing_beyond_the_studio() -> None:
    addresses = {found for text in SOURCES.values() for found in re.findall(r"https?://[\w.]+", text)}
    assert addresses <= {"http://www.w3.org"}
