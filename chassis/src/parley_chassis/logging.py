"""Log lines as JSON on standard output (readable ones on a terminal), without tokens, addresses or passwords."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from parley_chassis.repeats import Repeats
from parley_chassis.tracing import name_trace

_HIDDEN = "[hidden]"
_PATTERNS = (
    (re.compile(r"(/l/)[^\s\"'?#/]+"), rf"\1{_HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|link|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {_HIDDEN}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+"), _HIDDEN),
    (re.compile(r"(\w://)[^\s/@]*@"), rf"\1{_HIDDEN}@"),
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), _HIDDEN),
)
_SECRET_NAMES = frozenset({"authorization", "cookie", "set-cookie", "password", "secret", "token", "text", "email", "address", "body"})


def hide(text: str) -> str:
    """The text without what must not be logged: link and bearer tokens, credentials, e-mail addresses."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, Mapping):
        return {name: _HIDDEN if str(name).lower() in _SECRET_NAMES else _hidden(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float) else hide(str(value))


def _hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {name: value if name.startswith("_") else _hidden(value) for name, value in _masked(event).items()}


def _masked(event: EventDict) -> EventDict:
    return {name: _HIDDEN if name.lower() in _SECRET_NAMES else value for name, value in event.items()}


def configure(service: str, *, level: str = "info", console: bool | None = None) -> None:
    """Send the lines of structlog, the standard library and uvicorn through one formatter."""

    def named(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        named,
        name_trace,
    ]
    on_terminal = sys.stdout.isatty() if console is None else console
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _hide_secrets,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    handler.addFilter(Repeats("aiokafka", "pymongo"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True
    # Their information is about each request, connection or heartbeat: it says who, and it says it too often.
    for name in ("httpx", "httpcore", "aiokafka", "pymongo", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
