"""The heavy half of `failure_reasons`: each message and its jobs, on any engine."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import narwhals as nw
import pandas as pd

from docgen_nb.metrics.engine.counting import Counts, decoded, grouped, times_of, total
from docgen_nb.metrics.engine.encoded_table import MISSING, RAW, Narrow, collected, engine_does

Table = pd.DataFrame
_EACH = ["messages", "jobs", "example_job_id", "first", "last"]
_WINDOW = {"_first": "created", "_last": "created", "_read": "read"}


class Messages(Protocol):
    """What is counted of a table of messages. All tables begin with the keys, as texts."""

    def each(self) -> Table:
        """Each message: ``messages, jobs, example_job_id``, and ``first, last`` (as numbers)."""
        ...

    def jobs(self) -> Table:
        """How many ``jobs`` have any message, for each combination of the keys."""
        ...

    def several(self) -> Table:
        """The jobs that have several messages, at least: ``message, job_id``, each pair once."""
        ...

    def window(self) -> Counts:
        """The number of all jobs that have messages, and when they were created."""
        ...


def messages_of(table: Narrow, keys: Sequence[str]) -> Messages:
    """The messages in a narrow table, counted for each combination of the keys."""
    if isinstance(table.frame, dict):
        return _Here(table, list(keys))
    return _There(table, list(keys))


class _Here:
    """In pandas, where all columns are whole numbers: texts are codes."""

    def __init__(self, table: Narrow, keys: list[str]) -> None:
        arrays: Any = table.frame
        self.table, self.keys, self.rows = table, keys, pd.DataFrame(arrays)
        names = [*keys, "message", "job_id"]
        found, _ = grouped([self.rows[name].to_numpy() for name in names])
        self.pairs = pd.DataFrame(dict(zip(names, found, strict=True)))

    def each(self) -> Table:
        names = [*self.keys, "message"]
        known = self.rows["created"].where(self.rows["created"] > MISSING)
        rows = self.rows[names].assign(
            created=known, job=decoded(self.rows["job_id"], self.table.values["job_id"])
        )
        by_message = rows.groupby(names, sort=False)
        found = pd.DataFrame(
            {
                "messages": by_message.size(),
                "jobs": self.pairs.groupby(names, sort=False).size(),
                "example_job_id": by_message["job"].min(),
                "first": by_message["created"].min(),
                "last": by_message["created"].max(),
            }
        )
        return self._in_words(found.reset_index())

    def jobs(self) -> Table:
        pairs = [self.pairs[name].to_numpy() for name in (*self.keys, "job_id")]
        keys, jobs = grouped(grouped(pairs)[0][:-1])
        return self._in_words(
            pd.DataFrame({**dict(zip(self.keys, keys, strict=True)), "jobs": jobs})
        )

    def several(self) -> Table:
        different = self.pairs[["message", "job_id"]].drop_duplicates()
        chosen = different["job_id"][different["job_id"].duplicated()]
        return self._in_words(self.pairs[self.pairs["job_id"].isin(chosen)])

    def _in_words(self, table: Table) -> Table:
        """The same with texts in place of codes."""
        table = table.reset_index(drop=True)
        names = [name for name in table.columns if name in self.table.values]
        return table.assign(
            **{name: decoded(table[name], self.table.values[name]) for name in names}
        )

    def window(self) -> Counts:
        return total(self.table).of(self.rows["job_id"].nunique())


class _There:
    """On another engine, with what every engine can do: no rows are read but those of `several`."""

    def __init__(self, table: Narrow, keys: list[str]) -> None:
        self.table, self.keys = table, keys
        # Engines do not agree on whether a missing text is a value among others.
        filled = {name: nw.col(name).fill_null("") for name in ("message", "job_id")}
        frame: Any = table.frame
        self.frame = frame.with_columns(**filled)

    def each(self) -> Table:
        found = self._collected(
            self._different(
                [*self.keys, "message"],
                messages=(nw.len(), nw.col("messages").sum()),
                example_job_id=(nw.col("job_id").min(), nw.col("example_job_id").min()),
                first=(nw.col(f"{RAW}created").min(), nw.col("first").min()),
                last=(nw.col(f"{RAW}created").max(), nw.col("last").max()),
            )
        )
        return found[[*self.keys, "message", *_EACH]]

    def jobs(self) -> Table:
        return self._collected(self._different(self.keys))

    def _different(self, keys: list[str], **more: tuple[nw.Expr, nw.Expr]) -> Any:
        """How many different ``jobs`` there are by some keys, and more about their rows.

        Each of the latter is told as what to ask of rows, and then of the groups of a job.
        """
        if not self.frame.implementation.is_dask():
            once = {name: of_rows for name, (of_rows, _) in more.items()}
            return self.frame.group_by(*keys).agg(jobs=nw.col("job_id").n_unique(), **once)
        # The different values of a group are there a sum over partitions: it is grouped twice.
        rows = {"messages": nw.len()} | {name: of_rows for name, (of_rows, _) in more.items()}
        each = self.frame.group_by(*keys, "job_id").agg(**rows)
        again = {name: of_groups for name, (_, of_groups) in more.items()}
        return each.group_by(*keys).agg(jobs=nw.len(), **again)

    def several(self) -> Table:
        rows = self.frame.select(*self.keys, "message", "job_id")
        each = self.frame.group_by("job_id").agg(messages=nw.len())
        chosen = each.filter(nw.col("messages") > 1).select("job_id")
        return self._collected(rows.join(chosen, on="job_id", how="inner").unique())

    def _collected(self, frame: Any) -> Table:
        with engine_does("grouping messages", frame=frame, function=self.table.function):
            found = collected(frame)
        names = [*self.keys, "message", "job_id", "example_job_id"]
        return found.assign(**{name: decoded(found[name]) for name in names if name in found})

    def window(self) -> Counts:
        times = {name: RAW + of for name, of in _WINDOW.items()}
        present = self.frame.collect_schema().names()
        more = {}
        for name, column in times.items():
            if column in present:
                least = name == "_first"
                pair = [nw.col(one).min() if least else nw.col(one).max() for one in (column, name)]
                more[name] = (pair[0], pair[1])
        whole = _There(replace(self.table, frame=self.frame.with_columns(whole=nw.lit(0))), [])
        found = self._collected(whole._different(["whole"], **more))
        return Counts(found[["jobs"]], **times_of(found))
