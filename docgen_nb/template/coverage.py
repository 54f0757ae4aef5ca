"""Compares the paths that a template uses with the paths that the data has."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

from docgen_nb.template.problems import Problem, unused

_MOST_CANDIDATES = 400
_DEEPEST = 100  # levels of data that are looked at; no template names more


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
    for tag in tags:
        for path in tag["json_paths"]:
            below = root
            for name in path.split("."):
                below = below.setdefault(name, Names())
    root.settle()
    return root


def unused_paths(user_input: Mapping[str, Any], used: Names) -> list[Problem]:
    """A warning for each path of the data that no tag uses; what is below it is not told."""
    found: dict[str, None] = {}
    _walk(user_input, used, "", found, 0)
    return [unused(path) for path in found]


def _walk(value: Any, used: Names, prefix: str, found: dict[str, None], depth: int) -> None:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        if not _has_only(value, used):
            for element in value:
                _walk(element, used, prefix, found, depth + 1)
    elif isinstance(value, dict):
        if not value.keys() <= used.keys():
            found.update((f"{prefix}{name}", None) for name in value if name not in used)
        for name, below in used.deeper:
            if name in value:
                _walk(value[name], below, f"{prefix}{name}.", found, depth + 1)


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
    lacking = tuple(path for path in wanted if path not in given)
    spare = tuple(path for path in given if path not in asked_for)
    other = {"missing": spare, "unused": lacking}
    return [
        replace(one, nearest=nearest(one.path, other[one.code])) if one.code in other else one
        for one in problems
    ]


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
    _collect(value, "", seen, 0)
    return seen


def _collect(value: Any, prefix: str, seen: dict[str, None], depth: int) -> None:
    if depth > _DEEPEST or len(seen) > _MOST_CANDIDATES:
        return
    if isinstance(value, list):
        for element in value:
            _collect(element, prefix, seen, depth + 1)
    elif isinstance(value, dict):
        for name, inner in value.items():
            path = f"{prefix}{name}"
            if inner is not None:
                seen[path] = None
            if isinstance(inner, dict | list):
                _collect(inner, f"{path}.", seen, depth + 1)


def _tree_paths(used: Names, prefix: str) -> Iterator[str]:
    for name, below in used.items():
        yield f"{prefix}{name}"
        yield from _tree_paths(below, f"{prefix}{name}.")
