"""Speed of rendering, compared with other libraries and with zipping a finished document.

Run as `python tests/bench/render.py [ROUNDS]` (5 by default). Each way of rendering runs in its own
process, in turns. Compare the ratios of CPU time, not the seconds. To install the other libraries
in a separate folder, run `python tests/bench/render.py --install` (docxtpl and isal by pip, the
others by npm). The folder is `docgen-peers` in the temporary folder, or the value of
DOCGEN_NB_PEERS. Libraries that are installed in the environment are also used.
"""

import binascii
import importlib.util
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import docx
import invoice

PEERS = Path(os.environ.get("DOCGEN_NB_PEERS", Path(tempfile.gettempdir()) / "docgen-peers"))
sys.path.append(str(PEERS / "python"))  # last, so that installed packages come first
PIP = ["docxtpl", "isal"]
NPM = ["docxtemplater", "pizzip", "docxtemplater-image-module-free", "easy-template-x", "carbone"]
BY_NODE = ("docxtemplater", "easy-template-x", "carbone")
SECONDS, WARM_UP, DIFFERENT_ROWS = 1.5, 0.4, 40
FIRST = 100  # documents of a new process, before a just-in-time compiler is warm
Render = Callable[[dict[str, Any]], bytes]


# Ways of rendering. They import this library late, because it looks for isal on import.


def open_template() -> Any:
    from docgen_nb.template import Template

    return Template(invoice.template("box"))


def warm() -> Render:
    """This library; the template is opened once."""
    template = open_template()
    return lambda row: template.render(row).content


def cold() -> Render:
    """This library; the template is opened for each document."""
    from docgen_nb.template import Template

    source = invoice.template("box")
    return lambda row: Template(source).render(row).content


def docxtpl() -> Render:
    from docxtpl import DocxTemplate

    source = invoice.template("docxtpl")

    def render(row: dict[str, Any]) -> bytes:
        document = DocxTemplate(BytesIO(source))
        document.replace_pic("image.png", BytesIO(picture(row)))
        document.render({"invoice": invoice.for_peers(row)}, autoescape=True)
        return to_bytes(document)

    return render


def python_docx() -> Render:
    """A typical script: open, replace in each run, copy the table row, save."""
    source = invoice.template("box")

    def render(row: dict[str, Any]) -> bytes:
        document = docx.Document(BytesIO(source))
        data = invoice.for_peers(row)
        fill_table(document.tables[0], data["items"])
        values = {f"{{{{invoice.{name}}}}}": str(value) for name, value in data.items()}
        keep = True
        for paragraph in list(document.paragraphs):
            if paragraph.text.startswith("{{if"):
                keep = data["is_uk"] if "country" in paragraph.text else data["has_discount"]
            is_control = paragraph.text.startswith(("{{if", "{{endif"))
            if is_control or not keep:
                paragraph._p.getparent().remove(paragraph._p)
            keep = keep or paragraph.text.startswith("{{endif")
            replace_in(paragraph, values)
        drawing = document.inline_shapes[0]._inline
        relationship_id = drawing.graphic.graphicData.pic.blipFill.blip.embed
        document.part.related_parts[relationship_id]._blob = picture(row)
        return to_bytes(document)

    return render


def fill_table(table: Any, items: list[dict[str, Any]]) -> None:
    template_row = table.rows[1]._tr
    for item in items:
        new = deepcopy(template_row)
        template_row.addprevious(new)
        values = {f"{{{{item.{name}}}}}": str(value) for name, value in item.items()}
        values |= {"{{tablerow item in invoice.items}}": "", "{{endtablerow}}": ""}
        for cell in docx.table._Row(new, table).cells:
            replace_in(cell.paragraphs[0], values)
    template_row.getparent().remove(template_row)


def replace_in(paragraph: Any, values: dict[str, str]) -> None:
    for run in paragraph.runs:
        text = run.text
        if "{{" in text:
            for tag, value in values.items():
                text = text.replace(tag, value)
            run.text = text


