"""Reading new and open jobs from the service into a history."""

# ruff: noqa: S608  statements are put together from constants; values are bound
import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import BadRequest, LedgerError, NotFound
from docgen_nb.frames.pages import entry_columns, read_pages
from docgen_nb.ledger.account import check_owner
from docgen_nb.ledger.connection import HistoryFile
from docgen_nb.ledger.end_times import read_end_times
from docgen_nb.ledger.job_rows import Key, Reading, read_columns
from docgen_nb.ledger.job_tables import IS_OPEN
from docgen_nb.ledger.missing import count_missing, jobs_to_read, record_missing
from docgen_nb.ledger.writes import Counts, Poll, begin_poll, complete_poll, record

_PAGES_AT_ONCE = 20  # per transaction, so that other processes can write in between
_OLDEST_FIRST = "oldest first"
_SLACK = 600.0  # seconds by which a job may be newer than one listed before it
_OF_PAGE = """SELECT job_id, status, output_file_id, output_file_version_id, errors, warnings,
    created_at, complete FROM job_records JOIN polls USING (poll)
    WHERE job_id IN (SELECT value FROM json_each(?))"""


@dataclass(frozen=True, repr=False)
class SyncResult:
    """Result of one `Ledger.sync`.

    Attributes
    ----------
    new : int
        Jobs added.
    changed : int
        Jobs whose status changed, including those that were gone and are back.
    still_open : int
        Jobs that are open now.
    gone : int
        Jobs that were open and are gone now: the service did not find them for the second time.
    ends : int
        Jobs whose end was read from their output file.
    calls : int
        Requests sent.
    read_at : datetime
        When the sync began (UTC), by the service's clock.
    whole : bool
        Whether the list of jobs was read to its end.
    order : str
        The way in which the list of jobs runs, by the pages read: ``"oldest first"``, ``"newest
        first"``, or "" if they do not show it.
    missing : int
        Open jobs that the service did not find when it was last asked for them. They are asked for
        again after a pause.
    clock_ahead : int
        Seconds by which this computer's clock is ahead of the service's, negative if it is behind,
        0 if they may agree. All times in the ledger are the service's, this difference taken off.
    """

    new: int
    changed: int
    still_open: int
    gone: int
    ends: int
    calls: int
    read_at: datetime
    whole: bool
    missing: int = 0
    order: str = ""
    clock_ahead: int = 0

    def __repr__(self) -> str:
        missing = f" ({self.missing} missing)" if self.missing else ""
        gone = f", {self.gone} gone" if self.gone else ""
        return (
            f"<sync of {self.read_at:%Y-%m-%d %H:%M:%S} UTC: {self.new} new, {self.changed} "
            f"changed, {self.still_open} still open{missing}{gone}; {self.calls} calls"
            f"{f'; {self.clock_note}' if self.clock_note else ''}>"
        )

    @property
    def clock_note(self) -> str:
        """A sentence about a wrong clock; empty if the clocks may agree."""
        if not self.clock_ahead:
            return ""
        word = "ahead of" if self.clock_ahead > 0 else "behind"
        return (
            f"this computer's clock is {abs(self.clock_ahead):,} s {word} the service's, which was "
            "allowed for"
        )


def sync_file(
    file: HistoryFile,
    box: DocGenClient,
    *,
    whole: bool,
    pause: float,
    clock: Callable[[], float] | None,
) -> SyncResult:
    """Read what is new or was open from the service, and write it to the file."""
    if not pause > 0:
        raise ValueError(f"pause must be more than 0 seconds, not {pause}.")
    calls = check_owner(file, box)
    service_time = _ServiceClock(box, clock)
    sync = _Sync(box, file, service_time, calls=calls)
    is_whole = sync.read_list(whole=whole)
    sync.read_remaining_open(pause=pause)
    with file.write() as db:
        complete_poll(db, sync.poll)
    ends, calls = read_end_times(box, file, now=sync.poll.begun_at)
    with file.read() as db:
        (still_open,) = db.execute(f"SELECT count(*) FROM job_records WHERE {IS_OPEN}").fetchone()
        missing = count_missing(db, gone=False)
    return SyncResult(
        new=sync.counts.new,
        changed=sync.counts.changed,
        still_open=still_open,
        gone=sync.gone,
        ends=ends,
        calls=sync.calls + calls,
        read_at=datetime.fromtimestamp(sync.poll.begun_at, UTC),
        whole=is_whole,
        order=sync.order,
        missing=missing,
        clock_ahead=service_time.ahead(),
    )


