"""What may not be written here: words that AutoMod blocks, and links that Discord takes for harmful."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.studio.entities import Json
from bot.studio.errors import DiscordError

# What of an embed is read as text.
_TEXTS = frozenset({"title", "description", "name", "value", "text", "url"})


@dataclass(slots=True)
class Refusals:
    """Filled in by tests and read at each message: `words` as an admin sets them up in AutoMod, `links` as domains."""

    words: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)

    def check(self, texts: Iterable[str]) -> None:
        """DiscordError 240000 or 200000 where one of the texts holds such a link or word, whatever its case."""
        written = "\n".join(texts).casefold()
        if any(link.casefold() in written for link in self.links):
            raise DiscordError(240000)
        if any(word.casefold() in written for word in self.words):
            raise DiscordError(200000)


def texts_in(part: Json | list[Json] | tuple[Json, ...]) -> Iterator[str]:
    """All that can be read in embeds."""
    if isinstance(part, list | tuple):
        for each in part:
            yield from texts_in(each)
        return
    for name, value in part.items():
        if isinstance(value, str) and name in _TEXTS:
            yield value
        elif isinstance(value, dict | list):
            yield from texts_in(value)
