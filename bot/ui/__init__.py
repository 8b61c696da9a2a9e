"""How things look in Discord: pure functions from values to notes, and the restart-proof buttons."""
