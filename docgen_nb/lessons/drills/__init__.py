"""Incident drills: find the cause and the remedy, with evidence."""

import random

from docgen_nb.lessons.drills import bad_version, lost_reply, storm, stuck
from docgen_nb.lessons.drills.drill import Drill

__all__ = ["DRILLS", "Drill", "drill"]

DRILLS = {
    "storm": storm.build,
    "lost_reply": lost_reply.build,
    "bad_version": bad_version.build,
    "stuck": stuck.build,
}


def drill(name: str, *, seed: int | None = None) -> Drill:
    """Return an incident on a service of its own, with a clock that stands still.

    Parameters
    ----------
    name : str
        ``storm``, ``lost_reply``, ``bad_version`` or ``stuck``.
    seed : int, optional
        The same number gives the same incident: one for a class, or one for each learner. By
        default each call gives another one.

    Raises
    ------
    ValueError
        If there is no such drill.

    Examples
    --------
    >>> stuck = drill("stuck", seed=1)
    >>> stuck.answer(cause="slow_template", remedy="wait_longer", evidence="7")
    stuck: not yet. The evidence does not show it. '7' is not the id of a job.
    Hint 1 of 3: Ids of jobs are in `jobs`.
    """
    if name not in DRILLS:
        raise ValueError(f"There is no drill {name!r}; there are {', '.join(DRILLS)}.")
    chance = random.Random() if seed is None else random.Random(f"{name} {seed}")  # noqa: S311
    return Drill(name, DRILLS[name](chance))
