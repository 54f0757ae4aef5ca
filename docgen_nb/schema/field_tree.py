"""The tree of fields that a flat list of tags needs."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from docgen_nb.schema.field import Field, Tags, outer_paths
from docgen_nb.schema.path_node import Node
from docgen_nb.template.checker import MAX_DEPTH
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
    tested_paths,
)
from docgen_nb.template.language.expressions import Scope
from docgen_nb.template.language.formatting import formatter
from docgen_nb.template.tags import read_entry

_AGGREGATES = ("$sum", "$average", "$min", "$max", "$count")  # these go through the lists on a path
_MAX_ELEMENTS = 1000  # that a position in a tag can require


def fields(tags: Tags) -> tuple[Field, ...]:
    """Return the data that a template needs, as a tree in reading order.

    Parameters
    ----------
    tags : sequence of mappings
        Entries as returned by `Client.list_tags` or `Template.tags`.

    Returns
    -------
    tuple of Field
        The top-level keys of the data.

    Notes
    -----
    The kind follows from the uses of a value: a number if it is in a calculation, has a number
    format, or is compared with a number; a date if it has a date format; a boolean if conditions
    test it by its name alone and no tag prints it; else a text. A field is ``required`` if
    `template.check` reports it as missing: not if its tag is ``:: optional`` or has a
    ``:: default``, a condition tests it with ``isPresent``, or Box says so of a PDF template's tag,
    whose ``checkbox`` is a boolean.

    Names that start with ``$`` are left out, because Box does not look them up.

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
    entries = list(tags)
    builder = _TreeBuilder()
    for tag in entries:
        if tag["json_paths"]:
            builder.add(read_entry(tag), tag["tag_type"])
            if tag.get("required") is False:
                builder.excuse(tag["json_paths"][-1])
    builder.finish()
    _sort(builder.root, _first_uses(entries), "")
    return tuple(
        node.field(name, name, builder.is_excused)
        for name, node in builder.root.members.items()
        if not name.startswith("$")
    )


def _first_uses(tags: Tags) -> dict[str, int]:
    """Return the position of the first use of each path."""
    paths = dict.fromkeys(path for tag in tags for path in tag["json_paths"])
    return {path: position for position, path in enumerate(paths)}


def _sort(node: Node, positions: dict[str, int], prefix: str) -> None:
    inner = node.innermost()
    order = sorted(inner.members, key=lambda name: positions.get(f"{prefix}{name}", len(positions)))
    inner.members = {name: inner.members[name] for name in order}
    for name, member in inner.members.items():
        _sort(member, positions, f"{prefix}{name}.")


