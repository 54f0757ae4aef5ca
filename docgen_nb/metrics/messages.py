"""The heavy half of `failure_reasons`: each message and its jobs, on any engine."""

from collections.abc import Sequence
from typing import Any, Protocol

import narwhals as nw
import pandas as pd

from docgen_nb.metrics.counting import Counts, decoded, grouped, times_of, total
from docgen_nb.metrics.narrow import MISSING, Narrow, collected, engine_does

Table = pd.DataFrame
_EACH = ["messages", "jobs", "example_job_id", "first", "last"]


class Messages(Protocol):
    """What is counted of a table of messages. All tables begin with the keys, as texts."""

    def each(self) -> Table:
        """Each message: ``messages, jobs, example_job_id``, and ``first, last`` (as numbers)."""
        ...

    def jobs(self) -> Table:
        """How many ``jobs`` have any message, for each combination of the keys."""
        ...

    def several(self) -> Table:
        """The jobs that have several different messages: ``message, job_id``, each pair once."""
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
    """On another engine, with what every engine can do: no rows are read but those of `several`.

    Different jobs are counted by grouping twice: on Dask the number of different values in a
    group is a sum over partitions.
    """

    def __init__(self, table: Narrow, keys: list[str]) -> None:
        self.table, self.keys = table, keys
        known = nw.when(nw.col("created") > MISSING).then(nw.col("created"))
        # Engines do not agree on whether a missing text is a value among others.
        filled = {name: nw.col(name).fill_null("") for name in ("message", "job_id")}
        frame: Any = table.frame
        self.frame = frame.with_columns(known_created=known, **filled)

    def each(self) -> Table:
        pairs = self.frame.group_by(*self.keys, "message", "job_id").agg(
            times=nw.len(),
            first=nw.col("known_created").min(),
            last=nw.col("known_created").max(),
        )
        return self._collected(
            pairs.group_by(*self.keys, "message").agg(
                messages=nw.col("times").sum(),
                jobs=nw.len(),
                example_job_id=nw.col("job_id").min(),
                first=nw.col("first").min(),
                last=nw.col("last").max(),
            )
        )

    def jobs(self) -> Table:
        pairs = self.frame.group_by(*self.keys, "job_id").agg(times=nw.len())
        return self._collected(pairs.group_by(*self.keys).agg(jobs=nw.len()))

    def several(self) -> Table:
        rows = self.frame.select(*self.keys, "message", "job_id")
        pairs = rows.group_by("job_id", "message").agg(times=nw.len())
        different = pairs.group_by("job_id").agg(different=nw.len())
        chosen = different.filter(nw.col("different") > 1).select("job_id")
        return self._collected(rows.join(chosen, on="job_id", how="inner").unique())

    def _collected(self, frame: Any) -> Table:
        with engine_does("grouping messages", frame=frame, function=self.table.function):
            found = collected(frame)
        names = [*self.keys, "message", "job_id", "example_job_id"]
        return found.assign(**{name: decoded(found[name]) for name in names if name in found})

    def _read(self) -> dict[str, nw.Expr]:
        has_read = "read" in self.frame.collect_schema().names()
        return {"_read": nw.col("read").max()} if has_read else {}

    def window(self) -> Counts:
        times = {"_first": nw.col("known_created").min(), "_last": nw.col("created").max()}
        each = self.frame.group_by("job_id").agg(**times, **self._read())
        least, *most = (nw.col(name) for name in each.collect_schema().names()[1:])
        found = self._collected(
            each.select(nw.len().alias("jobs"), least.min(), *(m.max() for m in most))
        )
        return Counts(found[["jobs"]], **times_of(found))
