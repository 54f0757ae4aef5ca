"""The rows of a history, from the pages of the API."""

import re
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from docgen_nb.errors import UnreadableReply
from docgen_nb.frames import PageColumns

Key = int | str | None  # an id as stored

# The columns of a reading, in order.
COLUMNS = (
    *("job_id", "batch_id", "template_id", "template_version_id", "status", "output_type"),
    *("output_file_id", "output_file_version_id", "created_at", "created_by_id"),
    *("enterprise_id", "source", "external_id", "errors", "warnings"),
)
_KEYS = {name for name in COLUMNS if name.endswith("_id")} - {"external_id"}
_EPOCH = re.compile(r"\d+(\.\d+)?")
# The first second of the year 1, and the last of the year 9999.
EARLIEST, LATEST = -62_135_596_800, 253_402_300_799


class Reading(NamedTuple):
    """Rows in the order of COLUMNS, and their messages: job, severity, position, text."""

    rows: list[tuple[Any, ...]]
    messages: list[tuple[Key, str, int, str]]

    def only(self, ids: Collection[Key]) -> "Reading":
        """Return the part that belongs to some jobs."""
        return Reading(
            [row for row in self.rows if row[0] in ids],
            [message for message in self.messages if message[0] in ids],
        )


def read_columns(page: PageColumns) -> Reading:
    """Return the rows of a page. UnreadableReply for a job without an id or an invalid time."""
    columns = {name: _column(name, texts) for name, texts in page.texts.items()}
    ids = columns["job_id"]
    if None in ids:
        raise UnreadableReply(f"Job number {ids.index(None) + 1} of a page has no id.")
    columns |= {"errors": page.errors, "warnings": page.warnings}
    rows = list(zip(*(columns[name] for name in COLUMNS), strict=True))
    places: Counter[tuple[int, str]] = Counter()
    messages = []
    for row, severity, text in page.messages:
        messages.append((ids[row], severity, places[row, severity], text))
        places[row, severity] += 1
    return Reading(rows, messages)


def _column(name: str, texts: list[str | None]) -> list[Any]:
    if name == "created_at":
        return [seconds(text, of="created_at") for text in texts]
    return [key(text) for text in texts] if name in _KEYS else texts


def key(id: Any) -> Key:
    """Return an id as stored: an int if it is written as one, else text.

    >>> key("4000001"), key("007"), key("a1")
    (4000001, '007', 'a1')
    """
    if id is None:
        return None
    text = str(id)
    # Digits of other scripts, leading zeros and long numbers would not survive as integers.
    if text.isdecimal() and text.isascii() and len(text) < 19 and (text[0] != "0" or text == "0"):
        return int(text)
    return text


@lru_cache(maxsize=10_000)  # the jobs of a batch have the same time
def seconds(time: Any, *, of: str) -> float | None:
    """Return seconds since 1970, an int if whole; `of` names the field in errors.

    >>> seconds("2026-03-02T01:00:00-08:00", of="created_at"), seconds("1", of="created_at")
    (1772442000, 1)
    """
    if time is None:
        return None
    text = str(time)
    try:
        if _EPOCH.fullmatch(text):
            number = float(text)
        else:
            moment = datetime.fromisoformat(text.upper())
            if moment.tzinfo is None:
                raise ValueError
            number = moment.timestamp()
        if not EARLIEST <= number <= LATEST:  # an offset can lead out of the years of datetime
            raise ValueError
    except ValueError as error:
        raise UnreadableReply(
            f"{of} is {text[:80]!r}, which is neither RFC 3339 with an offset nor seconds since "
            "1970."
        ) from error
    return int(number) if number.is_integer() else number
