"""The tags of a template as Box's tags call lists them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from docgen_nb.template.language.ast import If, Loop, Mark, Path, Tag, Value, paths


def entry(
    content: str, tag: Tag, *, aliases: Mapping[str, Sequence[str]], image: bool = False
) -> dict[str, Any] | None:
    """The entry of one tag, or None for ``else`` and the ``end...`` tags, which Box leaves out."""
    if isinstance(tag, Mark):
        return None
    found: dict[str, None] = {}
    for path in paths(tag):
        names = resolved(path, aliases=aliases)
        above = _from_the_root(names[:-1])  # in common with many paths; the last name with few
        for name in above:
            found[name] = None
        found[f"{above[-1]}.{names[-1]}" if above else names[-1]] = None
    return {
        "tag_content": content,
        "tag_type": "image" if image else tag_type(tag),
        "json_paths": list(found),
    }


@lru_cache(maxsize=4096)
def _from_the_root(names: tuple[str, ...]) -> tuple[str, ...]:
    """A dotted path and those above it; what paths have in common is one text for all of them."""
    if not names:
        return ()
    above = _from_the_root(names[:-1])
    return (*above, f"{above[-1]}.{names[-1]}" if above else names[-1])


def resolved(path: Path, *, aliases: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The names of a path with the loop's name for its element replaced by the list's path."""
    names = path.names
    instead = aliases.get(names[0])
    return names if instead is None else (*instead, *names[1:])


def tag_type(tag: Tag) -> str:
    """One of Box's tag types; a picture is told by where its tag stands."""
    match tag:
        case Value(expression=Path()):
            return "text"
        case If():
            return "conditional"
        case Loop(keyword="tablerow"):
            return "table-loop"
        case Loop():
            return "for-loop"
        case _:
            return "arithmetic"
