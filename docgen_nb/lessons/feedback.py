"""The answer of a check: right or not yet, why, and a hint."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Feedback:
    """What a check says about an answer. It shows itself in a notebook.

    ``passed`` says whether the answer is right, ``reason`` what was seen, and ``hint`` what to
    look at next. ``level`` is that of the hint, from 1 to 3, or 0 if none was used up.
    """

    name: str
    passed: bool
    reason: str
    hint: str = ""
    level: int = 0

    @property
    def _title(self) -> str:
        if self.passed:
            return f"{self.name}: right."
        return f"{self.name}: not yet."

    @property
    def _hint_name(self) -> str:
        return f"Hint {self.level} of 3" if self.level else "Next"

    def __repr__(self) -> str:
        lines = [f"{self._title} {self.reason}"]
        if self.hint:
            lines.append(f"{self._hint_name}: {self.hint}")
        return "\n".join(lines)

    def _repr_markdown_(self) -> str:
        mark = "✓" if self.passed else "→"
        lines = [f"{mark} **{self._title}** {_plain(self.reason)}"]
        if self.hint:
            lines.append(f"**{self._hint_name}:** {self.hint}")
        return "\n\n".join(lines)


def _plain(text: str) -> str:
    """Return a text whose signs Markdown and HTML leave alone, except for code in backquotes."""
    parts = text.split("`")
    plain = [
        part
        if place % 2
        else "".join(f"\\{sign}" if sign in r"\*_[]<>#|$~" else sign for sign in part)
        for place, part in enumerate(parts)
    ]
    return "`".join(plain)


@dataclass(frozen=True)
class Solution:
    """One solution of an exercise, as code, and what to remember. It shows itself in a notebook."""

    name: str
    code: str
    learned: str

    def __repr__(self) -> str:
        return f"One solution of {self.name}:\n\n{self.code}\n\n{self.learned}"

    def _repr_markdown_(self) -> str:
        return f"One solution of **{self.name}**:\n\n```python\n{self.code}\n```\n\n{self.learned}"
