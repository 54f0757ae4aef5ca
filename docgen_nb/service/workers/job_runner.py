"""The runner of jobs: claims open jobs, renders them on an executor, stores the results."""

import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor

from docgen_nb.errors import ServiceError
from docgen_nb.service.clock import Clock
from docgen_nb.service.faults import JobBehavior
from docgen_nb.service.limits import Window
from docgen_nb.service.rendering import Outcome, render_document
from docgen_nb.service.storage.job_queue import Job, JobQueue
from docgen_nb.service.storage.store import StorageError, StorageFull, Store
from docgen_nb.service.workers.health import Health

log = logging.getLogger(__name__)

EXTERNAL_CONCURRENCY = 8  # jobs submitted at a time to the caller's executor
POLL_SECONDS = 1.0  # between checks for jobs that another process claimed or released
PURGED = Outcome(None, errors=("The template was deleted before the job started.",))


class JobRunner:
    """One dispatcher that claims, submits and finishes jobs; an executor that renders them.

    Only the dispatcher writes. Jobs that are unfinished when it is stopped or killed are claimed
    by the next one, or by another process on the same data. It survives every error, such as a
    locked database or a full disk: it waits, reports the error in `health`, and tries again.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        workers: int | Executor,
        behavior: Callable[[int], JobBehavior],
        max_per_minute: int | None = None,
        answers: Mapping[str, str] | None = None,
    ) -> None:
        self.clock = clock
        self.behavior = behavior
        self._window = None if max_per_minute is None else Window(max_per_minute)
        self.queue = JobQueue(store, clock=clock, answers=answers)
        self.health = Health("Running jobs")
        self.inline = workers == 0 or sys.platform == "emscripten"
        self.concurrency = max(1, workers) if isinstance(workers, int) else EXTERNAL_CONCURRENCY
        self._own_executor: Executor | None = None
        self._executor = None if isinstance(workers, int) else workers
        self._running: dict[Future[Outcome], Job] = {}
        self._rendered: list[tuple[float, Job, Outcome]] = []
        self._signal = threading.Event()
        self._changed = threading.Condition()
        self._inline_lock = threading.Lock()
        self._stop = threading.Event()
        self._idle = POLL_SECONDS
        self._disturbed = False  # an error may have left claimed jobs that nobody runs
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the dispatcher, unless jobs run inline."""
        self.clock.on_advance(self.wake)
        if self.inline:
            return
        if self._executor is None:
            self._executor = self._own_executor = ThreadPoolExecutor(
                self.concurrency, thread_name_prefix="docgen-render"
            )
        self._thread = threading.Thread(target=self._run, name="docgen-jobs", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for work now."""
        self._signal.set()

    def run_one_inline(self) -> None:
        """Finish one job that is due and render one more; do nothing if there are workers."""
        if not self.inline:
            return
        with self._inline_lock:
            self._survive(self._inline_round)

    def _survive(self, work: Callable[[], None]) -> float:
        """Do some work; return 0, or after an error how many seconds to wait."""
        try:
            with self.queue.store.use():
                self._reopen_strays()
                work()
        except ServiceError:  # the service is closed
            raise
        except Exception as error:  # noqa: BLE001  without this thread no job would ever end
            self._disturbed = True
            return self.health.record_error(error)
        self.health.record_success()
        return 0.0

    def _reopen_strays(self) -> None:
        if self._disturbed:
            known = [*self._running.values(), *(job for _, job, _ in self._rendered)]
            self.queue.reopen_except([job.id for job in known])
            self._disturbed = False

    def _inline_round(self) -> None:
        self.queue.reopen_lost()
        errors = self._finish_due(at_most=1)
        for job in self._claim(min(1, self.concurrency - len(self._rendered))):
            if job.path:
                self._add(job, render_document(*_document(job), name=job.name))
            else:
                self._add(job, PURGED)
        if errors:
            raise errors[0]

    def finish(self, *, timeout: float) -> None:
        """Wait until no job is open; TimeoutError if that takes longer than `timeout` seconds."""
        limit = time.monotonic() + timeout
        while count := self.queue.count_open():
            left = limit - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{count} jobs are still open after {timeout} s")
            if self.inline:
                self.run_one_inline()
            else:
                with self._changed:
                    self._changed.wait(min(left, 0.1))

    def stop(self) -> None:
        """Stop after the documents that are being rendered; other jobs stay open."""
        self._stop.set()
        self._signal.set()
        if self._thread is not None:
            self._thread.join()
        if self._own_executor is not None:
            self._own_executor.shutdown(wait=True, cancel_futures=True)
        self.queue.release()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._signal.clear()
            if pause := self._survive(self._round):
                self._stop.wait(pause)
            else:
                self._signal.wait(self._idle)

    def _round(self) -> None:
        self.queue.send_heartbeat()
        self.queue.reopen_lost()
        self._collect()
        errors = self._finish_due()
        self._submit()
        if errors:
            raise errors[0]
        self._idle = self._seconds_to_wait()

    def _collect(self) -> None:
        for future in [f for f in self._running if f.done()]:
            job = self._running[future]
            self._add(job, _outcome(future, job))
            del self._running[future]

    def _add(self, job: Job, outcome: Outcome) -> None:
        behavior = self.behavior(job.template_id)
        if behavior.fails(job.id):
            outcome = Outcome(None, errors=(behavior.message,))
        self._rendered.append((job.started_at + behavior.seconds(job.id), job, outcome))

    def _finish_due(self, at_most: int | None = None) -> list[Exception]:
        """Store the results that are due; return the errors. Their jobs are tried again."""
        now, errors = self.clock.steady(), []
        due = [rendered for rendered in self._rendered if rendered[0] <= now][:at_most]
        for rendered in due:
            try:
                self._finish(*rendered[1:])
            except Exception as error:  # noqa: BLE001  reported, and the next may do better
                errors.append(error)
            else:
                self._rendered.remove(rendered)
        if due:
            with self._changed:
                self._changed.notify_all()
        return errors

    def _finish(self, job: Job, outcome: Outcome) -> None:
        try:
            self.queue.finish(job, outcome)
            return
        except StorageFull as error:
            # A failure takes less space than a document.
            failure = Outcome(None, errors=(str(error),))
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001  it ends the job, not all jobs
            self.health.record_error(error)
            message = f"The result could not be stored: {type(error).__name__}: {error}"
            failure = Outcome(None, errors=(message,))
        self.queue.finish(job, failure)

    def _submit(self) -> None:
        assert self._executor is not None
        for job in self._claim(self.concurrency - len(self._running) - len(self._rendered)):
            if not job.path:
                self._add(job, PURGED)
                continue
            try:
                future = self._executor.submit(render_document, *_document(job), name=job.name)
            except Exception as error:  # noqa: BLE001  as a broken executor: it ends the job
                self._add(job, _crashed(error, job))
                continue
            self._running[future] = job
            future.add_done_callback(lambda _: self._signal.set())

    def _claim(self, count: int) -> list[Job]:
        if self._window is None:
            return self.queue.claim(count)
        now = self.clock.steady()
        jobs = self.queue.claim(min(count, self._window.remaining(now)))
        self._window.add(now, len(jobs))
        return jobs

    def _seconds_to_wait(self) -> float:
        now = self.clock.steady()
        moments = [self.clock.seconds_to_wait(due - now) for due, _, _ in self._rendered]
        return min([POLL_SECONDS, *(seconds for seconds in moments if seconds is not None)])


def _document(job: Job) -> tuple[str, str, str]:
    return job.path, job.user_input, job.output_type


def _outcome(future: Future[Outcome], job: Job) -> Outcome:
    try:
        error = future.exception()
    except CancelledError as cancelled:  # by the owner of the executor
        error = cancelled
    return future.result() if error is None else _crashed(error, job)


def _crashed(error: BaseException, job: Job) -> Outcome:
    log.error("The renderer crashed on job %s", job.id, exc_info=error)
    return Outcome(None, errors=(f"The renderer crashed: {type(error).__name__}: {error}",))
