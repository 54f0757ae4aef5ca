"""The sender of webhook messages: signed, with retries, and by default only to this machine."""

import json
import math
import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from socket import SHUT_RDWR
from typing import NamedTuple
from urllib.parse import urlsplit

from docgen_nb.service.clock import Clock, rfc3339
from docgen_nb.service.loopback import is_loopback
from docgen_nb.service.signatures import signature
from docgen_nb.service.storage.store import Row, StorageError, Store
from docgen_nb.service.workers.health import Health

LOG_LENGTH = 10_000
THREADS = 4  # a receiver that hangs blocks one thread and no other webhook
ANSWER_SECONDS = 30.0  # Box's guide: a receiver answers within 30 s
LEASE_SECONDS = 60.0  # then another sender takes over from one that was killed
CLOCK_SECONDS = 1.0  # a clock that goes back by less was only adjusted
POLL_SECONDS = 1.0
# Box documents up to twelve attempts within two hours, but not when. These add up to 1 h 50 min.
WAITS = (10, 20, 40, 80, 160, 320, 600, 900, 1200, 1500, 1800)
BEYOND = "not a loopback address; LocalDocGen(webhooks_beyond_loopback=True) allows others"
DUE = "SELECT 1 FROM deliveries WHERE due_at <= ? LIMIT 1"
FREE = "SELECT 1 FROM deliveries WHERE due_at <= :now AND NOT ({leased}) LIMIT 1"
# A lease of more than LEASE_SECONDS is from before the clock was set back.
LEASED = f"{{0}}leased_until > :wall AND {{0}}leased_until <= :wall + {LEASE_SECONDS + 5}"
# One delivery of a webhook at a time keeps its messages in order.
CLAIM = """UPDATE deliveries SET leased_until = :lease WHERE id = (SELECT id FROM deliveries AS own
    WHERE due_at <= :now AND NOT ({leased}) AND NOT EXISTS (SELECT 1 FROM deliveries AS other
    WHERE other.webhook_id = own.webhook_id AND {others})
    AND webhook_id NOT IN (SELECT value FROM json_each(:busy))
    ORDER BY due_at, id LIMIT 1) RETURNING *"""
FREE = FREE.format(leased=LEASED.format(""))
CLAIM = CLAIM.format(leased=LEASED.format(""), others=LEASED.format("other."))
# Due later than the wait after its last attempt: likewise.
LATE = "due_at > :now + CASE tries {waits} ELSE 0 END".format(
    waits=" ".join(f"WHEN {number} THEN {wait}" for number, wait in enumerate(WAITS, start=1))
)


class Delivery(NamedTuple):
    """One attempt to deliver a message; ``status`` is 0 if there was no answer but an error."""

    at: str
    webhook_id: str
    trigger: str
    address: str
    attempt: int
    status: int
    error: str


