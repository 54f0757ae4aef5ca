"""The data of a template as JSON Schema, for editors and other programs."""

from collections.abc import Iterable
from typing import Any

from docgen_nb.schema.field import Field, Tags
from docgen_nb.schema.field_tree import fields

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SIMPLE: dict[str, dict[str, Any]] = {
    "text": {"type": ["string", "number", "boolean"]},  # a tag prints any of them
    "number": {"type": "number"},
    "date": {"type": "string"},
    "boolean": {"type": "boolean"},
    "image": {"type": "string", "contentEncoding": "base64"},
}


def json_schema(tags: Tags) -> dict[str, Any]:
    """Return a JSON Schema (draft 2020-12) of a template's data.

    Parameters
    ----------
    tags : sequence of mappings
        Entries as from `Client.list_tags` or `Template.tags`.

    Returns
    -------
    dict
        An object with ``properties`` and ``required``. Other properties are allowed, because
        unused data is only a warning.

    Notes
    -----
    It is stricter than Doc Gen in one respect: a number must be a number, while some tags also
    accept a text that contains one.

    Examples
    --------
    >>> tags = [{"tag_content": "{{name}}", "tag_type": "text", "json_paths": ["name"]}]
    >>> json_schema(tags)["required"]
    ['name']
    """
    return {"$schema": DRAFT, **_object(fields(tags))}


def _object(members: Iterable[Field]) -> dict[str, Any]:
    properties = list(members)
    return {
        "type": "object",
        "properties": {one.name: _value(one) for one in properties},
        "required": [one.name for one in properties if one.required],
    }


def _value(field: Field) -> dict[str, Any]:
    if field.kind == "object":
        return _object(field.fields)
    if field.kind in ("records", "list"):
        items = _object(field.fields) if field.kind == "records" else _value(field.fields[0])
        return {"type": "array", "items": items, "minItems": field.min_items}
    shape = dict(_SIMPLE[field.kind])
    if field.format:
        shape["description"] = f"printed as {field.format}"
    if field.default:
        shape["default"] = field.default
    if field.options:
        shape["examples"] = list(field.options)
    return shape
