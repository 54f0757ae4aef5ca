"""The data that a template needs: a tree of fields, JSON Schema, a dataclass, sample data.

`fields` returns the tree; `json_schema`, `sample` and `as_dataclass` convert it; `difference`
compares two versions of a template. All take tags, as listed by the service or read from a file.
"""

from docgen_nb.schema.as_json_schema import json_schema
from docgen_nb.schema.changes import Change, difference
from docgen_nb.schema.dataclass_source import as_dataclass
from docgen_nb.schema.field import Field
from docgen_nb.schema.field_tree import fields
from docgen_nb.schema.sample_data import sample

__all__ = ["Change", "Field", "as_dataclass", "difference", "fields", "json_schema", "sample"]
