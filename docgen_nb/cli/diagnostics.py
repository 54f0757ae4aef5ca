"""Problems as the commands for a template file tell them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from docgen_nb.template import Problem


@dataclass(frozen=True)
class Finding:
    """A problem, and the row of data (counted from 1) that has it, where there are many."""

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
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The problem with all that is known of it."""
        row = {} if self.row is None else {"row": self.row}
        return row | asdict(self.problem)


def status(findings: Sequence[Finding]) -> int:
    """The exit status: 1 if one of them is an error."""
    return int(any(one.problem.severity == "error" for one in findings))
