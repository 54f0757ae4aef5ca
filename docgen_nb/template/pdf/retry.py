"""Which documents are converted again after a call that broke off."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from docgen_nb.errors import ConversionFailed
from docgen_nb.template.pdf.pool import Result

MOST_BARREN_CALLS = 3  # after so many calls in a row that made nothing it is not the document


@dataclass(frozen=True)
class Call:
    """What one call made, by number, and what went wrong with the call itself, if anything."""

    made: dict[int, bytes]
    fault: str | None = None


class Attempts:
    """Documents by number, on their way to a result each.

    A converter takes its files in order, so the first that is missing broke the call. It is tried
    once more, alone; the others go on without it, and what was made stays. Those that are refused
    for a reason are not tried at all.

    Examples
    --------
    >>> attempts = Attempts(3)
    >>> attempts.next_call()
    [0, 1, 2]
    >>> attempts.note(Call({0: b"%PDF-"}, "It crashed."))
    >>> attempts.next_call()
    [1]
    >>> attempts.note(Call({}, "It crashed."))
    >>> attempts.next_call()
    [2]
    >>> attempts.note(Call({2: b"%PDF-"}))
    >>> attempts.results()
    [b'%PDF-', ConversionFailed('It crashed. It was tried twice.'), b'%PDF-']
    """

    def __init__(self, count: int, *, refused: Mapping[int, str] | None = None) -> None:
        self._results: dict[int, Result] = {
            number: ConversionFailed(reason) for number, reason in (refused or {}).items()
        }
        left = [number for number in range(count) if number not in self._results]
        self._line = [left] if left else []
        self._asked: list[int] = []
        self._faults: Counter[int] = Counter()
        self._barren = 0

    def next_call(self) -> list[int]:
        """Return the numbers for the next call; none when all have a result."""
        self._asked = self._line.pop(0) if self._line else []
        return self._asked

    def note(self, call: Call) -> None:
        """Take what a call gave. What is missing without a fault cannot be read."""
        self._results |= call.made
        left = [number for number in self._asked if number not in call.made]
        if call.fault is None:
            self._barren = 0
            self._fail(left, "LibreOffice cannot read this document.")
        elif left:
            self._barren = 0 if call.made else self._barren + 1
            self._try_again(left[0], rest=left[1:], fault=call.fault)

    def give_up(self, fault: str) -> None:
        """Let all that have no result yet fail."""
        self._fail([number for numbers in self._line for number in numbers], fault)
        self._line = []

    def results(self) -> list[Result]:
        """Return the results in order."""
        return [self._results[number] for number in sorted(self._results)]

    def _try_again(self, first: int, *, rest: list[int], fault: str) -> None:
        self._faults[first] += 1
        if self._faults[first] == 2:
            self._fail([first], f"{fault} It was tried twice.")
        again = [first] if self._faults[first] == 1 else []
        self._line = [numbers for numbers in (again, rest, *self._line) if numbers]
        if self._barren == MOST_BARREN_CALLS:
            self.give_up(fault)

    def _fail(self, numbers: list[int], reason: str) -> None:
        self._results |= {number: ConversionFailed(reason) for number in numbers}
