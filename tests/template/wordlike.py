"""Specimens: templates as Word saves them, with data and the text that they must give.

Each is a text in the folder `specimens`: a template in the short notation of `samples.template`,
data, and the golden text, written by hand. Beside it lies the template as a .docx whose tags are
cut into runs as Word cuts them. `python tests/template/wordlike.py` writes the .docx anew.
"""

import io
import json
import re
import zipfile
from copy import deepcopy
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from docgen_nb import samples

FOLDER = Path(__file__).parent / "specimens"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
# Where Word begins a new run: it takes braces, points and colons for the edges of words.
_CUTS = re.compile(r"(\{\{|\}\}|\.|::|[“”\"])")
TAKEN_BACK = "taken}}back"  # in a revision that stays in the file
# What it leaves between runs, in turns.
_BETWEEN = (
    '<w:proofErr w:type="spellStart"/>',
    '<w:proofErr w:type="spellEnd"/>',
    '<w:bookmarkStart w:id="{0}" w:name="_GoBack{0}"/><w:bookmarkEnd w:id="{0}"/>',
    "",
    '<w:del w:id="{0}" w:author="A"><w:r><w:delText>{1}</w:delText></w:r></w:del>',
    '<w:proofErr w:type="gramStart"/>',
    '<w:proofErr w:type="gramEnd"/>',
)
_LOOKS = ("<w:noProof/>", '<w:lang w:val="en-US"/>', '<w:b/><w:lang w:val="de-DE"/>')


class Specimen(NamedTuple):
    """One text of the folder, read."""

    notation: str
    data: dict
    texts: dict[str, list[str]]  # of the parts by their names: document, header, footer
    problems: list[str]


def specimen(path):
    """Read a text of the folder."""
    pieces = re.split(r"^=== (\w+)\n", path.read_text("utf-8"), flags=re.MULTILINE)
    by_name = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    texts = {"document": by_name["text"], "header": by_name.get("header", "")}
    texts["footer"] = by_name.get("footer", "")
    return Specimen(
        by_name["template"],
        json.loads(by_name["data"], parse_float=Decimal),
        {name: [_line(one) for one in text.splitlines()] for name, text in texts.items()},
        by_name["problems"].splitlines(),
    )


def _line(written):
    """A golden line: a tilde is an empty paragraph, breaks and tabs are written out."""
    return "" if written == "~" else written.replace("\\n", "\n").replace("\\t", "\t")


def wordlike(content):
    """The same template with its tags cut into runs, and marks between them, as by Word."""
    stream, numbers = io.BytesIO(), count(1)
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for info in old.infolist():
            part = old.read(info)
            if re.fullmatch(r"word/(document|header\d|footer\d)\.xml", info.filename):
                part = _cut(part, numbers)
            new.writestr(zipfile.ZipInfo(info.filename), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _cut(part, numbers):
    root = etree.fromstring(part)
    for text in list(root.iter(f"{{{W}}}t")):
        pieces = [piece for piece in _CUTS.split(text.text) if piece]
        if "{{" in pieces:
            _cut_run(text, pieces, numbers)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def _cut_run(text, pieces, numbers):
    """One run a piece; what stood behind the text in its run follows in the last."""
    run = text.getparent()
    behind = list(text.itersiblings())
    text.text = pieces[0]
    text.set(SPACE, "preserve")
    bare = deepcopy(run)
    for child in list(bare):
        bare.remove(child)
    for piece in pieces[1:]:
        number = next(numbers)
        for mark in _elements(_BETWEEN[number % len(_BETWEEN)].format(number, TAKEN_BACK)):
            run.addnext(mark)
            run = mark
        new = deepcopy(bare)
        new.set(f"{{{W}}}rsidR", f"00{number:06X}")
        new.extend(_elements(f"<w:rPr>{_LOOKS[number % len(_LOOKS)]}</w:rPr>"))
        etree.SubElement(new, f"{{{W}}}t", {SPACE: "preserve"}).text = piece
        run.addnext(new)
        run = new
    run.extend(behind)


def _elements(xml):
    return list(etree.fromstring(f'<x xmlns:w="{W}">{xml}</x>'))


if __name__ == "__main__":
    for text in sorted(FOLDER.glob("*.txt")):
        made = wordlike(samples.template(specimen(text).notation))
        text.with_suffix(".docx").write_bytes(made)
