"""Rebuilds loops from a flat list of tags, so that the same operations can check data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from docgen_nb.template.language.ast import If, Loop, Path, Tag, Value, paths, tested_paths
from docgen_nb.template.language.expressions import SLOTS_PER_LOOP, Scope
from docgen_nb.template.language.lexer import TagSyntaxError
from docgen_nb.template.language.parser import parse
from docgen_nb.template.render.control_flow import Item, choice, loop, sequence
from docgen_nb.template.render.images import placeholder_text
from docgen_nb.template.render.state import Operation, Site
from docgen_nb.template.render.values import hole

_MAX_DEPTH = 50  # loops inside of loops, as in a file
Plan = tuple[Operation, int, frozenset[str]]


def operations(tags: Sequence[Mapping[str, Any]]) -> Plan:
    """What to run, how many slots it needs, and the paths that may be absent."""
    return _plan(
        tuple((tag["tag_content"], tag["tag_type"], tuple(tag["json_paths"])) for tag in tags)
    )


@lru_cache(maxsize=64)
def _plan(tags: tuple[tuple[str, str, tuple[str, ...]], ...]) -> Plan:
    root = _Level(Scope())
    levels = {"": root}  # by the name that a loop gives to its element
    may_be_absent: set[str] = set()
    for content, tag_type, json_paths in tags:
        tag = _read(content, json_paths)
        level = _home(tag, levels, root)
        if isinstance(tag, Loop) and level.scope.depth < _MAX_DEPTH:
            levels[tag.alias] = level.open(tag, content)
        else:
            level.add(tag, content, is_picture=tag_type == "image")
        if isinstance(tag, If):
            may_be_absent.update(map(level.scope.dotted, tested_paths(tag.condition)))
    depth = max(level.scope.depth for level in root.all())
    return root.operation(), depth * SLOTS_PER_LOOP, frozenset(may_be_absent)


def _read(content: str, json_paths: tuple[str, ...]) -> Tag:
    """The tag, or for what is no tag of the language a plain use of its last path."""
    try:
        return parse(content.removeprefix("{{").removesuffix("}}"))
    except TagSyntaxError:
        return Value(Path(tuple(json_paths[-1].split("."))) if json_paths else Path(("?",)))


def _home(tag: Tag, levels: Mapping[str, "_Level"], root: "_Level") -> "_Level":
    """The innermost loop whose element a tag uses."""
    homes = [levels.get(path.names[0], root) for path in paths(tag)]
    return max(homes, key=lambda level: level.scope.depth, default=root)


@dataclass
class _Level:
    """The inside of one loop (or of the document), while it is gathered."""

    scope: Scope
    tag: Loop | None = None
    site: Site | None = None
    items: list["Operation | _Level"] = field(default_factory=list)

    def open(self, tag: Loop, content: str) -> "_Level":
        level = _Level(self.scope.inside(tag.alias, tag.path), tag, Site(content, self.scope))
        self.items.append(level)
        return level

    def add(self, tag: Tag, content: str, *, is_picture: bool) -> None:
        site = Site(content, self.scope)
        if isinstance(tag, Value) and isinstance(tag.expression, Path) and is_picture:
            self.items.append(placeholder_text(tag, site))
        elif isinstance(tag, Value):
            self.items.append(hole(tag, site))
        elif isinstance(tag, If):
            self.items.append(choice([(tag, site, sequence([]))]))

    def all(self) -> list["_Level"]:
        inner = [one for item in self.items if isinstance(item, _Level) for one in item.all()]
        return [self, *inner]

    def operation(self) -> Operation:
        steps: list[Item] = [
            item.operation() if isinstance(item, _Level) else item for item in self.items
        ]
        if self.tag is None or self.site is None:
            return sequence(steps)
        slot = self.scope.slots[self.tag.alias]
        return loop(self.tag, self.site, sequence(steps), slot=slot)
