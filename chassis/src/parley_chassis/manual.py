"""The list of a service's settings, as `--help` shows it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, SecretStr

from parley_chassis.durations import show_duration
from parley_chassis.settings import purpose


def described(model: type[BaseModel]) -> str:
    """Each setting by its name in the environment, with its default and what it is for."""
    return "\n".join(_lines(model, ""))


def _lines(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field_info in model.model_fields.items():
        env, annotation = f"{prefix}{name}".upper(), field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _lines(annotation, f"{env}_")
        elif name != "service":
            default = "" if field_info.is_required() else f" [{_shown(field_info.get_default())}]"
            yield f"  {env}{default}\n      {purpose(name, field_info)}"


def _shown(default: Any) -> str:
    if isinstance(default, timedelta):
        return show_duration(default)
    if isinstance(default, tuple):
        return ",".join(str(each) for each in default)
    return "hidden" if isinstance(default, SecretStr) else "not set" if default in (None, "") else str(default)
