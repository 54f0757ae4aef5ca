"""How the template commands print problems."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from docgen_nb.cli import printable
from docgen_nb.template import Problem


@dataclass(frozen=True)
class Diagnostic:
    """A problem, with the number of its row (from 1) if there are many rows."""

    problem: Problem
    row: int | None = None

    def __str__(self) -> str:
        problem = self.problem
        where = "" if self.row is None else f" in row {self.row}"
        lines = [f"{problem.severity}{where}: {problem}"]
        if problem.place is not None:
            lines.append(f"  at {problem.place}: {' '.join(problem.tag.split())}")
        if problem.nearest is not None:
            lines.append(f"  did you mean '{problem.nearest}'?")
        return printable.lines("\n".join(lines))

    def as_json(self) -> dict[str, Any]:
        """Return all fields of the problem, for JSON."""
        row = {} if self.row is None else {"row": self.row}
        return row | asdict(self.problem)


def exit_status(diagnostics: Sequence[Diagnostic]) -> int:
    """Return 1 if one of the problems is an error, else 0."""
    return int(any(one.problem.severity == "error" for one in diagnostics))
