"""The tags of a template as a tree of names, in HTML for notebooks."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from docgen_nb.template.coverage import Names, used_names
from docgen_nb.template.problems import Problem


def tree_html(tags: Sequence[Mapping[str, Any]], problems: Sequence[Problem]) -> str:
    """Return the names that the data needs as nested lists, with their tags, then the problems."""
    by_path: dict[str, list[str]] = {}
    for tag in tags:
        path = tag["json_paths"][-1] if tag["json_paths"] else ""
        by_path.setdefault(path, []).append(_tag_html(tag))
    items = "".join(f"<li>{escape(str(one))} ({escape(str(one.place))})</li>" for one in problems)
    title = f"<b>Template</b>: {len(tags)} tags, {len(problems)} problems"
    return f"<div>{title}{_names_html(used_names(tags), '', by_path)}<ul>{items}</ul></div>"


def _tag_html(tag: Mapping[str, Any]) -> str:
    return f"<code title='{escape(tag['tag_type'])}'>{escape(tag['tag_content'])}</code>"


def _names_html(names: Names, prefix: str, tags: Mapping[str, list[str]]) -> str:
    items = [
        f"<li>{escape(name)} {' '.join(tags.get(prefix + name, []))}"
        f"{_names_html(below, f'{prefix}{name}.', tags)}</li>"
        for name, below in names.items()
    ]
    return f"<ul>{''.join(items)}</ul>" if items else ""