def floor() -> Render:
    """Without rendering: compress a finished document.xml and add it to the other parts."""
    bodies, deflate = finished_documents(), make_deflate()
    head, directory, count = unchanged_parts()

    def render(row: dict[str, Any]) -> bytes:
        body, line = zip_entry(b"word/document.xml", bodies[number(row)], deflate, 8, len(head))
        end = end_record(count + 1, len(directory) + len(line), len(head) + len(body))
        return b"".join((head, body, directory, line, end))

    return render


def floor_and_picture() -> Render:
    """The floor, and the row's picture decoded and added as another part."""
    bodies, deflate = finished_documents(), make_deflate()
    head, directory, count = unchanged_parts()

    def render(row: dict[str, Any]) -> bytes:
        image, image_line = zip_entry(b"word/media/new.png", picture(row), bytes, 0, len(head))
        at = len(head) + len(image)
        body, line = zip_entry(b"word/document.xml", bodies[number(row)], deflate, 8, at)
        end = end_record(count + 2, len(directory) + len(image_line) + len(line), at + len(body))
        return b"".join((head, image, body, directory, image_line, line, end))

    return render


def finished_documents() -> dict[str, bytes]:
    """Return the document.xml of each row."""
    render, bodies = warm(), {}
    for row in invoice.rows(DIFFERENT_ROWS):
        with zipfile.ZipFile(BytesIO(render(row))) as document:
            bodies[number(row)] = document.read("word/document.xml")
    return bodies


def number(row: dict[str, Any]) -> str:
    return str(row["invoice"]["number"])


def unchanged_parts() -> tuple[bytes, bytes, int]:
    """Return zipped parts other than document.xml, their directory entries and their number."""
    file = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(warm()(invoice.rows(1)[0]))) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as rest,
    ):
        others = [info for info in source.infolist() if info.filename != "word/document.xml"]
        for info in others:
            rest.writestr(info, source.read(info))
    data = file.getvalue()
    at = struct.unpack_from("<L", data, len(data) - 6)[0]
    return data[:at], data[at:-22], len(others)


def end_record(count: int, size: int, at: int) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, at, 0)


def zip_entry(
    name: bytes, data: bytes, deflate: Callable[[bytes], bytes], method: int, at: int
) -> tuple[bytes, bytes]:
    compressed = deflate(data)
    common = (0, method, 0, 0x21, zlib.crc32(data), len(compressed), len(data), len(name), 0)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, *common) + name + compressed
    line = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, *common, 0, 0, 0, 0, at) + name
    return local, line


def make_deflate() -> Callable[[bytes], bytes]:
    """Return this library's compression: isal at level 2 if installed, else zlib at level 5."""
    try:
        from isal import isal_zlib
    except ImportError:
        module, level = zlib, 5
    else:
        module, level = isal_zlib, 2

    def deflate(data: bytes) -> bytes:
        compressor = module.compressobj(level, zlib.DEFLATED, -15)
        return compressor.compress(data) + compressor.flush()

    return deflate


def to_bytes(document: Any) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def picture(row: dict[str, Any]) -> bytes:
    return binascii.a2b_base64(row["invoice"]["logo"])


WAYS: dict[str, Callable[[], Render]] = {
    "warm": warm,
    "cold": cold,
    "docxtpl": docxtpl,
    "python-docx": python_docx,
    "floor": floor,
    "floor-picture": floor_and_picture,
}


# One process


def measure(way: str, *, seconds: float = SECONDS) -> dict[str, Any]:
    """Render for `seconds` and return what the process prints."""
    rows = invoice.rows(DIFFERENT_ROWS)
    first = WAYS[way]()(rows[0])  # includes the imports
    early = time.process_time()
    render = WAYS[way]()
    for number in range(FIRST):
        render(rows[number % DIFFERENT_ROWS])
    early = (time.process_time() - early) / FIRST
    repeat(render, rows, seconds=WARM_UP)
    cpu, wall = time.process_time(), time.perf_counter()
    count = repeat(render, rows, seconds=seconds)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    sizes = {"size": len(first), "texts": lines(first)}
    return {"count": count, "cpu": cpu, "wall": wall, "early": early, **sizes}


