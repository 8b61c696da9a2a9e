"""Takes out of words what leads to a person: mentions, ids, addresses, telephone and account numbers, links.

A mark stands where something was, so that a reader sees that there was. What is taken for a telephone number has its
shape, a country's code, or a word before it that says so: years, prices, versions and the numbers of books stay.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from inference.contract.image import MAX_FRAME_CHARACTERS, PLACE_OF_PROMPT, ImageRequest, Style
from inference.contract.mediums import MAX_PROMPT_CHARACTERS
from inference.contract.requests import Request

MENTION, EMOJI, ID, EMAIL, PHONE, LINK, TIME, ACCOUNT, CARD, IBAN = (
    f"[{name}]" for name in ("mention", "emoji", "id", "email", "phone", "link", "time", "account", "card", "iban")
)
NOTHING: Final = "[nothing]"  # Stands for a prompt of which nothing is left.
_LEAST_LIMIT: Final = 500  # Characters of what a member types besides the prompt.

# Letters of scripts that set spaces: an address ends where a script without them goes on.
_WITHOUT_SPACES: Final = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_LETTER: Final = rf"[^\W_{_WITHOUT_SPACES}]"
_LABEL: Final = rf"{_LETTER}(?:(?:{_LETTER}|-){{0,61}}{_LETTER})?"
_AT: Final = "@\uff20"
_NOT_BEFORE: Final = r"(?<![a-z0-9_@.-])"
# Of a link, without the punctuation that ends the sentence around it.
_REST: Final = r"[a-z0-9._~:/?#\[\]@!$&'()*+,;=%|-]*[a-z0-9_~/#=&%-]"
# Of a link that surely is one, in any script, up to the punctuation of that script.
_END: Final = (
    r"\s<>\"\u2018-\u201f\u2026\u3000-\u3003\u3008-\u3011\u3014-\u301f\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"
)
_ANY_REST: Final = rf"[^{_END}]*[^{_END}.,:;!?'()\[\]*|$+@]"
_DOMAINS: Final = (
    "com|net|org|info|biz|io|gg|dev|app|ai|xyz|edu|gov|cc|ly|gl|moe|wiki|"
    "de|uk|cn|jp|ru|fr|eu|br|nl|pl|ch|au|ca|kr|tw|hk|рф"
)
# Words as well, after which a sentence may have begun without a blank: links only where a path follows.
_WORDS_TOO: Final = "at|no|se|me|be|us|co|tv|es|it|in|is|to|so|art|club|link|page|shop|site|social|space|store|online"


@dataclass(frozen=True, slots=True)
class _Rule:
    hint: str  # Without any of these signs there is nothing to look for.
    pattern: re.Pattern[str]
    mark: str


def _rule(hint: str, pattern: str, mark: str) -> _Rule:
    return _Rule(hint, re.compile(pattern, re.IGNORECASE), mark)


_RULES: Final = (
    _rule("<", r"<a?:\w{1,64}:\d{1,24}>", EMOJI),
    # Members, roles, channels, commands and the customary places of a server, as Discord writes them.
    _rule("<", r"<(?:@[!&]?|#)\d{1,24}>|</[^<>:\n]{1,100}:\d{1,24}>|<id:\w{1,32}>", MENTION),
    _rule("<", r"<t:-?\d{1,20}(?::[a-z])?>", TIME),
    _rule(
        _AT,
        rf"(?<![a-z0-9_.+-])(?:{_LETTER}|[_.+'-]){{1,64}}[{_AT}](?:{_LABEL}[.\uff0e])+(?:(?!\d){_LETTER}){{2,24}}(?!{_LETTER}|-)",
        EMAIL,
    ),
    _rule(":", rf"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{{1,20}}://(?:{_ANY_REST})?", LINK),
    _rule(".", rf"{_NOT_BEFORE}www\.{_REST}", LINK),
    _rule(
        ".",
        rf"{_NOT_BEFORE}(?:{_LABEL}\.)+(?:{_DOMAINS})(?!{_LETTER}|-|\.[a-z0-9])(?::\d{{1,5}})?(?:[/?#]{_ANY_REST}|/)?",
        LINK,
    ),
    _rule(".", rf"{_NOT_BEFORE}(?:{_LABEL}\.)+(?:{_WORDS_TOO})/{_ANY_REST}", LINK),
    _rule(
        _AT,
        rf"(?<![a-z0-9_/.{_AT}])[{_AT}](?:(?:{_LETTER}|_)(?:{_LETTER}|[_.]){{1,31}}|[{_WITHOUT_SPACES}][\w.]{{1,31}})(?:#\d{{4}})?(?![{_AT}])",
        MENTION,
    ),
    _rule("#", r"(?<![a-z0-9_#&])[a-z0-9_][a-z0-9_.]{1,31}#\d{4}(?![a-z0-9_])", MENTION),  # As names were until 2023.
)
# A name or number of WeChat or QQ, behind a word that says so. A name has a figure or a stroke in it, or a word says
# that it is one: what is drawn in the style of WeChat stays.
_SAYS_ACCOUNT: Final = r"(?:微信|薇信|威信|微♥|v信|扣扣|企鹅号|(?<![a-z])(?:wechat|weixin|vx|wx|qq)(?![a-z]))"
_IS: Final = r"(?:\s?(?:号码|号|號|账号|群|id|number|is|是|为|:|：|=))"
_NAME: Final = r"[a-z][a-z0-9_-]{5,19}(?![a-z0-9_-])"
_ACCOUNTS: Final = re.compile(
    rf"(?P<before>{_SAYS_ACCOUNT}{_IS}{{0,3}}\s{{0,3}}|加(?:我|个|下)?\s?[vq]{_IS}{{0,2}}\s{{0,3}})"
    rf"(?P<name>\d{{5,12}}(?!\d|[.,]\d)|(?=[a-z_-]{{0,19}}\d|[a-z]+[_-]){_NAME})"
    rf"|(?P<sure>(?:加(?:我|个|下)?{_SAYS_ACCOUNT}|{_SAYS_ACCOUNT}\s?(?:号|號|id)){_IS}{{0,2}}\s{{0,3}}){_NAME}",
    re.IGNORECASE,
)
_BANKS: Final = re.compile(
    r"(?<![a-z0-9])[a-z]{2}\d{2}(?:[ \u00a0-]?[a-z0-9]{4}){2,7}(?:[ \u00a0-]?[a-z0-9]{1,3})?(?![a-z0-9])", re.IGNORECASE
)
_IBAN_CHARACTERS: Final = range(15, 35)  # ISO 13616; Norway's are the shortest.
# By their first figures those of Visa, Mastercard, American Express, Diners, JCB, Discover and UnionPay.
_CARDS: Final = re.compile(
    r"(?<![a-z0-9_.,-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})"
    r"(?![a-z0-9_]|[.,-]\d)",
    re.IGNORECASE,
)
_CARD_BEGUN: Final = re.compile("4|5[1-5]|2[2-7]|3[4-8]|30|6[0245]")
_DIGIT: Final = re.compile(r"\d")
_SNOWFLAKE: Final = re.compile(r"(?<!\d)\d{17,20}(?!\d)")
_NUMBERS: Final = re.compile(
    r"(?<![a-z0-9_.,/-])(?<!\d:)(?:[+\uff0b]\s?|[(\uff08])?"
    r"\d(?:[ \u00a0().\u2010-\u2013\uff08\uff09\uff0d/-]{0,3}\d){6,15}(?![a-z0-9_%]|[.,:/-]\d)",
    re.IGNORECASE,
)
_GROUPS: Final = re.compile(r"\d+")
_MOBILE_IN_CHINA: Final = re.compile("1[3-9]")
_SAYS_SO: Final = re.compile(
    r"(?:tel|phone|mobile|cell|call|text|sms|whatsapp|telegram|signal|fax|电话|手机|号码|微信|致电|電話|手機)"
    r"(?:\s?(?:me|us|number|no\.?|at|on|is|是|号|：|:)){0,3}[\s.:：]{0,3}$",
    re.IGNORECASE,
)
_SAYS_SO_WITHIN: Final = 40  # Characters before a number.
_INTERNATIONAL: Final = range(8, 16)  # Digits, E.164.
_DIALLED: Final = range(7, 16)
_WITH_TRUNK: Final = range(9, 13)
# Lengths of the groups of a number as it is written, in North America and in China.
_AMERICAN: Final = ((3, 3, 4), (1, 3, 3, 4))
_CHINESE: Final = ((11,), (3, 4, 4))
# Nobody sees them, and what they stand in would not be found.
_INVISIBLE: Final = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# They join emoji, and letters of some scripts. Beside any other sign they only hide what it is a part of.
_BESIDE_JOINERS: Final = rf"\d\x21-\x7e\u00c0-\u058f{_WITHOUT_SPACES}\uff01-\uff5e"
_JOINERS: Final = re.compile(
    rf"(?<=[{_BESIDE_JOINERS}])[\u200c\u200d]+|(?<![\u200c\u200d])[\u200c\u200d]+(?=[{_BESIDE_JOINERS}])"
)


def scrubbed(text: str) -> str:
    """The text with marks in their place. Scrubbed twice it is the same: what is left is looked at until it stays."""
    text = text.encode(errors="replace").decode()  # Halves of characters, which no file of a release can hold.
    while (found := _once(text)) != text:
        text = found
    return text


def _once(text: str) -> str:
    text = _JOINERS.sub("", _INVISIBLE.sub("", text))
    for rule in _RULES:
        if any(sign in text for sign in rule.hint):
            text = rule.pattern.sub(rule.mark, text)
    text = _ACCOUNTS.sub(lambda found: f"{found['before'] or found['sure']}{ACCOUNT}", text)
    if _DIGIT.search(text):
        text = _CARDS.sub(_card_or_not, _BANKS.sub(_iban_or_not, text))
        text = _NUMBERS.sub(_phone_or_not, _SNOWFLAKE.sub(ID, text))
    return text


def _iban_or_not(found: re.Match[str]) -> str:
    """Without the words that may follow: by its check digits it is known where the number ends."""
    written = found[0]
    for end in range(len(written), 0, -1):
        characters = re.sub(r"[ \u00a0-]", "", written[:end])
        is_whole = end == len(written) or not written[end].isalnum()
        if is_whole and len(characters) in _IBAN_CHARACTERS and _has_remainder_one(characters):
            return IBAN + written[end:]
    return written


def _has_remainder_one(characters: str) -> bool:
    """ISO 7064, mod 97-10: country and check digits go to the end, letters count from 10 on."""
    return int("".join(str(int(one, 36)) for one in characters[4:] + characters[:4])) % 97 == 1


def _card_or_not(found: re.Match[str]) -> str:
    digits = [int(one) for one in found[0] if one.isdecimal()]
    doubled = [sum(divmod(2 * one, 10)) for one in digits[-2::-2]]
    is_card = (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0  # Luhn's formula, ISO/IEC 7812-1.
    return CARD if is_card and _CARD_BEGUN.match("".join(map(str, digits))) else found[0]


def _phone_or_not(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - _SAYS_SO_WITHIN) : found.start()]
    return PHONE if _is_phone(found[0], before) else found[0]


def _is_phone(written: str, before: str) -> bool:
    groups = [str(int("1" + group))[1:] for group in _GROUPS.findall(written)]  # Digits of any script.
    digits, shape = "".join(groups), tuple(map(len, groups))
    if written.startswith(("+", "\uff0b")):
        return len(digits) in _INTERNATIONAL
    if _SAYS_SO.search(before):
        return len(digits) in _DIALLED
    if not _is_evenly_written(written):
        return False
    if digits.startswith("00") and len(digits) - 2 in _INTERNATIONAL and digits[2] != "0":
        return min(shape) > 1
    if digits.startswith("0"):
        return len(digits) in _WITH_TRUNK and min(shape) > 1
    if _MOBILE_IN_CHINA.match(digits) and shape in _CHINESE:
        return True
    return shape in _AMERICAN and (len(shape) == 3 or digits.startswith("1"))


def _is_evenly_written(written: str) -> bool:
    """Whether one sign alone stands between the groups, brackets apart: otherwise it is several numbers."""
    between = {sign for sign in written if not sign.isdecimal()}
    return "(" in between or len(between - {")"}) <= 1


def scrubbed_request(request: Request) -> Request:
    """With every word of it scrubbed that somebody typed: the member, and whoever wrote the style."""

    def word(typed: str) -> str:
        return _within(typed, MAX_PROMPT_CHARACTERS if typed == request.prompt else _LEAST_LIMIT)

    retyped = request.retyped(word)
    if isinstance(retyped, ImageRequest) and retyped.style is not None:
        return replace(retyped, style=_scrubbed_style(retyped.style))
    return retyped


def scrubbed_settings(settings: Mapping[str, float | int | str]) -> Mapping[str, float | int | str]:
    """Some of them hold what a member typed, or a translation of it."""
    return {name: scrubbed(used) if isinstance(used, str) else used for name, used in settings.items()}


def _within(typed: str, limit: int) -> str:
    """Scrubbed, and no longer than a request may have it: a mark can be longer than what it stands for."""
    return _settled(lambda text: scrubbed(text)[:limit], typed) if scrubbed(typed).strip() else NOTHING


def _settled(change: Callable[[str], str], text: str) -> str:
    while (changed := change(text)) != text:
        text = changed
    return text


def _scrubbed_style(style: Style) -> Style:
    frame = PLACE_OF_PROMPT.join(map(scrubbed, style.frame.split(PLACE_OF_PROMPT)))
    if len(frame) > MAX_FRAME_CHARACTERS:
        frame = PLACE_OF_PROMPT
    return Style(name=scrubbed(style.name), frame=frame, avoid=style.avoid and scrubbed(style.avoid))
