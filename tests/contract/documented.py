"""Fields of a JSON value that an OpenAPI schema does not document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """The combined rules of several schemas for one value."""

    fields: Mapping[str, tuple[Schema, ...]]
    entries: tuple[Schema, ...]
    open: bool  # other fields are allowed


class Documented:
    """The schemas of one OpenAPI document.

    OpenAPI 3.0 cannot say "these fields and no others" in a schema combined with allOf, so
    validators accept unknown fields; this class reports them.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._shapes: dict[tuple[Any, ...], Shape] = {}

    def undocumented(
        self, value: Any, schemas: tuple[Schema, ...], place: str = ""
    ) -> Iterator[str]:
        """Yield the place of each field that no schema has, such as a/0/b."""
        if isinstance(value, list):
            shape = self.shape(schemas, None)
            for number, entry in enumerate(value):
                yield from self.undocumented(entry, shape.entries, f"{place}{number}/")
        if isinstance(value, dict):
            shape = self.shape(schemas, str(value.get("type")))
            for name, inner in value.items():
                if name in shape.fields:
                    yield from self.undocumented(inner, shape.fields[name], f"{place}{name}/")
                elif not shape.open:
                    yield place + name

    def shape(self, schemas: tuple[Schema, ...], kind: str | None) -> Shape:
        """Return the combined rules of schemas for a value of this `type`."""
        key = (kind, *map(id, schemas))
        if key not in self._shapes:
            plain = [part for schema in schemas for part in self._plain(schema, kind)]
            fields: dict[str, tuple[Schema, ...]] = {}
            for part in plain:
                for name, inner in part.get("properties", {}).items():
                    fields[name] = (*fields.get(name, ()), inner)
            entries = tuple(part["items"] for part in plain if "items" in part)
            free = any(part.get("additionalProperties", False) is not False for part in plain)
            self._shapes[key] = Shape(fields, entries, free or not fields)
        return self._shapes[key]

    def _plain(self, schema: Schema, kind: str | None) -> Iterator[Schema]:
        """Yield the parts of a schema, among alternatives those for this `type` of value."""
        if "$ref" in schema:
            yield from self._plain(self._referred(schema["$ref"]), kind)
            return
        yield schema
        for part in schema.get("allOf", ()):
            yield from self._plain(part, kind)
        for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
            parts = list(self._plain(part, kind))
            if all(kind in _kinds(inner, kind) for inner in parts):
                yield from parts

    def _referred(self, reference: str) -> Schema:
        target: Any = self.document
        for name in reference.removeprefix("#/").split("/"):
            target = target[name]
        return target


def _kinds(schema: Schema, kind: str | None) -> list[str | None]:
    return schema.get("properties", {}).get("type", {}).get("enum", [kind])