def lines(content: bytes) -> list[str]:
    from docgen_nb.template.docx.plain_text import read_text

    return [line for line in read_text(content).split("\n") if line.strip()]


def repeat(render: Render, rows: list[dict[str, Any]], *, seconds: float) -> int:
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        render(rows[count % len(rows)])
        count += 1
    return count


# All ways


def run(way: str) -> dict[str, Any]:
    """Measure a way, NAME or NAME+isal, in a new process."""
    name, _, accelerator = way.partition("+")
    if name in BY_NODE:
        return run_node(name)
    command = [sys.executable, __file__, "--way", name, accelerator]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def run_node(name: str) -> dict[str, Any]:
    rows = [invoice.for_peers(row) for row in invoice.rows(DIFFERENT_ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        template, data, out = (Path(folder) / one for one in ("t.docx", "rows.json", "out.docx"))
        template.write_bytes(invoice.template(name))
        data.write_text(json.dumps(rows))
        script = Path(__file__).parent / "render_peers.cjs"
        command = ["node", str(script), name, str(template), str(data), str(SECONDS), str(out)]
        command.append(str(FIRST))
        environment = os.environ | {"NODE_PATH": str(PEERS / "node" / "node_modules")}
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=environment
        )
        return {**json.loads(done.stdout), "texts": lines(out.read_bytes())}


def two_at_once(way: str) -> dict[str, Any]:
    """Measure a way in two processes at the same time."""
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(run, [way, way]))
    speed = sum(one["count"] / one["wall"] for one in both)
    count = sum(one["count"] for one in both)
    return {**both[0], "count": count, "wall": count / speed, "cpu": sum(o["cpu"] for o in both)}


def by_render_many(processes: int) -> float:
    """Return documents per second from `Template.render_many`."""
    template, rows = open_template(), invoice.rows(DIFFERENT_ROWS)
    many = [rows[number % DIFFERENT_ROWS] for number in range(4000)]
    if processes == 1:
        return documents_per_second(lambda: template.render_many(many), len(many))
    with ProcessPoolExecutor(processes) as pool:
        list(template.render_many(rows * 2, executor=pool))  # lets both workers open the template
        return documents_per_second(lambda: template.render_many(many, executor=pool), len(many))


def documents_per_second(action: Callable[[], Any], count: int) -> float:
    start = time.perf_counter()
    assert sum(1 for _ in action()) == count
    return count / (time.perf_counter() - start)


def available_ways() -> list[str]:
    """Return the ways that can be measured; print those that can't."""
    names = ["warm", "cold", "floor", "floor-picture", "python-docx"]
    if importlib.util.find_spec("isal"):
        names += ["warm+isal", "cold+isal", "floor+isal", "floor-picture+isal"]
    names += ["docxtpl"] if importlib.util.find_spec("docxtpl") else []
    modules = PEERS / "node" / "node_modules"
    if shutil.which("node"):
        names += [name for name in BY_NODE if (modules / name).is_dir()]
    missing = {"docxtpl", "warm+isal", *BY_NODE} - set(names)
    if missing:
        print(f"Not measured: {', '.join(sorted(missing))}. To install them, pass --install\n")
    return names


def main(rounds: int) -> None:
    names = available_ways()
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in [*names, "warm, two at once"]}
    for _ in range(rounds):
        for name in names:
            runs[name].append(run(name))
        runs["warm, two at once"].append(two_at_once("warm"))
    compare_texts({name: measured[0]["texts"] for name, measured in runs.items()})
    print_table(runs)
    print_goals(runs)


