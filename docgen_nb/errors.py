"""Every exception that docgen_nb raises on purpose, each with the facts needed to act.

>>> raise NotFound(status=404, code="not_found", message="Not Found")
Traceback (most recent call last):
...
docgen_nb.errors.NotFound: 404 not_found: Not Found
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class DocGenError(Exception):
    """The base of all errors of this package."""


class ApiError(DocGenError):
    """A reply with an error status.

    Attributes: ``status`` (int), ``code`` (Box's word, may be empty), ``message``, ``request_id``
    (for Box's support; may be empty), ``context_info`` (Box's details, may be empty) and
    ``retry_after`` (seconds, or None).
    """

    def __init__(
        self,
        *,
        status: int,
        code: str = "",
        message: str = "",
        request_id: str = "",
        context_info: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id
        self.context_info = dict(context_info or {})
        self.retry_after = retry_after

    def __str__(self) -> str:
        words = f"{self.status} {self.code}".strip()
        text = f"{words}: {self.message}" if self.message else words
        return f"{text} (request {self.request_id})" if self.request_id else text


class BadRequest(ApiError):
    """400: the request is not acceptable as it is."""


class Unauthorized(ApiError):
    """401: no token, or one that is unknown or expired."""


class Forbidden(ApiError):
    """403: the token is valid and not allowed to do this."""


class NotFound(ApiError):
    """404: no such item, or none that this user may see."""


class Conflict(ApiError):
    """409: the name is in use; ``context_info["conflicts"]`` tells by what."""


class RateLimited(ApiError):
    """429: too many requests; wait ``retry_after`` seconds."""


class BoxUnavailable(ApiError):
    """5xx: the service failed. A POST may have been carried out all the same: look first."""


class Unreachable(DocGenError):
    """No reply came: the name, the network or the port is wrong, or the reply was cut off."""


class NotReady(DocGenError):
    """202 on a template's tags: Box is still reading the template. Ask again in a few seconds."""


class NotFinished(DocGenError):
    """A batch was not finished in the time given; it goes on. ``batch_id`` and ``status``."""

    def __init__(self, batch_id: str, *, status: str, seconds: float) -> None:
        super().__init__(
            f"Batch {batch_id} was not finished after {seconds:g} s: {status} It goes on; "
            "wait() again, or Batch(box, batch_id) in another session."
        )
        self.batch_id = batch_id
        self.status = status


class UnreadableReply(DocGenError):
    """The reply is not what the API documents, such as an HTML page."""


class MissingCredentials(DocGenError):
    """No token for Box."""


_END_TIMES = " Add end times with add_output_times, or use the jobs of a Ledger."
_HINTS = {
    "finished_at": _END_TIMES,
    "finished_source": _END_TIMES,
    "duration_seconds": _END_TIMES,
    "read_at": " read_at is the time when the jobs were read.",
}
_METRICS = {
    "backlog": "throughput(jobs)",
    "comparison": "compare_jobs(before, after)",
    "failure_heatmap": 'outcomes(jobs, by=["weekday", "hour"])',
    "failure_reasons": "failure_reasons(failures)",
    "incidents": "find_incidents(jobs)",
}


def _hint(column: str, function: str) -> str:
    """Return what to do about a missing column, if that is known."""
    chart = function.removeprefix("draw_")
    if chart not in (function, "timeline"):  # only the timeline draws the jobs themselves
        return f" Pass the result of {_METRICS.get(chart, f'{chart}(jobs)')}."
    return _HINTS.get(column, "")


class MissingColumn(DocGenError):
    """A table lacks columns that a function needs."""

    def __init__(self, *columns: str, function: str) -> None:
        named = ("the column " if len(columns) == 1 else "the columns ") + _listed(columns)
        hints = dict.fromkeys(_hint(column, function) for column in columns)
        super().__init__(f"{function} needs {named}, which this table lacks.{''.join(hints)}")
        self.columns = columns
        self.function = function

    @classmethod
    def check(cls, present: Iterable[str], *, needed: Iterable[str], function: str) -> None:
        """Raise for the columns `needed` that are not among those `present`."""
        there = set(present)
        lacking = [column for column in dict.fromkeys(needed) if column not in there]
        if lacking:
            raise cls(*lacking, function=function)


def _listed(names: Sequence[str]) -> str:
    *others, last = map(repr, names)
    return f"{', '.join(others)} and {last}" if others else last


class EngineCannot(DocGenError):
    """The engine behind a table lacks an operation that a metric needs."""

    def __init__(self, operation: str, *, engine: str, function: str) -> None:
        super().__init__(
            f"{function} needs to {operation}, which {engine} can't do here. Pass the table "
            "as pandas, Polars, DuckDB, Dask or PySpark."
        )
        self.operation = operation
        self.engine = engine
        self.function = function


class UnreadableTemplate(DocGenError):
    """The file cannot be read as a Word template; ``code`` says why in one word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ConversionFailed(DocGenError):
    """No PDF could be made of a document."""


class ServiceError(DocGenError):
    """The embedded service cannot start or go on: a port in use, a folder that is none."""


class UnreadableData(DocGenError):
    """The data for a template cannot be read: no such file, no JSON, no JSON object."""


class NotWritten(DocGenError):
    """A file cannot be written where it was asked for."""


class LedgerError(DocGenError):
    """A history file cannot be used: none, of a newer version, damaged, of another service."""
