"""`python -m inference.safety.uploads MEMORY_BYTES CPU_SECONDS`: bytes come in, a plain picture or a refusal goes out.

Within limits that the system holds, since decoders are libraries in C that read what strangers wrote.
"""

import resource
import sys
import warnings
from contextlib import suppress


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """From now on the system ends this process where it takes more."""
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),  # It writes no file.
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # macOS does not know every one, and a host may have set less.
            resource.setrlimit(kind, (most, most))


def main() -> None:
    limit(*map(int, sys.argv[1:3]))
    warnings.simplefilter("ignore")
    from PIL import Image  # Within the limits.

    from inference.safety.uploads.cleaning import cleaned
    from inference.safety.uploads.terms import MAX_PIXELS, Refusal, UploadRefusedError, packed

    # Pillow refuses twice as many while it reads a file's head, and the decoder of WebP takes its memory right then.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
    try:
        answer = packed(cleaned(sys.stdin.buffer.read()))
    except UploadRefusedError as refused:
        answer = packed(refused)
    except MemoryError:
        answer = packed(UploadRefusedError(Refusal.TOO_DEMANDING, detail="memory"))
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
