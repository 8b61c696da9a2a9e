"""What is taken out of words, and what stays."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.contract.identifiers import ModelName
from inference.contract.image import ImageRequest, Style
from inference.contract.mediums import MAX_PROMPT_CHARACTERS, Basis
from inference.contract.text import TextRequest
from storage.release.scrub import NOTHING, scrubbed, scrubbed_request, scrubbed_settings

MODEL = ModelName("tiny")

GONE = [
    ("draw <@1000000000000000001> as a fox", "draw [mention] as a fox"),
    ("<@!42> and <@&43> in <#44>", "[mention] and [mention] in [mention]"),
    ("ask </imagine:1234567890> in <id:guide>", "ask [mention] in [mention]"),
    ("a cat <:meow:123456789012345678> <a:dance:123>", "a cat [emoji] [emoji]"),
    ("at <t:1700000000:R>", "at [time]"),
    ("id 1000000000000000001 there", "id [id] there"),
    ("编号123456789012345678的人", "编号[id]的人"),
    ("write to anna.b+art@mail.example.co.uk, please", "write to [email], please"),
    ("josé@example.org", "[email]"),
    ("邮箱是anna@example.com谢谢", "邮箱是[email]谢谢"),
    ("see https://example.org/a?b=c#d.", "see [link]."),
    ("(http://user:secret@host:8080/x)", "([link])"),
    ("as on www.example.museum/pictures, in blue", "as on [link], in blue"),
    ("join discord.gg/abcDEF and t.me/anna", "join [link] and [link]"),
    ("访问example.com看看", "访问[link]看看"),
    ("portrait of @anna_b, smiling", "portrait of [mention], smiling"),
    ("hello @everyone", "hello [mention]"),
    ("Anna#0420 with a hat", "[mention] with a hat"),
    ("+44 20 7946 0958", "[phone]"),
    ("+1 (555) 123-4567!", "[phone]!"),
    ("(555) 123-4567 or 555.123.4567", "[phone] or [phone]"),
    ("1-800-555-0199", "[phone]"),
    ("020 7946 0958", "[phone]"),
    ("01 23 45 67 89", "[phone]"),
    ("打13812345678给我", "打[phone]给我"),
    ("138 1234 5678", "[phone]"),
    ("call me at 5551234567", "call me at [phone]"),
    ("电话：\uff18\uff18\uff18\uff18\uff16\uff16\uff16\uff16", "电话：[phone]"),
    ("an\u200bna@example.com", "[email]"),
    ("an\u200dna@exam\u200cple.com", "[email]"),
    ("phone:13812345678", "phone:[phone]"),
    ("tel:+4917612345678", "tel:[phone]"),
    ("微信:13812345678", "微信:[account]"),
    ("电话:138 1234 5678", "电话:[phone]"),
    ("whatsapp:+49 176 1234567", "whatsapp:[phone]"),
    ("0176 12345678", "[phone]"),
    ("0049 176 1234567", "[phone]"),
    ("138\u200d12345678", "[phone]"),
    ("user@пример.рф", "[email]"),
    ("пример.рф/я", "[link]"),
    ("of @Müller, at sea", "of [mention], at sea"),
    ("@张三，在海边", "[mention]，在海边"),
    ("@anna在海边", "[mention]在海边"),
    ("visit example.at/foo", "visit [link]"),
    ("https://例え.jp/path/日本", "[link]"),
    ("见https://example.com/秘密/bob。再见", "见[link]。再见"),
    ("anna\uff20example.com", "[email]"),
    ("ａｎｎａ\uff20ｅｘａｍｐｌｅ\uff0eｃｏｍ", "[email]"),
    ("画\uff20anna_b，微笑", "画[mention]，微笑"),
    ("\uff0b86 138\uff0d1234\uff0d5678", "[phone]"),
    ("加我微信 abc123", "加我微信 [account]"),
    ("加我微信foxlover一起画", "加我微信[account]一起画"),
    ("微信号：fox_lover", "微信号：[account]"),
    ("薇信 fox2024 找我", "薇信 [account] 找我"),
    ("vx: fox_lover88", "vx: [account]"),
    ("加v：fox12345", "加v：[account]"),
    ("my WeChat id is foxlover", "my WeChat id is [account]"),
    ("WeChat: fox_1999, please", "WeChat: [account], please"),
    ("QQ：12345678", "QQ：[account]"),
    ("qq 123456789", "qq [account]"),
    ("QQ群 １２３４５６７８９", "QQ群 [account]"),
    ("扣扣号是10001", "扣扣号是[account]"),
    ("DE89 3704 0044 0532 0130 00 please", "[iban] please"),
    ("to GB82WEST12345698765432.", "to [iban]."),
    ("BE68 5390 0754 7034 then", "[iban] then"),
    ("收款 NL91 ABNA 0417 1643 00", "收款 [iban]"),
    ("pay 4111 1111 1111 1111 now", "pay [card] now"),
    ("卡号5500-0055-5555-5559", "卡号[card]"),
    ("378282246310005", "[card]"),
    ("3782 822463 10005", "[card]"),
    ("6222021234567890128", "[card]"),
    ("<https://example.com/a> (example.com/秘密)", "<[link]> ([link])"),
]

STAYS = [
    "a lighthouse at 3.5 miles, f/1.8, 24-70 mm",
    "between 1999-2004, on 2024-05-01 at 12:30:45",
    "on 01-02-2003, or 1.2.2003",
    "ISBN 978-3-16-148410-0 and 0-306-40615-2",
    "1,000,000 stars; 12 000 000; 1.000.000",
    "3.14159265358979 and 0.123456789",
    "1920x1080, 4096 x 2160, 16:9",
    "400-500 1000 words",
    "2 3 5 7 11 13 17 19",
    "seed 4294967295, time 1700000000",
    "100 200 300 400",
    "C# and F#4, #1234, page#2",
    "a @ b, 5 @ 3",
    "e.g. this.That is it. The end.me too",
    "Node.js, file.py, version 1.2.3.4",
    "[link] and [mention] stay as they are",
    "月光下的灯塔，二〇二四年，1984年的冬天，第3.5章",
    "a <b>bold</b> claim: x < 3 > y",
    "ratio:16:9, at:12:30, year:2024, seed:4294967295, 1:1234567",
    "in the style of WeChat stickers, a QQ penguin, qq style",
    "微信表情包风格的狐狸，QQ企鹅，微信绿",
    "微信 2.0 与 QQ 2024，价格 12800 元",
    "a VX 2000 synthesizer",
    "a ＠ b，５＠３，二０２４年，１９８４年",
    "DE89 3704 0044 0532 0130 01 and AB12 lamps",
    "4111111111111112, 1700000000000 and 9781234567897",
    "seed 4111111111, 1024 2048 4096 8192",
    "四百 4000 5000 6000 7000 片叶子",
    "a family 👩\u200d👩\u200d👧, 👩🏽\u200d🚀 and ❤️\u200d🔥",
    "\u0645\u06cc\u200c\u062e\u0648, क्\u200dष",
]


@pytest.mark.parametrize(("text", "left"), GONE)
def test_what_leads_to_a_person_is_taken_out(text: str, left: str) -> None:
    assert scrubbed(text) == left


@pytest.mark.parametrize("text", STAYS)
def test_what_people_write_about_stays(text: str) -> None:
    assert scrubbed(text) == text


PIECES = st.sampled_from(
    [
        "<@",
        "!",
        "1",
        "23",
        "4567",
        "00000000000000001",
        ">",
        "@",
        "a",
        "anna",
        ".",
        "com",
        "/",
        "://",
        "http",
        "#",
        "+",
        "-",
        " ",
        "(",
        ")",
        "<:x:",
        "www.",
        "月",
        "call ",
        "[link]",
        "[",
        "]",
        ":",
        "\u200b",
        "\u200d",
        "ü",
        "\u0627",
        "👩",
        "00",
        "me",
        "978",
        "\n",
    ]
)


@given(st.text() | st.lists(PIECES, max_size=30).map("".join))
@example("12345678901<:a:1>234567")
@example("www.<@1>.com")
def test_scrubbing_twice_is_scrubbing_once(text: str) -> None:
    once = scrubbed(text)

    assert scrubbed(once) == once


@given(
    st.text("0123456789", min_size=17, max_size=20),
    st.text(" ,.;月光abc<>@!#", max_size=6),
    st.text(" 月a<>@", max_size=6),
)
def test_no_id_is_left_whatever_stands_around_it(number: str, before: str, after: str) -> None:
    assert number not in scrubbed(before + number + after)


@given(
    st.text(min_size=1, max_size=60).filter(str.strip)
    | st.lists(PIECES, min_size=1, max_size=40).map("".join).filter(str.strip)
)
def test_a_scrubbed_request_is_still_a_request(prompt: str) -> None:
    request = ImageRequest(prompt=prompt, model=MODEL, avoid=prompt[:400])

    found = scrubbed_request(request)

    assert found.prompt == (scrubbed(prompt) if scrubbed(prompt).strip() else NOTHING)
    assert scrubbed_request(found) == found


def test_marks_do_not_make_a_prompt_too_long() -> None:
    prompt = "@ab " * (MAX_PROMPT_CHARACTERS // 4)

    found = scrubbed_request(TextRequest(prompt=prompt, model=MODEL, basis=Basis.REVISION, change="@ab " * 125))

    assert isinstance(found, TextRequest)
    assert found.prompt == ("[mention] " * MAX_PROMPT_CHARACTERS)[:MAX_PROMPT_CHARACTERS]
    assert found.change == ("[mention] " * 500)[:500]


def test_a_style_keeps_its_place_for_the_prompt() -> None:
    style = Style(name="by @anna", frame="{prompt}, as on anna.example.com", avoid="<@1>")

    found = scrubbed_request(ImageRequest(prompt="a fox", model=MODEL, style=style))

    assert isinstance(found, ImageRequest)
    assert found.style == Style(name="by [mention]", frame="{prompt}, as on [link]", avoid="[mention]")


def test_settings_are_scrubbed_where_they_are_words() -> None:
    assert scrubbed_settings({"translation": "a fox by @anna", "steps": 4}) == {
        "translation": "a fox by [mention]",
        "steps": 4,
    }


def test_half_a_character_stands_in_nobodys_way() -> None:
    assert scrubbed("half \ud83e of an owl").encode() == b"half ? of an owl"
