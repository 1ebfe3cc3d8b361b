"""The market files: one YAML file a market, read by every service, each its own part; all faults are named at once."""

import difflib
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

_ID = re.compile(r"[a-z][a-z0-9-]{0,30}")
_LARGEST = 256 * 1024


class MarketPart(BaseModel):
    """What every service reads of a market. A service's own part is a subclass with the fields that it needs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str
    languages: Annotated[tuple[str, ...], Field(min_length=1)]


Part = TypeVar("Part", bound=MarketPart)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one key of one file, and what to do."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.message}" if self.key else f"{self.file}: {self.message}"


class MarketFaults(Exception):
    """The market files cannot be used as they are."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n  ".join(["The market files need attention:", *(str(fault) for fault in faults)]))
        self.faults = tuple(faults)


def read_markets(folder: Path, part: type[Part], *, beside: Sequence[type[MarketPart]] = ()) -> dict[str, Part]:
    """One part of every market, by the market's id; raises MarketFaults with all that is wrong, for the parts read ``beside`` too."""
    documents, faults = _documents(folder)
    markets = {}
    for file, document in documents.items():
        faults.extend(_refused(file, document, (part, *beside)))
        if not faults:
            markets[str(document.get("id"))] = part.model_validate(document)
    if faults:
        raise MarketFaults(faults)
    return markets


def check_markets(folder: Path, parts: Sequence[type[BaseModel]]) -> list[Fault]:
    """Every fault that any of the parts sees, and every key that none of them knows."""
    documents, faults = _documents(folder)
    for file, document in documents.items():
        faults.extend(_refused(file, document, parts))
        faults.extend(Fault(file, key, message) for key, message in _unknown(document, parts))
    return faults


def _documents(folder: Path) -> tuple[dict[str, Mapping[str, Any]], list[Fault]]:
    found: dict[str, Mapping[str, Any]] = {}
    faults: list[Fault] = []
    for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
        try:
            if path.stat().st_size > _LARGEST:
                raise ValueError(f"is larger than {_LARGEST} bytes; a market file is a page or two")
            document = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506  built on SafeLoader
            if not isinstance(document, dict):
                raise ValueError("holds no settings; write it as `key: value` lines")
        except yaml.MarkedYAMLError as error:
            line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
            faults.append(Fault(path.name, "", f"{line}{error.problem}; mend the YAML there"))
        except (OSError, ValueError, yaml.YAMLError) as error:
            faults.append(Fault(path.name, "", str(error)))
        else:
            found[path.name] = document
            if document.get("id") != path.stem or not _ID.fullmatch(path.stem):
                faults.append(
                    Fault(
                        path.name, "id", f"write {path.stem!r}: the file is named after the market's id (lower case letters, digits and -)"
                    )
                )
    if not found and not faults:
        faults.append(Fault(str(folder), "", "has no market; put one file there, such as de.yaml"))
    return found, faults


def _refused(file: str, document: Mapping[str, Any], parts: Sequence[type[BaseModel]]) -> list[Fault]:
    """What any of the parts refuses, once."""
    faults: list[Fault] = []
    for part in parts:
        try:
            part.model_validate(document)
        except ValidationError as error:
            faults.extend(fault for fault in _faults(file, error) if fault not in faults)
    return faults


def _faults(file: str, error: ValidationError) -> Iterator[Fault]:
    for each in error.errors(include_url=False, include_input=False):
        key, message = ".".join(str(part) for part in each["loc"]), each["msg"].removeprefix("Value error, ")
        yield Fault(file, key, "is missing; add it" if each["type"] == "missing" else message)


def _unknown(document: Mapping[str, Any], parts: Sequence[type[BaseModel]], prefix: str = "") -> Iterator[tuple[str, str]]:
    inner: dict[str, list[type[BaseModel]]] = {}
    for part in parts:
        for name, field in part.model_fields.items():
            inner.setdefault(field.alias or name, []).extend(_models(field.annotation))
    for key, value in document.items():
        if key not in inner:
            near = difflib.get_close_matches(str(key), inner, 1)
            yield (
                f"{prefix}{key}",
                f"no service knows this key; did you mean {near[0]!r}?" if near else "no service knows this key; remove it",
            )
        elif isinstance(value, dict) and inner[key]:
            yield from _unknown(value, inner[key], f"{prefix}{key}.")


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]


class _Loader(yaml.SafeLoader):
    """YAML as 1.2 reads it: Norway's `NO` is text, `09:30` is no number, and no key stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: list[Any] = []
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
            seen.append(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false|True|False)$"), list("tfTF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789"))
