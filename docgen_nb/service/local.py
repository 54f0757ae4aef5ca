"""LocalDocGen: a Doc Gen service in this process, with Box's wire API and a real renderer."""

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docgen_nb import wire
from docgen_nb.errors import ServiceError
from docgen_nb.evidence import Evidence, EvidenceSource, read_evidence
from docgen_nb.service import admin, fidelity
from docgen_nb.service.answer import answer_call, check_token
from docgen_nb.service.call_log import CallLog
from docgen_nb.service.clock import Clock, http_date
from docgen_nb.service.context import Context, Credentials
from docgen_nb.service.evidence_replies import other_answers, rewritten, with_page_size
from docgen_nb.service.faults import Fault, FaultPlan, JobBehavior
from docgen_nb.service.hosts import HostGuard
from docgen_nb.service.http.messages import ApiFailure, Reply, Request
from docgen_nb.service.limits import DOCUMENTS_PER_MINUTE, CallLimit
from docgen_nb.service.loopback import is_loopback
from docgen_nb.service.storage.events import EventWaiter
from docgen_nb.service.storage.store import CLOSED, LOCK_SECONDS, StorageError, Store
from docgen_nb.service.storage.users import default_user
from docgen_nb.service.workers.job_runner import JobRunner
from docgen_nb.service.workers.webhook_sender import WebhookSender

if TYPE_CHECKING:
    import requests

QUICK = tuple(p.partition("{")[0] for p in (wire.JOBS, wire.BATCH_JOBS, wire.TEMPLATE_JOBS))


