"""A service for one exercise or drill: without threads, on a manual clock, with a log."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from docgen_nb import wire
from docgen_nb.auth import GivenToken
from docgen_nb.client import Client
from docgen_nb.lessons.exercise import TooManyCalls
from docgen_nb.service import Fault, FaultPlan, JobBehavior, LocalDocGen, ManualClock
from docgen_nb.service.faults import rate_limited
from docgen_nb.service.http.messages import Reply, Request
from docgen_nb.service.limits import Window
from docgen_nb.service.transports.requests_adapter import open_session

TOKEN = "lesson"  # noqa: S105  it opens nothing but a service in this process
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
MOST_CALLS, MOST_WAITS = 400, 2000
_STEP_SECONDS = 5.0


@dataclass(frozen=True)
class Call:
    """One call: when (seconds since 1970), by which program, what, and the answer.

    ``status`` is 0 if the answer was lost.
    """

    at: float
    program: str
    method: str
    path: str
    status: int
    reply: Reply


class Practice:
    """A Doc Gen service that runs nothing by itself: `wait` moves its clock.

    Parameters
    ----------
    faults, jobs : sequence of Fault, of JobBehavior
        As in `FaultPlan`.
    token : str
        The only token that it accepts.
    most_calls : int
        How many calls it answers before it raises `TooManyCalls`: a loop has no end.
    calls_per_minute : int, optional
        How many calls it accepts in a minute, of all programs together.
    """

    def __init__(
        self,
        *,
        faults: Sequence[Fault] = (),
        jobs: Sequence[JobBehavior] = (),
        token: str = TOKEN,
        most_calls: int = MOST_CALLS,
        calls_per_minute: int | None = None,
    ) -> None:
        self.clock = ManualClock(MONDAY)
        self.local = LocalDocGen(workers=0, clock=self.clock, token=token)
        self.session = open_session(self._handle)
        self.box = Client(
            wire.LOCAL_URL,
            token_source=GivenToken(token),
            session=self.session,
            service=self.local,
        )
        self.calls: list[Call] = []
        self._waits = 0
        self.program = ""  # that makes the next calls
        self._window = None if calls_per_minute is None else Window(calls_per_minute)
        self.set_faults(faults, jobs)
        self._most_calls = most_calls

    @property
    def given(self) -> Client:
        """What a learner gets of it."""
        return self.box

    def set_faults(self, faults: Sequence[Fault] = (), jobs: Sequence[JobBehavior] = ()) -> None:
        """Inject these faults from now on, and forget the calls so far."""
        self.local.set_faults(FaultPlan(faults, jobs))
        self.calls.clear()

    def _handle(self, request: Request) -> Reply:
        if len(self.calls) >= self._most_calls:
            raise TooManyCalls(f"It made {len(self.calls)} calls and went on: the check ended it.")
        reply = self._refusal() or self.local.handle(request)
        status = 0 if reply.flaw == "lost_reply" else reply.status
        now = self.clock.now()
        self.calls.append(Call(now, self.program, request.method, request.path, status, reply))
        return reply

    def _refusal(self) -> Reply | None:
        """Return a 429 if the limit of this minute is reached."""
        if self._window is None:
            return None
        now = self.clock.steady()
        if self._window.remaining(now) < 1:
            seconds = math.ceil(self._window.seconds_until_free(now)) or 1
            return rate_limited({"Retry-After": str(seconds)}).reply()
        self._window.add(now)
        return None

    def call(self, program: str, method: str, path: str, *, body: Any = None) -> Any:
        """Make one call as a program, without retries; return the response, None if it was lost."""
        self.program = program
        headers = {"Authorization": f"Bearer {TOKEN}", "box-version": wire.BOX_VERSION}
        try:
            return self.session.request(method, wire.LOCAL_URL + path, json=body, headers=headers)
        except OSError:  # such as the ConnectionError of requests
            return None
        finally:
            self.program = ""

    def lift_limits(self) -> None:
        """Inject no more faults, and accept any number of calls, so that it can be looked into."""
        self.local.set_faults([])
        self._window, self._most_calls = None, sys.maxsize

    def wait(self, seconds: float) -> None:
        """Move the clock, in steps as long as jobs are open."""
        self._waits += 1
        if self._waits > MOST_WAITS:
            raise TooManyCalls(f"It waited {MOST_WAITS:,} times and went on: the check ended it.")
        left = float(seconds)
        while left > 0 and self._is_busy():
            self.clock.advance(min(left, _STEP_SECONDS))
            left -= _STEP_SECONDS
            self.local.job_runner.run_one_inline()
        self.clock.advance(max(0.0, left))

    def _is_busy(self) -> bool:
        return self.local.job_runner.queue.count_open() > 0

    def settle(self) -> None:
        """Move the clock until all jobs are finished, except for those that stay pending."""
        while self._is_busy():
            self.local.job_runner.run_one_inline()
            self.clock.advance(_STEP_SECONDS if self._is_busy() else 0)

    def add_template(self, content: bytes, *, name: str, folder_id: str = "0") -> str:
        """Upload and mark a template; return its id."""
        file = self.box.upload_file(content, name=name, folder_id=folder_id)
        self.box.mark_template(file["id"])
        return str(file["id"])
