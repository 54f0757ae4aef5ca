"""Runs the jobs: takes open ones from the store, renders them elsewhere, writes down the end."""

import logging
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor

from docgen_nb.service.clock import Clock
from docgen_nb.service.faults import JobBehavior
from docgen_nb.service.limits import Window
from docgen_nb.service.rendering import Outcome, render_document
from docgen_nb.service.storage.job_queue import Job, Queue
from docgen_nb.service.storage.store import NoRoom, Store

log = logging.getLogger(__name__)

AT_ONCE = 8  # jobs handed to an executor that is not ours
LOOK_SECONDS = 1.0  # how often to look for jobs that another process took or left
AGAIN_SECONDS = 1.0  # between two tries to write down an end


class Work:
    """One dispatcher that claims, hands out and finishes; an executor that renders.

    Only the dispatcher writes. What it has not finished when it is stopped or killed is taken up
    by the next one, or by another process on the same data.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        workers: int | Executor,
        most_a_minute: int | None = None,
    ) -> None:
        self.clock = clock
        self.law: Callable[[int], JobBehavior] = lambda template_id: JobBehavior()
        self._window = None if most_a_minute is None else Window(most_a_minute)
        self.queue = Queue(store, clock=clock)
        self.alone = workers == 0 or sys.platform == "emscripten"
        self.at_once = max(1, workers) if isinstance(workers, int) else AT_ONCE
        self._given = None if isinstance(workers, int) else workers
        self._executor: Executor | None = None
        self._running: dict[Future[Outcome], Job] = {}
        self._waiting: list[tuple[float, Job, Outcome]] = []
        self._signal = threading.Event()
        self._changed = threading.Condition()
        self._one = threading.Lock()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; without threads there is nothing to begin."""
        self.clock.when_moved(self.wake)
        if not self.alone:
            self._executor = self._given or ThreadPoolExecutor(
                self.at_once, thread_name_prefix="docgen-render"
            )
            self._thread = threading.Thread(target=self._run, name="docgen-jobs", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._signal.set()

    def do_one_if_nobody_else_does(self) -> None:
        """Without workers: end one job that is due, then render one more."""
        if not self.alone:
            return
        with self._one:
            self.queue.reopen_lost()
            self._end_due(at_most=1)
            for job in self._claim(min(1, self.at_once - len(self._waiting))):
                self._rendered(job, render_document(job.path, job.user_input, job.output_type))

    def finish(self, *, timeout: float) -> None:
        """Wait until no job is open; TimeoutError if that takes longer than `timeout` seconds."""
        limit = time.monotonic() + timeout
        while count := self.queue.count_open():
            left = limit - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{count} jobs are still open after {timeout} s")
            if self.alone:
                self.do_one_if_nobody_else_does()
            else:
                with self._changed:
                    self._changed.wait(min(left, 0.1))

    def stop(self) -> None:
        """Stop after what is being rendered; the rest stays open for the next process."""
        self._stopping = True
        self._signal.set()
        if self._thread is not None:
            self._thread.join()
        if self._executor is not None and self._given is None:
            self._executor.shutdown(wait=True, cancel_futures=True)
        self.queue.release()

    def _run(self) -> None:
        while not self._stopping:
            self._signal.clear()
            self.queue.beat()
            self.queue.reopen_lost()
            self._collect()
            self._end_due()
            self._hand_out()
            self._signal.wait(self._seconds_to_wait())

    def _collect(self) -> None:
        for future in [f for f in self._running if f.done()]:
            job = self._running.pop(future)
            self._rendered(job, _outcome(future, job))

    def _rendered(self, job: Job, outcome: Outcome) -> None:
        law = self.law(job.template_id)
        if law.fails(job.id):
            outcome = Outcome(None, errors=(law.message,))
        self._waiting.append((job.started_at + law.seconds(job.id), job, outcome))

    def _end_due(self, at_most: int | None = None) -> None:
        now = self.clock.now()
        due = [waiting for waiting in self._waiting if waiting[0] <= now][:at_most]
        for waiting in due:
            self._waiting.remove(waiting)
            self._end(*waiting)
        if due:
            with self._changed:
                self._changed.notify_all()

    def _end(self, due: float, job: Job, outcome: Outcome) -> None:
        try:
            try:
                self.queue.end(job, outcome)
            except NoRoom as error:
                # A failure needs less room than a document.
                self.queue.end(job, Outcome(None, errors=(str(error),)))
        except NoRoom:
            log.exception("The end of job %s cannot be written down yet", job.id)
            self._waiting.append((due + AGAIN_SECONDS, job, outcome))

    def _hand_out(self) -> None:
        assert self._executor is not None
        for job in self._claim(self.at_once - len(self._running) - len(self._waiting)):
            arguments = (job.path, job.user_input, job.output_type)
            try:
                future = self._executor.submit(render_document, *arguments)
            except RuntimeError as error:  # the executor is broken, or was shut down
                self._rendered(job, _broken(error, job))
                continue
            self._running[future] = job
            future.add_done_callback(lambda _: self._signal.set())

    def _claim(self, count: int) -> list[Job]:
        if self._window is None:
            return self.queue.claim(count)
        now = self.clock.now()
        jobs = self.queue.claim(min(count, self._window.room(now)))
        self._window.add(now, len(jobs))
        return jobs

    def _seconds_to_wait(self) -> float:
        moments = [self.clock.seconds_until(due) for due, _, _ in self._waiting]
        return min([LOOK_SECONDS, *(seconds for seconds in moments if seconds is not None)])


def _outcome(future: Future[Outcome], job: Job) -> Outcome:
    try:
        error = future.exception()
    except CancelledError as cancelled:  # an executor of another may do that
        error = cancelled
    return future.result() if error is None else _broken(error, job)


def _broken(error: BaseException, job: Job) -> Outcome:
    log.error("Job %s broke the renderer", job.id, exc_info=error)
    return Outcome(None, errors=(f"The renderer broke: {type(error).__name__}: {error}",))
