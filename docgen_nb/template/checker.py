"""Checks data against tags alone, as a client of Box has them."""

from collections.abc import Mapping, Sequence
from typing import Any

from docgen_nb.template.coverage import unused_paths, used_names, with_nearest
from docgen_nb.template.problems import Problem
from docgen_nb.template.render.state import Run
from docgen_nb.template.tag_checker import operations


def check(tags: Sequence[Mapping[str, Any]], user_input: Mapping[str, Any]) -> list[Problem]:
    """Tell what is missing, unused or of the wrong kind, from the entries of the tags call.

    A list of tags does not say where a condition ends, so every tag counts as printed; only what
    some condition asks for by ``isPresent`` (or by its name alone) may be absent.
    `Template.check` knows the branches and is exact.

    >>> tags = [{"tag_content": "{{name}}", "tag_type": "text", "json_paths": ["name"]}]
    >>> for problem in check(tags, {"nmae": "Ada"}):
    ...     print(problem, problem.nearest)
    The tag 'name' was not provided in the input data. nmae
    The tag 'nmae' was provided but not used in the template. name
    """
    require_object(user_input)
    used = used_names(tags)
    operation, slots, may_be_absent = operations(tags)
    run = Run(user_input, slots=slots)
    operation(run.frame, run.out.append, run)
    found = [one for one in run.problems if not _is_excused(one, may_be_absent)]
    return with_nearest(found + unused_paths(user_input, used), user_input, used)


def require_object(user_input: Any) -> None:
    """Refuse data that is no JSON object."""
    if not isinstance(user_input, dict):
        kind = type(user_input).__name__
        raise TypeError(f"user_input must be a dict (a JSON object), not {kind}.")


def _is_excused(problem: Problem, may_be_absent: frozenset[str]) -> bool:
    if problem.code != "missing":
        return False
    return any(
        problem.path == path or problem.path.startswith(f"{path}.") for path in may_be_absent
    )
