"""Text of rendered documents, line by line, as a person sees it."""

import io
import subprocess
import zipfile

from docx import Document
from lxml import etree

from docgen_nb import samples
from docgen_nb.template import Template

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def lines(content, *, part="word/document.xml"):
    """The text of each paragraph of a part, with its line breaks and tabs."""
    root = xml(content, part)
    return ["".join(_texts(paragraph)) for paragraph in root.iter(f"{W}p")]


def xml(content, part="word/document.xml"):
    """A part of a document as a tree."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return etree.fromstring(archive.read(part))


def _texts(paragraph):
    for element in paragraph.iter(f"{W}t", f"{W}tab", f"{W}br"):
        nearest = next(element.iterancestors(f"{W}p"))
        if nearest is paragraph and element.getparent().tag == f"{W}r":
            yield {f"{W}tab": "\t", f"{W}br": "\n"}.get(element.tag, element.text or "")


def rendered(notation, user_input):
    """Render a template in short notation; fail if python-docx can't open the result."""
    document = Template(samples.template(notation)).render(user_input)
    Document(io.BytesIO(document.content))
    return document


def shown(notation, user_input):
    """The lines of a template in short notation after rendering."""
    return lines(rendered(notation, user_input).content)


def messages(problems):
    return [str(problem) for problem in without_notes(problems)]


def without_notes(problems):
    """The problems that are not only notes about Box."""
    return [problem for problem in problems if problem.severity != "note"]


def as_texts(soffice, documents, folder):
    """The text of each document as LibreOffice reads it; one call converts all of them."""
    for name, content in documents.items():
        (folder / f"{name}.docx").write_bytes(content)
    profile = (folder / "profile").as_uri()
    subprocess.run(
        [
            soffice,
            f"-env:UserInstallation={profile}",
            "--headless",
            *("--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(folder)),
            *(str(folder / f"{name}.docx") for name in documents),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return {path.stem: path.read_text(encoding="utf-8-sig") for path in folder.glob("*.txt")}
