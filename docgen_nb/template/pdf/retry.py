"""Retries of documents after a call that failed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from docgen_nb.errors import ConversionFailed
from docgen_nb.template.pdf.pool import Result

MAX_FRUITLESS_CALLS = 3  # after so many in a row without a result, the document is not the cause


@dataclass(frozen=True)
class SofficeRun:
    """The PDFs of one run of LibreOffice, by number, and its error, if any."""

    made: dict[int, bytes]
    error: str | None = None


class Attempts:
    """Documents by number, each converted until it has a result.

    A converter takes its files in order, so the first that is missing made the call fail. It is
    tried once more, alone; the others go on without it, and PDFs already made are kept. Documents
    that are refused for a reason are not tried.

    Examples
    --------
    >>> attempts = Attempts(3)
    >>> attempts.next_call()
    [0, 1, 2]
    >>> attempts.record(SofficeRun({0: b"%PDF-"}, "It crashed."))
    >>> attempts.next_call()
    [1]
    >>> attempts.record(SofficeRun({}, "It crashed."))
    >>> attempts.next_call()
    [2]
    >>> attempts.record(SofficeRun({2: b"%PDF-"}))
    >>> attempts.results()
    [b'%PDF-', ConversionFailed('It crashed. It was tried twice.'), b'%PDF-']
    """

    def __init__(self, count: int, *, refused: Mapping[int, str] | None = None) -> None:
        self._results: dict[int, Result] = {
            number: ConversionFailed(reason) for number, reason in (refused or {}).items()
        }
        left = [number for number in range(count) if number not in self._results]
        self._queue = [left] if left else []
        self._current: list[int] = []
        self._failures: Counter[int] = Counter()
        self._fruitless = 0

    def next_call(self) -> list[int]:
        """Return the numbers for the next call; none if all have a result."""
        self._current = self._queue.pop(0) if self._queue else []
        return self._current

    def record(self, call: SofficeRun) -> None:
        """Record a call. Documents missing without an error cannot be read."""
        self._results |= call.made
        left = [number for number in self._current if number not in call.made]
        if call.error is None:
            self._fruitless = 0
            self._fail(left, "LibreOffice cannot read this document.")
        elif left:
            self._fruitless = 0 if call.made else self._fruitless + 1
            self._try_again(left[0], rest=left[1:], error=call.error)

    def give_up(self, error: str) -> None:
        """Let all documents without a result fail."""
        self._fail([number for numbers in self._queue for number in numbers], error)
        self._queue = []

    def results(self) -> list[Result]:
        """Return the results in order."""
        return [self._results[number] for number in sorted(self._results)]

    def _try_again(self, first: int, *, rest: list[int], error: str) -> None:
        self._failures[first] += 1
        if self._failures[first] == 2:
            self._fail([first], f"{error} It was tried twice.")
        again = [first] if self._failures[first] == 1 else []
        self._queue = [numbers for numbers in (again, rest, *self._queue) if numbers]
        if self._fruitless == MAX_FRUITLESS_CALLS:
            self.give_up(error)

    def _fail(self, numbers: list[int], reason: str) -> None:
        self._results |= {number: ConversionFailed(reason) for number in numbers}
