"""A table to type and paste the rows of a list into: the editor, its rows, and its view."""

from docgen_nb.forms.table_editor.editor import TableEditor

__all__ = ["TableEditor"]
