"""Problems shown in the document: tags left as written are highlighted and commented."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from docgen_nb.template.docx import xml
from docgen_nb.template.docx.block_layout import split
from docgen_nb.template.docx.escaping import escape
from docgen_nb.template.docx.package import Package, PackageWriter
from docgen_nb.template.docx.text_runs import (
    TagMatch,
    placeholder_element,
    placeholder_elements,
    remove,
    replace_tags,
)
from docgen_nb.template.docx.xml import RPR, RUN, TXBX, TYPES, XML_SPACE, Element, P, T, w
from docgen_nb.template.problems import Problem

COMMENTS = "word/docgen-comments.xml"
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"


@dataclass
class _Comments:
    """The messages by their tags, and the comments added so far."""

    by_tag: dict[str, list[str]]
    first_id: int
    added: list[str] = field(default_factory=list)

    def add(self, run: Element, messages: Sequence[str]) -> None:
        """Add comments to a run."""
        for message in messages:
            number = {w("id"): str(self.first_id + len(self.added))}
            self.added.append(message)
            run.addprevious(etree.Element(w("commentRangeStart"), number))
            reference = etree.Element(RUN)
            reference.append(etree.Element(w("commentReference"), number))
            run.addnext(reference)
            run.addnext(etree.Element(w("commentRangeEnd"), number))

    def remaining(self) -> list[str]:
        """Return the messages that no tag in the body has, such as unused data."""
        added = set(self.added)
        return [one for messages in self.by_tag.values() for one in messages if one not in added]


def annotate(content: bytes, problems: Sequence[Problem]) -> bytes:
    """Return a .docx with the tags that are left highlighted, and a comment for each problem."""
    package = Package(content)
    existing = _existing_comments(package)
    comments = _Comments(_by_tag(problems), _first_free_id(package, existing))
    contents: dict[str, bytes] = {}
    for part in xml.text_parts(package):
        root = xml.parse(package.read(part.name), name=part.name)
        is_main = part.title == "document"
        for paragraph in list(root.iter(P)):
            can_comment = is_main and next(paragraph.iterancestors(TXBX), None) is None
            _highlight_tags(paragraph, comments if can_comment else None)
        if is_main:
            _comment_at_beginning(root, comments)
        contents[part.name] = xml.as_part(root)
    if comments.added:
        contents |= _comment_parts(package, existing, "".join(_comments_xml(comments)))
    return PackageWriter(package, changing=set(contents)).write(contents)


def _by_tag(problems: Sequence[Problem]) -> dict[str, list[str]]:
    messages: dict[str, list[str]] = {}
    for problem in problems:
        hint = f" Did you mean '{problem.nearest}'?" if problem.nearest else ""
        messages.setdefault(problem.tag, []).append(f"{problem}{hint}")
    return messages


def _highlight_tags(paragraph: Element, comments: _Comments | None) -> None:
    """Put each tag in a highlighted run of its own, with comments where that is possible."""
    contents: list[str] = []

    def replacement(match: TagMatch) -> Element:
        contents.append(match.content)
        return placeholder_element(len(contents) - 1)

    replace_tags(paragraph, replacement=replacement)
    for placeholder, number in list(placeholder_elements(paragraph)):
        run = next(placeholder.iterancestors(RUN))
        properties = run.find(RPR)
        split(placeholder, xml.parent_of(run))
        highlighted = _highlighted(contents[number], properties)
        placeholder.addprevious(highlighted)
        remove(placeholder)
        if comments is not None:
            comments.add(highlighted, comments.by_tag.get(contents[number], []))


def _highlighted(content: str, run_properties: Element | None) -> Element:
    run = etree.Element(RUN)
    properties = etree.Element(RPR) if run_properties is None else deepcopy(run_properties)
    run.append(properties)
    for old in properties.findall(w("highlight")):
        properties.remove(old)
    change = properties.find(w("rPrChange"))  # last, according to the schema
    position = len(properties) if change is None else properties.index(change)
    properties.insert(position, etree.Element(w("highlight"), {w("val"): "yellow"}))
    text = etree.SubElement(run, T, {XML_SPACE: "preserve"})
    text.text = content
    return run


def _comment_at_beginning(root: Element, comments: _Comments) -> None:
    """Add the messages that no tag has at the beginning of the document."""
    remaining = comments.remaining()
    body = root.find(xml.BODY)
    if not remaining or body is None:
        return
    paragraph = next(root.iter(P), None)
    if paragraph is None:
        paragraph = etree.Element(P)
        body.insert(0, paragraph)
    empty = etree.Element(RUN)
    paragraph.insert(1 if paragraph.find(xml.PPR) is not None else 0, empty)
    comments.add(empty, remaining)


# The part with the comments


def _existing_comments(package: Package) -> str | None:
    targets = xml.targets(package, xml.text_parts(package)[0].name)
    names = (name for name, kind in targets if kind == f"{xml.R}/comments")
    return next((name for name in names if name in package), None)


def _first_free_id(package: Package, existing: str | None) -> int:
    """Return an identifier above those of all comments in the document."""
    if existing is None:
        return 0
    root = xml.parse(package.read(existing), name=existing)
    ids = (comment.get(w("id")) or "" for comment in root.iter(w("comment")))
    return 1 + max((int(text) for text in ids if text.isdecimal()), default=-1)


def _comments_xml(comments: _Comments) -> Iterator[str]:
    for number, message in enumerate(comments.added, comments.first_id):
        yield (
            f'<w:comment w:id="{number}" w:author="docgen-nb" w:initials="dg"><w:p><w:r>'
            f'<w:t xml:space="preserve">{escape(message)}</w:t></w:r></w:p></w:comment>'
        )


def _comment_parts(package: Package, existing: str | None, new: str) -> dict[str, bytes]:
    if existing is not None:
        root = xml.parse(package.read(existing), name=existing)
        root.extend(list(etree.fromstring(f'<a xmlns:w="{xml.W}">{new}</a>')))
        return {existing: xml.as_part(root)}
    rels = xml.rels_name(xml.text_parts(package)[0].name)
    relationship = {
        "Id": "rIdDocGenComments",
        "Type": f"{xml.R}/comments",
        "Target": f"/{COMMENTS}",
    }
    override = {"PartName": f"/{COMMENTS}", "ContentType": _CONTENT_TYPE}
    return {
        TYPES: _with_element(package, TYPES, xml.CONTENT_TYPES, "Override", override),
        rels: _with_element(package, rels, xml.RELATIONSHIPS, "Relationship", relationship),
        COMMENTS: f'{xml.DECLARATION}<w:comments xmlns:w="{xml.W}">{new}</w:comments>'.encode(),
    }


def _with_element(
    package: Package, name: str, namespace: str, kind: str, attributes: dict[str, str]
) -> bytes:
    if name in package:
        root = xml.parse(package.read(name), name=name)
    else:
        root = etree.Element(f"{{{namespace}}}{kind}s", nsmap={None: namespace})  # type: ignore[dict-item]
    etree.SubElement(root, f"{{{namespace}}}{kind}", attributes)
    return xml.as_part(root)