class LocalDocGen:
    """A Doc Gen service in this process.

    It stores files, reads tags from Word templates, renders documents and keeps track of jobs, and
    answers as Box does. Pass `session()` to code that uses requests; `listen()` opens an address
    for other programs, and `handle` answers a single request.

    Parameters
    ----------
    data : path, optional
        Folder for files, templates, batches and jobs. It is kept when the service ends, and the
        next service can use it. By default a temporary folder, which is deleted.
    latency : (float, float), optional
        Shortest and longest time in seconds that a job takes beyond its rendering, drawn
        uniformly. By default none. A job's time depends on `seed` and its id alone.
    seed : int
        Seed of the latency.
    workers : int or concurrent.futures.Executor
        How many jobs run at a time, in threads of the service; or an executor to run them on,
        such as a ProcessPoolExecutor (with the start method spawn: the service has threads) or
        Dask's ``client.get_executor()``, which is not shut down. With 0, each request first
        runs one open job; this is also how the service works where Python has no threads.
    token : str, optional
        The only bearer token accepted (besides those of the token endpoint, which then takes this
        token as client_secret). By default any token is accepted.
    jwt_key : str, optional
        Public key (PEM) for JWT assertions; needs the extra `jwt`.
    clock : Clock, optional
        Source of the time; a `ManualClock` moves only on `advance`.
    faults : FaultPlan or list of Fault
        Faults to inject; `set_faults` changes them later.
    rate_limits : bool
        Whether to enforce Box's published limits: 1000 calls a minute for each user, 80 documents
        a minute for the whole service.
    control_token : str, optional
        Bearer token for administration calls under ``/_service/``; without it there are none.
    webhook_keys : (str, str), optional
        Primary and secondary key that webhook messages are signed with. By default they are
        generated; see the attribute of this name. The attribute `deliveries` lists what was sent.
    webhooks_beyond_loopback : bool
        Whether webhook messages may leave this machine. By default they go to loopback addresses
        only, http or https on any port, where Box requires public https on port 443.
    evidence : Evidence or path, optional
        What ``docgen-nb probe`` found at Box, or a folder of such files: the service answers as Box
        did, where it can (see the attribute `followed`).
    lock_timeout : float
        Seconds that a call waits while another process has locked the database in `data`, before
        it gets a 503.

    Raises
    ------
    ServiceError
        If `data` cannot be a folder, or if its database is damaged, or missing or empty beside
        contents. Then nothing is written, and ``docgen-nb serve --data DIR --check`` helps.
    ValueError
        If `latency` is not (shortest, longest), a token is empty, or `workers` is negative.

    Examples
    --------
    >>> with LocalDocGen() as local, local.session() as session:
    ...     me = session.get("http://docgen.local/2.0/users/me", headers={
    ...         "Authorization": "Bearer any"}).json()
    >>> me["type"]
    'user'
    """

    #: Called with each request and its reply, for all services of the process: a test suite
    #: checks replies of services that it doesn't create itself, such as those of `connect`.
    observers: ClassVar[list[Callable[[Request, Reply], None]]] = []

    def __init__(
        self,
        data: str | Path | None = None,
        *,
        latency: tuple[float, float] | None = None,
        seed: int = 0,
        workers: int | Executor = 8,
        token: str | None = None,
        jwt_key: str | None = None,
        clock: Clock | None = None,
        faults: FaultPlan | Sequence[Fault] = (),
        rate_limits: bool = False,
        control_token: str | None = None,
        webhook_keys: tuple[str, str] | None = None,
        webhooks_beyond_loopback: bool = False,
        evidence: EvidenceSource | None = None,
        lock_timeout: float = LOCK_SECONDS,
    ) -> None:
        _check(token=token, control_token=control_token, workers=workers)
        plan = _fault_plan(faults)
        found = Evidence() if evidence is None else read_evidence(evidence)
        self.followed, self.not_followed = other_answers(found)
        if latency is not None:
            plan = FaultPlan(plan.calls, [*plan.jobs, JobBehavior(latency=latency, seed=seed)])
        self.token = token
        self.clock = clock or Clock()
        self.log = CallLog()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if data is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="docgen-nb-")
            data = self._temporary.name
        self._closing = self._closed = False
        self._close_lock = threading.RLock()
        self.store = Store(Path(data), durable=self._temporary is None, lock_timeout=lock_timeout)
        with suppress(StorageError):  # on a full disk the next start cleans up
            self.store.clean()
        self.job_runner = JobRunner(
            self.store,
            clock=self.clock,
            workers=workers,
            behavior=lambda template_id: self.context.faults.behavior(template_id),
            max_per_minute=DOCUMENTS_PER_MINUTE if rate_limits else None,
            answers=self.followed,
        )
        inline = self.job_runner.inline
        self.default_user_id = default_user(self.store, now=self.clock.now())
        self.context = Context(
            store=self.store,
            clock=self.clock,
            credentials=Credentials(self.default_user_id, token, jwt_key, control_token),
            faults=plan,
            call_limit=CallLimit(self.clock) if rate_limits else None,
            event_waiter=EventWaiter(self.store, inline=inline),
            wake=self.job_runner.wake,
            answers=self.followed,
        )
        generated_keys = self.store.sign("webhook primary"), self.store.sign("webhook secondary")
        self.webhook_keys = webhook_keys or generated_keys
        self.webhook_sender = WebhookSender(
            self.store,
            clock=self.clock,
            keys=self.webhook_keys,
            beyond_loopback=webhooks_beyond_loopback,
            inline=inline,
        )
        self.deliveries = self.webhook_sender.log
        self.webhook_sender.start()
        self.job_runner.start()

    def __enter__(self) -> "LocalDocGen":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        kept = "temporary" if self._temporary else "kept"
        return f"<LocalDocGen, {kept} data in {self.store.folder}>"

    def handle(self, request: Request) -> Reply:
        """Answer one request, without a socket.

        Raises ServiceError after `close`. Any other exception is a bug of the service.
        """
        if self._closing:
            raise ServiceError(CLOSED)
        self.job_runner.run_one_inline()
        self.webhook_sender.send_one_inline()
        context = self.context
        fault = None if request.path.startswith(admin.PREFIX) else context.faults.pick(request)
        reply = None if fault is None else fault.early_reply()
        if reply is None:
            reply = self._answer(with_page_size(request, self.followed), context)
            if self.followed:
                reply = rewritten(reply, request, self.followed)
            if fault is not None:
                reply = fault.apply(reply)
        reply = replace(reply, headers={**reply.headers, "date": http_date(self.clock.now())})
        self.log.add(request, reply, fault)
        for observe in self.observers:
            observe(request, reply)
        return reply

    def _answer(self, request: Request, context: Context) -> Reply:
        try:
            if request.path.startswith(admin.PREFIX):
                return admin.answer(
                    request, context, log=self.log, set_faults=self.set_faults, health=self.health
                )
            with self.store.use():  # `close` waits until the call has ended
                return answer_call(request, context)
        except ApiFailure as failure:
            return failure.reply()
        except StorageError as error:
            return ApiFailure(503, "unavailable", str(error)).reply()

    def set_faults(self, faults: FaultPlan | Sequence[Fault]) -> None:
        """Inject these faults from now on; an empty list removes all faults."""
        self.context = replace(self.context, faults=_fault_plan(faults))

    def session(self) -> "requests.Session":
        """Return a requests.Session that reaches this service at http://docgen.local."""
        from docgen_nb.service.transports.requests_adapter import open_session

        return open_session(self.handle)

    @contextmanager
    def listen(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        certificate: str | Path | None = None,
        key: str | Path | None = None,
        allow_hosts: Iterable[str] = (),
    ) -> Iterator[str]:
        """Serve on an address within a `with` block, which gets the URL with the actual port.

        With a `certificate` (a PEM file) the address is https. The `key` is in the same file or
        in another PEM file, and has no passphrase.

        Requests must name `host`, this machine (such as localhost) or one of `allow_hosts` in
        their header Host, else they get 421. Requests that a browser sends for a web page of
        another origin get 403.

        Raises ServiceError if the port is in use, if the certificate or its key can't be used, if
        one of `allow_hosts` is not a host name, or if other machines can reach `host` and the
        service has no token. On leaving, raises the first unexpected exception of the service, if
        there was one.
        """
        from docgen_nb.service.transports.http_server import listening

        if self.token is None and not is_loopback(host):
            raise ServiceError(f"Other machines can reach {host}, so the service needs a token.")
        guard = HostGuard(host, allowed=allow_hosts)
        with listening(
            partial(self._handle_guarded, guard),
            host=host,
            port=port,
            certificate=certificate,
            key=key,
            is_quick=self._is_quick,
            is_known=partial(self._is_known, guard),
        ) as url:
            guard.add(url)
            try:
                yield url
            finally:
                self.context.event_waiter.release()

    def _handle_guarded(self, guard: HostGuard, request: Request) -> Reply:
        try:
            guard.check(request)
        except ApiFailure as failure:
            reply = failure.reply()
            self.log.add(request, reply)
            return reply
        try:
            return self.handle(request)
        except ServiceError as error:  # it is closed
            return ApiFailure(503, "unavailable", str(error)).reply()

    def _is_known(self, guard: HostGuard, request: Request) -> bool:
        """Return whether a request has a valid token, so that a large body may be read."""
        try:
            guard.check(request)
            check_token(request, self.context)
        except (ApiFailure, StorageError, ServiceError):  # `handle` says which
            return False
        return True

    def _is_quick(self, request: Request) -> bool:
        """Return whether a request is a short read, which is faster without a thread."""
        reads = request.method == "GET" and not self.job_runner.inline
        return reads and request.path.startswith(QUICK)

    def fidelity(self) -> list[dict[str, str]]:
        """Return how similar to Box this service is: one row for each endpoint and behavior.

        Each row has call, behavior, confidence (verified, documented, observed or guessed) and
        note.
        """
        return fidelity.rows()

    def health(self) -> dict[str, dict[str, Any]]:
        """Return how the work in the background is doing: ``jobs`` and ``deliveries``.

        Each goes on after every error, such as a locked database or a full disk. ``state`` is
        ``running``, or ``waiting`` between an error and the next try. ``last_error`` is its text,
        ``since`` when it came up and ``latest`` when it was last seen (UTC), and ``errors`` counts
        those since the last success.
        """
        return {
            "jobs": self.job_runner.health.report(),
            "deliveries": self.webhook_sender.health.report(),
        }

    def finish(self, *, timeout: float = 60.0) -> None:
        """Wait until no job is open; TimeoutError after `timeout` seconds."""
        self.job_runner.finish(timeout=timeout)

    def close(self) -> None:
        """Stop working, close the store, delete temporary data. Safe to call twice.

        Calls of other threads end first; later ones raise ServiceError.
        """
        self._closing = True
        with self._close_lock:
            if self._closed:
                return
            self._closed = True
            self.context.event_waiter.close()
            self.job_runner.stop()
            self.webhook_sender.stop()
            self.store.close()
            if self._temporary is not None:
                self._temporary.cleanup()


def _fault_plan(faults: FaultPlan | Sequence[Fault]) -> FaultPlan:
    return faults if isinstance(faults, FaultPlan) else FaultPlan(faults)


def _check(*, token: str | None, control_token: str | None, workers: int | Executor) -> None:
    for name, value in (("token", token), ("control_token", control_token)):
        if value is not None and not value.strip():
            raise ValueError(f"{name} is empty; pass None for no token")
    if isinstance(workers, int) and workers < 0:
        raise ValueError(f"workers must be 0 or more, or an executor, not {workers}")
