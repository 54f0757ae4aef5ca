"""What data a template asks for: the tree of its fields."""

from docgen_nb.schema.field import Field
from docgen_nb.schema.gather import fields

__all__ = ["Field", "fields"]
