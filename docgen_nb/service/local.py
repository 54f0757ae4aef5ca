"""LocalDocGen: a Doc Gen of your own that speaks Box's wire API and renders real documents."""

import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from docgen_nb import wire
from docgen_nb.errors import ServiceError
from docgen_nb.service import admin, fidelity
from docgen_nb.service.clock import Clock
from docgen_nb.service.context import Call
from docgen_nb.service.endpoints import tokens, users
from docgen_nb.service.endpoints.events import Realtime
from docgen_nb.service.endpoints.file_content import DOWNLOAD, is_download
from docgen_nb.service.faults import Fault, FaultPlan, JobBehavior
from docgen_nb.service.http.messages import Refused, Reply, Request, bad_request
from docgen_nb.service.limits import DOCUMENTS_A_MINUTE, CallLimit
from docgen_nb.service.loopback import is_loopback
from docgen_nb.service.routes import Route, find_route
from docgen_nb.service.storage.store import NoRoom, Store
from docgen_nb.service.workers.job_runner import Work
from docgen_nb.service.workers.webhook_sender import Sender, made_keys

if TYPE_CHECKING:
    import requests

SECRETS = ("access_token", "channel")  # in a query; the log keeps neither
LOG_LENGTH = 10_000
QUICK = tuple(p.partition("{")[0] for p in (wire.JOBS, wire.BATCH_JOBS, wire.TEMPLATE_JOBS))
VERSION_HELP = "https://developer.box.com/reference/error-codes/invalid-api-version"


