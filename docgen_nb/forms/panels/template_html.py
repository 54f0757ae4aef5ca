"""A template as text and as HTML: the tree of its data, with the places that use each part."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

from docgen_nb.forms.display import counted, first_lines, with_place
from docgen_nb.schema import Field, as_dataclass, fields, json_schema, sample
from docgen_nb.template import Place, Problem

Tag = Mapping[str, Any]
MAX_USES = 8


@dataclass(frozen=True)
class Contents:
    """A template: its tags, and their places and the problems if the file is known."""

    name: str
    tags: Sequence[Tag]
    places: Sequence[Place] | None = None
    problems: Sequence[Problem] = field(default_factory=tuple)  # and notes

    @property
    def by_kind(self) -> tuple[list[Problem], list[Problem]]:
        """The problems, and the notes: what is not proven at Box."""
        notes = [one for one in self.problems if one.severity == "note"]
        return [one for one in self.problems if one.severity != "note"], notes

    @cached_property
    def uses(self) -> dict[str, list[str]]:
        """The tags that use each path, with their places."""
        places: Sequence[Place | None] = self.places or [None] * len(self.tags)
        uses: dict[str, list[str]] = {}
        for tag, place in zip(self.tags, places, strict=True):
            text = f"{tag['tag_content']} in {place}" if place else str(tag["tag_content"])
            for path in _full_paths(tag["json_paths"]):
                uses.setdefault(path, []).append(text)
        return uses


def _full_paths(paths: Sequence[str]) -> set[str]:
    """Return the paths that a tag uses, without those of the objects around them.

    >>> sorted(_full_paths(["order", "order.id", "total"]))
    ['order.id', 'total']
    """
    return {path for path in paths if not any(other.startswith(f"{path}.") for other in paths)}


def as_text(contents: Contents) -> str:
    """Return the tree as lines of text, after a line with counts."""
    lines = [f"{'  ' * depth}{_described(one)}" for one, depth in _walk(fields(contents.tags))]
    problems = [
        f"{'note' if one.severity == 'note' else 'problem'}: {with_place(one)}"
        for one in contents.problems
    ]
    return "\n".join([f"<TemplateExplorer: {summary(contents)}>", *lines, *problems])


def summary(contents: Contents) -> str:
    """Return the name of a template and how many tags and problems it has."""
    problems, notes = contents.by_kind
    counts = [counted(len(contents.tags), "tag"), counted(len(problems), "problem")]
    counts += [counted(len(notes), "note")] if notes else []
    return ", ".join([contents.name, *counts])


def _walk(members: Iterable[Field], depth: int = 0) -> Iterator[tuple[Field, int]]:
    for one in members:
        yield one, depth
        yield from _walk(_members(one), depth + 1)


def _members(one: Field) -> Sequence[Field]:
    """Return the fields in a field; the element of a list of plain values has no name."""
    return () if one.kind == "list" else one.fields


def _described(one: Field) -> str:
    """Return a field in words.

    >>> _described(Field("price", "items.price", "number", False, "0.00", "5"))
    'price: number, 0.00, optional, default 5'
    """
    kind = f"list of {one.fields[0].kind}" if one.kind == "list" and one.fields else one.kind
    parts = [kind, one.format, "" if one.required else "optional"]
    parts += [f"default {one.default}"] if one.default else []
    return f"{one.name}: {', '.join(filter(None, parts))}"


def as_html(contents: Contents) -> str:
    """Return the tree, the problems, sample data, JSON Schema and a dataclass, escaped."""
    problems, notes = contents.by_kind
    parts = [
        ("Data", _tree(contents), True),
        ("Problems", _problems(contents), bool(problems)),
        *([("Not proven at Box", _messages(notes), False)] if notes else []),
        ("Sample data", _json_html(sample(contents.tags)), False),
        ("JSON Schema", _json_html(json_schema(contents.tags)), False),
        ("Dataclass", f"<pre>{escape(_dataclass(contents))}</pre>", False),
    ]
    return "".join(_collapsible(title, inner, is_open=is_open) for title, inner, is_open in parts)


def _dataclass(contents: Contents) -> str:
    try:
        return as_dataclass(contents.tags)
    except ValueError as error:  # a key of the data is not a valid Python name
        return str(error)


def _json_html(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _collapsible(title: str, inner: str, *, is_open: bool) -> str:
    is_open_html = " open" if is_open else ""
    return f"<details{is_open_html}><summary>{escape(title)}</summary>{inner}</details>"


def _tree(contents: Contents) -> str:
    members = fields(contents.tags)
    return _list(members, contents) if members else "<p>The template has no tags.</p>"


def _list(members: Sequence[Field], contents: Contents) -> str:
    return f"<ul>{''.join(_item(one, contents) for one in members)}</ul>"


def _item(one: Field, contents: Contents) -> str:
    """Return a field with its uses, which are collapsed unless the field has members."""
    uses = contents.uses.get(one.path, [])
    name, _, description = _described(one).partition(": ")
    count = {0: "", 1: "used once"}.get(len(uses), f"used {len(uses)} times")
    text = ", ".join(filter(None, [description, count]))
    head = f"<summary><b>{escape(name)}</b>: {escape(text)}</summary>{_uses(uses)}"
    if not _members(one):
        return f"<li><details>{head}</details></li>"
    return f"<li><details open>{head}{_list(_members(one), contents)}</details></li>"


def _uses(uses: Sequence[str]) -> str:
    return _html_list(first_lines([f"<code>{escape(use)}</code>" for use in uses], MAX_USES))


def _html_list(items: Iterable[str]) -> str:
    inner = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{inner}</ul>" if inner else ""


def _problems(contents: Contents) -> str:
    if contents.places is None:
        return "<p>Unknown: only the tags of the template could be read, not its file.</p>"
    return _messages(contents.by_kind[0]) or "<p>None</p>"


def _messages(problems: Iterable[Problem]) -> str:
    return _html_list(escape(with_place(one)) for one in problems)
