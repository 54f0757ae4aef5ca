"""Count the messages of jobs, on any engine."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.engine.counting import (
    Counts,
    combination_codes,
    count_all,
    decode,
    window_of,
)
from docgen_nb.metrics.engine.encoded_table import (
    MISSING,
    RAW,
    EncodedTable,
    collect,
    engine_operation,
)

Table = pd.DataFrame
Codes = npt.NDArray[np.int64]
_MOST = np.iinfo("int64").max
_MESSAGE_COLUMNS = ["messages", "jobs", "example_job_id", "first", "last"]


class ArrayCounts:
    """Counts in pandas, where all columns are integers: texts are codes.

    Each table starts with the keys, as texts.
    """

    def __init__(self, table: EncodedTable, keys: list[str]) -> None:
        arrays: Any = table.frame
        self.table, self.keys, self.columns = table, keys, arrays
        self.group, self.first_rows = combination_codes([arrays[name] for name in keys])
        message = arrays["message"]
        self.reason, self.reason_rows = combination_codes([self.group, message])

    def by_message(self) -> Table:
        """Return ``messages, jobs, example_job_id, first, last`` (times as numbers) by message."""
        jobs = self.table.categories["job_id"]
        by_name: Any = jobs.astype("str").array.argsort()
        rank = np.empty(len(jobs), dtype="int64")
        rank[by_name] = np.arange(len(jobs))
        created, number = self.columns["created"], len(self.reason_rows)
        known = created > MISSING
        least, first, last = (np.full(number, value, dtype="int64") for value in (_MOST, _MOST, -1))
        np.minimum.at(least, self.reason, rank[self.columns["job_id"]])
        np.minimum.at(first, self.reason[known], created[known])
        np.maximum.at(last, self.reason[known], created[known])
        counts = {
            **self._keys(self.reason_rows, [*self.keys, "message"]),
            "messages": np.bincount(self.reason, minlength=number),
            "jobs": self._jobs_of(self.reason, number),
            "example_job_id": decode(by_name[least], jobs),
            "first": np.where(last >= 0, first, np.nan),
            "last": np.where(last >= 0, last, np.nan),
        }
        return pd.DataFrame(counts)

    def jobs(self) -> Table:
        """Return the number of ``jobs`` with any message for each combination of the keys."""
        jobs = self._jobs_of(self.group, len(self.first_rows))
        return pd.DataFrame({**self._keys(self.first_rows, self.keys), "jobs": jobs})

    def repeated_jobs(self) -> Table:
        """Return the distinct ``message, job_id``, at least of jobs with several messages."""
        job = self.columns["job_id"]
        _, pairs = combination_codes([self.reason, job])
        rows = pairs[np.bincount(job[pairs])[job[pairs]] > 1]
        return pd.DataFrame(self._keys(rows, [*self.keys, "message", "job_id"]))

    def _jobs_of(self, codes: Codes, number: int) -> Codes:
        """Return the number of distinct jobs for each code."""
        _, pairs = combination_codes([codes, self.columns["job_id"]])
        return np.bincount(codes[pairs], minlength=number)

    def _keys(self, rows: Codes, names: list[str]) -> dict[str, Any]:
        """Return the texts in some rows."""
        categories = self.table.categories
        return {name: decode(self.columns[name][rows], categories.get(name)) for name in names}

    def window(self) -> Counts:
        """Return the number of all jobs with messages, and their window."""
        total = pd.DataFrame({"jobs": [len(np.unique(self.columns["job_id"]))]})
        return Counts(total, count_all(self.table).window)


class LazyCounts:
    """The same counts on another engine, by operations that every engine has.

    Only `repeated_jobs` reads rows.
    """

    def __init__(self, table: EncodedTable, keys: list[str]) -> None:
        self.table, self.keys = table, keys
        # Engines don't agree on whether a missing text is a value among others.
        filled = {name: nw.col(name).fill_null("") for name in ("message", "job_id")}
        frame: Any = table.frame
        self.frame = frame.with_columns(**filled)

    def by_message(self) -> Table:
        """Return ``messages, jobs, example_job_id, first, last`` (times as numbers) by message."""
        keys = [*self.keys, "message"]
        counts = self._collect(
            self._count_jobs(
                keys,
                messages=(nw.len(), nw.col("messages").sum()),
                example_job_id=(nw.col("job_id").min(), nw.col("example_job_id").min()),
                first=(nw.col(f"{RAW}created").min(), nw.col("first").min()),
                last=(nw.col(f"{RAW}created").max(), nw.col("last").max()),
            )
        )
        return counts[[*keys, *_MESSAGE_COLUMNS]]

    def jobs(self) -> Table:
        """Return the number of ``jobs`` with any message for each combination of the keys."""
        return self._collect(self._count_jobs(self.keys))

    def _count_jobs(self, keys: list[str], **more: tuple[nw.Expr, nw.Expr]) -> Any:
        """Count the distinct ``jobs`` by some keys, and compute more about their rows.

        Each of the latter is a pair of expressions: one on rows, one on the groups of each job.
        """
        on_rows = {name: of_rows for name, (of_rows, _) in more.items()}
        if not self.frame.implementation.is_dask():
            return self.frame.group_by(*keys).agg(jobs=nw.col("job_id").n_unique(), **on_rows)
        # Dask adds up the distinct values of each partition, so group twice instead.
        by_job = self.frame.group_by(*keys, "job_id").agg(**{"messages": nw.len()} | on_rows)
        on_groups = {name: of_groups for name, (_, of_groups) in more.items()}
        return by_job.group_by(*keys).agg(jobs=nw.len(), **on_groups)

    def repeated_jobs(self) -> Table:
        """Return the distinct ``message, job_id``, at least of jobs with several messages."""
        rows = self.frame.select(*self.keys, "message", "job_id")
        by_job = self.frame.group_by("job_id").agg(messages=nw.len())
        repeated = by_job.filter(nw.col("messages") > 1).select("job_id")
        return self._collect(rows.join(repeated, on="job_id", how="inner").unique())

    def _collect(self, frame: Any) -> Table:
        with engine_operation("group messages", frame=frame, function=self.table.function):
            table = collect(frame)
        names = [*self.keys, "message", "job_id", "example_job_id"]
        return table.assign(**{name: decode(table[name]) for name in names if name in table})

    def window(self) -> Counts:
        """Return the number of all jobs with messages, and their window."""
        created, read = f"{RAW}created", f"{RAW}read"
        times = {
            "_first": (nw.col(created).min(), nw.col("_first").min()),
            "_last": (nw.col(created).max(), nw.col("_last").max()),
        }
        if read in self.frame.collect_schema().names():
            times["_read"] = (nw.col(read).max(), nw.col("_read").max())
        constant = replace(self.table, frame=self.frame.with_columns(all=nw.lit(0)))
        totals = self._collect(LazyCounts(constant, [])._count_jobs(["all"], **times))
        return Counts(totals[["jobs"]], window_of(totals))


def count_messages(table: EncodedTable, keys: Sequence[str]) -> ArrayCounts | LazyCounts:
    """Return the counts of the messages for each combination of the keys."""
    counts = ArrayCounts if isinstance(table.frame, dict) else LazyCounts
    return counts(table, list(keys))