class LocalDocGen:
    """A Doc Gen service in this process.

    It stores files, reads tags out of Word templates, renders documents and keeps jobs, and
    answers as Box does. Give `session()` to code that uses requests, `listen()` an address to
    anything else, or call `handle` yourself.

    Parameters
    ----------
    data : path, optional
        Folder for files, templates, batches and jobs. Kept when the service ends, and read again
        by the next one. Without it everything lies in a temporary folder and is deleted.
    latency : (float, float), optional
        Least and greatest time in seconds that a job takes beyond its rendering, drawn evenly.
        By default none. A job's time depends on `seed` and its id alone.
    seed : int
        What the latency is drawn from.
    workers : int or concurrent.futures.Executor
        How many jobs run at a time, in threads of the service; or where they run: an executor of
        yours, such as a ProcessPoolExecutor (with the start method spawn: the service has
        threads) or Dask's ``client.get_executor()``, which is not shut down. With 0 nothing runs
        by itself: each request first does one open job, which is also how it works where Python
        has no threads.
    token : str, optional
        The only bearer token accepted (besides those from the token endpoint, whose
        client_secret must then be this token). Without it any token will do.
    jwt_key : str, optional
        Public key (PEM) that JWT assertions are checked with; needs the extra `jwt`.
    clock : Clock, optional
        Where the service takes the time from; a `ManualClock` moves when told to.
    faults : FaultPlan or list of Fault
        Misbehaviour on purpose; `set_faults` changes it later.
    rate_limits : bool
        Whether to keep Box's published limits: 1000 calls a minute and user, 80 documents a
        minute (of the whole service).
    control_token : str, optional
        Bearer token for house-keeping calls under ``/_service/``; without it there are none.
    webhook_keys : (str, str), optional
        Primary and secondary key that webhook messages are signed with; made up without, and
        shown by the attribute of this name. What was sent stands in `deliveries`.
    webhooks_beyond_loopback : bool
        Whether webhook messages may leave this machine. By default they go to loopback addresses
        alone, http or https on any port, where Box demands public https on port 443.

    Raises
    ------
    ServiceError
        If `data` cannot be a folder, or holds what is not readable.
    ValueError
        If `latency` is not two numbers, the first from 0 to the second, if a token is empty, or
        if `workers` is under 0.

    Examples
    --------
    >>> with LocalDocGen() as local, local.session() as session:
    ...     me = session.get("http://docgen.local/2.0/users/me", headers={
    ...         "Authorization": "Bearer any"}).json()
    >>> me["type"]
    'user'
    """

    #: Called with each request and its reply, for logs and for checks against a contract.
    watchers: ClassVar[list[Callable[[Request, Reply], None]]] = []

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
    ) -> None:
        _check(token=token, control_token=control_token, workers=workers)
        rules = faults if isinstance(faults, FaultPlan) else FaultPlan(faults)
        if latency is not None:
            rules = FaultPlan(rules.calls, [*rules.jobs, JobBehavior(latency=latency, seed=seed)])
        self.token = token
        self.jwt_key = jwt_key
        self.control_token = control_token
        self.clock = clock or Clock()
        self.log: deque[Logged] = deque(maxlen=LOG_LENGTH)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if data is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="docgen-nb-")
            data = self._temporary.name
        self.store = Store(Path(data), durable=self._temporary is None)
        self.default_user_id = self._default_user()
        self.calls = CallLimit(self.clock) if rate_limits else None
        self.work = Work(
            self.store,
            clock=self.clock,
            workers=workers,
            most_a_minute=DOCUMENTS_A_MINUTE if rate_limits else None,
        )
        self.set_faults(rules)
        self.webhook_keys = webhook_keys or made_keys(self.store.secret)
        self.sender = Sender(
            self.store,
            clock=self.clock,
            keys=self.webhook_keys,
            anywhere=webhooks_beyond_loopback,
            alone=self.work.alone,
        )
        self.deliveries = self.sender.log
        self.realtime = Realtime(self.store, alone=self.work.alone)
        self.sender.start()
        self.work.start()

    def __enter__(self) -> "LocalDocGen":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        kept = "temporary" if self._temporary else "kept"
        return f"<LocalDocGen, {kept} data in {self.store.folder}>"

    def handle(self, request: Request) -> Reply:
        """Answer one request. It touches no socket; only a fault of ours raises."""
        self.work.do_one_if_nobody_else_does()
        self.sender.send_one_if_nobody_else_does()
        fault = None if request.path.startswith(admin.PREFIX) else self.faults.pick(request)
        reply = None if fault is None else fault.instead()
        if reply is None:
            reply = self._answer(request)
            if fault is not None:
                reply = fault.after(reply)
        self.log.append(
            Logged(
                request.method,
                DOWNLOAD.format(ticket="...") if is_download(request.path) else request.path,
                {name: value for name, value in request.query if name not in SECRETS},
                reply.status,
                "" if fault is None else fault.kind,
            )
        )
        for watch in self.watchers:
            watch(request, reply)
        return reply

    def _answer(self, request: Request) -> Reply:
        try:
            if request.path.startswith(admin.PREFIX):
                return admin.answer(self, request)
            route, params = find_route(request.method, request.path)
            call = Call(self, request, params, user_id=self._user(route, request))
            if route.versioned:
                _check_version(request.headers.get("box-version"))
            _check_encoding(request.headers.get("content-encoding", ""))
            return route.answer(self, call)
        except Refused as refused:
            return refused.reply()
        except NoRoom as error:
            return Refused(503, "unavailable", str(error)).reply()

    def set_faults(self, faults: FaultPlan | Sequence[Fault]) -> None:
        """Misbehave like this from now on; an empty list ends it."""
        self.faults = faults if isinstance(faults, FaultPlan) else FaultPlan(faults)
        self.work.law = self.faults.law

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
    ) -> Iterator[str]:
        """Serve on an address while in the `with`; gives the URL, with the true port.

        With a `certificate`, a PEM file, the address is https; its `key` lies in a PEM file of
        its own or in the same one, without a passphrase.

        Raises ServiceError if the port is in use, if the certificate or its key will not do, or if
        `host` can be reached from outside and the service has no token; on leaving, the first
        fault of the service itself, if there was one.
        """
        from docgen_nb.service.transports.http_server import listening

        if self.token is None and not is_loopback(host):
            raise ServiceError(f"{host} can be reached from outside: give the service a token.")
        door = listening(
            self.handle,
            host=host,
            port=port,
            certificate=certificate,
            key=key,
            is_quick=self._is_quick,
        )
        with door as url:
            try:
                yield url
            finally:
                self.realtime.release()

    def _is_quick(self, request: Request) -> bool:
        """Say whether a request is a short read, which costs less than handing it to a thread."""
        reads = request.method == "GET" and not self.work.alone
        return reads and request.path.startswith(QUICK)

    def fidelity(self) -> list[dict[str, str]]:
        """Return how like Box this is: a row for each endpoint and behaviour.

        Each has call, behaviour, confidence (verified, documented, observed or guessed) and note.
        """
        return fidelity.rows()

    def finish(self, *, timeout: float = 60.0) -> None:
        """Wait until no job is open; TimeoutError after `timeout` seconds."""
        self.work.finish(timeout=timeout)

    def close(self) -> None:
        """Stop working, close the store, delete temporary data. Calling it twice is fine."""
        self.work.stop()
        self.sender.stop()
        self.store.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _default_user(self) -> int:
        row = self.store.first("SELECT id FROM users WHERE subject = 'default'")
        if row is not None:
            return int(row["id"])
        with self.store.write() as db:
            return users.add_user(
                db,
                name="Default user",
                subject="default",
                enterprise=users.ENTERPRISE_ID,
                now=self.clock.now(),
            )

    def _user(self, route: Route, request: Request) -> int:
        if route.open:
            return 0
        bearer = tokens.identify(self, request.headers.get("authorization", ""))
        bearer.check(route.action)
        if self.calls is not None:
            self.calls.check(bearer.user_id)
        return users.act_as(self, bearer.user_id, request.headers.get("as-user"))


def _check(*, token: str | None, control_token: str | None, workers: int | Executor) -> None:
    for name, value in (("token", token), ("control_token", control_token)):
        if value is not None and not value.strip():
            raise ValueError(f"{name} is empty: give a word, or None for none.")
    if isinstance(workers, int) and workers < 0:
        raise ValueError(f"workers is a number from 0, or an executor, not {workers}.")


def _check_version(given: str | None) -> None:
    if given == wire.BOX_VERSION:
        return
    if given is None:
        text = "Missing required box-version header."
    elif not given.strip():
        text = "Invalid (empty) API version specified in 'box-version' header."
    elif "," in given:
        # Box's own spelling.
        text = (
            "The 'box-version' header supports only one header value per request, do not use comas."
        )
    elif given == "2024.0":
        text = "Unsupported API version specified in 'box-version' header."
    else:
        text = "Invalid API version specified in 'box-version' header."
    message = f"{text} Supported API versions: [{wire.BOX_VERSION}]."
    raise Refused(400, "invalid_api_version", message, help_url=VERSION_HELP)


def _check_encoding(given: str) -> None:
    if given.strip().lower() not in ("", "identity"):
        # Box documents none for what is sent to it.
        raise bad_request(f"The content encoding {given[:60]!r} is not supported; send it plain.")


class Logged(NamedTuple):
    """One call in the log. Neither its body nor its token is kept."""

    method: str
    path: str
    query: dict[str, str]
    status: int
    fault: str