class _ServiceClock:
    """Bounds of the present time of a service, in whole seconds since 1970.

    The offset of its clock is that of the client, `docgen_nb.Client.clock_offset`; a client without
    one, or that has had no reply yet, is taken to share the clock. So is an offset that may be 0,
    because it is not known to more than a second or two. A `clock` that is given is the service's.
    """

    def __init__(self, box: DocGenClient, clock: Callable[[], float] | None) -> None:
        self._box, self._clock = box, clock

    def low(self) -> float:
        """Return the time, rounded down."""
        return math.floor(self._now() + self._offset()[0])

    def high(self) -> float:
        """Return the time, rounded up."""
        return math.ceil(self._now() + self._offset()[1])

    def ahead(self) -> int:
        """Return by how many seconds this computer's clock is ahead; negative if it is behind."""
        return -round(sum(self._offset()) / 2)

    def _now(self) -> float:
        return time.time() if self._clock is None else self._clock()

    def _offset(self) -> tuple[float, float]:
        known = getattr(self._box, "clock_offset", None) if self._clock is None else None
        low, high = known or (0.0, 0.0)
        return (0.0, 0.0) if low <= 0 <= high else (low, high)


class _Sync:
    """State of one sync."""

    def __init__(
        self, box: DocGenClient, file: HistoryFile, service_time: _ServiceClock, *, calls: int
    ) -> None:
        self.box, self.file, self.time, self.calls = box, file, service_time, calls
        self.counts = Counts(0, 0)
        self.gone = 0
        self.seen: set[Key] = set()  # of the jobs that may still be open
        self.order = ""
        with file.write() as db:
            self.poll: Poll = begin_poll(db, begun_at=service_time.low())

    def read_list(self, *, whole: bool) -> bool:
        """Read the list of jobs as far as needed; return whether it was read to its end.

        A list that begins with the oldest job is continued where the last sync ended.
        """
        if not whole and self._continue_list():
            return False
        # Without the times of clocks that were ahead: no later job would ever be newer.
        sql = "SELECT max(created_at) FROM job_records WHERE created_at <= ?"
        (newest,) = self.file.first(sql, (self.poll.begun_at + _SLACK,)) or (None,)
        order = _Order(newest)
        listing = self.box.list_jobs(limit=wire.MAX_LIMIT)
        is_whole = self._take(self._pages(listing), order, may_stop=not whole)
        self.order = order.name
        if is_whole and order.name == _OLDEST_FIRST:
            self._remember_place(listing, order.last_job)
        return is_whole

    def _continue_list(self) -> bool:
        """Read from the marker of the last page that is known; return whether that is enough."""
        row = self.file.first("SELECT value FROM settings WHERE name = 'place'", ())
        if row is None:
            return False
        marker, last_job = json.loads(row[0])
        listing = self.box.list_jobs(limit=wire.MAX_LIMIT, marker=marker)
        pages, order = self._pages(listing), _Order(None)
        try:
            first = next(pages)
        except (BadRequest, NotFound):  # the service no longer knows the marker
            return False
        if last_job not in {row[0] for row in first.rows}:  # another page than that of old
            return False
        self._take(chain([first], pages), order, may_stop=False)
        if not order.may_ascend:
            return False
        self.order = _OLDEST_FIRST
        self._remember_place(listing, order.last_job)
        return True

    def _remember_place(self, listing: object, last_job: Key) -> None:
        marker = getattr(listing, "last_marker", "")
        if marker and last_job is not None:
            place = json.dumps([marker, last_job])
            with self.file.write() as db:
                db.execute("INSERT OR REPLACE INTO settings VALUES ('place', ?)", (place,))

    def _take(self, pages: Iterable[Reading], order: "_Order", *, may_stop: bool) -> bool:
        """Write pages; return False if it stopped early at jobs that are known."""
        fresh = Reading([], [])
        for number, page in enumerate(pages, start=1):
            order.add(page)
            known = self._known(page)
            self.seen.update(row[0] for row in page.rows if row[4] not in wire.FINISHED)
            chosen = _chosen(page, known)
            fresh.rows.extend(chosen.rows)
            fresh.messages.extend(chosen.messages)
            if number % _PAGES_AT_ONCE == 0:
                self._write(fresh)
                fresh = Reading([], [])
            if may_stop and order.is_newest_first() and _is_confirmed(page, known):
                self._write(fresh)
                return False
        self._write(fresh)
        return True

    def _pages(self, listing: Iterable[Entry]) -> Iterator[Reading]:
        for page in read_pages(listing, prefetch=False):  # reading may stop at any page
            self.calls += 1
            yield read_columns(page)

    def _known(self, page: Reading) -> dict[Key, tuple[Any, ...]]:
        ids = json.dumps([row[0] for row in page.rows])
        known = {row[0]: row[1:] for row in self.file.all(_OF_PAGE, (ids,))}
        for row in page.rows:
            created_at = known[row[0]][5] if row[0] in known else None
            if created_at is not None and row[8] is not None and created_at != row[8]:
                raise LedgerError(
                    f"Job {row[0]} was created at {_shown(created_at)} according to "
                    f"{self.file.path}, but at {_shown(row[8])} according to {self.box.url}, so "
                    "this is another service. Choose another file for its jobs."
                )
        return known

    def _write(self, reading: Reading) -> None:
        if not reading.rows:
            return
        with self.file.write() as db:
            counts = record(db, reading, poll=self.poll, ended_at=self.time.high())
        self.counts = Counts(*(a + b for a, b in zip(self.counts, counts, strict=True)))

    def read_remaining_open(self, *, pause: float) -> None:
        """Read the open jobs that were on no page of the list."""
        batches: dict[Key, set[Key]] = defaultdict(set)
        for job_id, batch_id in jobs_to_read(self.file, poll=self.poll, pause=pause):
            if job_id not in self.seen:
                batches[batch_id].add(job_id)
        for batch_id, wanted in batches.items():
            self._of_batch(batch_id, wanted)
            self._one_by_one(wanted, pause=pause)

    def _of_batch(self, batch_id: Key, wanted: set[Key]) -> None:
        """Read the list of a batch if that takes fewer calls than reading each job."""
        of_batch = "SELECT count(*) FROM job_records WHERE batch_id = ?"
        (size,) = self.file.first(of_batch, (batch_id,)) or (0,)
        if batch_id is None or math.ceil(size / wire.MAX_LIMIT) >= len(wanted):
            return
        listing = self.box.list_batch_jobs(str(batch_id), limit=wire.MAX_LIMIT)
        try:
            for page in self._pages(listing):
                self._write(page.only(wanted))
                wanted -= {row[0] for row in page.rows}
                if not wanted:
                    return
        except NotFound:
            return  # its jobs may still exist and are read one by one

    def _one_by_one(self, wanted: set[Key], *, pause: float) -> None:
        entries, missing = [], []
        for job_id in wanted:
            self.calls += 1
            try:
                entries.append(self.box.get_job(str(job_id)))
            except NotFound:
                missing.append(job_id)
        self._write(read_columns(entry_columns(entries)))
        if missing:
            ended_at = self.time.high()
            with self.file.write() as db:
                self.gone += record_missing(
                    db, missing, poll=self.poll, pause=pause, ended_at=ended_at
                )


