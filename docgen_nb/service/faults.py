"""Misbehaviour on purpose: calls that fail in Box's ways, and jobs that go wrong by a law."""

import math
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, get_args, get_type_hints

from docgen_nb.service.http.messages import Refused, Reply, Request, json_reply, unauthorized

KINDS = (
    "rate_limited",  # 429 with Retry-After
    "server_error",  # 500
    "unavailable",  # 503 with Retry-After
    "lost_reply",  # the work is done, then the connection is dropped
    "slow",  # the reply comes after `seconds`
    "truncated",  # half of the body
    "expired_token",  # 401
    "tags_not_ready",  # 202 on a template's tags
)
LONGEST_SECONDS = 3600
TAGS_MESSAGE = "Processing tags for this file."


@dataclass(frozen=True)
class Fault:
    """One rule: which calls go wrong, and how.

    ``every`` hits each nth matching call, ``share`` a seeded part of them from 0 to 1; without
    both, all are hit. ``times`` ends the rule after so many. ``method`` and ``path`` (a beginning,
    such as ``/2.0/docgen_batches``) narrow it. ``seconds`` is the wait of ``slow`` and the
    Retry-After of ``rate_limited`` and ``unavailable``.
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
        if self.kind not in KINDS:
            raise ValueError(f"No fault is called {self.kind!r}; there are {', '.join(KINDS)}.")
        if self.every is not None and self.every < 1:
            raise ValueError(f"every is a number from 1, not {self.every}.")
        if self.times is not None and self.times < 1:
            raise ValueError(f"times is a number from 1, not {self.times}.")
        if not 0 <= self.seconds <= LONGEST_SECONDS:
            message = f"seconds is a number from 0 to {LONGEST_SECONDS}, not {self.seconds}."
            raise ValueError(message)
        _check_share("share", self.share)

    def concerns(self, request: Request) -> bool:
        """Say whether the rule is about this call."""
        if self.kind == "tags_not_ready" and not request.path.endswith("/tags"):
            return False
        if self.method not in (None, request.method):
            return False
        return request.path.removeprefix("/api").startswith(self.path)

    def instead(self) -> Reply | None:
        """Return the reply that comes in place of the work, if the work is not to be done."""
        header = {"Retry-After": str(math.ceil(self.seconds))}
        if self.kind == "rate_limited":
            return rate_limited(header).reply()
        if self.kind == "server_error":
            return Refused(500, "internal_server_error", "Internal Server Error").reply()
        if self.kind == "unavailable":
            return Refused(503, "unavailable", "Service Unavailable", headers=header).reply()
        if self.kind == "expired_token":
            return unauthorized().reply()
        if self.kind == "tags_not_ready":
            return json_reply({"message": TAGS_MESSAGE}, status=202)
        return None

    def after(self, reply: Reply) -> Reply:
        """Return what becomes of the reply of the work that was done."""
        if self.kind == "slow":
            return replace(reply, wait=self.seconds)
        return replace(reply, flaw=self.kind)


def rate_limited(headers: Mapping[str, str]) -> Refused:
    """429 as Box words it."""
    message = "Request rate limit exceeded, please try again later"
    return Refused(429, "rate_limit_exceeded", message, headers=headers)


@dataclass(frozen=True)
class JobBehavior:
    """How the jobs of a template go: the time they take and the shares that go wrong.

    ``template`` is its id; without it the law holds for all templates that have none of their own.
    ``latency`` is (least, greatest) in seconds. ``failed`` and ``pending`` are shares from 0 to 1
    of the jobs that fail with ``message``, or stay pending for ever. All is drawn from `seed` and
    the job's id.
    """

    template: str | None = None
    latency: tuple[float, float] = (0.0, 0.0)
    failed: float = 0.0
    pending: float = 0.0
    message: str = "The document could not be generated."
    seed: int = 0

    def __post_init__(self) -> None:
        if not (
            _fits(self.latency, tuple[float, float]) and 0 <= self.latency[0] <= self.latency[1]
        ):
            raise ValueError(f"latency is (least, greatest) in seconds, not {self.latency!r}")
        _check_share("failed", self.failed)
        _check_share("pending", self.pending)

    def seconds(self, job_id: int) -> float:
        """Return the time that a job takes beyond its rendering."""
        return random.Random(f"{self.seed}:{job_id}").uniform(*self.latency)  # noqa: S311

    def fails(self, job_id: int) -> bool:
        """Say whether a job fails."""
        return random.Random(f"{self.seed}:fails:{job_id}").random() < self.failed  # noqa: S311

    def stays_pending(self, job_id: int) -> bool:
        """Say whether a job is never begun."""
        return random.Random(f"{self.seed}:stays:{job_id}").random() < self.pending  # noqa: S311


def _check_share(name: str, value: float | None) -> None:
    if value is not None and not 0 <= value <= 1:
        raise ValueError(f"{name} is a share from 0 to 1, not {value}.")


@dataclass
class FaultPlan:
    """All rules of a service: for calls, the first that hits wins; for jobs, one law a template."""

    calls: Sequence[Fault] = ()
    jobs: Sequence[JobBehavior] = ()
    _seen: dict[int, int] = field(default_factory=dict, repr=False)
    _hits: dict[int, int] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "FaultPlan":
        """Read rules from decoded JSON: ``{"calls": [...], "jobs": [...]}``.

        Raises ValueError with the place for a rule that is none.
        """
        unknown = set(given) - {"calls", "jobs"}
        if unknown:
            raise ValueError(f"faults: unknown {sorted(unknown)}; there are calls and jobs.")
        for name in given:
            if not isinstance(given[name], list):
                raise ValueError(f"faults: {name} is a list of rules, not {given[name]!r}.")
        calls = [_read(Fault, rule, f"calls[{n}]") for n, rule in enumerate(given.get("calls", ()))]
        jobs = [
            _read(JobBehavior, rule, f"jobs[{n}]") for n, rule in enumerate(given.get("jobs", ()))
        ]
        return cls(calls, jobs)

    def pick(self, request: Request) -> Fault | None:
        """Return the rule that hits this call, or None."""
        with self._lock:
            for number, fault in enumerate(self.calls):
                if fault.concerns(request) and self._hit(number, fault):
                    return fault
        return None

    def _hit(self, number: int, fault: Fault) -> bool:
        seen = self._seen[number] = self._seen.get(number, 0) + 1
        if fault.times is not None and self._hits.get(number, 0) >= fault.times:
            return False
        if fault.every is not None and seen % fault.every:
            return False
        chance = random.Random(f"{fault.seed}:{number}:{seen}").random()  # noqa: S311
        if fault.share is not None and chance >= fault.share:
            return False
        self._hits[number] = self._hits.get(number, 0) + 1
        return True

    def law(self, template_id: int) -> JobBehavior:
        """Return the law that the jobs of a template follow."""
        own = [law for law in self.jobs if law.template == str(template_id)]
        common = [law for law in self.jobs if law.template is None]
        return next(iter([*own, *common]), JobBehavior())


def _read(kind: type, rule: Any, place: str) -> Any:
    if not isinstance(rule, dict):
        raise ValueError(f"{place}: a rule is an object, not {rule!r}.")
    known = {part.name for part in fields(kind)}
    if set(rule) - known:
        names = sorted(set(rule) - known)
        raise ValueError(f"{place}: unknown {names}; there are {', '.join(sorted(known))}.")
    rule = {name: tuple(v) if isinstance(v, list) else v for name, v in rule.items()}
    for name, value in rule.items():
        if not _fits(value, get_type_hints(kind)[name]):
            raise ValueError(f"{place}: {name} cannot be {value!r}.")
    try:
        return kind(**rule)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place}: {error}") from error


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(value, tuple) or hint == tuple[float, float]:
        pair = isinstance(value, tuple) and len(value) == 2 and all(map(_is_number, value))
        return pair and hint == tuple[float, float]
    allowed = get_args(hint) or (hint,)
    if _is_number(value):
        return float in allowed or (int in allowed and isinstance(value, int))
    return type(value) in allowed


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
