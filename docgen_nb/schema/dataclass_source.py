"""The data of a template as the source code of a dataclass."""

import builtins
import keyword
from collections.abc import Iterable

from docgen_nb.schema.field import Field, Tags
from docgen_nb.schema.field_tree import fields

_TYPES = {"number": "float", "boolean": "bool"}


def as_dataclass(tags: Tags, *, name: str = "UserInput") -> str:
    """Return Python source code with a dataclass for a template's data.

    ``dataclasses.asdict`` converts an instance to a ``user_input``; None means absent.

    Parameters
    ----------
    tags : sequence of mappings
        Entries as returned by `Client.list_tags` or `Template.tags`.
    name : str
        Name of the class; nested classes are named after their keys.

    Raises
    ------
    ValueError
        If `name` or a key of the data is not a valid Python name.

    Examples
    --------
    >>> tags = [{"tag_content": "{{to.name}}", "tag_type": "text", "json_paths": ["to", "to.name"]}]
    >>> print(as_dataclass(tags))
    from dataclasses import dataclass
    <BLANKLINE>
    <BLANKLINE>
    @dataclass(kw_only=True)
    class To:
        name: str
    <BLANKLINE>
    <BLANKLINE>
    @dataclass(kw_only=True)
    class UserInput:
        to: To
    <BLANKLINE>
    """
    classes: dict[str, str] = {}
    _add(_checked(name, name), fields(tags), classes)
    return "\n\n\n".join(["from dataclasses import dataclass", *classes.values()]) + "\n"


def _add(name: str, members: Iterable[Field], classes: dict[str, str]) -> None:
    classes[name] = ""  # reserves the name; nested classes come first
    lines = [_line(one, classes) for one in members]
    del classes[name]
    body = "\n".join(f"    {line}" for line in lines or ["pass"])
    classes[name] = f"@dataclass(kw_only=True)\nclass {name}:\n{body}"


def _line(field: Field, classes: dict[str, str]) -> str:
    kind = _type(field, classes)
    optional = "" if field.required else " | None = None"
    return f"{_checked(field.name, field.path)}: {kind}{optional}"


def _type(field: Field, classes: dict[str, str]) -> str:
    if field.kind == "list":
        return f"list[{_type(field.fields[0], classes)}]"
    if field.kind not in ("object", "records"):
        return _TYPES.get(field.kind, "str")
    name = _unused_name(field.path, classes)
    _add(name, field.fields, classes)
    return name if field.kind == "object" else f"list[{name}]"


def _unused_name(path: str, classes: dict[str, str]) -> str:
    """Return an unused class name for a path: its last key, preceded by as many as needed."""
    words = [f"{one[:1].upper()}{one[1:]}" for one in path.split(".")]
    names = ["".join(words[at:]) for at in range(len(words) - 1, -1, -1)]
    unused = next((one for one in names if one not in classes and one not in dir(builtins)), "")
    return unused or f"{names[-1]}{len(classes)}"


def _checked(name: str, path: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"{path!r} cannot be in a dataclass: {name!r} is not a Python name.")
    return name
