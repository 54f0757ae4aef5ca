"""Finds the look around a tag when a value first needs it: rich text, and pictures between words.

Few values do. To write out the properties of the run and the paragraph around every tag took a
fifth of the time of opening a large template; to read the part again, once, takes less than that.
"""

from functools import cached_property

from lxml import etree

from docgen_nb.template.docx.xml import PPR, RPR, RUN, Element, P, T
from docgen_nb.template.render.rich_text import Spot


class Spots:
    """Where the tags of one part stand."""

    def __init__(self, xml: str, *, sign: str, part: str) -> None:
        self.part = part
        self._xml = xml
        self._sign = sign
        self._known: dict[int, Spot] = {}
        self._of_runs: dict[Element, Spot] = {}
        self._of_paragraphs: dict[Element, bytes] = {}

    def spot(self, number: int) -> Spot:
        """The look around the mark with this number."""
        if number not in self._known:
            run = next(self._texts[number].iterancestors(RUN))
            if run not in self._of_runs:
                self._of_runs[run] = self._spot(run)
            self._known[number] = self._of_runs[run]
        return self._known[number]

    def _spot(self, run: Element) -> Spot:
        parent, look = run.getparent(), _source(run, RPR)
        if parent is None or parent.tag != P:
            return Spot(self.part, look)
        if parent not in self._of_paragraphs:  # once: to find none, all its runs are looked at
            self._of_paragraphs[parent] = _source(parent, PPR)
        return Spot(self.part, look, self._of_paragraphs[parent], may_break=True)

    @cached_property
    def _texts(self) -> dict[int, Element]:
        """The text element that each mark stands in."""
        found: dict[int, Element] = {}
        for element in etree.fromstring(self._xml, _PARSER).iter(T):
            texts = [element.text, *(inner.tail for inner in element)]
            for piece in "".join(text or "" for text in texts).split(self._sign)[1:]:
                found[int(piece.partition(";")[0])] = element
        return found


# What the library has written itself: the limits were kept when it was read the first time.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def _source(parent: Element, name: str) -> bytes:
    """The XML of a child as it stands, or nothing."""
    child = parent.find(name)
    return b"" if child is None else etree.tostring(child, with_tail=False)
