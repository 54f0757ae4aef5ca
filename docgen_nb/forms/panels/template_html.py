"""What a template asks for as text and as HTML: a tree of names, with where each is used."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

from docgen_nb.schema import Field, as_dataclass, fields, json_schema, sample
from docgen_nb.template import Place, Problem

Tag = Mapping[str, Any]
MOST_USES = 8


@dataclass(frozen=True)
class Contents:
    """A template: its tags, and where they stand and what is wrong if the file is known."""

    name: str
    tags: Sequence[Tag]
    places: Sequence[Place] | None = None
    problems: Sequence[Problem] = field(default_factory=tuple)

    @cached_property
    def uses(self) -> dict[str, list[str]]:
        """For each path the tags that it is the end of, with where they stand."""
        places: Sequence[Place | None] = self.places or [None] * len(self.tags)
        found: dict[str, list[str]] = {}
        for tag, place in zip(self.tags, places, strict=True):
            words = f"{tag['tag_content']} in {place}" if place else str(tag["tag_content"])
            for path in _ends(tag["json_paths"]):
                found.setdefault(path, []).append(words)
        return found


def _ends(paths: Sequence[str]) -> set[str]:
    """The paths that a tag uses: Box lists with each the paths of what it is in.

    >>> sorted(_ends(["order", "order.id", "total"]))
    ['order.id', 'total']
    """
    return {path for path in paths if not any(other.startswith(f"{path}.") for other in paths)}


def as_text(contents: Contents) -> str:
    """Return the tree as lines, after a line that counts."""
    lines = [f"{'  ' * depth}{_described(one)}" for one, depth in _walk(contents)]
    faults = [f"problem: {_placed(problem)}" for problem in contents.problems]
    return "\n".join([f"<TemplateExplorer: {counted(contents)}>", *lines, *faults])


def counted(contents: Contents) -> str:
    """Return the name of a template, how many tags it has, and how many problems."""
    tags, problems = len(contents.tags), len(contents.problems)
    return (
        f"{contents.name}, {tags} {'tag' if tags == 1 else 'tags'}, "
        f"{problems} {'problem' if problems == 1 else 'problems'}"
    )


def _walk(contents: Contents) -> list[tuple[Field, int]]:
    def below(members: Sequence[Field], depth: int) -> list[tuple[Field, int]]:
        return [
            found for one in members for found in [(one, depth), *below(_members(one), depth + 1)]
        ]

    return below(fields(contents.tags), 0)


def _members(one: Field) -> Sequence[Field]:
    """The fields below a field; the element of a list of plain values has no name."""
    return () if one.kind == "list" else one.fields


def _described(one: Field) -> str:
    """Return a field in words.

    >>> _described(Field("price", "items.price", "number", False, "0.00", "5"))
    'price: number, 0.00, optional, 5 if absent'
    """
    kind = f"list of {one.fields[0].kind}" if one.kind == "list" and one.fields else one.kind
    words = [kind, one.format, "" if one.required else "optional"]
    words += [f"{one.default} if absent"] if one.default else []
    return f"{one.name}: {', '.join(filter(None, words))}"


def _placed(problem: Problem) -> str:
    return f"{problem} ({problem.place})" if problem.place else str(problem)


def as_html(contents: Contents) -> str:
    """Return the tree, the problems, sample data, JSON Schema and a dataclass, all escaped."""
    parts = [
        ("What the data must have", _tree(contents), True),
        ("Problems of the template", _problems(contents), bool(contents.problems)),
        ("Sample data", _as_code(sample(contents.tags)), False),
        ("JSON Schema", _as_code(json_schema(contents.tags)), False),
        ("Dataclass", f"<pre>{escape(_dataclass(contents))}</pre>", False),
    ]
    return "".join(_folded(title, inner, is_open=is_open) for title, inner, is_open in parts)


def _dataclass(contents: Contents) -> str:
    try:
        return as_dataclass(contents.tags)
    except ValueError as error:  # a key of the data is no name in Python
        return str(error)


def _as_code(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _folded(title: str, inner: str, *, is_open: bool) -> str:
    opened = " open" if is_open else ""
    return f"<details{opened}><summary>{escape(title)}</summary>{inner}</details>"


def _tree(contents: Contents) -> str:
    members = fields(contents.tags)
    return _list(members, contents) if members else "<p>The template has no tags.</p>"


def _list(members: Sequence[Field], contents: Contents) -> str:
    return f"<ul>{''.join(_item(one, contents) for one in members)}</ul>"


def _item(one: Field, contents: Contents) -> str:
    """A field with its uses folded away; one with members is folded open."""
    uses = contents.uses.get(one.path, [])
    name, _, words = _described(one).partition(": ")
    told = ", ".join(filter(None, [words, _count(uses)]))
    head = f"<summary><b>{escape(name)}</b>: {escape(told)}</summary>"
    if not _members(one):
        return f"<li><details>{head}{_uses(uses)}</details></li>"
    return f"<li><details open>{head}{_uses(uses)}{_list(_members(one), contents)}</details></li>"


def _count(uses: Sequence[str]) -> str:
    if not uses:
        return ""
    return "used once" if len(uses) == 1 else f"used {len(uses)} times"


def _uses(uses: Sequence[str]) -> str:
    shown = [f"<li><code>{escape(one)}</code></li>" for one in uses[:MOST_USES]]
    if len(uses) > MOST_USES:
        shown.append(f"<li>and {len(uses) - MOST_USES} more</li>")
    return f"<ul>{''.join(shown)}</ul>" if shown else ""


def _problems(contents: Contents) -> str:
    if contents.places is None:
        return "<p>Not known: the file of the template could not be read, only its tags.</p>"
    items = "".join(f"<li>{escape(_placed(problem))}</li>" for problem in contents.problems)
    return f"<ul>{items}</ul>" if items else "<p>None.</p>"