def compare_texts(texts: dict[str, list[str]]) -> None:
    expected = texts["warm"]
    for name, text in texts.items():
        if text != expected:
            differing = [(a, b) for a, b in zip(expected, text, strict=False) if a != b][:3]
            print(f"{name} renders different text: {len(text)} lines, {differing}", file=sys.stderr)
    print(f"{len(expected)} lines of text in each document\n")


def cost(runs: list[dict[str, Any]]) -> float:
    """Return the median CPU milliseconds per document."""
    return statistics.median(1000 * one["cpu"] / one["count"] for one in runs)


def early(runs: list[dict[str, Any]]) -> float:
    """Return the median for the first documents of a process, including opening the template."""
    return statistics.median(1000 * one["early"] for one in runs)


def speed(runs: list[dict[str, Any]]) -> float:
    return statistics.median(one["count"] / one["wall"] for one in runs)


def print_table(runs: dict[str, list[dict[str, Any]]]) -> None:
    reference = cost(runs["docxtpl"]) if "docxtpl" in runs else None
    first = f"first {FIRST}"
    print(f"{'way':22}{'docs/s':>9}{'CPU ms/doc':>12}{first:>11}{'x docxtpl':>11}{'bytes':>8}")
    for name, measured in sorted(runs.items(), key=lambda one: cost(one[1])):
        ratio = f"{reference / cost(measured):11.1f}" if reference else f"{'-':>11}"
        size = measured[0]["size"]
        first_cost = f"{'-':>11}" if name.startswith("floor") else f"{early(measured):11.3f}"
        print(f"{name:22}{speed(measured):9.0f}{cost(measured):12.3f}{first_cost}{ratio}{size:8}")


def print_goals(runs: dict[str, list[dict[str, Any]]]) -> None:
    print("\nRatios of CPU time (for two processes, of documents per second)")
    npm = [cost(runs[name]) for name in BY_NODE if name in runs]
    own, reopened = cost(runs["warm"]), cost(runs["cold"])
    if "docxtpl" in runs:
        print_goal("docxtpl / warm", cost(runs["docxtpl"]) / own, "at least 100")
        print_goal("docxtpl / cold", cost(runs["docxtpl"]) / reopened, "at least 8")
    if npm:
        print_goal("best npm library / warm", min(npm) / own, "at least 50")
        first = min(early(runs[name]) for name in BY_NODE if name in runs) / early(runs["warm"])
        print_goal(f"the same, first {FIRST} documents", first, "-")
    print_goal("warm / floor", own / cost(runs["floor"]), "at most 2")
    print_goal("warm / floor-picture", own / cost(runs["floor-picture"]), "-")
    if "warm+isal" in runs:
        print_goal("warm / warm+isal", own / cost(runs["warm+isal"]), "-")
        print_goal(
            "warm+isal / floor+isal",
            cost(runs["warm+isal"]) / cost(runs["floor+isal"]),
            "-",
        )
    both = speed(runs["warm, two at once"]) / speed(runs["warm"])
    print_goal("two processes / one", both, "at least 1.7")
    free = 2 * own / cost(runs["warm, two at once"])
    print_goal("the same, if each had its own core", free, "at least 1.7")
    many = by_render_many(2) / by_render_many(1)
    print_goal("render_many: two processes / one", many, "-")


def print_goal(what: str, ratio: float, target: str) -> None:
    print(f"{what:40}{ratio:9.2f}   {target}")


def install() -> None:
    """Install the other libraries in their folder."""
    pip = [sys.executable, "-m", "pip", "install", "--target", str(PEERS / "python"), *PIP]
    subprocess.run(pip, check=True)
    if npm := shutil.which("npm"):
        folder = PEERS / "node"
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([npm, "install", "--prefix", str(folder), *NPM], check=True)
    else:
        print("npm is missing, so only docxtpl and isal were installed")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--install"]:
            install()
        case ["--way", name, accelerator]:
            if not accelerator:
                sys.modules["isal"] = None  # type: ignore[assignment]
            print(json.dumps(measure(name)))
        case arguments:
            main(int(arguments[0]) if arguments else 5)
