"""The tags of a template as Box's tags call lists them."""

from collections.abc import Mapping, Sequence
from sys import intern
from typing import Any

from docgen_nb.template.language.ast import BareKeyword, If, Loop, Path, Tag, Value, paths
from docgen_nb.template.language.expressions import resolve_alias
from docgen_nb.template.language.lexer import TagSyntaxError
from docgen_nb.template.language.parser import parse


def tag_entry(
    content: str, tag: Tag, *, lists: Mapping[str, Sequence[str]], is_picture: bool = False
) -> dict[str, Any] | None:
    """Return the entry of a tag, or None for ``else`` and end tags, which Box does not list."""
    if isinstance(tag, BareKeyword):
        return None
    json_paths: dict[str, None] = {}
    for path in paths(tag):
        dotted = ""
        for name in resolve_alias(path, lists=lists):
            dotted = intern(
                f"{dotted}.{name}" if dotted else name
            )  # most paths have much in common
            json_paths[dotted] = None
    return {
        "tag_content": content,
        "tag_type": "image" if is_picture else _tag_type(tag),
        "json_paths": list(json_paths),
    }


def _tag_type(tag: Tag) -> str:
    """Return Box's type of a tag; for pictures it depends on the tag's position."""
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


def read_entry(entry: Mapping[str, Any]) -> Tag:
    """Return the tag of an entry; if it cannot be parsed, a tag that prints its last path."""
    try:
        return parse(entry["tag_content"].removeprefix("{{").removesuffix("}}"))
    except TagSyntaxError:
        names = entry["json_paths"][-1].split(".") if entry["json_paths"] else ["?"]
        return Value(Path(tuple(names)))
