"""Compares the paths that a template uses with the paths that the data has."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import Any

from docgen_nb.template.problems import Problem, unused

_MOST_CANDIDATES = 400
_MOST_COMPARED = 4_000_000  # pairs of letters, for each side of one rendering: under a second
_DEEPEST = 100  # levels of data that are looked at; a tag names at most 40, loops add theirs


class Names(dict[str, "Names"]):
    """The names used at one place of the data, and the names used below each."""

    deeper: tuple[tuple[str, "Names"], ...] = ()

    def settle(self) -> None:
        """Remember which names have names below them."""
        self.deeper = tuple((name, below) for name, below in self.items() if below)
        for _, below in self.deeper:
            below.settle()

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """All names, each with the names above it, as dotted paths."""
        return tuple(_tree_paths(self, ""))


def used_names(tags: Iterable[Mapping[str, Any]]) -> Names:
    """The JSON paths of tags as a tree of names."""
    root = Names()
    for path in dict.fromkeys(path for tag in tags for path in tag["json_paths"]):
        below = root
        for name in path.split(".", _DEEPEST)[:_DEEPEST]:
            below = below.setdefault(name, Names())
    root.settle()
    return root


def unused_paths(user_input: Mapping[str, Any], used: Names) -> list[Problem]:
    """A warning for each path of the data that no tag uses; what is below it is not told."""
    found: dict[str, None] = {}
    _walk(user_input, used, "", found, set(), 0)
    return [unused(path) for path in found]


def _walk(
    value: Any,
    used: Names,
    prefix: str,
    found: dict[str, None],
    seen: set[tuple[int, int]],
    depth: int,
) -> None:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        place = (id(value), id(used))  # a list may hold itself, even twice
        if place not in seen and not _has_only(value, used):
            seen.add(place)
            for element in value:
                _walk(element, used, prefix, found, seen, depth + 1)
    elif isinstance(value, dict):
        if not value.keys() <= used.keys():
            found.update((f"{prefix}{name}", None) for name in value if name not in used)
        for name, below in used.deeper:
            if name in value:
                _walk(value[name], below, f"{prefix}{name}.", found, seen, depth + 1)


def _has_only(values: list[Any], used: Names) -> bool:
    """Whether these are rows of a table as most are: plain values under names that are used."""
    if used.deeper or set(map(type, values)) != {dict}:
        return False
    return used.keys() >= set(chain.from_iterable(values))


def with_nearest(
    problems: list[Problem], user_input: Mapping[str, Any], used: Names
) -> list[Problem]:
    """The same problems, each path with the closest one on the other side, if one is close."""
    if not any(problem.code in ("missing", "unused") for problem in problems):
        return problems
    given, wanted = _data_paths(user_input), used.paths
    asked_for = set(wanted)
    lacking = islice((path for path in wanted if path not in given), _MOST_CANDIDATES)
    spare = islice((path for path in given if path not in asked_for), _MOST_CANDIDATES)
    other = {"missing": _Side(tuple(spare)), "unused": _Side(tuple(lacking))}
    return [
        replace(one, nearest=other[one.code].nearest(one.path)) if one.code in other else one
        for one in problems
    ]


class _Side:
    """The paths of one side, which are compared letter by letter until that takes too long."""

    def __init__(self, candidates: tuple[str, ...]) -> None:
        self._candidates = candidates
        self._letters = sum(map(len, candidates))
        self._left = _MOST_COMPARED

    def nearest(self, path: str) -> str | None:
        self._left -= len(path) * self._letters
        if self._left >= 0:
            return nearest(path, self._candidates)
        return self._same.get(_bare(path))

    @cached_property
    def _same(self) -> dict[str, str]:
        """Each path by its letters alone; of several the first."""
        return {_bare(path): path for path in reversed(self._candidates)}


@lru_cache(maxsize=64)  # the rows of a batch tend to have the same mistake
def nearest(path: str, candidates: tuple[str, ...]) -> str | None:
    """The closest of the paths, or None if none is close.

    >>> nearest("order.requestor", ("order.requester", "order.id"))
    'order.requester'
    """
    bare = _bare(path)
    for candidate in candidates:
        if _bare(candidate) == bare:
            return candidate
    close = difflib.get_close_matches(path, candidates, n=1, cutoff=0.75)
    return close[0] if close else None


def _bare(path: str) -> str:
    return "".join(character for character in path.casefold() if character.isalnum())


def _data_paths(value: Any) -> dict[str, None]:
    seen: dict[str, None] = {}
    _collect(value, "", seen, set(), 0)
    return seen


def _collect(
    value: Any, prefix: str, seen: dict[str, None], lists: set[tuple[int, str]], depth: int
) -> None:
    if depth > _DEEPEST or len(seen) > _MOST_CANDIDATES:
        return
    if isinstance(value, list):
        if (id(value), prefix) not in lists:
            lists.add((id(value), prefix))
            for element in value:
                _collect(element, prefix, seen, lists, depth + 1)
    elif isinstance(value, dict):
        for name, inner in value.items():
            path = f"{prefix}{name}"
            if inner is not None:
                seen[path] = None
            if isinstance(inner, dict | list):
                _collect(inner, f"{path}.", seen, lists, depth + 1)


def _tree_paths(used: Names, prefix: str) -> Iterator[str]:
    for name, below in used.items():
        yield f"{prefix}{name}"
        yield from _tree_paths(below, f"{prefix}{name}.")
