"""How a model becomes a JSON Schema, and a document the text of a committed file."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from parley_contracts.compatibility import EXTENSIBLE
from parley_contracts.envelope import EventData
from parley_contracts.words import OpenEnum


class OpenSchema(GenerateJsonSchema):
    """Enumerations stay open: their words are documented and never closed."""

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        written = super().enum_schema(schema)
        if issubclass(schema["cls"], OpenEnum):
            written[EXTENSIBLE] = written.pop("enum")
        return written

    def field_title_should_be_set(self, schema: Any) -> bool:
        """A title that only repeats the field's name says nothing."""
        return False


def document(model: type[EventData]) -> dict[str, Any]:
    """The JSON Schema of a type's data alone."""
    schema = model.model_json_schema(schema_generator=OpenSchema)
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": model.schema_id(), **schema}


def written(schema: Mapping[str, Any]) -> str:
    """The text of a committed file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
