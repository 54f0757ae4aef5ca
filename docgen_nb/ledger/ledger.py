"""Ledger: a history of jobs, which Box does not keep for you."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.ledger import tables
from docgen_nb.ledger.account import path_of_account
from docgen_nb.ledger.connection import HistoryFile
from docgen_nb.ledger.job_rows import key
from docgen_nb.ledger.missing import PAUSE
from docgen_nb.ledger.parquet import write_months
from docgen_nb.ledger.rollups import rebuild
from docgen_nb.ledger.sync import SyncResult, sync_file
from docgen_nb.ledger.tables import Selection
from docgen_nb.ledger.writes import is_known, record_webhooks

Names = str | Sequence[str]
Moment = str | datetime


class Ledger:
    """A history of jobs in one SQLite file, filled by `Ledger.sync`.

    The file keeps each job as it was last read, each change of status with the times of the
    readings before and after it, the messages of failures, and when and where each output file
    was created. Several threads and processes may use it at the same time, and reading never waits
    for writing. Everything written survives a process that is killed at any moment.

    Parameters
    ----------
    path : path
        The file, created if it does not exist, in an existing folder. While the file is in use,
        SQLite keeps two more files next to it, with the same name and ``-wal`` or ``-shm``
        appended. They are part of the history. A file that you may not write to is opened for
        reading.
    account : str, optional
        A name for one of several accounts whose histories are kept apart: the file is then
        ``history.NAME.sqlite`` instead of ``history.sqlite``. A ledger holds the jobs of one
        address and one account, those of its first sync.

    Raises
    ------
    LedgerError
        If the file cannot be opened, is not a history, is damaged, or was written by a newer
        docgen-nb. A file of an older version is migrated, with a warning.
    ValueError
        If `account` cannot be part of a file name.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, Ledger(f"{folder}/history.sqlite") as ledger:
    ...     print(ledger)
    <Ledger history.sqlite: 0 jobs, 0 open; read never>
    """

    def __init__(self, path: str | Path, *, account: str | None = None) -> None:
        self.file = HistoryFile(path_of_account(path, account))

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        name = self.file.path.name
        if self.file.closed:
            return f"<Ledger {name}, closed>"
        with self.file.read() as db:
            return f"<Ledger {name}: {tables.in_words(db)}>"

    def close(self) -> None:
        """Close the file. Closing it twice is allowed.

        Calls of other threads end first; later ones raise ValueError.
        """
        self.file.close()

    def sync(
        self,
        box: DocGenClient,
        *,
        whole: bool = False,
        pause: float = PAUSE,
        clock: Callable[[], float] | None = None,
    ) -> SyncResult:
        """Read new jobs from the service, and read again those that were open.

        Parameters
        ----------
        box : Client
            As from `connect`.
        whole : bool
            Whether to read the whole list of jobs, as the first sync does.
        pause : float
            Seconds after which a job that the service did not find is asked for again.
        clock : callable
            Returns seconds since 1970; by default this computer's clock, set right as below.

        Returns
        -------
        SyncResult
            How many jobs are new, changed and still open, and how many calls it took.

        Raises
        ------
        LedgerError
            If the ledger holds the jobs of another address or account, or cannot be written to.
            The message names both and the `account` that keeps them apart.
        ValueError
            If `pause` is not more than 0.
        UnreadableReply
            If an entry has no id, or a time that cannot be read.
        ApiError, Unreachable
            As the client raises them. What was written before the error is kept, and the next
            sync continues from there.

        Notes
        -----
        A list of jobs that begins with the oldest, as recorded from Box, is read from the last page
        of the last sync on. One that begins with the newest is read up to the first page on which
        every job was known after an earlier complete sync. Jobs that were open and are on none of
        these pages are read one by one, or from the list of their batch if that takes fewer calls.
        New output files are then looked up in the list of their folder, or one by one if that takes
        fewer calls. The account is asked for once per client.

        An open job that the service does not find (404) stays open and is asked for again by the
        first sync after `pause`. If it is missing for the second time, its status is ``gone``. It
        is asked for again now and then, each time after as long as it has been missing, and has
        its own status again once the service finds or lists it.

        Box does not document the order, so each sync checks it (``order`` of the result). The
        whole list is read if the service refuses the marker of the last page, if that page lacks
        the job that was its last one, if a creation time is missing, or if jobs more than ten
        minutes apart are out of order. The check cannot see a job that appears late, for example
        after somebody gave the user access to older jobs. Run ``sync(box, whole=True)`` now and
        then to add such jobs.

        A job with an unknown status is read again each time, like an open one. Several processes
        may sync one ledger at the same time.

        Observed ends are compared with creation times, which are by the service's clock. If the
        header Date of its replies differs from this computer's clock by more than two seconds, all
        times of the sync are set right, to within two seconds; the result has ``clock_ahead``.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from docgen_nb import connect, samples
        >>> with (
        ...     TemporaryDirectory() as folder,
        ...     Ledger(f"{folder}/history.sqlite") as ledger,
        ...     connect("local") as box,
        ... ):
        ...     jobs = samples.history(box.service, jobs=50, days=2)
        ...     first, second = ledger.sync(box), ledger.sync(box)
        >>> first.new, second.new, second.calls
        (50, 0, 1)
        """
        return sync_file(self.file, box, whole=whole, pause=pause, clock=clock)

    def jobs(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        template: Names | None = None,
        batch: Names | None = None,
        status: Names | None = None,
    ) -> pd.DataFrame:
        """Return the jobs, or some of them, as a table.

        One row per job, newest first.

        Parameters
        ----------
        since, until : datetime or str, optional
            Only jobs created at or after `since` and before `until`, each with a time zone.
        template, batch, status : str or sequence of str, optional
            Only jobs of these templates, batches or statuses; ``gone`` is a status too.

        Returns
        -------
        DataFrame
            The columns of `jobs_frame`, where ``read_at`` is when each job was last read and
            ``status`` is Box's, or ``gone`` for an open job that the service no longer has; then:

            - ``finished_at`` : datetime64[us, UTC], the end, where known
            - ``finished_after, finished_before`` : datetime64[us, UTC], the bounds of an observed
              end: when the last reading began in which the job was open or not yet listed, and
              when the reading was complete in which it was finished
            - ``finished_source`` : str, the source of ``finished_at``; missing where not known
            - ``duration_seconds`` : float64, from creation to end; NaN where either is not known
              or the end would be before the creation
            - ``folder_id`` : str, the folder of the output file

            ``attrs`` hold ``source`` (the address of the service), ``read_at`` (when the last
            complete sync began, ISO 8601), ``docgen_nb_version`` and ``box_version``.

        Raises
        ------
        ValueError
            If `since` or `until` has no time zone.
        LedgerError
            If the file is damaged.

        Notes
        -----
        The end of a job comes from the first of these sources that has it, and
        ``finished_source`` names the source:

        - ``output_file``: when its output file was created, in whole seconds by Box's clock
        - ``webhook``: the time of a webhook message, by Box's clock
        - ``observed``: ``finished_before``, an upper bound. Failed jobs have no other source.

        Bounds are given whatever the source of ``finished_at``. A job that was finished when first
        read has bounds only if created after the previous sync. One created before the first sync
        has none: only slow ones were still open then. In metrics, observed ends give durations, to
        the middle of the bounds, only if these are at most 5 s apart, and count in time steps only
        if at most a step apart; else as unknown.

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
            return tables.combined(db, tables.jobs_tables(db, chosen))

    def failures(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        template: Names | None = None,
        batch: Names | None = None,
        status: Names | None = None,
    ) -> pd.DataFrame:
        """Return the messages of the jobs that `jobs` returns, as a table.

        One row per message, those of the newest job first, in Box's order within a job.

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
            return tables.combined(db, tables.failures_tables(db, chosen))

    def changes(self, job_id: str | None = None) -> pd.DataFrame:
        """Return every observed change of status, of one job or of all.

        One row per change, in the order in which the changes were observed.

        Returns
        -------
        DataFrame
            - ``job_id, from_status, status`` : str, also ``gone``
            - ``changed_after`` : datetime64[us, UTC], when the last reading began in which the
              job had ``from_status``
            - ``changed_before`` : datetime64[us, UTC], when the reading was complete in which the
              job had ``status``

            ``attrs`` as in `jobs`.

        Notes
        -----
        Both times are in whole seconds, the first rounded down and the second up. A job that never
        changed since it was first read has no row. What happened between readings is not known.
        """
        with self.file.read() as db:
            return tables.combined(db, iter([tables.changes_table(db, job_id)]))

    def rollup(self, columns: Iterable[str]) -> pd.DataFrame | None:
        """Return the number of jobs by some columns, or None if no stored count has them.

        One row per combination that occurs, in no particular order. Every sync keeps the counts up
        to date. Reading them takes time that grows with the number of combinations, not of jobs.

        Parameters
        ----------
        columns : str or iterable of str
            Columns of `jobs`. There are counts for some combinations of ``created_at``,
            ``finished_at``, ``status``, ``output_type``, ``template_id``,
            ``template_version_id``, ``created_by_id``, ``source``, ``folder_id``,
            ``finished_source, duration_seconds, read_at`` and ``observed_within_seconds``.

        Returns
        -------
        DataFrame or None
            The requested columns, in that order and as in `jobs` (a job that is gone counts as
            ``gone``, not as open), then ``jobs`` : int64, the number of jobs. ``created_at`` and
            ``finished_at`` are rounded down to ``attrs["grain"]``, ``1h`` or ``1D``.
            ``duration_seconds`` is exact where it is whole and under 100, else within 1% of the
            duration of each job in the row, as ``attrs["duration_error"]`` says.
            ``observed_within_seconds`` : float64, the time between the bounds of an observed end,
            rounded up to seconds or, above 60, to hours; -2 if the end is before the creation.

            With ``duration_seconds`` but without ``created_at``, the columns ``created_at`` and
            ``read_at`` are added for the age of open jobs: exact for these, and ``created_at``
            missing for all others. There is no grain then.

            ``read_at`` of a finished job is when the last sync that wrote anything began.
            ``attrs`` as in `jobs`, with ``created_from`` and ``created_to`` (ISO 8601). Jobs by
            ``batch_id`` are counted when requested: exact, with both times if with durations.

        Raises
        ------
        LedgerError
            If the file is damaged.
        """
        with self.file.read() as db:
            return tables.rollup_table(db, columns)

    def rebuild_rollups(self) -> None:
        """Count all jobs again for `rollup`; needed only if something else changed the file."""
        with self.file.write() as db:
            rebuild(db)

    def to_parquet(self, folder: str | Path) -> list[Path]:
        """Write the history as one Parquet file per month, and return the files written.

        The files are ``jobs/month=2026-03/jobs.parquet``, with the columns of `jobs`, and
        ``failures/month=2026-03/failures.parquet``, with the columns of `failures`, by the UTC
        month in which a job was created; ``month=unknown`` holds jobs without a creation time.
        Only months that have changed since they were last written are written again.

        Parameters
        ----------
        folder : path
            Created if it does not exist. Keep nothing else in it.

        Raises
        ------
        ImportError
            If pyarrow is not installed; the extra ``scale`` includes it.
        NotWritten
            If a file in the folder is damaged or belongs to another ledger; such files are named
            and left unchanged, after all other months were written. Or if a file cannot be
            written.
        LedgerError
            If the file of the ledger is damaged.

        Notes
        -----
        Each file is replaced as a whole, so a reader sees the old or the new month and never part
        of one. The months are not replaced together: while this runs, a reader may see two months
        of different syncs, and the jobs of a month may be newer than its failures.
        """
        return write_months(self.file, Path(folder).expanduser())

    def add_webhook_times(self, times: Mapping[str, Moment]) -> int:
        """Add the ends of jobs that webhook messages reported, and return how many.

        Parameters
        ----------
        times : mapping of str to datetime or str
            The ``created_at`` of each job's message, with a time zone, by job id.

        Raises
        ------
        KeyError
            If a job is not in the ledger; nothing is written. Sync first.
        ValueError
            If a time has no time zone.
        """
        rows = [
            (key(job_id), tables.seconds_since_1970(time, name=f"Job {job_id}"))
            for job_id, time in times.items()
        ]
        with self.file.write() as db:
            for job_id, _ in rows:
                if not is_known(db, job_id):
                    raise KeyError(f"Job {job_id} is not in {self.file.path}. Sync first.")
            return record_webhooks(db, rows)
