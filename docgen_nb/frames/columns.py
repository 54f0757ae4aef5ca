"""Texts gathered page by page become columns of a table, with their types."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb import wire
from docgen_nb.errors import UnreadableReply
from docgen_nb.frames.pages import Texts

TIME = pd.DatetimeTZDtype("us", "UTC")
STR: Any = pd.StringDtype(na_value=np.nan)  # what pandas calls "str"
_LATEST = 253_402_300_799  # the last second of year 9999; more than that is no epoch in seconds


class TextColumns:
    """Columns of text, gathered part by part.

    Where pyarrow is installed, pandas keeps text in Arrow's buffers; each part goes there at once,
    so that no object is kept for a text. Elsewhere equal texts of a column are one object.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._arrow = _arrow()
        self._parts: dict[str, list[Any]] = {name: [] for name in names}
        self._seen: dict[str | None, str | None] = {}

    def add(self, part: Mapping[str, Texts]) -> None:
        """Add the texts of some rows to each column."""
        for name, parts in self._parts.items():
            if self._arrow is None:
                parts.extend(self._seen.setdefault(text, text) for text in part[name])
            else:
                parts.append(self._arrow.array(part[name], type=self._arrow.large_string()))

    def take(self, name: str) -> "pd.Series[Any]":
        """Return a column, which is then forgotten here."""
        parts = self._parts.pop(name)
        column: pd.Series[Any]
        if self._arrow is None:
            column = pd.Series(parts, dtype=STR)
        else:
            whole = self._arrow.chunked_array(parts, type=self._arrow.large_string())
            column = pd.Series(STR.__from_arrow__(whole.combine_chunks()))
        return column


def _arrow() -> Any:
    """Return pyarrow if pandas keeps text in it, else None."""
    return import_module("pyarrow") if STR.storage == "pyarrow" else None


def times(texts: "pd.Series[Any]", *, of: str = "created_at") -> "pd.Series[Any]":
    """Return RFC 3339 with any offset, or seconds since 1970 in a text, as UTC times.

    Missing is NaT. UnreadableReply, naming `of`, for what is neither.
    """
    if (read := _read_by_arrow(texts)) is not None:
        return read
    codes, distinct = pd.factorize(texts)  # the jobs of a batch have the same time
    found = _parsed(pd.Series(distinct, dtype=STR), of=of)
    return pd.Series(found.array.take(codes, allow_fill=True), index=texts.index, dtype=TIME)


def _read_by_arrow(texts: "pd.Series[Any]") -> "pd.Series[Any] | None":
    """Read times as RFC 3339 has them; None where some are not, or without pyarrow."""
    arrow = _arrow()
    if arrow is None:
        return None
    try:
        read = arrow.array(texts, type=arrow.large_string()).cast(arrow.timestamp("us", "UTC"))
    except arrow.ArrowInvalid:
        return None
    return pd.Series(read.to_numpy(zero_copy_only=False), index=texts.index).dt.tz_localize("UTC")


def _parsed(texts: "pd.Series[Any]", *, of: str) -> "pd.Series[Any]":
    is_epoch = texts.str.fullmatch(r"\d+(\.\d+)?", na=False)
    is_dated = texts.str.fullmatch(r"\d{4}-\d\d-\d\d[Tt ].+([Zz]|[+-]\d\d(:?\d\d)?)", na=False)
    seconds = pd.to_numeric(texts.where(is_epoch)).astype("float64")
    parsed = pd.to_datetime(
        texts.where(is_dated).str.upper(), format="ISO8601", utc=True, errors="coerce"
    ).astype(TIME)
    epochs = pd.to_datetime(seconds.where(seconds <= _LATEST), unit="s", utc=True).astype(TIME)
    found = parsed.fillna(epochs)
    unread = texts[found.isna()]
    if len(unread):
        raise UnreadableReply(
            f"{of} is {unread.iloc[0]!r}, which is neither RFC 3339 with an offset "
            "nor seconds since 1970."
        )
    return found


def now() -> pd.Timestamp:
    """Return this computer's time in whole seconds."""
    return pd.Timestamp.now("UTC").floor("s")


def aware(moment: datetime | None) -> pd.Timestamp:
    """Return when entries were read: now, if not given; ValueError without a time zone."""
    if moment is None:
        return now()
    if moment.tzinfo is None:
        raise ValueError(f"read_at={moment.isoformat()} has no time zone; add one, such as UTC.")
    return pd.Timestamp(moment).tz_convert("UTC")


def same(moment: pd.Timestamp, *, rows: int) -> "pd.Series[Any]":
    """Return a column that holds one time in every row."""
    return pd.Series(moment, index=range(rows), dtype=TIME)


def described(frame: pd.DataFrame, *, source: str | None, read_at: pd.Timestamp) -> pd.DataFrame:
    """Return the table with what it is of in its ``attrs``; all of it survives Parquet."""
    frame.attrs = {
        "source": source or None,
        "read_at": read_at.isoformat(),
        "docgen_nb_version": version("docgen-nb"),
        "box_version": wire.BOX_VERSION,
    }
    return frame
