"""Count the messages of jobs, on any engine."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import pandas as pd

from docgen_nb.metrics.engine.counting import (
    Counts,
    count_all,
    count_combinations,
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
_MESSAGE_COLUMNS = ["messages", "jobs", "example_job_id", "first", "last"]


class ArrayCounts:
    """Counts in pandas, where all columns are integers: texts are codes.

    Each table starts with the keys, as texts.
    """

    def __init__(self, table: EncodedTable, keys: list[str]) -> None:
        arrays: Any = table.frame
        self.table, self.keys, self.rows = table, keys, pd.DataFrame(arrays)
        names = [*keys, "message", "job_id"]
        pairs, _ = count_combinations([self.rows[name].to_numpy() for name in names])
        self.pairs = pd.DataFrame(dict(zip(names, pairs, strict=True)))

    def by_message(self) -> Table:
        """Return ``messages, jobs, example_job_id, first, last`` (times as numbers) by message."""
        names = [*self.keys, "message"]
        known = self.rows["created"].where(self.rows["created"] > MISSING)
        job = decode(self.rows["job_id"], self.table.categories["job_id"])
        groups = self.rows[names].assign(created=known, job=job).groupby(names, sort=False)
        counts = pd.DataFrame(
            {
                "messages": groups.size(),
                "jobs": self.pairs.groupby(names, sort=False).size(),
                "example_job_id": groups["job"].min(),
                "first": groups["created"].min(),
                "last": groups["created"].max(),
            }
        )
        return self._decode(counts.reset_index())

    def jobs(self) -> Table:
        """Return the number of ``jobs`` with any message for each combination of the keys."""
        pairs = [self.pairs[name].to_numpy() for name in (*self.keys, "job_id")]
        keys, jobs = count_combinations(count_combinations(pairs)[0][:-1])
        return self._decode(pd.DataFrame({**dict(zip(self.keys, keys, strict=True)), "jobs": jobs}))

    def repeated_jobs(self) -> Table:
        """Return the distinct ``message, job_id``, at least of jobs with several messages."""
        distinct = self.pairs[["message", "job_id"]].drop_duplicates()
        repeated = distinct["job_id"][distinct["job_id"].duplicated()]
        return self._decode(self.pairs[self.pairs["job_id"].isin(repeated)])

    def _decode(self, table: Table) -> Table:
        table = table.reset_index(drop=True)
        categories = self.table.categories
        names = [name for name in table.columns if name in categories]
        return table.assign(**{name: decode(table[name], categories[name]) for name in names})

    def window(self) -> Counts:
        """Return the number of all jobs with messages, and their window."""
        total = pd.DataFrame({"jobs": [self.rows["job_id"].nunique()]})
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
