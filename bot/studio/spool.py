"""Where attachments lie: files in a temporary folder, which goes when the studio closes."""

import tempfile
from pathlib import Path

from bot.studio.entities import Attachment
from bot.studio.snowflakes import Snowflake

_LINGERING = 32


class Spool:
    """The files that something shows, by id, and the last few that something showed; never more than so many bytes.

    Beyond the limit the oldest go first. What is gone is answered as Discord answers for what was deleted.
    """

    def __init__(self, *, limit_bytes: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="atelier-studio-", ignore_cleanup_errors=True)
        self._limit_bytes = limit_bytes
        self._held: dict[Snowflake, Attachment] = {}
        self._lingering: dict[Snowflake, Attachment] = {}

    @property
    def size_bytes(self) -> int:
        """Of what is shown somewhere."""
        return _weight(self._held)

    def path_of(self, attachment_id: Snowflake) -> Path:
        return Path(self._folder.name, str(attachment_id))

    def take(self, attachment: Attachment, content: bytes) -> None:
        """Writes the content down at the attachment's path."""
        room = self._limit_bytes - len(content)
        for files in (self._lingering, self._held):
            while files and _weight(self._lingering) + _weight(self._held) > room:
                _remove(files, min(files))
        attachment.path.write_bytes(content)
        self._held[attachment.id] = attachment

    def get(self, attachment_id: Snowflake) -> Attachment | None:
        return self._held.get(attachment_id)

    def get_lingering(self, attachment_id: Snowflake) -> Attachment | None:
        """As `get`, but the last few that were dropped are found too."""
        return self._held.get(attachment_id) or self._lingering.get(attachment_id)

    def drop(self, *attachments: Attachment) -> None:
        """Lets files go; those that are gone already are passed over."""
        for each in attachments:
            if self._held.pop(each.id, None) is not None:
                self._lingering[each.id] = each
        while len(self._lingering) > _LINGERING:
            _remove(self._lingering, next(iter(self._lingering)))

    def close(self) -> None:
        self._held.clear()
        self._lingering.clear()
        self._folder.cleanup()


def _weight(files: dict[Snowflake, Attachment]) -> int:
    return sum(each.size_bytes for each in files.values())


def _remove(files: dict[Snowflake, Attachment], attachment_id: Snowflake) -> None:
    files.pop(attachment_id).path.unlink(missing_ok=True)
