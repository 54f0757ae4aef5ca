"""Specimens: templates as Word saves them, with data and the text of the document.

Each is a text file in the folder `specimens`: a template in the short notation of
`samples.template`, data, and the expected text, written by hand. Beside it is the template as a
.docx whose tags are split into runs as Word splits them. `python tests/template/wordlike.py`
writes the .docx files again.
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
# Where Word begins a new run: braces, periods and colons end a word.
_RUN_EDGES = re.compile(r"(\{\{|\}\}|\.|::|[“”\"])")
DELETED = "deleted}}text"  # in a revision that stays in the file
# What Word leaves between runs, in turn.
_BETWEEN = (
    '<w:proofErr w:type="spellStart"/>',
    '<w:proofErr w:type="spellEnd"/>',
    '<w:bookmarkStart w:id="{0}" w:name="_GoBack{0}"/><w:bookmarkEnd w:id="{0}"/>',
    "",
    '<w:del w:id="{0}" w:author="A"><w:r><w:delText>{1}</w:delText></w:r></w:del>',
    '<w:proofErr w:type="gramStart"/>',
    '<w:proofErr w:type="gramEnd"/>',
)
_FORMATTING = ("<w:noProof/>", '<w:lang w:val="en-US"/>', '<w:b/><w:lang w:val="de-DE"/>')


class Specimen(NamedTuple):
    """The content of one text file."""

    notation: str
    data: dict
    texts: dict[str, list[str]]  # by part: document, header, footer
    problems: list[str]


def specimen(path):
    """Read a text file of the folder."""
    pieces = re.split(r"^=== (\w+)\n", path.read_text("utf-8"), flags=re.MULTILINE)
    by_name = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    texts = {"document": by_name["text"], "header": by_name.get("header", "")}
    texts["footer"] = by_name.get("footer", "")
    return Specimen(
        by_name["template"],
        json.loads(by_name["data"], parse_float=Decimal),
        {name: [_line(line) for line in text.splitlines()] for name, text in texts.items()},
        by_name["problems"].splitlines(),
    )


def _line(written):
    """A line of the expected text: a tilde is an empty paragraph, breaks and tabs are escaped."""
    return "" if written == "~" else written.replace("\\n", "\n").replace("\\t", "\t")


def wordlike(content):
    """The same template as Word saves it: tags split into runs, with other elements between."""
    stream, numbers = io.BytesIO(), count(1)
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for info in old.infolist():
            part = old.read(info)
            if re.fullmatch(r"word/(document|header\d|footer\d)\.xml", info.filename):
                part = _with_split_tags(part, numbers)
            new.writestr(zipfile.ZipInfo(info.filename), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _with_split_tags(part, numbers):
    root = etree.fromstring(part)
    for text in list(root.iter(f"{{{W}}}t")):
        pieces = [piece for piece in _RUN_EDGES.split(text.text) if piece]
        if "{{" in pieces:
            _split_run(text, pieces, numbers)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def _split_run(text, pieces, numbers):
    """One run for each piece; what follows the text in its run moves to the last one."""
    run = text.getparent()
    following = list(text.itersiblings())
    text.text = pieces[0]
    text.set(SPACE, "preserve")
    empty = deepcopy(run)
    for child in list(empty):
        empty.remove(child)
    for piece in pieces[1:]:
        number = next(numbers)
        for element in _elements(_BETWEEN[number % len(_BETWEEN)].format(number, DELETED)):
            run.addnext(element)
            run = element
        new = deepcopy(empty)
        new.set(f"{{{W}}}rsidR", f"00{number:06X}")
        new.extend(_elements(f"<w:rPr>{_FORMATTING[number % len(_FORMATTING)]}</w:rPr>"))
        etree.SubElement(new, f"{{{W}}}t", {SPACE: "preserve"}).text = piece
        run.addnext(new)
        run = new
    run.extend(following)


def _elements(xml):
    return list(etree.fromstring(f'<x xmlns:w="{W}">{xml}</x>'))


if __name__ == "__main__":
    for path in sorted(FOLDER.glob("*.txt")):
        content = wordlike(samples.template(specimen(path).notation))
        path.with_suffix(".docx").write_bytes(content)
