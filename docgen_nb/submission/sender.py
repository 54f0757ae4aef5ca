"""The loop that sends the chunks of a submission, one request at a time, until all are settled."""

from collections.abc import Callable
from typing import Any

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.errors import (
    ApiError,
    BoxUnavailable,
    NotReady,
    RateLimited,
    Unauthorized,
    Unreachable,
    UnreadableReply,
)
from docgen_nb.ledger.submissions.record import (
    HELD,
    PLANNED,
    REFUSED,
    SENDING,
    SENT,
    UNSURE,
    Chunk,
    SubmissionRecord,
)
from docgen_nb.submission.checked_rows import CheckedRows
from docgen_nb.submission.look import external_id, look
from docgen_nb.submission.pace import Pace

TOO_LARGE, TIMED_OUT = 413, 408
OUTAGE = (BoxUnavailable, Unreachable)
_TICK = 2.0  # seconds after which an open document is looked at again


class Sender:
    """Sends what is planned, and settles what is unsure. Needs the lock of the submission.

    `wait` pauses for seconds, `clock` returns seconds since 1970, and `progress` is called after
    each change.
    """

    def __init__(
        self,
        box: DocGenClient,
        record: SubmissionRecord,
        rows: CheckedRows,
        *,
        pace: Pace,
        settle_seconds: float,
        patience_seconds: float,
        clock: Callable[[], float],
        wait: Callable[[float], object],
        progress: Callable[[], object],
    ) -> None:
        self.box, self.record, self.rows, self.pace = box, record, rows, pace
        self._settle, self._patience = settle_seconds, patience_seconds
        self._clock, self._wait, self._progress = clock, wait, progress
        self._look_at = 0.0  # when to look next

    def run(self) -> None:
        """Send all, or raise what keeps it from going on. Every state is on disk by then."""
        self._recover()
        while True:
            if self._is_look_due():
                self._outlast(self._look)
                continue
            chunk = self.record.next_planned()
            if chunk is not None:
                self._wait_for_turn()
                self._send(chunk)
                self._progress()
            elif self.record.chunks(UNSURE):
                self._wait(max(0.0, min(self._look_at - self._clock(), self._settle)))
            else:
                return

    def _recover(self) -> None:
        """Take up what an earlier sender left; it has ended, for its lock is ours."""
        now = self._clock()
        left = self.record.chunks(SENDING)
        self.record.move(left, UNSURE, now=now, note="the sender ended before the answer")
        held = self.record.chunks(HELD)
        self.record.move(held, UNSURE, now=now, note="looked for again")
        refused = self.record.chunks(REFUSED)
        self.record.move(refused, PLANNED, now=now, note="to be tried again")

    def _is_look_due(self) -> bool:
        return self._clock() >= self._look_at and bool(self.record.chunks(UNSURE))

    def _look(self) -> None:
        """Look for all unsure chunks at once, and record what is known now."""
        now = self._clock()
        verdicts = look(self.box, self.record, self.rows)
        later = [now + self._settle]
        for chunk, verdict in verdicts.items():
            settled_at = min(chunk.ended_at or now, now) + self._settle
            if verdict.batch_id:
                self._move(chunk, SENT, batch_id=verdict.batch_id, note=verdict.why)
            elif now < settled_at:
                later.append(settled_at)
            elif verdict.batch_id == "":
                self._move(chunk, PLANNED, note=verdict.why)
            elif verdict.final:
                self._move(chunk, HELD, note=verdict.why)
            else:
                later.append(now + _TICK)
        self._look_at = min(later)
        self._progress()

    def _wait_for_turn(self) -> None:
        """Wait until the pace, of all senders of the ledger, allows another request."""
        rate, now = self.pace.rate, self._clock()
        until = self.pace.paused_until
        if rate is not None:
            until = max(until, self.record.paced_until(documents_a_minute=rate))
        if until > now:
            self._wait(until - now)

    def _send(self, chunk: Chunk) -> None:
        """Send one request, and record before it leaves that it does, and after it what came."""
        body = self._body(chunk)
        self.record.begin(chunk, now=self._clock())
        try:
            reply = self.box.create_batch(body)
            batch_id = reply.get("id")
            if not batch_id:
                raise UnreadableReply(f"{self.box.url} accepted a batch without naming its id.")
        except KeyboardInterrupt:
            self._unsure(chunk, "interrupted while the request was under way")
            raise
        except RateLimited as error:
            self._move(chunk, PLANNED, note=str(error))
            self.pace.rate_limited(error.retry_after, now=self._clock())
            self._check_patience(error)
        except (ApiError, Unreachable, UnreadableReply, NotReady) as error:
            self._failed(chunk, error)
        else:
            self._move(chunk, SENT, batch_id=str(batch_id), note="")
            self.pace.succeeded()

    def _failed(self, chunk: Chunk, error: Exception) -> None:
        """Record what an error says about the batch; raise the error if waiting does not help."""
        status = error.status if isinstance(error, ApiError) else None
        if isinstance(error, Unauthorized):
            self._move(chunk, PLANNED, note=str(error))
            raise error
        if status == TOO_LARGE and chunk.documents > 1:
            self.record.cut(chunk, now=self._clock(), note=str(error))
            return
        if status is not None and status < 500 and status != TIMED_OUT:
            self._move(chunk, REFUSED, note=str(error))
            raise error
        if getattr(error, "may_have_arrived", True):
            self._unsure(chunk, str(error))
        else:
            self._move(chunk, PLANNED, note=str(error))
        self.pace.failed(now=self._clock())
        self._check_patience(error)

    def _unsure(self, chunk: Chunk, why: str) -> None:
        self._move(chunk, UNSURE, note=why)
        self._look_at = self._clock()

    def _move(self, chunk: Chunk, state: str, *, note: str, batch_id: str = "") -> None:
        self.record.move([chunk], state, now=self._clock(), batch_id=batch_id, note=note)

    def _outlast(self, work: Callable[[], None]) -> None:
        """Do some reading, again after an outage of the service, until the patience ends."""
        now = self._clock()
        if self.pace.paused_until > now:
            self._wait(self.pace.paused_until - now)
        try:
            work()
        except (*OUTAGE, RateLimited) as error:
            retry_after = error.retry_after if isinstance(error, ApiError) else None
            self.pace.failed(now=self._clock(), seconds=retry_after)
            self._check_patience(error)

    def _check_patience(self, error: Exception) -> None:
        since = self.pace.failing_since
        if since is not None and self._clock() - since > self._patience:
            raise error

    def _body(self, chunk: Chunk) -> dict[str, Any]:
        request = self.rows.request
        documents = [
            self.rows.document(row) | {"external_id": external_id(self.record, row)}
            for row in self.record.rows_of(chunk)
        ]
        return request.body() | {"document_generation_data": documents}


def in_words(counts: dict[str, int], *, batches: int) -> str:
    """Return how far a submission is, as a sentence.

    >>> in_words({"sent": 250, "unsure": 50}, batches=5)
    '250 of 300 documents sent in 5 batches, 50 unsure.'
    """
    total = sum(counts.values())
    noun = "document" if total == 1 else "documents"
    kind = "batch" if batches == 1 else "batches"
    others = (PLANNED, SENDING, UNSURE, HELD, REFUSED)
    words = {SENDING: "under way", HELD: "held back"}
    rest = [f"{counts[name]:,} {words.get(name, name)}" for name in others if counts.get(name)]
    sent = f"{counts.get(SENT, 0):,} of {total:,} {noun} sent in {batches:,} {kind}"
    return f"{', '.join([sent, *rest])}."
