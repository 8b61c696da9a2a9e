"""`python -m bot.ui.charts`: pictures come in as JSON, a PNG goes out."""

import sys

from bot.ui.charts.drawing import png_of
from bot.ui.charts.picture import unpacked

if __name__ == "__main__":
    sys.stdout.buffer.write(png_of(unpacked(sys.stdin.buffer.read())))
