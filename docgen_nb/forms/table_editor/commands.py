"""Commands from the browser: validated, then applied to the rows."""

import re
from collections.abc import Mapping
from typing import Any

from docgen_nb.forms.table_editor.rows import OutOfSync, Rows

_NEW_KEY = re.compile(r"n[0-9a-z]{1,30}")
MAX_TEXT_LENGTH = 5_000_000  # characters of a text that is typed or pasted


def apply_command(rows: Rows, command: Mapping[str, Any]) -> None:
    """Apply a command; OutOfSync, and no change, if it is not valid for these rows."""
    match command:
        case {"action": "type", "row": str(key), "column": column, "text": text}:
            rows.type(key, valid_column(rows, column), valid_text(text))
        case {"action": "add", "row": str(key), "after": after}:
            rows.add(_new_key(rows, key), after=_key_or_none(after))
        case {"action": "delete", "rows": keys}:
            rows.delete(_keys(keys))
        case {"action": "move", "rows": keys, "after": after}:
            rows.move(_keys(keys), after=_key_or_none(after))
        case _:
            raise OutOfSync(f"Unknown command {command!r:.80}.")


def valid_column(rows: Rows, column: Any) -> int:
    """Return the number of a column; OutOfSync if the table has no such column."""
    if type(column) is not int or not 0 <= column < len(rows.columns):
        raise OutOfSync(f"The table has no column {column!r:.60}.")
    return column


def valid_text(text: Any) -> str:
    """Return a text; OutOfSync if it is not text or is too long."""
    if not isinstance(text, str) or len(text) > MAX_TEXT_LENGTH:
        raise OutOfSync("A cell holds text of at most 5 million characters.")
    return text


def _new_key(rows: Rows, key: str) -> str:
    if not _NEW_KEY.fullmatch(key) or key in rows.keys:
        raise OutOfSync(f"{key!r:.60} cannot be the key of a new row.")
    return key


def _key_or_none(key: Any) -> str | None:
    if key is not None and not isinstance(key, str):
        raise OutOfSync(f"{key!r:.60} is not the key of a row.")
    return key


def _keys(keys: Any) -> list[str]:
    is_list = isinstance(keys, list) and all(isinstance(key, str) for key in keys)
    if not is_list or not keys or len(set(keys)) != len(keys):
        raise OutOfSync(f"{keys!r:.60} is not a list of rows.")
    return list(keys)
