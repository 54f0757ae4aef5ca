"""Commands from the browser, validated."""

from typing import Annotated, Any

from msgspec import Meta, Struct, ValidationError, convert

from docgen_nb.forms.table_editor.rows import OutOfSync

Text = Annotated[str, Meta(max_length=5_000_000)]  # typed or pasted
NewKey = Annotated[str, Meta(pattern=r"\An[0-9a-z]{1,30}\Z")]
Column = Annotated[int, Meta(ge=0)]


class _Command(Struct, tag_field="action", tag=str.lower):
    pass


class Type(_Command):
    """Set the text of a cell."""

    row: str
    column: Column
    text: Text


class Add(_Command):
    """Add an empty row below another, or at the top for None."""

    row: NewKey
    after: str | None


class Delete(_Command):
    """Delete rows."""

    rows: list[str]


class Move(_Command):
    """Move rows below another, or to the top for None."""

    rows: list[str]
    after: str | None


class Paste(_Command):
    """Paste copied text at a cell; the row is None in an empty table."""

    row: str | None
    column: Column
    text: Text


class Insert(_Command):
    """Insert the pending paste; `to` has a column for each copied one, or -1 to skip it."""

    to: list[Annotated[int, Meta(ge=-1)]]
    has_header: bool


class Dismiss(_Command):
    """Drop the pending paste."""


class Undo(_Command):
    """Undo the last step."""


class Write(_Command):
    """Set all rows from text, in the plain table."""

    text: Text


Command = Type | Add | Delete | Move | Paste | Insert | Dismiss | Undo | Write


def read_command(content: Any, *, columns: int) -> Command:
    """Return a command for a table of that many columns; OutOfSync if it is not valid."""
    try:
        command: Command = convert(content, Command)
    except ValidationError as error:
        raise OutOfSync(f"Invalid command: {error}") from error
    if isinstance(command, Type | Paste) and command.column >= columns:
        raise OutOfSync(f"The table has no column {command.column}.")
    return command
