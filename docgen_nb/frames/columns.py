"""Typed columns of a table, collected page by page."""

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

VERSION = version("docgen-nb")
TIME = pd.DatetimeTZDtype("us", "UTC")
STR: Any = pd.StringDtype(na_value=np.nan)  # the dtype that pandas calls "str"
_DATED = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].+([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)"
_LATEST = 253_402_300_799  # the last second of the year 9999


class TextColumns:
    """Text columns, collected part by part.

    If pyarrow is installed, pandas keeps text in Arrow's buffers, and each part is moved there at
    once, so that no Python object is kept per text. Otherwise equal texts share one object.
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
        """Return a column and release it."""
        parts = self._parts.pop(name)
        column: pd.Series[Any]
        if self._arrow is None:
            column = pd.Series(parts, dtype=STR)
        else:
            array = self._arrow.chunked_array(parts, type=self._arrow.large_string())
            column = pd.Series(STR.__from_arrow__(array.combine_chunks()))
        return column


def _arrow() -> Any:
    """Return pyarrow if pandas keeps text in it, else None."""
    return import_module("pyarrow") if STR.storage == "pyarrow" else None


def parse_times(texts: "pd.Series[Any]", *, of: str = "created_at") -> "pd.Series[Any]":
    """Return texts in RFC 3339, or in seconds since 1970, as UTC times; NaT for missing.

    UnreadableReply, naming `of`, for any other text.
    """
    if (read := _read_by_arrow(texts)) is not None:
        return read
    codes, distinct = pd.factorize(texts)  # the jobs of a batch have the same time
    parsed = _parsed(pd.Series(distinct, dtype=STR), of=of)
    return pd.Series(parsed.array.take(codes, allow_fill=True), index=texts.index, dtype=TIME)


def _read_by_arrow(texts: "pd.Series[Any]") -> "pd.Series[Any] | None":
    """Read texts in RFC 3339; None without pyarrow or if any text has another form."""
    arrow = _arrow()
    if arrow is None:
        return None
    try:
        read = arrow.array(texts, type=arrow.large_string()).cast(arrow.timestamp("us", "UTC"))
    except arrow.ArrowInvalid:
        return None
    return pd.Series(read.to_numpy(zero_copy_only=False), index=texts.index).dt.tz_localize("UTC")


def _parsed(texts: "pd.Series[Any]", *, of: str) -> "pd.Series[Any]":
    is_epoch = texts.str.fullmatch(r"[0-9]+(\.[0-9]+)?", na=False)
    is_dated = texts.str.fullmatch(_DATED, na=False)
    seconds = pd.to_numeric(texts.where(is_epoch)).astype("float64")
    parsed = pd.to_datetime(
        texts.where(is_dated).str.upper(), format="ISO8601", utc=True, errors="coerce"
    ).astype(TIME)
    epochs = pd.to_datetime(seconds.where(seconds <= _LATEST), unit="s", utc=True).astype(TIME)
    result = parsed.fillna(epochs)
    unread = texts[result.isna()]
    if len(unread):
        raise UnreadableReply(
            f"{of} is {str(unread.iloc[0])[:80]!r}, which is neither RFC 3339 with an offset "
            "nor seconds since 1970."
        )
    return result


def now() -> pd.Timestamp:
    """Return the time of this computer in whole seconds."""
    return pd.Timestamp.now("UTC").floor("s")


def reading_time(moment: datetime | None) -> pd.Timestamp:
    """Return when entries were read, by default now. ValueError without a time zone."""
    if moment is None:
        return now()
    if moment.tzinfo is None:
        raise ValueError(f"read_at={moment.isoformat()} has no time zone; add one, such as UTC.")
    return pd.Timestamp(moment).tz_convert("UTC")


def constant_column(moment: pd.Timestamp, *, rows: int) -> "pd.Series[Any]":
    """Return a column with the same time in every row."""
    return pd.Series(moment, index=range(rows), dtype=TIME)


def with_attrs(frame: pd.DataFrame, *, source: str | None, read_at: pd.Timestamp) -> pd.DataFrame:
    """Return the table with its origin in ``attrs``, in a form that Parquet keeps."""
    frame.attrs = {
        "source": source or None,
        "read_at": read_at.isoformat(),
        "docgen_nb_version": VERSION,
        "box_version": wire.BOX_VERSION,
    }
    return frame
