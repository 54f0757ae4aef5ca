"""Opening: templates with very many tags, against what lxml and docxtpl take for the same file.

Run as `python tests/bench/opening.py [ROUNDS]`. Each way runs in a process of its own, in turns;
the least CPU time of the rounds counts. lxml parses the part with the tags and serializes it
again and does nothing else: the floor. docxtpl lists the names that the file asks for, the least
that it can be asked; it is used where it is found, see render.py, whose folder this shares. The
goals are at most 2 s and 500 MB for 60,000 tags.
"""

import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

PEERS = Path(os.environ.get("DOCGEN_NB_PEERS", Path(tempfile.gettempdir()) / "docgen-peers"))
sys.path.append(str(PEERS / "python"))  # behind what is installed
SIZES = (1_000, 10_000, 60_000)
TAGS_IN_A_PARAGRAPH = 4
LOOK = '<w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:b/><w:sz w:val="22"/></w:rPr>'


def template(count: int) -> bytes:
    """So many plain tags, four to a paragraph, each in a run with a look of its own."""
    from docgen_nb.samples import word_xml

    paragraphs = (
        "".join(_tag(number) for number in range(first, first + TAGS_IN_A_PARAGRAPH))
        for first in range(0, count, TAGS_IN_A_PARAGRAPH)
    )
    properties = '<w:pPr><w:pStyle w:val="Cell"/><w:spacing w:after="0"/></w:pPr>'
    body = "".join(f"<w:p>{properties}{runs}</w:p>" for runs in paragraphs)
    return word_xml.document(body)


def _tag(number: int) -> str:
    words = f'<w:r><w:t xml:space="preserve">Word {number}: </w:t></w:r>'
    return f"{words}<w:r>{LOOK}<w:t>{{{{group{number % 50}.name{number}}}}}</w:t></w:r>"


# The ways


def this_library() -> Callable[[bytes], Any]:
    from docgen_nb.template import Template

    return Template


def lxml() -> Callable[[bytes], Any]:
    from lxml import etree

    def again(content: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            root = etree.fromstring(archive.read("word/document.xml"))
        return bytes(etree.tostring(root))

    return again


def docxtpl() -> Callable[[bytes], Any]:
    from docxtpl import DocxTemplate

    return lambda content: DocxTemplate(io.BytesIO(content)).get_undeclared_template_variables()


WAYS = {"this library": this_library, "lxml": lxml, "docxtpl": docxtpl}


def measure(way: str, path: str) -> dict[str, float]:
    """What a process of its own tells: CPU seconds, and the most memory it ever had in MB."""
    import resource

    content, read = Path(path).read_bytes(), WAYS[way]()
    start = time.process_time()
    found = read(content)
    seconds = time.process_time() - start
    assert found
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "peak": peak}


# All of them


def run(way: str, path: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--way", way, str(path)]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(found.stdout))


def main(rounds: int) -> None:
    ways = [way for way in WAYS if way != "docxtpl" or importlib.util.find_spec("docxtpl")]
    if "docxtpl" not in ways:
        print("Not measured, see render.py --install: docxtpl\n")
    print(f"{'way':14}{'tags':>7}{'XML MB':>8}{'CPU s':>8}{'us/tag':>8}{'x lxml':>8}{'MB':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for count in SIZES:
            path = Path(folder) / f"{count}.docx"
            path.write_bytes(template(count))
            print_rows(count, path, {way: [run(way, path) for _ in range(rounds)] for way in ways})


def print_rows(count: int, path: Path, runs: dict[str, list[dict[str, float]]]) -> None:
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("word/document.xml").file_size / 1e6
    least = {way: min(one["seconds"] for one in found) for way, found in runs.items()}
    for way, seconds in least.items():
        per_tag, ratio = 1e6 * seconds / count, seconds / least["lxml"]
        peak = max(one["peak"] for one in runs[way])
        print(f"{way:14}{count:7}{size:8.1f}{seconds:8.3f}{per_tag:8.1f}{ratio:8.1f}{peak:6.0f}")
    if "docxtpl" in least:
        print(f"docxtpl against this library: {least['docxtpl'] / least['this library']:.1f}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--way", name, path]:
            print(json.dumps(measure(name, path)))
        case arguments:
            main(int(arguments[0]) if arguments else 3)
