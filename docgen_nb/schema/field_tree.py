"""From a flat list of tags to the tree of what they ask for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from docgen_nb.schema.field import Field, Tags
from docgen_nb.schema.path_node import Node
from docgen_nb.template.language.ast import (
    Arithmetic,
    Call,
    Comparison,
    Condition,
    Constant,
    Expression,
    If,
    Logic,
    Loop,
    Negative,
    Path,
    Present,
    Tag,
    Truth,
    Value,
    has_modifier,
    paths,
)
from docgen_nb.template.language.formatting import formatter
from docgen_nb.template.language.lexer import TagSyntaxError
from docgen_nb.template.language.parser import parse

_OF_MANY = ("$sum", "$average", "$min", "$max", "$count")  # they go through lists on their way
_MOST_LOOPS = 50  # inside of each other, as in a file
_MOST_ELEMENTS = 1000  # that a position in a tag asks for


def fields(tags: Tags) -> tuple[Field, ...]:
    """Return what a template asks for, as a tree in reading order.

    Parameters
    ----------
    tags : sequence of mappings
        Entries as from `Client.list_tags` or `Template.tags`.

    Returns
    -------
    tuple of Field
        The topmost keys of the data.

    Notes
    -----
    The kind is what the uses of a value have in common: a number if something is calculated from
    it, if a format of numbers prints it, or if a condition compares it with a number; a date if a
    format of dates prints it; yes or no if a condition asks for it by its name alone and no tag
    prints it; else a text. ``required`` is what `template.check` would miss: not what is
    ``:: optional``, has a ``:: default``, or is asked for by ``isPresent``.

    Names that begin with ``$`` are left out: Box never looks them up.

    Examples
    --------
    >>> tags = [
    ...     {"tag_content": "{{tablerow item in order.products}}", "tag_type": "table-loop",
    ...      "json_paths": ["order", "order.products"]},
    ...     {"tag_content": "{{item.price * 2}}", "tag_type": "arithmetic",
    ...      "json_paths": ["order", "order.products", "order.products.price"]},
    ... ]
    >>> [(one.path, one.kind) for one in fields(tags)[0].walk()]
    [('order', 'object'), ('order.products', 'records'), ('order.products.price', 'number')]
    """
    known = list(tags)
    gathered = _Gathering()
    for tag in known:
        gathered.add(_read(tag["tag_content"], tag["json_paths"]), tag["tag_type"] == "image")
    gathered.settle()
    _sort(gathered.root, _places(known), "")
    found = [
        node.field(name, name, gathered.is_excused) for name, node in gathered.root.members.items()
    ]
    return tuple(one for one in found if not one.name.startswith("$"))


def _read(content: str, json_paths: list[str]) -> Tag:
    """The tag, or for what is no tag of the language a plain use of its last path."""
    try:
        return parse(content.removeprefix("{{").removesuffix("}}"))
    except TagSyntaxError:
        return Value(Path(tuple(json_paths[-1].split("."))) if json_paths else Path(("$",)))


def _places(tags: Tags) -> dict[str, int]:
    """Where each path is named first."""
    found: dict[str, int] = {}
    for tag in tags:
        for path in tag["json_paths"]:
            found.setdefault(path, len(found))
    return found


def _sort(node: Node, places: dict[str, int], prefix: str) -> None:
    inner = node.innermost()
    order = sorted(inner.members, key=lambda name: places.get(f"{prefix}{name}", len(places)))
    members = {name: inner.members[name] for name in order}
    inner.members.clear()
    inner.members.update(members)
    for name, member in members.items():
        _sort(member, places, f"{prefix}{name}.")


@dataclass(frozen=True)
class _Scope:
    """The names that mean an element of a loop, the places of the elements, and their paths."""

    elements: dict[str, Node] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    depth: int = 0

    def dotted(self, path: Path) -> str:
        first, *rest = path.names
        return ".".join((*self.lists.get(first, (first,)), *rest))


class _Gathering:
    """Goes through the tags, as `template.check` does, and notes what each tells."""

    def __init__(self) -> None:
        self.root = Node()
        self._scopes: dict[str, _Scope] = {}  # by the name that a loop gives to its element
        self._may_be_absent: set[str] = set()
        self._later: list[Callable[[], None]] = []

    def add(self, tag: Tag, is_picture: bool) -> None:
        scope = self._home(tag)
        match tag:
            case Value():
                self._value(tag, scope, is_picture)
            case If(condition=condition):
                self._condition(condition, scope)
            case Loop() if scope.depth < _MOST_LOOPS:
                self._loop(tag, scope)

    def settle(self) -> None:
        """Decide what could only be told when all tags were seen."""
        for act in self._later:
            act()

    def is_excused(self, path: str) -> bool:
        """Whether a condition asks if the path, or one that it is within, is there."""
        names = path.split(".")
        return any(
            ".".join(names[:count]) in self._may_be_absent for count in range(1, len(names) + 1)
        )

    def _home(self, tag: Tag) -> _Scope:
        """The innermost loop whose element a tag uses."""
        homes = [self._scopes.get(path.names[0], _Scope()) for path in paths(tag)]
        return max(homes, key=lambda scope: scope.depth, default=_Scope())

    def _at(self, path: Path, scope: _Scope) -> Node:
        node = scope.elements.get(path.names[0])
        steps = path.steps
        if node is None:
            node = self.root
        else:
            steps = steps[1:]
        for step in steps:
            if isinstance(step, str):
                node = node.member(step)
            else:
                node.least = max(node.least, min(step + 1, _MOST_ELEMENTS))
                node = node.elements()
        return node

    def _loop(self, tag: Loop, scope: _Scope) -> None:
        node = self._at(tag.path, scope)
        node.is_needed |= not has_modifier(tag, "optional")
        names = tuple(scope.dotted(tag.path).split("."))
        self._scopes[tag.alias] = _Scope(
            {**scope.elements, tag.alias: node.elements()},
            {**scope.lists, tag.alias: names},
            scope.depth + 1,
        )

    # What prints

    def _value(self, tag: Value, scope: _Scope, is_picture: bool) -> None:
        arguments = {one.name: one.arguments[0] for one in tag.modifiers if one.arguments}
        is_needed = not (has_modifier(tag, "optional") or "default" in arguments)
        if not isinstance(tag.expression, Path):
            self._expression(tag.expression, scope, needed=is_needed)
            return
        node = self._at(tag.expression, scope)
        node.is_needed |= is_needed if not is_picture else not has_modifier(tag, "optional")
        node.default = node.default or arguments.get("default", "")
        if is_picture:
            node.evidence.add("picture")
        elif "delimiter" in arguments and tag.expression.names[0] not in scope.elements:
            self._later.append(lambda: _joined(node, arguments))
        else:
            _printed(node, arguments)

    # Calculations

    def _expression(self, node: Expression, scope: _Scope, *, needed: bool = True) -> None:
        match node:
            case Path():
                self._use(node, scope, "calculated", needed=needed)
            case Negative(operand=operand):
                self._expression(operand, scope, needed=needed)
            case Arithmetic(left=left, right=right):
                self._expression(left, scope, needed=needed)
                self._expression(right, scope, needed=needed)
            case Call(name=name, arguments=arguments):
                for argument in arguments:
                    self._argument(name, argument, scope, needed=needed)

    def _argument(self, name: str, node: Expression, scope: _Scope, *, needed: bool) -> None:
        if not isinstance(node, Path):
            self._expression(node, scope, needed=needed)
        elif name in _OF_MANY:
            kind = "counted" if name == "$count" else "calculated"
            self._later.append(lambda: self._many(node, scope, kind, needed=needed))
        else:
            evidence = "printed" if name == "$string" else "calculated"
            self._use(node, scope, evidence, needed=needed)

    def _many(self, path: Path, scope: _Scope, evidence: str, *, needed: bool) -> None:
        """All values that a path reaches through the lists on its way; there is one, surely."""
        way = list(self._way(path, scope))
        if not any(node.element for node in way):
            lists = [node for node in way[-2:] if not node.evidence and not _is_object(node, way)]
            if lists:
                lists[0].elements()
                way = list(self._way(path, scope))
        for node in way[-2:]:
            node.is_needed |= needed and node.element is not None
        leaf = way[-1]
        leaf.is_needed |= needed
        leaf.innermost().evidence.add(evidence)

    def _way(self, path: Path, scope: _Scope) -> Iterator[Node]:
        """The places of a path, one for each of its names."""
        own = path.names[0] in scope.elements
        for count in range(1 + own, len(path.steps) + 1):
            yield self._at(Path(path.steps[:count]), scope)
        if own and len(path.steps) == 1:
            yield self._at(path, scope)

    def _use(self, path: Path, scope: _Scope, evidence: str, *, needed: bool = True) -> None:
        node = self._at(path, scope)
        node.evidence.add(evidence)
        node.is_needed |= needed

    # Conditions

    def _condition(self, node: Condition, scope: _Scope) -> None:
        match node:
            case Present(path=path):
                self._at(path, scope)
                self._may_be_absent.add(scope.dotted(path))
            case Truth(operand=Path() as path):
                self._use(path, scope, "asked", needed=False)
                self._may_be_absent.add(scope.dotted(path))
            case Truth(operand=operand):
                self._expression(operand, scope)
            case Comparison(left=left, right=right, operator=operator):
                self._side(left, right, operator, scope)
                self._side(right, left, operator, scope)
            case Logic(terms=terms):
                for term in terms:
                    self._condition(term, scope)

    def _side(self, node: Expression, other: Expression, operator: str, scope: _Scope) -> None:
        if not isinstance(node, Path):
            self._expression(node, scope)
            return
        self._use(node, scope, _beside(other, operator), needed=other != Constant(None))
        if isinstance(other, Constant) and isinstance(other.value, str):
            self._at(node, scope).options[other.value] = None


def _beside(other: Expression, operator: str) -> str:
    """What a comparison tells of one side by the other."""
    if isinstance(other, Constant) and isinstance(other.value, bool):
        return "beside true"
    if isinstance(other, Constant) and isinstance(other.value, str):
        return "beside a text"
    is_number = isinstance(other, Constant) and isinstance(other.value, Decimal)
    if is_number or not isinstance(other, Constant | Path) or operator not in ("==", "!="):
        return "beside a number"
    return "compared"


def _printed(node: Node, arguments: dict[str, str]) -> None:
    found = formatter(arguments["format"]) if "format" in arguments else None
    node.evidence.add("printed")
    if found is not None:
        node.evidence.add(f"{found[0]} format")
        node.formats.setdefault(found[0], arguments["format"])


def _joined(node: Node, arguments: dict[str, str]) -> None:
    """A delimiter outside of a loop joins a list of plain values, if it is one."""
    is_text = node.evidence and node.element is None
    _printed(node if is_text else node.elements(), {} if not is_text else arguments)


def _is_object(node: Node, way: list[Node]) -> bool:
    """Whether more than the next name on the way is known below a place."""
    following = way[way.index(node) + 1 :] if node in way else []
    return any(member not in following for member in node.members.values())
