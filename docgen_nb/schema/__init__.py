"""What data a template asks for: its fields as a tree, as JSON Schema, as made-up data.

`fields` makes the tree, `json_schema`, `sample` and `as_dataclass` show it in other ways, and
`difference` compares two versions of a template. Each takes tags, of the service or of a file.
"""

from docgen_nb.schema.as_json_schema import json_schema
from docgen_nb.schema.changes import Change, difference
from docgen_nb.schema.dataclass_source import as_dataclass
from docgen_nb.schema.field import Field
from docgen_nb.schema.field_tree import fields
from docgen_nb.schema.sample_data import sample

__all__ = ["Change", "Field", "as_dataclass", "difference", "fields", "json_schema", "sample"]
