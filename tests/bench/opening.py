"""Time to open templates with many tags, compared with lxml and docxtpl on the same file.

Run as `python tests/bench/opening.py [ROUNDS]` (3 by default). Each library runs in its own
process, in turns; the minimum CPU time of the rounds counts. lxml parses and serializes the part
that has the tags, and does nothing else: that is the lower limit. docxtpl lists the variables of
the template, the least work that it offers. It is measured if it is installed, in the environment
or by `render.py --install`. The goals are at most 2 s and 500 MB for 60,000 tags.
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
sys.path.append(str(PEERS / "python"))  # last, so that installed packages come first
SIZES = (1_000, 10_000, 60_000)
TAGS_PER_PARAGRAPH = 4
RUN_PROPERTIES = (
    '<w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:b/><w:sz w:val="22"/></w:rPr>'
)


def template(count: int) -> bytes:
    """Return a template with `count` text tags, four per paragraph, each in a formatted run."""
    from docgen_nb.samples import word_xml

    paragraphs = (
        "".join(_tag(number) for number in range(first, first + TAGS_PER_PARAGRAPH))
        for first in range(0, count, TAGS_PER_PARAGRAPH)
    )
    properties = '<w:pPr><w:pStyle w:val="Cell"/><w:spacing w:after="0"/></w:pPr>'
    body = "".join(f"<w:p>{properties}{runs}</w:p>" for runs in paragraphs)
    return word_xml.document(body)


def _tag(number: int) -> str:
    text = f'<w:r><w:t xml:space="preserve">Word {number}: </w:t></w:r>'
    return f"{text}<w:r>{RUN_PROPERTIES}<w:t>{{{{group{number % 50}.name{number}}}}}</w:t></w:r>"


# Libraries


def this_library() -> Callable[[bytes], Any]:
    from docgen_nb.template import Template

    return Template


def lxml() -> Callable[[bytes], Any]:
    from lxml import etree

    def parse_and_serialize(content: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            root = etree.fromstring(archive.read("word/document.xml"))
        return bytes(etree.tostring(root))

    return parse_and_serialize


def docxtpl() -> Callable[[bytes], Any]:
    from docxtpl import DocxTemplate

    return lambda content: DocxTemplate(io.BytesIO(content)).get_undeclared_template_variables()


WAYS = {"this library": this_library, "lxml": lxml, "docxtpl": docxtpl}


def measure(way: str, path: str) -> dict[str, float]:
    """Return the CPU seconds and the peak memory of this process in MB."""
    import resource

    content, read = Path(path).read_bytes(), WAYS[way]()
    start = time.process_time()
    result = read(content)
    seconds = time.process_time() - start
    assert result
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "peak": peak}


# All libraries


def run(way: str, path: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--way", way, str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def main(rounds: int) -> None:
    ways = [way for way in WAYS if way != "docxtpl" or importlib.util.find_spec("docxtpl")]
    if "docxtpl" not in ways:
        print("docxtpl is not measured. To install it, run render.py --install\n")
    print(f"{'library':14}{'tags':>7}{'XML MB':>8}{'CPU s':>8}{'us/tag':>8}{'x lxml':>8}{'MB':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for count in SIZES:
            path = Path(folder) / f"{count}.docx"
            path.write_bytes(template(count))
            print_rows(count, path, {way: [run(way, path) for _ in range(rounds)] for way in ways})


def print_rows(count: int, path: Path, runs: dict[str, list[dict[str, float]]]) -> None:
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("word/document.xml").file_size / 1e6
    fastest = {way: min(one["seconds"] for one in rounds) for way, rounds in runs.items()}
    for way, seconds in fastest.items():
        per_tag, ratio = 1e6 * seconds / count, seconds / fastest["lxml"]
        peak = max(one["peak"] for one in runs[way])
        print(f"{way:14}{count:7}{size:8.1f}{seconds:8.3f}{per_tag:8.1f}{ratio:8.1f}{peak:6.0f}")
    if "docxtpl" in fastest:
        print(
            f"ratio of docxtpl to this library: {fastest['docxtpl'] / fastest['this library']:.1f}"
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--way", name, path]:
            print(json.dumps(measure(name, path)))
        case arguments:
            main(int(arguments[0]) if arguments else 3)
