"""Word's field FILENAME: converters would fill it with the path of a temporary file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.template.docx.package import Package, PackageWriter
from docgen_nb.template.docx.xml import XML_SPACE, Element, T, parse, w

_SIMPLE, _CHARACTER, _INSTRUCTION = w("fldSimple"), w("fldChar"), w("instrText")
_PARTS = re.compile(r"word/[^/]+\.xml")
_FILE_NAME = re.compile(r"\s*FILENAME\b", re.IGNORECASE)


@dataclass
class _Field:
    """A field that is being read: its own elements, and the texts of its stored result."""

    marks: list[Element] = field(default_factory=list)
    texts: list[Element] = field(default_factory=list)
    instruction: str = ""
    in_result: bool = False


def with_file_name(content: bytes, name: str | None) -> bytes:
    """Return a Word document whose fields FILENAME are a text: the name, else the stored one.

    A document that can't be read is returned as it is; the converter says what is wrong.
    """
    try:
        package = Package(content)
        changed = dict(_changed_parts(package, name))
    except UnreadableTemplate:
        return content
    return PackageWriter(package, changing=set(changed)).write(changed) if changed else content


def _changed_parts(package: Package, name: str | None) -> Iterator[tuple[str, bytes]]:
    for part in filter(_PARTS.fullmatch, package.parts):
        xml = package.read(part)
        if b"FILENAME" not in xml.upper():
            continue
        root = parse(xml, name=part)
        fields = [*_simple_fields(root), *_complex_fields(root)]
        for one in fields:
            _replace(one, name)
        if fields:
            yield part, etree.tostring(root, encoding="UTF-8", standalone=True)


def _simple_fields(root: Element) -> Iterator[_Field]:
    for simple in list(root.iter(_SIMPLE)):
        if _FILE_NAME.match(str(simple.get(w("instr"), ""))):
            yield _Field([], list(simple.iter(T)))
            simple.set(w("instr"), "QUOTE")  # of which converters show the stored result


def _complex_fields(root: Element) -> Iterator[_Field]:
    is_open: list[_Field] = []
    for element in root.iter(_CHARACTER, _INSTRUCTION, T):
        kind = element.get(w("fldCharType"))
        if kind == "begin":
            is_open.append(_Field())
        if not is_open:
            continue
        current = is_open[-1]
        if element.tag == T:
            current.texts += [element] * current.in_result
            continue
        current.marks.append(element)
        if element.tag == _INSTRUCTION:
            current.instruction += element.text or ""
        elif kind == "separate":
            current.in_result = True
        elif kind == "end" and _FILE_NAME.match(is_open.pop().instruction):
            yield current


def _replace(one: _Field, name: str | None) -> None:
    """Leave the text of a field only: the name, or without one the stored result."""
    if name is not None and not one.texts and one.marks:
        text = etree.Element(T)
        one.marks[-1].addprevious(text)
        one.texts.append(text)
    for number, text in enumerate(one.texts if name is not None else ()):
        text.text = "" if number else name
        text.set(XML_SPACE, "preserve")
    for mark in one.marks:
        parent = mark.getparent()
        if parent is not None:
            parent.remove(mark)
