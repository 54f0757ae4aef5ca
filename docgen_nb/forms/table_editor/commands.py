"""What the browser asks of a table: checked, then carried out."""

import re
from collections.abc import Mapping
from typing import Any

from docgen_nb.forms.table_editor.rows import Lost, Rows

_NEW_KEY = re.compile(r"n[0-9a-z]{1,30}")
MOST_LETTERS = 5_000_000  # of a text that is typed or pasted


def carry_out(rows: Rows, order: Mapping[str, Any]) -> None:
    """Do what a message asks for; Lost, and nothing done, if it cannot be."""
    match order:
        case {"do": "type", "row": str(key), "column": column, "text": text}:
            rows.type(key, checked_column(rows, column), checked_text(text))
        case {"do": "add", "row": str(key), "after": after}:
            rows.add(_new_key(rows, key), after=_key_or_none(after))
        case {"do": "delete", "rows": keys}:
            rows.delete(_keys(keys))
        case {"do": "move", "rows": keys, "after": after}:
            rows.move(_keys(keys), after=_key_or_none(after))
        case _:
            raise Lost(f"The table does not know the order {order!r:.80}.")


def checked_column(rows: Rows, column: Any) -> int:
    """Return the number of a column; Lost if there is none of that number."""
    if type(column) is not int or not 0 <= column < len(rows.columns):
        raise Lost(f"There is no column {column!r:.60}.")
    return column


def checked_text(text: Any) -> str:
    """Return a text; Lost if it is none, or longer than any cell."""
    if not isinstance(text, str) or len(text) > MOST_LETTERS:
        raise Lost("A cell takes a text of at most 5 million letters.")
    return text


def _new_key(rows: Rows, key: str) -> str:
    if not _NEW_KEY.fullmatch(key) or key in rows.keys:
        raise Lost(f"{key!r:.60} is no key for a new row.")
    return key


def _key_or_none(key: Any) -> str | None:
    if key is not None and not isinstance(key, str):
        raise Lost(f"{key!r:.60} is no key of a row.")
    return key


def _keys(keys: Any) -> list[str]:
    is_list = isinstance(keys, list) and all(isinstance(key, str) for key in keys)
    if not is_list or not keys or len(set(keys)) != len(keys):
        raise Lost(f"{keys!r:.60} is no list of rows.")
    return list(keys)
