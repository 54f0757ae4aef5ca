"""Shows problems in the document itself: tags left as written are marked and commented."""

from collections.abc import Iterator, Sequence
from copy import deepcopy

from lxml import etree

from docgen_nb.template import ooxml
from docgen_nb.template.attachments import TYPES
from docgen_nb.template.escaping import escaped
from docgen_nb.template.layout import split
from docgen_nb.template.ooxml import RPR, RUN, Element, P, T, w
from docgen_nb.template.package import Package, Writer
from docgen_nb.template.problems import Problem
from docgen_nb.template.runs import cut_out_tags, is_mark, remove

COMMENTS = "word/docgen-comments.xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_BLANK = ooxml.XML_SPACE


def annotated(content: bytes, problems: Sequence[Problem]) -> bytes:
    """The same .docx with each tag that was left marked in yellow, and a comment per problem."""
    package = Package(content)
    contents: dict[str, bytes] = {}
    comments: list[str] = []
    for story in ooxml.stories(package):
        root = ooxml.parse(package.read(story.name), name=story.name)
        texts = _by_tag(problems)
        is_main = story.title == "document"
        changed = [
            _mark_left_tags(paragraph, texts, comments, is_main) for paragraph in list(root.iter(P))
        ]
        if is_main:
            _comment_the_rest(root, problems, texts, comments)
        if is_main or any(changed):
            contents[story.name] = _bytes(root)
    contents |= _comment_parts(package, comments)
    return Writer(package, changing=set(contents)).write(contents)


def _by_tag(problems: Sequence[Problem]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        hint = f" Did you mean '{problem.nearest}'?" if problem.nearest else ""
        found.setdefault(problem.tag, []).append(f"{problem}{hint}")
    return found


def _mark_left_tags(
    paragraph: Element, texts: dict[str, list[str]], comments: list[str], is_main: bool
) -> bool:
    """Each tag becomes a run of its own, highlighted; in the body also commented."""
    contents: list[str] = []

    def number_of(span: object) -> int:
        contents.append(getattr(span, "content", ""))
        return len(contents) - 1

    cut_out_tags(paragraph, number_of=number_of)
    for one in [one for one in paragraph.iter() if is_mark(one)]:
        run = next(one.iterancestors(RUN))
        parent = run.getparent()
        if parent is None:
            continue
        look = run.find(RPR)
        split(one, parent)
        shown = _highlighted(contents[int(one.text or "")], look)
        one.addprevious(shown)
        remove(one)
        if is_main:
            told = texts.get(contents[int(one.text or "")], [])
            _comment(shown, shown, told, comments)
    return bool(contents)


def _highlighted(content: str, look: Element | None) -> Element:
    run = etree.Element(RUN)
    properties = etree.SubElement(run, RPR) if look is None else deepcopy(look)
    run.insert(0, properties)
    for old in properties.findall(w("highlight")):
        properties.remove(old)
    properties.append(etree.Element(w("highlight"), {w("val"): "yellow"}))
    text = etree.SubElement(run, T, {_BLANK: "preserve"})
    text.text = content
    return run


def _comment(first: Element, last: Element, told: list[str], comments: list[str]) -> None:
    for message in told:
        number = {w("id"): str(len(comments))}
        comments.append(message)
        first.addprevious(etree.Element(w("commentRangeStart"), number))
        reference = etree.Element(RUN)
        reference.append(etree.Element(w("commentReference"), number))
        last.addnext(reference)
        last.addnext(etree.Element(w("commentRangeEnd"), number))


def _comment_the_rest(
    root: Element, problems: Sequence[Problem], texts: dict[str, list[str]], comments: list[str]
) -> None:
    """What no tag in the body shows (data that no tag uses, a list that is absent) comes first."""
    told = set(comments)
    rest = [message for messages in texts.values() for message in messages if message not in told]
    body = root.find(ooxml.BODY)
    if not rest or body is None:
        return
    paragraph = next(root.iter(P), None)
    if paragraph is None:
        paragraph = etree.Element(P)
        body.insert(0, paragraph)
    empty = etree.Element(RUN)
    paragraph.insert(1 if paragraph.find(ooxml.PPR) is not None else 0, empty)
    _comment(empty, empty, rest, comments)


def _comment_parts(package: Package, comments: list[str]) -> dict[str, bytes]:
    if not comments:
        return {}
    main = next(iter(ooxml.stories(package))).name
    rels = ooxml.rels_name(main)
    lines = "".join(_comment_lines(comments))
    relation = {"Id": "rIdDocGenComments", "Type": f"{ooxml.R}/comments", "Target": f"/{COMMENTS}"}
    override = {"PartName": f"/{COMMENTS}", "ContentType": _KIND}
    return {
        TYPES: _with_line(package, TYPES, ooxml.CONTENT_TYPES, "Override", override),
        rels: _with_line(package, rels, ooxml.RELATIONSHIPS, "Relationship", relation),
        COMMENTS: f'{_HEAD}<w:comments xmlns:w="{ooxml.W}">{lines}</w:comments>'.encode(),
    }


def _comment_lines(comments: list[str]) -> Iterator[str]:
    for number, message in enumerate(comments):
        yield (
            f'<w:comment w:id="{number}" w:author="docgen-nb" w:initials="dg"><w:p><w:r>'
            f'<w:t xml:space="preserve">{escaped(message)}</w:t></w:r></w:p></w:comment>'
        )


def _with_line(
    package: Package, name: str, namespace: str, kind: str, attributes: dict[str, str]
) -> bytes:
    if name in package:
        root = ooxml.parse(package.read(name), name=name)
    else:
        root = etree.Element(f"{{{namespace}}}{kind}s", nsmap={None: namespace})  # type: ignore[dict-item]
    etree.SubElement(root, f"{{{namespace}}}{kind}", attributes)
    return _bytes(root)


def _bytes(root: Element) -> bytes:
    return f"{_HEAD}{ooxml.serialized(root)}".encode()
