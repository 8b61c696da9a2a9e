"""Logs for the host: readable on a terminal, JSON lines otherwise. What members type is never in them."""

import logging
import sys

import structlog

from bot.settings import Settings


def configure(settings: Settings) -> None:
    """Send our own lines and those of every library through one formatter to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(settings)],
        )
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    # At the level of debugging, libraries log whole payloads and statements, and with them what members typed.
    logging.basicConfig(level=max(level, logging.INFO), handlers=[handler], force=True)
    for package in ("bot", "inference", "storage"):
        logging.getLogger(package).setLevel(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # It tells each step of a comparison of tables.
    # Two warnings that there is no voice: there never is.
    logging.getLogger("discord.client").addFilter(lambda record: "voice will NOT" not in record.getMessage())
    logging.getLogger("discord.client").addFilter(without_traceback)


def without_traceback(record: logging.LogRecord) -> bool:
    """A gateway that is not reached is news in one line, again and again as it may be."""
    if record.msg == "Attempting a reconnect in %.2fs" and record.exc_info and record.exc_info[1]:
        error = record.exc_info[1]
        record.msg, record.args = f"{record.msg}, after %s", (*(record.args or ()), type(error).__name__)
        record.exc_info = None
    return True


def _renderers(settings: Settings) -> list[structlog.typing.Processor]:
    is_console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    if is_console:
        # Tracebacks without local variables: these hold prompts.
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
