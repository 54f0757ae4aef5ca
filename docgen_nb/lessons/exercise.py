"""What an exercise is, and how its judge says what is wrong with an answer."""

import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MOST_CHARACTERS = 200  # of a text of the learner's that is shown again
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlist = _SHORT.maxdict = _SHORT.maxtuple = 4


class Wrong(Exception):
    """A wrong answer: the reason, and a first hint for this mistake, if it has its own."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint


class NotTried(Wrong):
    """The start as it was given, or an answer of another kind: no attempt, no hint is used up."""


@dataclass(frozen=True)
class Exercise:
    """A task, the judge of its answers, three hints that lead on, and one solution.

    `judge` takes the answer and what `start` made, and raises `Wrong`. `start` takes a seed and
    makes what the learner works with, or an object whose ``given`` is that. `solution` is code that
    sets the variable ``answer_<id>``. `learned` is what to remember.
    """

    id: str
    task: str
    judge: Callable[[Any, Any], None]
    hints: tuple[str, str, str]
    solution: str
    learned: str
    start: Callable[[int], Any] | None = None


def shown(value: object) -> str:
    """Return a value in a few characters, however large it is.

    >>> shown(list(range(1_000_000)))
    '[0, 1, 2, 3, ...]'
    """
    text = " ".join(_SHORT.repr(value).split())
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def in_words(error: BaseException) -> str:
    """Return an error as its type and message, without a period, even if it cannot be read.

    >>> in_words(KeyError("name"))
    "KeyError: 'name'"
    """
    name = type(error).__name__
    try:
        text = " ".join(str(error).split())[:MOST_CHARACTERS]
    except Exception:  # noqa: BLE001  an object of the learner's may raise anything here
        return name
    return f"{name}: {text.rstrip('.')}" if text else name


def require(answer: Any, kind: type | tuple[type, ...], words: str) -> None:
    """Raise `NotTried` unless an answer has the type that is asked for, in words.

    >>> require("two", int, "a number")
    Traceback (most recent call last):
    ...
    docgen_nb.lessons.exercise.NotTried: The answer is a str ('two'), and a number is needed.
    """
    if isinstance(answer, kind):
        return
    name = type(answer).__name__
    article = "an" if name[:1].lower() in "aeiou" else "a"
    raise NotTried(
        f"The answer is {article} {name} ({shown(answer)}), and {words} is needed.",
        f"Look at the task again: assign {words} to the variable, then run both cells.",
    )


def require_function(answer: Any) -> None:
    """Raise `Wrong` unless an answer can be called.

    >>> require_function(len)
    """
    if not callable(answer):
        raise NotTried(
            f"The answer is {shown(answer)}, and a function is needed.",
            "Pass the function itself, without parentheses and arguments: the check calls it.",
        )


class TooManyCalls(BaseException):
    """A function of the learner's calls the service without end.

    Not an Exception, so that ``except Exception`` in a loop does not swallow it.
    """


def run(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of the learner's; what it raises becomes a reason.

    >>> run(lambda text: text.no, "")
    Traceback (most recent call last):
    ...
    docgen_nb.lessons.exercise.Wrong: Your function raised AttributeError: 'str' object has ...
    """
    try:
        return function(*arguments)
    except TooManyCalls as error:
        raise Wrong(str(error), "Which condition ends your loop? Is it ever met?") from None
    except (Exception, SystemExit) as error:  # noqa: BLE001  it becomes a reason
        raise raised(error) from None


def raised(error: BaseException) -> Wrong:
    """Return the reason for an error that a function of the learner's raised.

    >>> raised(NotImplementedError()).reason
    'Your function is not written yet: it raises NotImplementedError.'
    """
    if isinstance(error, NotImplementedError):
        return NotTried(
            "Your function is not written yet: it raises NotImplementedError.",
            "Replace the line `raise NotImplementedError`, run that cell, then this one.",
        )
    line = _line_of(error)
    at = f" (line {line} of its cell)" if line else ""
    return Wrong(f"Your function raised {in_words(error)}{at}.")


def _line_of(error: BaseException) -> int | None:
    """Return the last line of a notebook cell that an error passed through."""
    line, frame = None, error.__traceback__
    while frame is not None:
        name = frame.tb_frame.f_code.co_filename
        if "ipykernel" in name or name.startswith("<ipython"):
            line = frame.tb_lineno
        frame = frame.tb_next
    return line
