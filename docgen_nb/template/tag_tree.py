"""The tags of a template as a tree of names, for people in notebooks."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from docgen_nb.template.coverage import Names, used_names
from docgen_nb.template.problems import Problem


def tree_html(tags: Sequence[Mapping[str, Any]], problems: Sequence[Problem]) -> str:
    """The names that the data needs as nested lists, then the tags' types, then the faults."""
    kinds: dict[str, list[str]] = {}
    for tag in tags:
        kinds.setdefault(tag["json_paths"][-1] if tag["json_paths"] else "", []).append(_chip(tag))
    faults = "".join(f"<li>{escape(str(one))} ({escape(str(one.place))})</li>" for one in problems)
    title = f"<b>Template</b>: {len(tags)} tags, {len(problems)} problems"
    return f"<div>{title}{_list(used_names(tags), '', kinds)}<ul>{faults}</ul></div>"


def _chip(tag: Mapping[str, Any]) -> str:
    return f"<code title='{escape(tag['tag_type'])}'>{escape(tag['tag_content'])}</code>"


def _list(names: Names, prefix: str, kinds: Mapping[str, list[str]]) -> str:
    items = [
        f"<li>{escape(name)} {' '.join(kinds.get(prefix + name, []))}"
        f"{_list(below, f'{prefix}{name}.', kinds)}</li>"
        for name, below in names.items()
    ]
    return f"<ul>{''.join(items)}</ul>" if items else ""
