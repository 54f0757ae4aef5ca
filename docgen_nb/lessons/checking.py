"""start, check and solution: the three calls that a learner makes for an exercise."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from docgen_nb.lessons import calls, reliability, tables, templates
from docgen_nb.lessons.exercise import Exercise, NotTried, Wrong, in_words
from docgen_nb.lessons.feedback import Feedback, Solution

EXERCISES: dict[str, Exercise] = {
    one.id: one
    for one in (
        *templates.EXERCISES,
        *calls.EXERCISES,
        *tables.EXERCISES,
        *reliability.EXERCISES,
    )
}


@dataclass
class Learner:
    """What one learner has done: wrong answers, right ones, and what exercises work with."""

    wrong: Counter[str] = field(default_factory=Counter)
    passed: set[str] = field(default_factory=set)
    materials: dict[str, Any] = field(default_factory=dict)


_LEARNER = Learner()  # of this kernel


def start(exercise: str, *, seed: int = 1, learner: Learner = _LEARNER) -> Any:
    """Return what an exercise works with: a client, a table or a template.

    Run it again to begin anew. Another `seed` gives other numbers, so that neighbors in a class
    can't copy them. `learner` is whose work it is, by default that of this kernel.

    Raises
    ------
    ValueError
        If there is no such exercise, or it needs nothing to start with.

    Examples
    --------
    >>> start("01d")
    <Template: 8 tags, 0 problems>
    """
    found = _find(exercise)
    if found is None or found.start is None:
        names = ", ".join(one.id for one in EXERCISES.values() if one.start)
        raise ValueError(f"Exercise {exercise!r} has nothing to start with; these have: {names}.")
    made = learner.materials[found.id] = found.start(seed)
    return getattr(made, "given", made)


def check(exercise: str, answer: Any, *, learner: Learner = _LEARNER) -> Feedback:
    """Return whether an answer is right and, if not, why, with a hint.

    Answers are judged by what they do: templates are rendered, functions are called with a
    service, numbers are computed again from the table that `start` returned. Each further wrong
    answer gets a more detailed hint, up to three; one of another type than asked for uses up none.
    No answer of any type raises an error.

    Examples
    --------
    >>> learner = Learner()
    >>> check("01a", "Dear {{first name}},", learner=learner)
    01a: not yet. The tag '{{first name}}' cannot be read: names can't contain spaces (...).
    Hint 1 of 3: ...
    >>> check("01a", None, learner=learner)
    01a: not yet. There is no answer yet: it is None.
    Next: Put your answer in the cell above, run that cell, then run this one again.
    """
    found = _find(exercise)
    if found is None:
        return _unknown(exercise)
    if answer is None:
        hint = "Put your answer in the cell above, run that cell, then run this one again."
        return Feedback(found.id, False, "There is no answer yet: it is None.", hint)
    if found.start and found.id not in learner.materials:
        reason = "This exercise was not started since the kernel was."
        hint = f'Run the cell with `dg.lessons.start("{found.id}")`, then answer anew.'
        return Feedback(found.id, False, reason, hint)
    try:
        found.judge(answer, learner.materials.get(found.id))
    except NotTried as start:
        return Feedback(found.id, False, start.reason, start.hint)
    except Wrong as wrong:
        return _wrong(found, wrong, learner)
    except Exception as error:  # noqa: BLE001  an answer may be any object, and raise anything
        reason = f"The answer could not be used: it raised {in_words(error)}."
        return _wrong(
            found, Wrong(reason, "Look at the task again: what kind of answer is it?"), learner
        )
    learner.passed.add(found.id)
    return Feedback(found.id, True, found.learned)


def _wrong(exercise: Exercise, wrong: Wrong, learner: Learner) -> Feedback:
    learner.wrong[exercise.id] += 1
    level = min(learner.wrong[exercise.id], len(exercise.hints))
    hint = wrong.hint if level == 1 and wrong.hint else exercise.hints[level - 1]
    return Feedback(exercise.id, False, wrong.reason, hint, level)


def solution(exercise: str, *, learner: Learner = _LEARNER) -> Solution | Feedback:
    """Return one solution of an exercise, after an attempt that was checked.

    Examples
    --------
    >>> solution("04b", learner=Learner())
    04b: not yet. The solution is shown after an attempt.
    Next: Try it first, and check your answer.
    """
    found = _find(exercise)
    if found is None:
        return _unknown(exercise)
    if not learner.wrong[found.id] and found.id not in learner.passed:
        reason, hint = (
            "The solution is shown after an attempt.",
            "Try it first, and check your answer.",
        )
        return Feedback(found.id, False, reason, hint)
    return Solution(found.id, found.solution, found.learned)


def _find(name: Any) -> Exercise | None:
    if not isinstance(name, str):
        return None
    return EXERCISES.get(name.strip().lower().rjust(3, "0"))


def _unknown(name: Any) -> Feedback:
    shown = name[:20] if isinstance(name, str) else type(name).__name__
    hint = f"There are {', '.join(EXERCISES)}."
    return Feedback(shown, False, "There is no exercise of this name.", hint)
