"""A table to type and paste rows into."""

from docgen_nb.forms.table_editor.editor import TableEditor

__all__ = ["TableEditor"]