class _Order:
    """The way in which a list runs; `known` is the time of the newest job known before."""

    def __init__(self, known: float | None) -> None:
        self.known = known
        self.first: float | None = None
        self.last = self.oldest = math.inf
        self.newest = -math.inf
        self.broken = False  # for a list that begins with the newest job
        self.may_ascend = True
        self.last_job: Key = None

    @property
    def name(self) -> str:
        """The way in which the pages read so far run, or "" if they do not show it."""
        if self.first is None or self.first == self.last:
            return ""
        if self.may_ascend and self.last > self.first:
            return _OLDEST_FIRST
        return "" if self.broken or self.last > self.first else "newest first"

    def add(self, page: Reading) -> None:
        for row in page.rows:
            created_at, self.last_job = row[8], row[0]
            if created_at is None:
                self.broken, self.may_ascend = True, False
                continue
            self.broken = self.broken or created_at > self.oldest + _SLACK
            self.may_ascend = self.may_ascend and created_at >= self.newest - _SLACK
            if self.first is None:
                self.first = created_at
            self.last = created_at
            self.oldest = min(self.oldest, created_at)
            self.newest = max(self.newest, created_at)

    def is_newest_first(self) -> bool:
        """Whether the pages read so far begin with the newest job and continue with older ones."""
        if self.broken or self.first is None or self.known is None:
            return False
        return self.last < self.first and self.newest >= self.known


def _chosen(page: Reading, known: dict[Key, tuple[Any, ...]]) -> Reading:
    """Return the part of a page to write: all but confirmed finished jobs without a change."""
    return page.only({r[0] for r in page.rows if not _is_unchanged(r, known.get(r[0]))})


def _is_unchanged(row: tuple[Any, ...], known: tuple[Any, ...] | None) -> bool:
    return (
        known is not None
        and bool(known[6])
        and row[4] in wire.FINISHED
        and known[:5] == (row[4], row[6], row[7], row[13], row[14])
    )


def _is_confirmed(page: Reading, known: dict[Key, tuple[Any, ...]]) -> bool:
    return bool(page.rows) and all(row[0] in known and known[row[0]][6] for row in page.rows)


def _shown(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
