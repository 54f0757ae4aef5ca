"""One column of a table: the field that it fills, how it is read, and what is wrong with it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from docgen_nb.forms.display import counted
from docgen_nb.request.cell_values import column_values, element_of
from docgen_nb.request.column_formats import NAMES, ColumnFormat, format_of, shown_in
from docgen_nb.request.column_matching import UNSURE, Suggestion
from docgen_nb.schema import Field

CHOSEN = "Chosen"  # the certainty of what a person chose
_SAMPLES = 3
_WHAT = {"number": "a number", "date": "a date", "boolean": "yes or no"}
_USE = {"date": "{} {}", "number": "{} written with a {}"}  # is or are, and the name of a format
_QUESTIONS = {
    "date": "Is the day or the month first?",
    "number": "Is the point or the comma the decimal sign?",
}


@dataclass
class MappedColumn:
    """A column of a table, and the choices that a person made about it.

    Attributes
    ----------
    path : str or None
        The field that the column fills; None if it is left out.
    certainty : str
        Of the suggestion, or `CHOSEN`.
    answer : str
        The format that was chosen for texts that do not decide it.
    """

    name: str
    cells: Sequence[Any] = field(repr=False)
    path: str | None
    certainty: str
    target: Field | None = None
    answer: str = ""

    @property
    def is_suggestion(self) -> bool:
        """Whether the column fills nothing until a person accepts the suggestion."""
        return self.path is not None and self.certainty == UNSURE

    @property
    def filled_path(self) -> str | None:
        """The path of the field that the column fills now."""
        return None if self.is_suggestion else self.path

    def choose(self, path: str | None, target: Field | None) -> None:
        """Fill another field, or none."""
        self.path, self.target, self.certainty, self.answer = path, target, CHOSEN, ""
        self._forget()

    def read_as(self, answer: str) -> None:
        """Read the texts in a format."""
        self.answer = answer
        self._forget()

    def _forget(self) -> None:
        for name in ("format", "read"):
            self.__dict__.pop(name, None)

    @cached_property
    def format(self) -> ColumnFormat:
        """How the texts can be read."""
        texts = (cell for cell in self.cells if isinstance(cell, str))
        return format_of(element_of(self.target), texts)

    @cached_property
    def read(self) -> tuple[list[Any], list[bool]]:
        """The values of the column (None for an empty cell), and which of them do not fit."""
        pairs = column_values(self.cells, element_of(self.target), self.reading)
        return [value for value, _ in pairs], [bool(message) for _, message in pairs]

    @property
    def kind(self) -> str:
        """The kind of the field that the column fills; "" if it fills none."""
        target = element_of(self.target)
        return "" if target is None or self.filled_path is None else target.kind

    @property
    def reading(self) -> str:
        """The format in which the texts are read; "" if they need none, or it is open."""
        return self.answer or self.format.chosen

    @property
    def asks(self) -> bool:
        """Whether a person has to say how the texts are read."""
        return bool(not self.is_suggestion and self.format.choices and not self.answer)

    @cached_property
    def samples(self) -> list[str]:
        """Up to three different values as texts; "" stands for empty cells."""
        first: dict[str, None] = {}
        has_empty = False
        for cell, (value, _) in zip(self.cells, column_values(self.cells, None, ""), strict=True):
            if value is None:
                has_empty = True
            elif len(first) < _SAMPLES:
                first[value if isinstance(value, str) else _shown(cell, value)] = None
        texts = list(first)
        return [*texts[: _SAMPLES - 1], ""] if has_empty else texts

    def question(self, others: Iterable["MappedColumn"] = ()) -> dict[str, Any] | None:
        """Return what to ask, with examples in words; None if nothing is to be asked.

        How `others`, which are read in one format, are written is a reason to choose.
        """
        if self.is_suggestion or not self.format.choices:
            return None
        choices, examples = self.format.choices, self.format.examples
        return {
            "text": f"{self._why()} {self._reason(others)}".strip(),
            "choices": [[one, NAMES[one].capitalize()] for one in choices],
            "examples": [[text, *(shown_in(text, one) for one in choices)] for text in examples],
            "answer": self.answer,
        }

    def _why(self) -> str:
        if self.format.is_mixed:
            return (
                "The column is written in different ways. Choose the one that most cells use; the "
                "others are listed as problems."
            )
        if self.format.choices[0] in (".", ","):
            return (
                "The numbers can be read both ways. Choose the decimal sign that this table uses."
            )
        if len(self.format.choices) == 1:
            return "Years with two digits are read as shown. Choose it if that is right."
        return (
            "The dates can be read both ways, because no value shows which number is the day. "
            "Choose the order that this table uses."
        )

    def _reason(self, others: Iterable["MappedColumn"]) -> str:
        """Return how other columns of this kind are written, if they agree, or ""."""
        alike = [one for one in others if one.kind == self.kind and one.reading and one is not self]
        found = {one.reading for one in alike}
        if len(found) != 1 or not found <= set(self.format.choices):
            return ""
        is_one = len(alike) == 1
        how = _USE[self.kind].format("is" if is_one else "are", NAMES[alike[0].reading])
        named = f"column, {alike[0].name}," if is_one else "columns"
        return f"Your other {self.kind} {named} {how}."

    def wrong(self) -> str:
        """Return which values do not fit the field, or ""."""
        values, is_wrong = self.read
        texts = Counter(str(one) for one, bad in zip(values, is_wrong, strict=True) if bad)
        target = element_of(self.target)
        if not texts or self.asks or target is None:
            return ""
        [(text, _), *others] = texts.most_common()
        more = f" and {counted(len(others), 'other value')}" if others else ""
        rows, verb = counted(texts.total(), "row"), "are" if others else "is"
        return f"“{text[:40]}”{more} in {rows} {verb} not {_WHAT[target.kind]}"

    def state(self, gaps: str) -> tuple[str, str]:
        """Return the name of a sign, and what is wrong with the column."""
        if self.path is None:
            return "none", "Not used"
        if self.asks and self.target is not None:
            return "ask", _QUESTIONS[element_of(self.target).kind]  # type: ignore[union-attr]
        if self.is_suggestion:
            return "ask", f"Suggestion only. {gaps}".strip()
        wrong = self.wrong()
        how = f", {NAMES[self.reading]}" if self.reading else ""
        if wrong or gaps:
            return "warn", " ".join(text for text in (wrong, gaps and f"{gaps}{how}") if text)
        return "ok", f"No gaps{how}"


def _shown(cell: Any, value: Any) -> str:
    text = str(cell) if isinstance(cell, float) else str(value)
    return {"True": "Yes", "False": "No"}.get(text, text)


def new_column(name: str, cells: Sequence[Any], found: Suggestion, target: Any) -> MappedColumn:
    """Return a column with the field that is suggested for it."""
    return MappedColumn(name, cells, found.path, found.certainty, target)