class _TreeBuilder:
    """Goes through the tags, as `template.check` does, and records the evidence of each."""

    def __init__(self) -> None:
        self.root = Node()
        self._scopes: dict[str, Scope] = {}  # by the name of the loop element
        self._elements: dict[tuple[str, ...], Node] = {}  # of each loop, by the path of its list
        self._may_be_absent: set[str] = set()
        self._later: list[Callable[[], None]] = []

    def add(self, tag: Tag, tag_type: str) -> None:
        scope = self._scope_of(tag)
        match tag:
            case Value():
                self._value(tag, scope, tag_type == "image")
                if tag_type == "checkbox" and isinstance(tag.expression, Path):
                    self._at(tag.expression, scope).evidence.add("checked")
            case If(condition=condition):
                self._condition(condition, scope)
                self._may_be_absent.update(map(scope.dotted, tested_paths(condition)))
            case Loop() if scope.depth < MAX_DEPTH:
                self._loop(tag, scope)

    def finish(self) -> None:
        """Do what had to wait for all tags."""
        for action in self._later:
            action()

    def excuse(self, path: str) -> None:
        """Record that a path may be absent."""
        self._may_be_absent.add(path)

    def is_excused(self, path: str) -> bool:
        """Return whether a condition tests the presence of the path, or of one that contains it."""
        return not self._may_be_absent.isdisjoint(outer_paths(path))

    def _scope_of(self, tag: Tag) -> Scope:
        """Return the innermost loop whose element a tag uses."""
        scopes = [self._scopes.get(path.names[0], Scope()) for path in paths(tag)]
        return max(scopes, key=lambda scope: scope.depth, default=Scope())

    def _at(self, path: Path, scope: Scope) -> Node:
        names = scope.lists.get(path.names[0])
        node = self.root if names is None else self._elements[tuple(names)]
        for step in path.steps if names is None else path.steps[1:]:
            if isinstance(step, str):
                node = node.member(step)
            else:
                node.min_items = max(node.min_items, min(step + 1, _MAX_ELEMENTS))
                node = node.elements()
        return node

    def _loop(self, tag: Loop, scope: Scope) -> None:
        node = self._at(tag.path, scope)
        node.is_needed |= not has_modifier(tag, "optional")
        inner = scope.inside(tag.alias, tag.path)
        self._elements[tuple(inner.lists[tag.alias])] = node.elements()
        self._scopes[tag.alias] = inner

    # What prints

    def _value(self, tag: Value, scope: Scope, is_image: bool) -> None:
        arguments = {one.name: one.arguments[0] for one in tag.modifiers if one.arguments}
        is_needed = not (has_modifier(tag, "optional") or "default" in arguments)
        if not isinstance(tag.expression, Path):
            self._expression(tag.expression, scope, needed=is_needed)
            return
        node = self._at(tag.expression, scope)
        node.is_needed |= is_needed if not is_image else not has_modifier(tag, "optional")
        node.default = node.default or arguments.get("default", "")
        if is_image:
            node.evidence.add("picture")
        elif "delimiter" in arguments and tag.expression.names[0] not in scope.lists:
            self._later.append(lambda: _joined(node, arguments))
        else:
            _printed(node, arguments)

    # Calculations

    def _expression(self, node: Expression, scope: Scope, *, needed: bool = True) -> None:
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

    def _argument(self, name: str, node: Expression, scope: Scope, *, needed: bool) -> None:
        if not isinstance(node, Path):
            self._expression(node, scope, needed=needed)
        elif name in _AGGREGATES:
            kind = "counted" if name == "$count" else "calculated"
            self._later.append(lambda: self._aggregate(node, scope, kind, needed=needed))
        else:
            evidence = "printed" if name == "$string" else "calculated"
            self._use(node, scope, evidence, needed=needed)

    def _aggregate(self, path: Path, scope: Scope, evidence: str, *, needed: bool) -> None:
        """Record the use of all values of a path; at least one node on it is a list."""
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

    def _way(self, path: Path, scope: Scope) -> Iterator[Node]:
        """Yield the nodes of a path, one per name."""
        own = path.names[0] in scope.lists
        for count in range(1 + own, len(path.steps) + 1):
            yield self._at(Path(path.steps[:count]), scope)
        if own and len(path.steps) == 1:
            yield self._at(path, scope)

    def _use(self, path: Path, scope: Scope, evidence: str, *, needed: bool = True) -> None:
        node = self._at(path, scope)
        node.evidence.add(evidence)
        node.is_needed |= needed

    # Conditions

    def _condition(self, node: Condition, scope: Scope) -> None:
        match node:
            case Present(path=path):
                self._at(path, scope)
            case Truth(operand=Path() as path):
                self._use(path, scope, "tested", needed=False)
            case Truth(operand=operand):
                self._expression(operand, scope)
            case Comparison(left=left, right=right, operator=operator):
                self._side(left, right, operator, scope)
                self._side(right, left, operator, scope)
            case Logic(terms=terms):
                for term in terms:
                    self._condition(term, scope)

    def _side(self, node: Expression, other: Expression, operator: str, scope: Scope) -> None:
        if not isinstance(node, Path):
            self._expression(node, scope)
            return
        self._use(node, scope, _evidence_from(other, operator), needed=other != Constant(None))
        if isinstance(other, Constant) and isinstance(other.value, str):
            self._at(node, scope).options[other.value] = None


def _evidence_from(other: Expression, operator: str) -> str:
    """Return the evidence for one side of a comparison from the other."""
    if isinstance(other, Constant) and isinstance(other.value, bool):
        return "compared with a boolean"
    if isinstance(other, Constant) and isinstance(other.value, str):
        return "compared with a text"
    is_number = isinstance(other, Constant) and isinstance(other.value, Decimal)
    if is_number or not isinstance(other, Constant | Path) or operator not in ("==", "!="):
        return "compared with a number"
    return "compared"


def _printed(node: Node, arguments: dict[str, str]) -> None:
    formatting = formatter(arguments["format"]) if "format" in arguments else None
    node.evidence.add("printed")
    if formatting is not None:
        node.evidence.add(f"{formatting[0]} format")
        node.formats.setdefault(formatting[0], arguments["format"])


def _joined(node: Node, arguments: dict[str, str]) -> None:
    """Record a delimiter outside of loops, which joins a list of plain values."""
    is_text = node.evidence and node.element is None
    _printed(node if is_text else node.elements(), {} if not is_text else arguments)


def _is_object(node: Node, way: list[Node]) -> bool:
    """Return whether a node has members other than the next one on a path."""
    following = way[way.index(node) + 1 :] if node in way else []
    return any(member not in following for member in node.members.values())
