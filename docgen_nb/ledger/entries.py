"""Entries of the API become the rows that a history keeps."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from docgen_nb.errors import UnreadableReply

Entry = Mapping[str, Any]
Key = int | str | None  # an id, as it is kept

# The columns of a reading, in order, but for the id: where an entry has them.
COLUMNS = (
    *("job_id", "batch_id", "template_id", "template_version_id", "status", "output_type"),
    *("output_file_id", "output_file_version_id", "created_at", "created_by_id"),
    *("enterprise_id", "source", "external_id", "errors", "warnings"),
)
_EPOCH = re.compile(r"\d+(\.\d+)?")
_LATEST = 253_402_300_799  # the last second of year 9999; more than that is no epoch in seconds


class Reading(NamedTuple):
    """Rows in the order of COLUMNS, and their messages: job, severity, position, text."""

    rows: list[tuple[Any, ...]]
    messages: list[tuple[Key, str, int, str]]


def read_entries(entries: Iterable[Entry]) -> Reading:
    """Return what entries tell; UnreadableReply for one without an id, or a time that is none."""
    rows: list[tuple[Any, ...]] = []
    messages: list[tuple[Key, str, int, str]] = []
    for entry in entries:
        job_id = key((entry if isinstance(entry, Mapping) else {}).get("id"))
        if job_id is None:
            raise UnreadableReply(f"A job has no id: {str(entry)[:80]}")
        failures = entry.get("failures") or {}
        errors, warnings = failures.get("errors") or (), failures.get("warnings") or ()
        if errors or warnings:
            messages += _messages(job_id, "error", errors)
            messages += _messages(job_id, "warning", warnings)
        rows.append(
            (
                job_id,
                _inner(entry, "batch"),
                _inner(entry, "template_file"),
                _inner(entry, "template_file_version"),
                entry.get("status"),
                entry.get("output_type"),
                _inner(entry, "output_file"),
                _inner(entry, "output_file_version"),
                seconds(entry.get("created_at"), of="created_at"),
                _inner(entry, "created_by"),
                _inner(entry, "enterprise"),
                entry.get("source"),
                entry.get("external_id"),
                len(errors),
                len(warnings),
            )
        )
    return Reading(rows, messages)


def key(id: Any) -> Key:
    """Return an id as it is kept: a number if it is written as one, else text.

    >>> key("4000001"), key("007"), key("a1")
    (4000001, '007', 'a1')
    """
    if id is None:
        return None
    text = str(id)
    # Digits of other scripts, leading zeros and what is too long for SQLite would not come back.
    if text.isdecimal() and text.isascii() and len(text) < 19 and (text[0] != "0" or text == "0"):
        return int(text)
    return text


def _inner(entry: Entry, name: str) -> Key:
    found = entry.get(name)
    return None if found is None else key(found.get("id"))


def _messages(job_id: Key, severity: str, texts: Iterable[Any]) -> Iterator[Any]:
    for position, text in enumerate(texts):
        yield job_id, severity, position, str(text)


@lru_cache(maxsize=10_000)  # the jobs of a batch have the same time
def seconds(time: Any, *, of: str) -> float | None:
    """Return seconds since 1970, an int where they are whole; `of` names the field in errors.

    >>> seconds("2026-03-02T01:00:00-08:00", of="created_at"), seconds("1", of="created_at")
    (1772442000, 1)
    """
    if time is None:
        return None
    text = str(time)
    try:
        if _EPOCH.fullmatch(text):
            found = float(text)
            if found > _LATEST:
                raise ValueError
        else:
            moment = datetime.fromisoformat(text.upper())
            if moment.tzinfo is None:
                raise ValueError
            found = moment.timestamp()
    except ValueError as error:
        raise UnreadableReply(
            f"{of} is {text!r}, which is neither RFC 3339 with an offset nor seconds since 1970."
        ) from error
    return int(found) if found.is_integer() else found
