"""Fault injection: calls that fail in Box's ways, and the behavior of jobs."""

import math
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from docgen_nb.service.http.messages import ApiFailure, Reply, Request, json_reply, unauthorized

KINDS = (
    "rate_limited",  # 429 with Retry-After
    "server_error",  # 500
    "unavailable",  # 503 with Retry-After
    "lost_reply",  # the work is done, then the connection is dropped
    "error_reply",  # the work is done, then the reply is 503
    "slow",  # the reply comes after `seconds`
    "truncated",  # half of the body
    "expired_token",  # 401
    "tags_not_ready",  # 202 on a template's tags
)
MAX_SECONDS = 3600
MAX_LATENCY = 24 * 3600  # seconds; a longer one is a job that stays pending
TAGS_MESSAGE = "Processing tags for this file."


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: which calls fail, and how.

    Parameters
    ----------
    kind : str
        ``rate_limited`` (429), ``server_error`` (500), ``unavailable`` (503), ``lost_reply`` (the
        work is done, then the connection is dropped), ``error_reply`` (the work is done, then the
        reply is 503), ``slow``, ``truncated`` (half of the body), ``expired_token``
        (401) or ``tags_not_ready`` (202 on a template's tags).
    every : int, optional
        Hit every nth matching call. Without `every` and `share` the rule hits all of them.
    share : float, optional
        Hit this share of the matching calls, from 0 to 1, drawn from `seed`.
    times : int, optional
        Stop after this many hits.
    method, path : str, optional
        Match calls with this method, and with a path that starts like this, such as
        ``/2.0/docgen_batches``.
    seconds : float
        Delay of ``slow``, and Retry-After of ``rate_limited`` and ``unavailable``.
    seed : int
        Seed of `share`.

    Raises
    ------
    ValueError
        If the kind is unknown or a number is out of range.

    Examples
    --------
    >>> Fault("rate_limited", every=3, seconds=7).every
    3
    """

    kind: str
    every: int | None = None
    share: float | None = None
    times: int | None = None
    method: str | None = None
    path: str = ""
    seconds: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the values."""
        if self.kind not in KINDS:
            raise ValueError(f"Unknown fault {self.kind!r}: choose one of {', '.join(KINDS)}")
        for name in ("every", "times"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise ValueError(f"{name} must be at least 1, not {number}")
        if not 0 <= self.seconds <= MAX_SECONDS:
            raise ValueError(f"seconds must be from 0 to {MAX_SECONDS}, not {self.seconds}")
        _check_share("share", self.share)

    def matches(self, request: Request) -> bool:
        """Return whether the rule applies to this call."""
        if self.kind == "tags_not_ready" and not request.path.endswith("/tags"):
            return False
        if self.method not in (None, request.method):
            return False
        return request.path.removeprefix("/api").startswith(self.path)

    def early_reply(self) -> Reply | None:
        """Return the reply that replaces the work, or None if the work is to be done."""
        header = {"Retry-After": str(math.ceil(self.seconds))}
        if self.kind == "rate_limited":
            return rate_limited(header).reply()
        if self.kind == "server_error":
            return ApiFailure(500, "internal_server_error", "Internal Server Error").reply()
        if self.kind == "unavailable":
            return unavailable(header).reply()
        if self.kind == "expired_token":
            return unauthorized().reply()
        if self.kind == "tags_not_ready":
            return json_reply({"message": TAGS_MESSAGE}, status=202)
        return None

    def apply(self, reply: Reply) -> Reply:
        """Return the service's reply with the fault in it."""
        if self.kind == "slow":
            return replace(reply, wait=self.seconds)
        if self.kind == "error_reply":
            return unavailable({}).reply()
        return replace(reply, flaw=self.kind)


def rate_limited(headers: Mapping[str, str]) -> ApiFailure:
    """Return Box's 429 error."""
    message = "Request rate limit exceeded, please try again later"
    return ApiFailure(429, "rate_limit_exceeded", message, headers=headers)


def unavailable(headers: Mapping[str, str]) -> ApiFailure:
    """Return Box's 503 error."""
    return ApiFailure(503, "unavailable", "Service Unavailable", headers=headers)


class JobBehavior(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long the jobs of a template take, and which shares of them fail or stay pending.

    Parameters
    ----------
    template : str, optional
        Id of the template; without it, all templates that have no behavior of their own.
    latency : (float, float)
        Shortest and longest time in seconds that a job takes beyond its rendering, at most a day.
    failed, pending : float
        Shares of the jobs, from 0 to 1, that fail with `message` or stay pending for good.
    message : str
        Error message of the jobs that fail.
    seed : int
        Seed of all draws; each depends on `seed` and the job's id alone.

    Raises
    ------
    ValueError
        If `latency` is not (shortest, longest) or too long, or a share is not from 0 to 1.

    Examples
    --------
    >>> JobBehavior(failed=0.2, latency=(2, 3)).failed
    0.2
    """

    template: str | None = None
    latency: tuple[float, float] = (0.0, 0.0)
    failed: float = 0.0
    pending: float = 0.0
    message: str = "The document could not be generated."
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the values."""
        try:
            shortest, longest = self.latency
            valid = 0 <= shortest <= longest
        except (TypeError, ValueError):
            valid = False
        if not valid:
            raise ValueError(f"latency must be (shortest, longest) seconds, not {self.latency!r}")
        if longest > MAX_LATENCY:
            raise ValueError(f"latency must be at most {MAX_LATENCY} seconds, not {longest}")
        _check_share("failed", self.failed)
        _check_share("pending", self.pending)

    def seconds(self, job_id: int) -> float:
        """Return the time that a job takes beyond its rendering."""
        return random.Random(f"{self.seed}:{job_id}").uniform(*self.latency)  # noqa: S311

    def fails(self, job_id: int) -> bool:
        """Return whether a job fails."""
        return self._draw("fails", job_id) < self.failed

    def stays_pending(self, job_id: int) -> bool:
        """Return whether a job is never started."""
        if not self.pending:  # spares a draw for each job of a large batch
            return False
        return self._draw("stays", job_id) < self.pending

    def _draw(self, event: str, job_id: int) -> float:
        return random.Random(f"{self.seed}:{event}:{job_id}").random()  # noqa: S311


def _check_share(name: str, value: float | None) -> None:
    if value is not None and not 0 <= value <= 1:
        raise ValueError(f"{name} must be from 0 to 1, not {value}")


@dataclass
class FaultPlan:
    """The rules of a service: faults for calls, and the behavior of each template's jobs.

    Parameters
    ----------
    calls : sequence of Fault
        Rules for calls.
    jobs : sequence of JobBehavior
        Behavior of jobs.

    Examples
    --------
    >>> FaultPlan([Fault("server_error", times=1)], [JobBehavior(failed=0.1)]).calls[0].kind
    'server_error'
    """

    calls: Sequence[Fault] = ()
    jobs: Sequence[JobBehavior] = ()
    _matches: dict[int, int] = field(default_factory=dict, repr=False)
    _hits: dict[int, int] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def read(cls, content: bytes | str) -> "FaultPlan":
        """Read rules from JSON: ``{"calls": [...], "jobs": [...]}``.

        Raises ValueError, with the place, for a rule that is not valid.
        """
        rules = msgspec.json.decode(content, type=_Rules)
        return cls(rules.calls, rules.jobs)

    def pick(self, request: Request) -> Fault | None:
        """Return the fault that hits this call, or None."""
        with self._lock:
            for number, fault in enumerate(self.calls):
                if fault.matches(request) and self._hit(number, fault):
                    return fault
        return None

    def _hit(self, number: int, fault: Fault) -> bool:
        count = self._matches[number] = self._matches.get(number, 0) + 1
        if fault.times is not None and self._hits.get(number, 0) >= fault.times:
            return False
        if fault.every is not None and count % fault.every:
            return False
        chance = random.Random(f"{fault.seed}:{number}:{count}").random()  # noqa: S311
        if fault.share is not None and chance >= fault.share:
            return False
        self._hits[number] = self._hits.get(number, 0) + 1
        return True

    def behavior(self, template_id: int) -> JobBehavior:
        """Return the behavior of the jobs of a template."""
        own = [behavior for behavior in self.jobs if behavior.template == str(template_id)]
        common = [behavior for behavior in self.jobs if behavior.template is None]
        return next(iter([*own, *common]), JobBehavior())


class _Rules(msgspec.Struct, forbid_unknown_fields=True):
    """A fault plan in JSON."""

    calls: list[Fault] = []
    jobs: list[JobBehavior] = []
