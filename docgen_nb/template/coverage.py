"""Comparison of the paths that a template uses with the paths in the data."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from docgen_nb.template.problems import Problem, unused

_MAX_CANDIDATES = 400
_MAX_COMPARED = 4_000_000  # pairs of characters per rendering: under a second
_MAX_DEPTH = 100  # levels of data; a tag has at most 40, and loops add theirs
_MOST_NEAR = 5  # candidates whose last name is compared
_NEAR = 0.75


class Names(dict[str, "Names"]):
    """The names used at one level of the data, and the names used below each."""

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """All names as dotted paths from this level."""
        return tuple(self._walk(""))

    def _walk(self, prefix: str) -> Iterator[str]:
        for name, below in self.items():
            yield f"{prefix}{name}"
            yield from below._walk(f"{prefix}{name}.")


def used_names(tags: Iterable[Mapping[str, Any]]) -> Names:
    """Return the JSON paths of tags as a tree of names."""
    root = Names()
    for path in dict.fromkeys(path for tag in tags for path in tag["json_paths"]):
        below = root
        for name in path.split(".", _MAX_DEPTH)[:_MAX_DEPTH]:
            below = below.setdefault(name, Names())
    return root


def unused_paths(user_input: Mapping[str, Any], used: Names) -> list[Problem]:
    """Return a warning for each path in the data that no tag uses, without the paths below it."""
    paths: dict[str, None] = {}
    _find_unused(user_input, used, "", paths, set(), 0)
    return [unused(path) for path in paths]


def _find_unused(
    value: Any,
    used: Names,
    prefix: str,
    paths: dict[str, None],
    visited: set[tuple[int, int]],
    depth: int,
) -> None:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        key = (id(value), id(used))  # a list may contain itself, even twice
        if key not in visited:
            visited.add(key)
            is_flat = not any(used.values())  # as in most tables
            for element in value:
                if is_flat and isinstance(element, dict) and element.keys() <= used.keys():
                    continue
                _find_unused(element, used, prefix, paths, visited, depth + 1)
    elif isinstance(value, dict):
        if not value.keys() <= used.keys():
            paths.update((f"{prefix}{name}", None) for name in value if name not in used)
        for name, below in used.items():
            if below and name in value:
                _find_unused(value[name], below, f"{prefix}{name}.", paths, visited, depth + 1)


def with_nearest(
    problems: list[Problem], user_input: Mapping[str, Any], used: Names
) -> list[Problem]:
    """Return the problems, each missing or unused path with the most similar path, if any."""
    if not any(problem.code in ("missing", "unused") for problem in problems):
        return problems
    in_data, in_tags = _data_paths(user_input), used.paths
    missing = islice((path for path in in_tags if path not in in_data), _MAX_CANDIDATES)
    all_in_tags = set(in_tags)
    unused = islice((path for path in in_data if path not in all_in_tags), _MAX_CANDIDATES)
    others = {"missing": _Candidates(tuple(unused)), "unused": _Candidates(tuple(missing))}
    return [
        replace(problem, nearest=others[problem.code].nearest(problem.path))
        if problem.code in others
        else problem
        for problem in problems
    ]


class _Candidates:
    """Paths that are compared with others, character by character until that takes too long."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self._paths = paths
        self._characters = sum(map(len, paths))
        self._compared = 0

    def nearest(self, path: str) -> str | None:
        same = self._by_letters.get(_letters(path))
        if same is not None:
            return same
        self._compared += len(path) * self._characters
        return _most_similar(path, self._paths) if self._compared <= _MAX_COMPARED else None

    @cached_property
    def _by_letters(self) -> dict[str, str]:
        """Each path by its letters and digits alone; the first of several."""
        return {_letters(path): path for path in reversed(self._paths)}


@lru_cache(maxsize=64)  # the rows of a batch tend to have the same mistake
def _most_similar(path: str, candidates: tuple[str, ...]) -> str | None:
    """Return the most similar path, or None if none is similar.

    The last name has to be similar as well: objects that paths share make them no nearer.

    >>> _most_similar("order.requestor", ("order.requester", "order.id"))
    'order.requester'
    >>> _most_similar("order.vendor.address.street", ("order.vendor.address.city",))
    """
    near = difflib.get_close_matches(path, candidates, n=_MOST_NEAR, cutoff=_NEAR)
    return next((one for one in near if _similarity(_last(one), _last(path)) >= _NEAR), None)


def _last(path: str) -> str:
    return path.rpartition(".")[2].casefold()


def _similarity(first: str, second: str) -> float:
    return difflib.SequenceMatcher(None, first, second).ratio()


def _letters(path: str) -> str:
    return "".join(character for character in path.casefold() if character.isalnum())


def _data_paths(value: Any) -> dict[str, None]:
    paths: dict[str, None] = {}
    _collect_paths(value, "", paths, set(), 0)
    return paths


def _collect_paths(
    value: Any, prefix: str, paths: dict[str, None], visited: set[tuple[int, str]], depth: int
) -> None:
    if depth > _MAX_DEPTH or len(paths) > _MAX_CANDIDATES:
        return
    if isinstance(value, list):
        if (id(value), prefix) not in visited:
            visited.add((id(value), prefix))
            for element in value:
                _collect_paths(element, prefix, paths, visited, depth + 1)
    elif isinstance(value, dict):
        for name, inner in value.items():
            path = f"{prefix}{name}"
            if inner is not None:
                paths[path] = None
            if isinstance(inner, dict | list):
                _collect_paths(inner, f"{path}.", paths, visited, depth + 1)
