"""The ledger: a history of jobs, which Box does not keep for you."""

# ruff: noqa: S608  statements are put together from constants; values are bound
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from docgen_nb import wire
from docgen_nb.ledger.connection import File
from docgen_nb.ledger.job_rows import key
from docgen_nb.ledger.job_tables import IS_OPEN, Database
from docgen_nb.ledger.parquet import write_months
from docgen_nb.ledger.rollups import HOUR, choose, rebuild
from docgen_nb.ledger.tables import (
    Selection,
    changes_table,
    failures_tables,
    jobs_tables,
    rollup_tables,
)
from docgen_nb.ledger.writes import LAST_COMPLETE, record_webhooks

Names = str | Sequence[str]


class Ledger:
    """A history of jobs in one SQLite file, filled by `sync`.

    It keeps each job as it was read last, each change of status that was seen, with the times of
    the readings before and after it, the messages of failures, and when and where each output file
    was created. Several threads and processes may use it at the same time; reading never waits
    for writing. What was written survives the end of the process at any moment.

    Parameters
    ----------
    path : path
        The file; made if it does not exist, in a folder that does. SQLite keeps two more files
        beside it while it is in use, named like it with ``-wal`` and ``-shm``: they belong to it.

    Raises
    ------
    LedgerError
        If the file cannot be opened, is no history, is damaged, or was written by a newer
        docgen-nb. One of an older version is brought to this one, with a warning.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, Ledger(f"{folder}/history.sqlite") as ledger:
    ...     print(ledger)
    <Ledger history.sqlite: 0 jobs, 0 open; read never>
    """

    def __init__(self, path: str | Path) -> None:
        self.file = File(path)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if self.file.closed:
            return f"<Ledger {self.file.path.name}, closed>"
        (jobs,) = self.file.first("SELECT count(*) FROM jobs") or (0,)
        (still_open,) = self.file.first(f"SELECT count(*) FROM jobs WHERE {IS_OPEN}") or (0,)
        read_at = self._read_at() or "never"
        return f"<Ledger {self.file.path.name}: {jobs:,} jobs, {still_open:,} open; read {read_at}>"

    def close(self) -> None:
        """Close the file. Calling it twice is fine."""
        self.file.close()

    def jobs(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        template: Names | None = None,
        batch: Names | None = None,
        status: Names | None = None,
    ) -> pd.DataFrame:
        """Return the jobs, or some of them, as a table.

        One row per job, newest first.

        Parameters
        ----------
        since, until : datetime or str, optional
            Only jobs created from the first on and before the second, each with a time zone.
        template, batch, status : str or sequence of str, optional
            Only jobs of these templates, batches, statuses.

        Returns
        -------
        DataFrame
            The columns of `jobs_frame`, where ``read_at`` tells when each job was read last, then:

            - ``finished_at`` : datetime64[us, UTC], the end, where it is known
            - ``finished_after, finished_before`` : datetime64[us, UTC], the bounds of an end that
              was observed: the reading before, in which the job was open or was not there yet,
              began at the first; the reading that saw it finished had come by the second
            - ``finished_source`` : str, where ``finished_at`` comes from; missing where it is not
              known
            - ``duration_seconds`` : float64, from creation to end; NaN where either is not known,
              or where the end would be before the creation
            - ``folder_id`` : str, where the output file is

            ``attrs`` hold ``source`` (the address of the service), ``read_at`` (when the last
            sync that came to its end began, ISO 8601), ``docgen_nb_version`` and ``box_version``.

        Raises
        ------
        ValueError
            If `since` or `until` has no time zone.
        LedgerError
            If the file is damaged.

        Notes
        -----
        The end of a job is taken from the first of these that tells it, and ``finished_source``
        names which:

        - ``output_file``: the time at which its output file was created, in whole seconds by
          Box's clock;
        - ``webhook``: the time in a webhook message, by Box's clock;
        - ``observed``: ``finished_before``, by this computer's clock. The true end is at most as
          much earlier as that is after ``finished_after``. Failed jobs have no other end.

        The bounds are shown, where there are any, beside whichever source ``finished_at`` has. A
        job that was finished when it was first seen has bounds only if it was created after the
        sync before.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder, Ledger(f"{folder}/history.sqlite") as ledger:
        ...     failed = ledger.jobs(since="2026-03-01T00:00Z", status="failed")
        >>> failed[["job_id", "finished_source"]].dtypes.astype(str).tolist()
        ['str', 'str']
        """
        chosen = Selection(since=since, until=until, template=template, batch=batch, status=status)
        with self.file.read() as db:
            return self._marked(db, jobs_tables(db, chosen))

    def failures(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        template: Names | None = None,
        batch: Names | None = None,
        status: Names | None = None,
    ) -> pd.DataFrame:
        """Return the messages of the jobs that `jobs` would give, as a table.

        One row per message, those of the newest job first, in the order in which Box gave them.

        Returns
        -------
        DataFrame
            - ``job_id, batch_id, template_id, template_version_id, status, output_type,
              created_by_id, source`` : str
            - ``created_at`` : datetime64[us, UTC], of the job
            - ``severity`` : str, ``error`` or ``warning``
            - ``message`` : str
            - ``read_at`` : datetime64[us, UTC]

            ``attrs`` as in `jobs`.

        Raises
        ------
        ValueError
            If `since` or `until` has no time zone.
        LedgerError
            If the file is damaged.
        """
        chosen = Selection(since=since, until=until, template=template, batch=batch, status=status)
        with self.file.read() as db:
            return self._marked(db, failures_tables(db, chosen))

    def changes(self, job_id: str | None = None) -> pd.DataFrame:
        """Return every change of status that was seen, of one job or of all.

        One row per change, in the order in which they were seen.

        Returns
        -------
        DataFrame
            - ``job_id, from_status, status`` : str
            - ``changed_after`` : datetime64[us, UTC], when the last reading began in which the
              job had ``from_status``
            - ``changed_before`` : datetime64[us, UTC], by when the reading had come in which it
              had ``status``

            ``attrs`` as in `jobs`.

        Notes
        -----
        Both times are of this computer's clock, in whole seconds, the first rounded down and the
        second up. A job that had its last status when it was first seen has no row. What happened
        between two readings is not known: a job may have been submitted in between.
        """
        with self.file.read() as db:
            return self._marked(db, iter([changes_table(db, job_id)]))

    def rollup(self, columns: Iterable[str]) -> pd.DataFrame | None:
        """Return the jobs counted by some columns, or None where no kept count has them.

        One row per combination that occurs, in no order. What is read is kept in step with the
        jobs by every sync, and grows with the combinations, not with the jobs.

        Parameters
        ----------
        columns : str or iterable of str
            Columns of `jobs` that are needed. There are counts for some combinations of
            ``created_at``, ``finished_at``, ``status``, ``output_type``, ``template_id``,
            ``template_version_id``, ``created_by_id``, ``source``, ``folder_id``,
            ``finished_source``, ``duration_seconds`` and ``read_at``.

        Returns
        -------
        DataFrame or None
            The columns asked for, in that order and as in `jobs`, then ``jobs`` : int64, how many
            jobs a row stands for. ``created_at`` and ``finished_at`` are floored to
            ``attrs["grain"]``, ``1h`` or ``1D``. ``duration_seconds`` is exact where it is whole
            and under 100; above, it is within 1 % of that of each job in the row.

            Where ``duration_seconds`` is asked for and ``created_at`` is not, ``created_at`` and
            ``read_at`` are there all the same, to tell how long open jobs have been open: exact
            for these, ``created_at`` missing for all others; then there is no grain.

            ``attrs`` as in `jobs`, with ``created_from`` and ``created_to`` (ISO 8601).

        Raises
        ------
        LedgerError
            If the file is damaged.

        Notes
        -----
        ``read_at`` of a finished job is when the last sync began that wrote anything.
        """
        asked = [columns] if isinstance(columns, str) else columns
        names = [name for name in dict.fromkeys(asked) if name != "jobs"]
        cube = choose(names)
        if cube is None:
            return None
        if not cube.grain and "duration_seconds" in names:
            names = list(dict.fromkeys([*names, "created_at", "read_at"]))
        with self.file.read() as db:
            found = self._marked(db, rollup_tables(db, cube, names))
            found.attrs.update(_span(db))
        if cube.grain:
            found.attrs["grain"] = "1h" if cube.grain == HOUR else "1D"
        return found

    def rebuild_rollups(self) -> None:
        """Count all jobs anew for `rollup`; needed only where jobs were changed by other means."""
        with self.file.write() as db:
            rebuild(db)

    def to_parquet(self, folder: str | Path) -> list[Path]:
        """Write the history as Parquet files by month, for any engine; return the files written.

        In `folder` there are ``jobs/month=2026-03/jobs.parquet``, with the columns of `jobs`, and
        ``failures/month=2026-03/failures.parquet``, with those of `failures`, for the UTC month in
        which a job was created, and ``month=unknown`` for jobs without that time. Only months that
        have changed since they were written there are written again.

        Parameters
        ----------
        folder : path
            Made if it does not exist. Nothing else should lie in it.

        Raises
        ------
        ImportError
            If pyarrow is not installed, which the extra ``scale`` brings.
        NotWritten
            If a file in the folder is damaged, or of another ledger: it is named and left as it
            is, after all other months were written. Or if a file cannot be written.
        LedgerError
            If the file of the ledger is damaged.

        Notes
        -----
        Each file is written beside the old one and put in its place at once, so that a reader
        sees the old or the new month, never a part of one. Months are not written all at once:
        who reads while this runs may see two months of different syncs, and a month's jobs newer
        than its failures.
        """
        return write_months(self.file, Path(folder).expanduser(), attributes=self.attributes)

    def add_webhook_times(self, times: Mapping[str, str | datetime]) -> int:
        """Write down when jobs ended as webhook messages told, and return for how many.

        Parameters
        ----------
        times : mapping of str to datetime or str
            The ``created_at`` of each job's message, with a time zone, by the id of the job.

        Raises
        ------
        KeyError
            If a job is not in the ledger, where nothing is written: sync first.
        ValueError
            If a time has no time zone.
        """
        rows = [(key(job_id), _moment(time)) for job_id, time in times.items()]
        with self.file.write() as db:
            for job_id, _ in rows:
                if db.execute("SELECT 1 FROM jobs WHERE job_id = ?", (job_id,)).fetchone() is None:
                    raise KeyError(f"Job {job_id} is not in {self.file.path}: sync first.")
            return record_webhooks(db, rows)

    def _marked(self, db: Database, tables: Iterator[pd.DataFrame]) -> pd.DataFrame:
        found = pd.concat(tables, ignore_index=True)
        found.attrs.update(self.attributes(db))
        return found

    def attributes(self, db: Database) -> dict[str, Any]:
        """Return what every table of this ledger carries in its ``attrs``."""
        row = db.execute("SELECT value FROM settings WHERE name = 'service'").fetchone()
        return {
            "source": row[0] if row else None,
            "read_at": self._read_at(),
            "docgen_nb_version": version("docgen-nb"),
            "box_version": wire.BOX_VERSION,
        }

    def _read_at(self) -> str | None:
        (begun_at,) = self.file.first(LAST_COMPLETE) or (None,)
        return _iso(begun_at)


def _span(db: Database) -> dict[str, str | None]:
    first = db.execute("SELECT min(created_at) FROM jobs").fetchone()[0]
    last = db.execute("SELECT max(created_at) FROM jobs").fetchone()[0]
    return {"created_from": _iso(first), "created_to": _iso(last)}


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _moment(time: str | datetime) -> float:
    moment = pd.Timestamp(time)
    if pd.isna(moment) or moment.tzinfo is None:
        raise ValueError(f"{str(time)!r} has no time zone; add one, such as UTC.")
    return moment.timestamp()
