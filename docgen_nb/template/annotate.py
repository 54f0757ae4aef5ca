"""Shows problems in the document itself: tags left as written are marked and commented."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from docgen_nb.template.docx import xml
from docgen_nb.template.docx.block_layout import split
from docgen_nb.template.docx.escaping import escaped
from docgen_nb.template.docx.package import Package, Writer
from docgen_nb.template.docx.text_runs import Span, cut_out_tags, mark, marks_in, remove
from docgen_nb.template.docx.xml import RPR, RUN, TXBX, XML_SPACE, Element, P, T, w
from docgen_nb.template.problems import Problem
from docgen_nb.template.render.relationships import TYPES

COMMENTS = "word/docgen-comments.xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"


@dataclass
class _Comments:
    """The comments that are added: by the tag that they belong to, and those already placed."""

    by_tag: dict[str, list[str]]
    first: int
    placed: list[str] = field(default_factory=list)

    def place(self, run: Element, messages: Sequence[str]) -> None:
        """Put comments on a run."""
        for message in messages:
            number = {w("id"): str(self.first + len(self.placed))}
            self.placed.append(message)
            run.addprevious(etree.Element(w("commentRangeStart"), number))
            reference = etree.Element(RUN)
            reference.append(etree.Element(w("commentReference"), number))
            run.addnext(reference)
            run.addnext(etree.Element(w("commentRangeEnd"), number))

    def rest(self) -> list[str]:
        """What no tag in the body shows: data that no tag uses, a list that is absent."""
        told = set(self.placed)
        return [one for messages in self.by_tag.values() for one in messages if one not in told]


def annotated(content: bytes, problems: Sequence[Problem]) -> bytes:
    """The same .docx with each tag that was left marked in yellow, and a comment per problem."""
    package = Package(content)
    existing = _existing_comments(package)
    comments = _Comments(_by_tag(problems), _first_number(package, existing))
    contents: dict[str, bytes] = {}
    for story in xml.stories(package):
        root = xml.parse(package.read(story.name), name=story.name)
        is_main = story.title == "document"
        for paragraph in list(root.iter(P)):
            may_comment = is_main and next(paragraph.iterancestors(TXBX), None) is None
            _mark_left_tags(paragraph, comments if may_comment else None)
        if is_main:
            _comment_the_rest(root, comments)
        contents[story.name] = _bytes(root)
    if comments.placed:
        contents |= _comment_parts(package, existing, "".join(_lines(comments)))
    return Writer(package, changing=set(contents)).write(contents)


def _by_tag(problems: Sequence[Problem]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        hint = f" Did you mean '{problem.nearest}'?" if problem.nearest else ""
        found.setdefault(problem.tag, []).append(f"{problem}{hint}")
    return found


def _mark_left_tags(paragraph: Element, comments: _Comments | None) -> None:
    """Each tag becomes a run of its own, highlighted; where it can be, also commented."""
    contents: list[str] = []

    def mark_of(span: Span) -> Element:
        contents.append(span.content)
        return mark(len(contents) - 1)

    cut_out_tags(paragraph, mark_of=mark_of)
    for one, number in list(marks_in(paragraph)):
        run = next(one.iterancestors(RUN))
        parent = run.getparent()
        assert parent is not None
        look = run.find(RPR)
        split(one, parent)
        shown = _highlighted(contents[number], look)
        one.addprevious(shown)
        remove(one)
        if comments is not None:
            comments.place(shown, comments.by_tag.get(contents[number], []))


def _highlighted(content: str, look: Element | None) -> Element:
    run = etree.Element(RUN)
    properties = etree.Element(RPR) if look is None else deepcopy(look)
    run.append(properties)
    for old in properties.findall(w("highlight")):
        properties.remove(old)
    change = properties.find(w("rPrChange"))  # which the schema wants last
    place = len(properties) if change is None else properties.index(change)
    properties.insert(place, etree.Element(w("highlight"), {w("val"): "yellow"}))
    text = etree.SubElement(run, T, {XML_SPACE: "preserve"})
    text.text = content
    return run


def _comment_the_rest(root: Element, comments: _Comments) -> None:
    """What no tag shows is told at the beginning."""
    rest = comments.rest()
    body = root.find(xml.BODY)
    if not rest or body is None:
        return
    paragraph = next(root.iter(P), None)
    if paragraph is None:
        paragraph = etree.Element(P)
        body.insert(0, paragraph)
    empty = etree.Element(RUN)
    paragraph.insert(1 if paragraph.find(xml.PPR) is not None else 0, empty)
    comments.place(empty, rest)


# The part that holds comments


def _existing_comments(package: Package) -> str | None:
    targets = xml.targets(package, xml.stories(package)[0].name)
    names = (name for name, kind in targets if kind == f"{xml.R}/comments")
    return next((name for name in names if name in package), None)


def _first_number(package: Package, existing: str | None) -> int:
    """The first number that no comment of the document has."""
    if existing is None:
        return 0
    root = xml.parse(package.read(existing), name=existing)
    numbers = (one.get(w("id")) or "" for one in root.iter(w("comment")))
    return 1 + max((int(one) for one in numbers if one.isdecimal()), default=-1)


def _lines(comments: _Comments) -> Iterator[str]:
    for number, message in enumerate(comments.placed, comments.first):
        yield (
            f'<w:comment w:id="{number}" w:author="docgen-nb" w:initials="dg"><w:p><w:r>'
            f'<w:t xml:space="preserve">{escaped(message)}</w:t></w:r></w:p></w:comment>'
        )


def _comment_parts(package: Package, existing: str | None, lines: str) -> dict[str, bytes]:
    if existing is not None:
        root = xml.parse(package.read(existing), name=existing)
        root.extend(list(etree.fromstring(f'<a xmlns:w="{xml.W}">{lines}</a>')))
        return {existing: _bytes(root)}
    rels = xml.rels_name(xml.stories(package)[0].name)
    relation = {"Id": "rIdDocGenComments", "Type": f"{xml.R}/comments", "Target": f"/{COMMENTS}"}
    override = {"PartName": f"/{COMMENTS}", "ContentType": _KIND}
    return {
        TYPES: _with_line(package, TYPES, xml.CONTENT_TYPES, "Override", override),
        rels: _with_line(package, rels, xml.RELATIONSHIPS, "Relationship", relation),
        COMMENTS: f'{_HEAD}<w:comments xmlns:w="{xml.W}">{lines}</w:comments>'.encode(),
    }


def _with_line(
    package: Package, name: str, namespace: str, kind: str, attributes: dict[str, str]
) -> bytes:
    if name in package:
        root = xml.parse(package.read(name), name=name)
    else:
        root = etree.Element(f"{{{namespace}}}{kind}s", nsmap={None: namespace})  # type: ignore[dict-item]
    etree.SubElement(root, f"{{{namespace}}}{kind}", attributes)
    return _bytes(root)


def _bytes(root: Element) -> bytes:
    return f"{_HEAD}{xml.serialized(root)}".encode()