class WebhookSender:
    """The sender of the deliveries in a store, with threads that start on the first delivery.

    A delivery is sent at least once: again if this process is killed before it stores the answer.
    The threads survive every error: they wait, report it in `health`, and try again.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        keys: tuple[str, str],
        beyond_loopback: bool,
        inline: bool,
    ) -> None:
        self.store, self.clock = store, clock
        self.keys, self.beyond_loopback, self.inline = keys, beyond_loopback, inline
        self.log: deque[Delivery] = deque(maxlen=LOG_LENGTH)
        self.health = Health("Sending webhook messages")
        self._changed = threading.Condition()
        self._wakes = 0
        self._threads: list[threading.Thread] = []
        self._open: set[HTTPConnection] = set()
        self._busy: set[int] = set()  # webhooks that a message is being sent to
        self._busy_lock = threading.Lock()
        self._stop = threading.Event()
        self._last_now = math.inf  # so that the first look is one after a jump

    def start(self) -> None:
        """Look for due deliveries after each change in the store and of the clock."""
        self.clock.on_advance(self.wake)
        self.store.on_commit(self.wake)
        self.wake()

    def wake(self) -> None:
        """Look for due deliveries now."""
        if self.inline:
            return
        with self._changed:
            self._wakes += 1
            self._changed.notify_all()
            if self._threads or self._stop.is_set() or not self._has_deliveries():
                return
            try:
                self._start_threads()
            except RuntimeError as error:  # too many threads; not the caller's error either
                self.health.record_error(error)

    def _start_threads(self) -> None:
        for number in range(THREADS):
            name = f"docgen-webhooks-{number}"
            thread = threading.Thread(target=self._run, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _has_deliveries(self) -> bool:
        try:
            return self.store.first("SELECT 1 FROM deliveries LIMIT 1") is not None
        except StorageError as error:  # not the caller's error: what it wrote is committed
            self.health.record_error(error)
            return True

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                wakes = self._wakes
                if not self.send_one():
                    seconds = self._seconds_to_wait()
                    with self._changed:
                        if wakes == self._wakes and not self._stop.is_set():
                            self._changed.wait(seconds)
            except Exception as error:  # noqa: BLE001  without threads nothing is ever sent
                self._stop.wait(self.health.record_error(error))
            else:
                self.health.record_success()

    def _seconds_to_wait(self) -> float:
        due = self.store.one("SELECT min(due_at) AS due FROM deliveries")["due"]
        seconds = None if due is None else self.clock.seconds_to_wait(due - self.clock.now())
        # A delivery that is due but leased belongs to another thread or process.
        return POLL_SECONDS if not seconds else min(POLL_SECONDS, seconds)

    def finish(self, *, timeout: float = 60.0) -> None:
        """Wait until nothing is due; TimeoutError if that takes longer than `timeout` seconds.

        A failed delivery is due again at its next attempt.
        """
        limit = time.monotonic() + timeout
        while self.store.first(DUE, (self.clock.now(),)) is not None:
            if time.monotonic() > limit:
                raise TimeoutError(f"Deliveries are still due after {timeout} s")
            if self.inline:
                self.send_one()
            else:
                with self._changed:
                    self._changed.wait(0.1)

    def send_one_inline(self) -> None:
        """Send one delivery that is due; do nothing if there are threads."""
        if not self.inline:
            return
        try:
            with self.store.use():
                self.send_one()
        except StorageError as error:  # not the caller's error
            self.health.record_error(error)
        else:
            self.health.record_success()

    def send_one(self) -> bool:
        """Send one delivery that is due and not leased; return False without one."""
        self._correct_times()
        if self.store.first(FREE, self._times()) is None:
            return False
        row = self._claim()
        if row is None:
            return False
        try:
            self._store_attempt(row, *self._attempt(row))
        finally:
            self._set_busy(row, busy=False)
        return True

    def _times(self) -> dict[str, float]:
        wall = time.time()
        return {"now": self.clock.now(), "wall": wall, "lease": wall + LEASE_SECONDS}

    def _claim(self) -> Row | None:
        """Lease a delivery that is due.

        What this process is sending counts as leased even if the clock was set back. It is noted in
        the transaction that leases it, so that a thread whose transaction comes next knows of it.
        """
        row: Row | None = None
        try:
            with self.store.write() as db:
                # The time inside the transaction: no lease that others took before is beyond it.
                row = db.execute(CLAIM, {**self._times(), "busy": self._busy_ids()}).fetchone()
                if row is not None:
                    self._set_busy(row, busy=True)
        except BaseException:
            if row is not None:
                self._set_busy(row, busy=False)
            raise
        return row

    def _busy_ids(self) -> str:
        with self._busy_lock:
            return json.dumps(sorted(self._busy))

    def _set_busy(self, row: Row, *, busy: bool) -> None:
        with self._busy_lock:
            (self._busy.add if busy else self._busy.discard)(row["webhook_id"])

    def _correct_times(self) -> None:
        """Make due what is due too late, as the clock was set back since it was queued."""
        now = self.clock.now()
        if now < self._last_now - CLOCK_SECONDS and self.store.first(
            f"SELECT 1 FROM deliveries WHERE {LATE} LIMIT 1", {"now": now}
        ):
            with self.store.write() as db:
                db.execute(f"UPDATE deliveries SET due_at = :now WHERE {LATE}", {"now": now})
        self._last_now = now

    def _attempt(self, row: Row) -> tuple[int, str]:
        """Return the status of the answer and an empty text, or 0 and the error."""
        if not (self.beyond_loopback or is_loopback(urlsplit(row["address"]).hostname or "")):
            return 0, BEYOND
        body, timestamp = row["body"].encode("ascii"), rfc3339(self.clock.now())
        primary, secondary = (signature(k, body=body, timestamp=timestamp) for k in self.keys)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Box-WH-Client/0.1",
            "BOX-DELIVERY-ID": str(uuid.uuid4()),
            "BOX-DELIVERY-TIMESTAMP": timestamp,
            "BOX-SIGNATURE-VERSION": "1",
            "BOX-SIGNATURE-ALGORITHM": "HmacSHA256",
            "BOX-SIGNATURE-PRIMARY": primary,
            "BOX-SIGNATURE-SECONDARY": secondary,
        }
        try:
            return self._post(row["address"], body, headers), ""
        except Exception as error:  # noqa: BLE001  the result of this attempt
            return 0, f"{type(error).__name__}: {error}"

    def _post(self, address: str, body: bytes, headers: dict[str, str]) -> int:
        """Send to an address and return the status; do not follow redirects or use proxies."""
        url = urlsplit(address)
        connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = connect(url.hostname or "", url.port, timeout=ANSWER_SECONDS)
        # The timeout of the connection is one between two bytes, which a receiver can send singly.
        limit = threading.Timer(ANSWER_SECONDS, _abort, [connection])
        limit.daemon = True
        ends = time.monotonic() + ANSWER_SECONDS
        with self._changed:
            self._open.add(connection)
        limit.start()
        try:
            path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
            if time.monotonic() >= ends:  # what ended there was the connection, not the answer
                raise TimeoutError("timed out")
            return status
        finally:
            limit.cancel()
            with self._changed:
                self._open.discard(connection)
            connection.close()

    def _store_attempt(self, row: Row, status: int, error: str) -> None:
        attempt, now = row["tries"] + 1, self.clock.now()
        accepted = 200 <= status < 300
        if self._stop.is_set() and not accepted:  # aborted by `stop`: it does not count
            attempt, due, over = row["tries"], row["due_at"], False
        else:
            over = accepted or error == BEYOND or attempt > len(WAITS)
            due = now if over else now + WAITS[attempt - 1]
            about = (str(row["webhook_id"]), row["trigger"], row["address"])
            self.log.append(Delivery(rfc3339(now), *about, attempt, status, error))
        sql = "UPDATE deliveries SET tries = ?, due_at = ?, leased_until = 0 WHERE id = ?"
        values: tuple[float, ...] = (attempt, due, row["id"])
        if over:
            sql, values = "DELETE FROM deliveries WHERE id = ?", (row["id"],)
        self._store(sql, values)

    def _store(self, sql: str, values: Sequence[float]) -> None:
        """Store what came of an attempt, in a thread until it works: else it is sent twice."""
        while True:
            try:
                with self.store.write() as db:
                    db.execute(sql, values)
                return
            except StorageError as error:
                if self.inline or self._stop.is_set():
                    raise
                self._stop.wait(self.health.record_error(error))

    def stop(self) -> None:
        """Stop and abort what is being sent; the deliveries are kept for the next process."""
        with self._changed:
            self._stop.set()
            self._changed.notify_all()
            for connection in self._open:
                _abort(connection)
        for thread in self._threads:
            thread.join()


def _abort(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):  # it has already ended
            connection.sock.shutdown(SHUT_RDWR)
