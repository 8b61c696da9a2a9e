"""Durations, numbers, enumerations and the names of languages, in each language's own way."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n import texts_for

EN, ZH = texts_for("en-US"), texts_for("zh-CN")
A_YEAR = 365 * 86_400


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "a moment", "片刻"),
        (4.9, "a moment", "片刻"),
        (12, "about 10 seconds", "约 10 秒"),
        (89, "about 90 seconds", "约 90 秒"),
        (90, "about 2 minutes", "约 2 分钟"),
        (3_600, "about 60 minutes", "约 60 分钟"),
        (5_400, "about 2 hours", "约 2 小时"),
        (86_400, "about 24 hours", "约 24 小时"),
        (200_000, "about 2 days", "约 2 天"),
    ],
)
def test_a_span_is_told_in_one_unit(seconds: float, english: str, chinese: str) -> None:
    assert EN.span(seconds) == english
    assert ZH.span(seconds) == chinese


@pytest.mark.parametrize(
    ("least", "most", "english", "chinese"),
    [
        (0, 3, "a moment", "片刻"),
        (2, 18, "less than 20 seconds", "不到 20 秒"),
        (12, 31, "10 to 35 seconds", "约 10 到 35 秒"),
        (20, 170, "less than 3 minutes", "不到 3 分钟"),
        (125, 290, "2 to 5 minutes", "约 2 到 5 分钟"),
        (300, 300, "about 5 minutes", "约 5 分钟"),
        (7_300, 9_000, "2 to 3 hours", "约 2 到 3 小时"),
    ],
)
def test_an_estimate_is_told_from_its_least_to_its_most(least: float, most: float, english: str, chinese: str) -> None:
    assert EN.between(least, most) == english
    assert ZH.between(least, most) == chinese


@given(least=st.floats(0, A_YEAR), most=st.floats(0, A_YEAR))
def test_no_estimate_and_no_wait_is_without_words(least: float, most: float) -> None:
    for t in (EN, ZH):
        assert t.between(min(least, most), max(least, most))
        assert t.span(most)


def test_numbers_days_and_enumerations_follow_the_language() -> None:
    assert EN.number(12_345.5) == ZH.number(12_345.5) == "12,345.5"
    assert EN.day(date(2026, 4, 24)) == "Apr 24, 2026"
    assert ZH.day(date(2026, 4, 24)) == "2026年4月24日"
    assert EN.listed(["A", "B", "C"]) == "A, B, and C"
    assert ZH.listed(["甲", "乙", "丙"]) == "甲、乙和丙"
    assert EN.listed([]) == ""


@pytest.mark.parametrize(
    ("locale", "english", "chinese"),
    [
        ("zh-CN", "Simplified Chinese", "简体中文"),
        ("zh-TW", "Traditional Chinese", "繁体中文"),
        ("en-US", "American English", "美国英语"),
        ("es-419", "Latin American Spanish", "拉丁美洲西班牙语"),
        ("sv-SE", "Swedish", "瑞典语"),
        ("de", "German", "德语"),
        ("tlh", "tlh", "tlh"),
        ("no locale", "no locale", "no locale"),
    ],
)
def test_a_locale_of_discords_is_called_as_its_readers_would(locale: str, english: str, chinese: str) -> None:
    assert EN.locale(locale) == english
    assert ZH.locale(locale) == chinese
