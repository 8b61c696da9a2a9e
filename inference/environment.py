"""What the processes that we start inherit from this one's environment."""

import os
from typing import Final

# A child makes or fetches; it has no business with what opens the bot's accounts.
_WITHHELD: Final = frozenset({"DISCORD_TOKEN", "ATELIER_DATABASE_URL", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"})


def inherited() -> dict[str, str]:
    """This process's environment without its secrets."""
    return {name: value for name, value in os.environ.items() if name not in _WITHHELD}
