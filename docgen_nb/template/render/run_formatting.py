"""Formatting around a tag, read when a value with rich text or a picture first needs it.

Few values do. Writing out the properties of the run and paragraph of every tag took a fifth of the
time of opening a large template; parsing the part once more, when needed, takes less than that.
"""

from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from docgen_nb.template.docx.xml import PPR, RPR, RUN, SECT_PR, Element, P, T, W, w

LINE_BREAK = "<w:r><w:br/></w:r>"
# The order that the schema gives to run properties, before and after the added ones.
_ORDER = ("rStyle", "rFonts", "b", "bCs", "i", "iCs")
_AFTER_UNDERLINE = (
    *("effect", "bdr", "shd", "fitText", "vertAlign", "rtl", "cs", "em", "lang"),
    *("eastAsianLayout", "specVanish", "oMath", "rPrChange"),
)


@dataclass(frozen=True)
class RunFormatting:
    """The properties of the run and paragraph around a tag, as XML with its declarations."""

    run_properties: bytes = b""
    paragraph_properties: bytes = b""
    can_break: bool = False  # whether the paragraph can be ended and continued
    _cache: dict[frozenset[str], str] = field(default_factory=dict, compare=False)

    def with_styles(self, styles: frozenset[str] = frozenset()) -> str:
        """Return the run properties with styles such as bold added."""
        if styles not in self._cache:
            self._cache[styles] = _with_styles(self.run_properties, styles)
        return self._cache[styles]

    @cached_property
    def next_paragraph(self) -> str:
        """The XML that starts a paragraph of the same kind, or breaks the line if it can't."""
        if not self.can_break:
            return LINE_BREAK
        if not self.paragraph_properties:
            return "</w:p><w:p>"
        properties = etree.fromstring(self.paragraph_properties)
        if properties.find(SECT_PR) is not None:
            return LINE_BREAK  # a new paragraph would be in the next section
        return f"</w:p><w:p>{_without_declarations(properties)}"


class PartFormatting:
    """The formatting around the tags of one part."""

    def __init__(self, xml: str, *, prefix: str, part: str) -> None:
        self.part = part
        self._xml = xml
        self._prefix = prefix
        self._by_run: dict[Element, RunFormatting] = {}
        self._by_paragraph: dict[Element, bytes] = {}

    def of_tag(self, number: int) -> RunFormatting:
        """Return the formatting around the placeholder with this number."""
        run = next(self._texts[number].iterancestors(RUN))
        if run not in self._by_run:
            self._by_run[run] = self._read(run)
        return self._by_run[run]

    def _read(self, run: Element) -> RunFormatting:
        parent, properties = run.getparent(), _child_xml(run, RPR)
        if parent is None or parent.tag != P:
            return RunFormatting(properties)
        if parent not in self._by_paragraph:  # a paragraph without properties is searched whole
            self._by_paragraph[parent] = _child_xml(parent, PPR)
        return RunFormatting(properties, self._by_paragraph[parent], can_break=True)

    @cached_property
    def _texts(self) -> dict[int, Element]:
        """The text element of each placeholder."""
        elements: dict[int, Element] = {}
        for element in etree.fromstring(self._xml, _PARSER).iter(T):
            texts = [element.text, *(inner.tail for inner in element)]
            for piece in "".join(text or "" for text in texts).split(self._prefix)[1:]:
                elements[int(piece.partition(";")[0])] = element
        return elements


# For XML that lxml has written itself: the limits were enforced when it was first parsed.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def _child_xml(parent: Element, name: str) -> bytes:
    child = parent.find(name)
    return b"" if child is None else etree.tostring(child, with_tail=False)


def _with_styles(run_properties: bytes, styles: frozenset[str]) -> str:
    """Return run properties with styles added, in the order of the schema."""
    empty = etree.Element(RPR, nsmap={"w": W})
    properties = etree.fromstring(run_properties) if run_properties else empty
    if "link" in styles:
        _set(properties, "color", {"val": "0563C1"})
    for name in ("b", "i"):
        if name in styles:
            _set(properties, name, {})
    if styles & {"u", "link"}:
        _set(properties, "u", {"val": "single"})
    return _without_declarations(properties) if len(properties) else ""


def _set(properties: Element, name: str, attributes: dict[str, str]) -> None:
    for old in properties.findall(w(name)):
        properties.remove(old)
    new = etree.Element(w(name), {w(key): value for key, value in attributes.items()})
    names = [etree.QName(child).localname for child in properties]
    if name in _ORDER:
        before = _ORDER[: _ORDER.index(name)]
        position = sum(1 for one in names if one in before)
    else:
        position = sum(1 for one in names if one not in _AFTER_UNDERLINE)
    properties.insert(position, new)


def _without_declarations(element: Element) -> str:
    """Return an element as it reads inside a part that declares its namespaces at the root."""
    xml = etree.tostring(element, encoding="unicode", with_tail=False)
    start, bracket, rest = xml.partition(">")
    for prefix, namespace in element.nsmap.items():
        name = f"xmlns:{prefix}" if prefix else "xmlns"
        start = start.replace(f' {name}="{namespace}"', "")
    return f"{start}{bracket}{rest}"
