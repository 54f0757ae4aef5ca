"""Check of data against tags alone, as a client of Box has them.

The loops are rebuilt from the flat list of tags, so that the same operations run as in a document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from docgen_nb.template.coverage import unused_paths, used_names, with_nearest
from docgen_nb.template.language.ast import If, Loop, Path, Tag, Value, paths, tested_paths
from docgen_nb.template.language.expressions import SLOTS_PER_LOOP, Scope
from docgen_nb.template.problems import Problem
from docgen_nb.template.render.control_flow import Item, choice, loop, sequence
from docgen_nb.template.render.images import alternative_text
from docgen_nb.template.render.state import Operation, RenderState, TagContext
from docgen_nb.template.render.values import print_value
from docgen_nb.template.tags import read_entry

MAX_DEPTH = 50  # nested loops, as in a file


def check(tags: Sequence[Mapping[str, Any]], user_input: Mapping[str, Any]) -> list[Problem]:
    """Return what is missing, unused or of the wrong type, from the entries of the tags call.

    A list of tags does not say where a condition ends, so every tag counts as printed, and only
    what some condition tests by ``isPresent`` (or by its name alone) may be absent.
    `Template.check` knows the branches and is exact.

    Raises TypeError if the data is not a dict.

    >>> tags = [{"tag_content": "{{name}}", "tag_type": "text", "json_paths": ["name"]}]
    >>> for problem in check(tags, {"nmae": "Ada"}):
    ...     print(problem, problem.nearest)
    The tag 'name' was not provided in the input data. nmae
    The tag 'nmae' was provided but not used in the template. name
    """
    require_object(user_input)
    used = used_names(tags)
    plan = _plan(
        tuple(
            (tag["tag_content"], tag["tag_type"], tuple(tag["json_paths"]), tag.get("required"))
            for tag in tags
        )
    )
    state = RenderState(user_input, slots=plan.slots)
    plan.operation(state.frame, state.out.append, state)
    problems = [one for one in state.problems if not plan.is_excused(one)]
    return with_nearest(problems + unused_paths(user_input, used), user_input, used)


def require_object(user_input: Any) -> None:
    """Raise TypeError if the data is not a JSON object."""
    if not isinstance(user_input, dict):
        kind = type(user_input).__name__
        raise TypeError(f"user_input must be a dict (a JSON object), not {kind}.")


@dataclass(frozen=True)
class _Plan:
    operation: Operation
    slots: int
    may_be_absent: frozenset[str]

    def is_excused(self, problem: Problem) -> bool:
        if problem.code != "missing":
            return False
        path = problem.path
        return any(path == one or path.startswith(f"{one}.") for one in self.may_be_absent)


@lru_cache(maxsize=64)
def _plan(entries: tuple[tuple[str, str, tuple[str, ...], bool | None], ...]) -> _Plan:
    root = _Level(Scope())
    levels = {"": root}  # by the name of the loop's element
    may_be_absent: set[str] = set()
    for content, tag_type, json_paths, required in entries:
        tag = read_entry({"tag_content": content, "json_paths": json_paths})
        level = _innermost(tag, levels, root)
        if isinstance(tag, Loop) and level.scope.depth < MAX_DEPTH:
            levels[tag.alias] = level.open(tag, content)
        else:
            level.add(tag, content, is_picture=tag_type == "image")
        if required is False:  # Box says so of the tags of PDF templates
            may_be_absent.update(json_paths[-1:])
        if isinstance(tag, If):
            may_be_absent.update(map(level.scope.dotted, tested_paths(tag.condition)))
    slots = max(level.scope.depth for level in root.walk()) * SLOTS_PER_LOOP
    return _Plan(root.operation(), slots, frozenset(may_be_absent))


def _innermost(tag: Tag, levels: Mapping[str, "_Level"], root: "_Level") -> "_Level":
    """Return the innermost loop whose element a tag uses."""
    used = [levels.get(path.names[0], root) for path in paths(tag)]
    return max(used, key=lambda level: level.scope.depth, default=root)


@dataclass
class _Level:
    """The inside of one loop, or of the document."""

    scope: Scope
    tag: Loop | None = None
    context: TagContext | None = None
    items: list["Operation | _Level"] = field(default_factory=list)

    def open(self, tag: Loop, content: str) -> "_Level":
        inner_scope = self.scope.inside(tag.alias, tag.path)
        level = _Level(inner_scope, tag, TagContext(content, self.scope))
        self.items.append(level)
        return level

    def add(self, tag: Tag, content: str, *, is_picture: bool) -> None:
        context = TagContext(content, self.scope)
        if isinstance(tag, Value) and isinstance(tag.expression, Path) and is_picture:
            self.items.append(alternative_text(tag, context))
        elif isinstance(tag, Value):
            self.items.append(print_value(tag, context))
        elif isinstance(tag, If):
            self.items.append(choice([(tag, context, sequence([]))]))

    def walk(self) -> list["_Level"]:
        inner = [one for item in self.items if isinstance(item, _Level) for one in item.walk()]
        return [self, *inner]

    def operation(self) -> Operation:
        steps: list[Item] = [
            item.operation() if isinstance(item, _Level) else item for item in self.items
        ]
        if self.tag is None or self.context is None:
            return sequence(steps)
        slot = self.scope.slots[self.tag.alias]
        return loop(self.tag, self.context, sequence(steps), slot=slot)
