"""The exceptions of docgen_nb, each with the facts needed to act.

>>> raise NotFound(status=404, code="not_found", message="Not Found")
Traceback (most recent call last):
...
docgen_nb.errors.NotFound: 404 not_found: Not Found
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_MOST_SHOWN = 3  # of the causes of one error


class DocGenError(Exception):
    """Base class of all errors of this package."""


class ApiError(DocGenError):
    """A reply with an error status.

    Attributes
    ----------
    status : int
        HTTP status.
    code : str
        Box's error code; may be empty.
    message : str
    request_id : str
        For Box support; may be empty.
    context_info : dict
        Box's details; may be empty.
    retry_after : float or None
        Seconds to wait.
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
        summary = f"{self.status} {self.code}".strip()
        text = f"{summary}: {self.message}" if self.message else summary
        return f"{text} (request {self.request_id})" if self.request_id else text


class BadRequest(ApiError):
    """400: the request is not valid."""


class Unauthorized(ApiError):
    """401: the token is missing, unknown or expired."""


class Forbidden(ApiError):
    """403: the token is valid but does not permit this."""


class NotFound(ApiError):
    """404: the item does not exist, or this user may not see it."""


class Conflict(ApiError):
    """409: the name is already in use, by the item in ``context_info["conflicts"]``."""


class RateLimited(ApiError):
    """429: too many requests. Wait ``retry_after`` seconds."""


class BoxUnavailable(ApiError):
    """5xx: the service failed. A POST may still have been carried out: check before you retry."""


class Unreachable(DocGenError):
    """There was no reply: host name, port or network is wrong, or the reply was cut off.

    ``may_have_arrived`` is False if the request certainly has not reached the service.
    """

    def __init__(self, *message: object, may_have_arrived: bool = True) -> None:
        super().__init__(*message)
        self.may_have_arrived = may_have_arrived


class NotReady(DocGenError):
    """202: Box is not ready, for example still reading a template. Try again in a few seconds."""


class NotFinished(DocGenError):
    """A batch did not finish within the timeout; it continues. Has ``batch_id`` and ``status``.

    `listed` says how many of its jobs are listed, if the list has stayed too short instead.
    """

    def __init__(self, batch_id: str, *, status: str, seconds: float, listed: str = "") -> None:
        late = (
            f"Batch {batch_id} did not finish within {seconds:g} s: {status} It continues: call "
            "wait() again, or use Batch(box, batch_id) in another session."
        )
        short = (
            f"The list of batch {batch_id} has stayed at {listed} for {seconds:g} s: "
            f"{status.rstrip('.')}. Check the other documents in Box before you send them again."
        )
        super().__init__(short if listed else late)
        self.batch_id = batch_id
        self.status = status


class UnreadableReply(DocGenError):
    """The reply is not what the API documents, for example an HTML page."""


class MissingCredentials(DocGenError):
    """There is no token for Box, or nothing to get one with."""


class LoginFileError(DocGenError):
    """The file of `docgen-nb login` cannot be used: others can read it, or it is damaged."""


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
        """Raise for the columns that are `needed` and not `present`."""
        columns = set(present)
        missing = [column for column in dict.fromkeys(needed) if column not in columns]
        if missing:
            raise cls(*missing, function=function)


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
    """The file cannot be read as a Word template. ``code`` is the reason in one word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ConversionFailed(DocGenError):
    """A document could not be converted to PDF."""


class ServiceError(DocGenError):
    """The embedded service cannot start or continue, for example because a port is in use."""


class UnreadableEvidence(DocGenError):
    """A file of ``docgen-nb probe`` cannot be read; the message names the line."""


class ProbeStopped(DocGenError):
    """A probe cannot go on. What it has answered so far is kept, and what it made is deleted."""


class UnreadableData(DocGenError):
    """The data for a template cannot be read: no such file, or not a JSON object."""


class WrongEncoding(UnreadableData):
    """A text file is not in the encoding in which it is read."""


class CellsWithoutValue(UserWarning):
    """Cells of a spreadsheet have no value, although they are not empty."""


class NotWritten(DocGenError):
    """A file cannot be written."""


class NotDownloaded(DocGenError):
    """Some documents of a batch could not be downloaded; the others have been saved.

    Attributes
    ----------
    paths : list of paths
        The documents that were saved.
    failures : dict
        The error of each other document, by the id of its job.
    """

    def __init__(self, *, paths: Sequence[Any], failures: Mapping[str, DocGenError]) -> None:
        count, total = len(failures), len(paths) + len(failures)
        noun, verb = "documents" if total > 1 else "document", "were" if count > 1 else "was"
        shown = [f"Job {job_id}: {error}" for job_id, error in failures.items()][:_MOST_SHOWN]
        more = f" And {count - _MOST_SHOWN} more." if count > _MOST_SHOWN else ""
        super().__init__(
            f"{count} of {total} {noun} {verb} not downloaded. {' '.join(shown)}{more}"
        )
        self.paths = list(paths)
        self.failures = dict(failures)


class RowsRefused(DocGenError):
    """Rows that cannot be sent as they are; nothing was sent.

    Attributes
    ----------
    problems : list of dicts
        One per problem: ``row`` (its position, from 0; None for all rows), ``severity``, ``path``,
        ``code`` and ``message``.
    """

    def __init__(self, problems: Sequence[Mapping[str, Any]], *, rows: int) -> None:
        errors = [one for one in problems if one["severity"] == "error"]
        bad = {one["row"] for one in errors if one["row"] is not None}
        shown = [_in_row(one) for one in errors[:_MOST_SHOWN]]
        more = f" And {len(errors) - _MOST_SHOWN:,} more." if len(errors) > _MOST_SHOWN else ""
        summary = f"{len(bad):,} of {rows:,} rows have errors; nothing was sent."
        good = rows - len(bad) if bad else 0
        advice = f" To send the other {good:,}, pass bad_rows='skip'." if good else ""
        super().__init__(
            f"{summary if bad else 'Nothing was sent.'} {' '.join(shown)}{more}{advice}"
        )
        self.problems = [dict(one) for one in problems]


def _in_row(problem: Mapping[str, Any]) -> str:
    row, path = problem["row"], problem["path"]
    message = str(problem["message"]).rstrip(".")
    if row is None:
        return f"{message}."
    return f"Row {row}{f', {path}' if path else ''}: {message}."


class LedgerError(DocGenError):
    """A history file cannot be used: missing, damaged, too new, or of another service."""


class OtherAccount(LedgerError):
    """A history file holds the jobs of another service or account.

    Attributes
    ----------
    fact : str
        The sentence that says whose jobs the file holds.
    url : str or None
        The address of the service whose jobs it holds, if it is another one.
    account : str
        A name that keeps the other jobs in a file of their own: ``Ledger(path, account=...)``.
    """

    def __init__(self, fact: str, advice: str, *, url: str | None, account: str) -> None:
        super().__init__(f"{fact} {advice}")
        self.fact, self.url, self.account = fact, url, account
