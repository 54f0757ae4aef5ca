"""Rendering: this library against others and against re-zipping a finished document.

Run as `python tests/bench/render.py [ROUNDS]`. Each way runs in a process of its own, in turns;
read the ratios of CPU time, not the seconds. Other libraries are used where they are found, in
the environment or in a folder of their own: `python tests/bench/render.py --install` fills it
(docxtpl and isal by pip, the others by npm). The folder is `docgen-peers` in the temporary
folder, or what DOCGEN_NB_PEERS names.
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
sys.path.append(str(PEERS / "python"))  # behind what is installed
PIP = ["docxtpl", "isal"]
NPM = ["docxtemplater", "pizzip", "docxtemplater-image-module-free", "easy-template-x", "carbone"]
BY_NODE = ("docxtemplater", "easy-template-x", "carbone")
SECONDS, WARM_UP, DIFFERENT = 1.5, 0.4, 40
FIRST = 100  # documents of a process, before a compiler has warmed up
Render = Callable[[dict[str, Any]], bytes]


# The ways. This library is imported late: it looks for isal at its import.


def opened() -> Any:
    from docgen_nb.template import Template

    return Template(invoice.template("box"))


def warm() -> Render:
    """This library, the template opened once."""
    template = opened()
    return lambda row: template.render(row).content


def cold() -> Render:
    """This library, the template opened for each document."""
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
        return saved(document)

    return render


def python_docx() -> Render:
    """The script that many people write: open, replace in each run, copy the row, save."""
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
            control = paragraph.text.startswith(("{{if", "{{endif"))
            if control or not keep:
                paragraph._p.getparent().remove(paragraph._p)
            keep = keep or paragraph.text.startswith("{{endif")
            replace_in(paragraph, values)
        drawing = document.inline_shapes[0]._inline
        relation = drawing.graphic.graphicData.pic.blipFill.blip.embed
        document.part.related_parts[relation]._blob = picture(row)
        return saved(document)

    return render


def fill_table(table: Any, items: list[dict[str, Any]]) -> None:
    pattern = table.rows[1]._tr
    for item in items:
        new = deepcopy(pattern)
        pattern.addprevious(new)
        values = {f"{{{{item.{name}}}}}": str(value) for name, value in item.items()}
        values |= {"{{tablerow item in invoice.items}}": "", "{{endtablerow}}": ""}
        for cell in docx.table._Row(new, table).cells:
            replace_in(cell.paragraphs[0], values)
    pattern.getparent().remove(pattern)


def replace_in(paragraph: Any, values: dict[str, str]) -> None:
    for run in paragraph.runs:
        text = run.text
        if "{{" in text:
            for tag, value in values.items():
                text = text.replace(tag, value)
            run.text = text


def floor() -> Render:
    """No rendering at all: a finished document.xml is deflated and packed with the other parts."""
    bodies, (head, directory, count), deflated = finished(), unchanged(), deflate()

    def render(row: dict[str, Any]) -> bytes:
        last, line = packed(b"word/document.xml", bodies[number(row)], deflated, 8, len(head))
        end = ending(count + 1, len(directory) + len(line), len(head) + len(last))
        return b"".join((head, last, directory, line, end))

    return render


def floor_and_picture() -> Render:
    """The floor, and the row's picture decoded and packed as a part of its own."""
    bodies, (head, directory, count), deflated = finished(), unchanged(), deflate()

    def render(row: dict[str, Any]) -> bytes:
        new, its = packed(b"word/media/new.png", picture(row), bytes, 0, len(head))
        at = len(head) + len(new)
        last, line = packed(b"word/document.xml", bodies[number(row)], deflated, 8, at)
        end = ending(count + 2, len(directory) + len(its) + len(line), at + len(last))
        return b"".join((head, new, last, directory, its, line, end))

    return render


def finished() -> dict[str, bytes]:
    """The document.xml of each row."""
    render, found = warm(), {}
    for row in invoice.rows(DIFFERENT):
        with zipfile.ZipFile(BytesIO(render(row))) as document:
            found[number(row)] = document.read("word/document.xml")
    return found


def number(row: dict[str, Any]) -> str:
    return str(row["invoice"]["number"])


def unchanged() -> tuple[bytes, bytes, int]:
    """All parts but document.xml as they lie in a zip, their directory, and how many they are."""
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


def ending(count: int, size: int, at: int) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, at, 0)


def packed(
    name: bytes, data: bytes, deflated: Callable[[bytes], bytes], method: int, at: int
) -> tuple[bytes, bytes]:
    small = deflated(data)
    common = (0, method, 0, 0x21, zlib.crc32(data), len(small), len(data), len(name), 0)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, *common) + name + small
    line = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, *common, 0, 0, 0, 0, at) + name
    return local, line


def deflate() -> Callable[[bytes], bytes]:
    """As this library does: isal at level 2 where it is importable, else zlib at level 5."""
    try:
        from isal import isal_zlib
    except ImportError:
        module, level = zlib, 5
    else:
        module, level = isal_zlib, 2

    def deflated(data: bytes) -> bytes:
        packer = module.compressobj(level, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush()

    return deflated


def saved(document: Any) -> bytes:
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
    """Render until the time is over; what a process of its own prints."""
    rows = invoice.rows(DIFFERENT)
    first = WAYS[way]()(rows[0])  # and the imports
    early = time.process_time()
    render = WAYS[way]()
    for number in range(FIRST):
        render(rows[number % DIFFERENT])
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


# All of them


def run(way: str) -> dict[str, Any]:
    """Measure a way, given as NAME or NAME+isal, in a new process."""
    name, _, accelerator = way.partition("+")
    if name in BY_NODE:
        return run_node(name)
    command = [sys.executable, __file__, "--way", name, accelerator]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(found.stdout))


def run_node(name: str) -> dict[str, Any]:
    rows = [invoice.for_peers(row) for row in invoice.rows(DIFFERENT)]
    with tempfile.TemporaryDirectory() as place:
        template, data, out = (Path(place) / one for one in ("t.docx", "rows.json", "out.docx"))
        template.write_bytes(invoice.template(name))
        data.write_text(json.dumps(rows))
        script = Path(__file__).parent / "render_peers.cjs"
        command = ["node", str(script), name, str(template), str(data), str(SECONDS), str(out)]
        command.append(str(FIRST))
        environment = os.environ | {"NODE_PATH": str(PEERS / "node" / "node_modules")}
        found = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=environment
        )
        return {**json.loads(found.stdout), "texts": lines(out.read_bytes())}


def two_at_once(way: str) -> dict[str, Any]:
    """Two processes side by side, each for itself."""
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(run, [way, way]))
    speed = sum(one["count"] / one["wall"] for one in both)
    count = sum(one["count"] for one in both)
    return {**both[0], "count": count, "wall": count / speed, "cpu": sum(o["cpu"] for o in both)}


def by_render_many(processes: int) -> float:
    """Documents per second that arrive in this process from `Template.render_many`."""
    template, rows = opened(), invoice.rows(DIFFERENT)
    many = [rows[number % DIFFERENT] for number in range(4000)]
    if processes == 1:
        return arrived(lambda: template.render_many(many), len(many))
    with ProcessPoolExecutor(processes) as pool:
        list(template.render_many(rows * 2, executor=pool))  # both workers have opened it
        return arrived(lambda: template.render_many(many, executor=pool), len(many))


def arrived(work: Callable[[], Any], count: int) -> float:
    start = time.perf_counter()
    assert sum(1 for _ in work()) == count
    return count / (time.perf_counter() - start)


def ways() -> list[str]:
    """What can be measured here; what cannot is told."""
    found = ["warm", "cold", "floor", "floor-picture", "python-docx"]
    if importlib.util.find_spec("isal"):
        found += ["warm+isal", "cold+isal", "floor+isal", "floor-picture+isal"]
    found += ["docxtpl"] if importlib.util.find_spec("docxtpl") else []
    modules = PEERS / "node" / "node_modules"
    if shutil.which("node"):
        found += [name for name in BY_NODE if (modules / name).is_dir()]
    lacking = {"docxtpl", "warm+isal", *BY_NODE} - set(found)
    if lacking:
        print(f"Not measured, see --install: {', '.join(sorted(lacking))}\n")
    return found


def main(rounds: int) -> None:
    names = ways()
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in [*names, "warm, two at once"]}
    for _ in range(rounds):
        for name in names:
            runs[name].append(run(name))
        runs["warm, two at once"].append(two_at_once("warm"))
    same_texts({name: found[0]["texts"] for name, found in runs.items()})
    print_table(runs)
    print_goals(runs)


def same_texts(texts: dict[str, list[str]]) -> None:
    expected = texts["warm"]
    for name, found in texts.items():
        if found != expected:
            differing = [(a, b) for a, b in zip(expected, found, strict=False) if a != b][:3]
            print(f"{name} made another text: {len(found)} lines, {differing}", file=sys.stderr)
    print(f"{len(expected)} lines of text in each document\n")


def cost(runs: list[dict[str, Any]]) -> float:
    """CPU milliseconds for a document, the median of the rounds."""
    return statistics.median(1000 * one["cpu"] / one["count"] for one in runs)


def early(runs: list[dict[str, Any]]) -> float:
    """The same of the first documents of a process, with the opening of the template."""
    return statistics.median(1000 * one["early"] for one in runs)


def speed(runs: list[dict[str, Any]]) -> float:
    return statistics.median(one["count"] / one["wall"] for one in runs)


def print_table(runs: dict[str, list[dict[str, Any]]]) -> None:
    reference = cost(runs["docxtpl"]) if "docxtpl" in runs else None
    begin = f"first {FIRST}"
    print(f"{'way':22}{'docs/s':>9}{'CPU ms/doc':>12}{begin:>11}{'x docxtpl':>11}{'bytes':>8}")
    for name, found in sorted(runs.items(), key=lambda one: cost(one[1])):
        ratio = f"{reference / cost(found):11.1f}" if reference else f"{'-':>11}"
        size = found[0]["size"]
        begun = f"{'-':>11}" if name.startswith("floor") else f"{early(found):11.3f}"
        print(f"{name:22}{speed(found):9.0f}{cost(found):12.3f}{begun}{ratio}{size:8}")


def print_goals(runs: dict[str, list[dict[str, Any]]]) -> None:
    print("\nratios of CPU time (of documents per second for two processes)")
    npm = [cost(runs[name]) for name in BY_NODE if name in runs]
    own, opened = cost(runs["warm"]), cost(runs["cold"])
    if "docxtpl" in runs:
        goal("warm against docxtpl", cost(runs["docxtpl"]) / own, "at least 100")
        goal("cold against docxtpl", cost(runs["docxtpl"]) / opened, "at least 8")
    if npm:
        goal("warm against the best of npm", min(npm) / own, "at least 50")
        first = min(early(runs[name]) for name in BY_NODE if name in runs) / early(runs["warm"])
        goal(f"the first {FIRST} of a process, the same", first, "-")
    goal("warm against the floor", own / cost(runs["floor"]), "at most 2")
    goal("warm against the floor and a picture", own / cost(runs["floor-picture"]), "-")
    if "warm+isal" in runs:
        goal("isal: warm against zlib", own / cost(runs["warm+isal"]), "-")
        goal("isal: against its floor", cost(runs["warm+isal"]) / cost(runs["floor+isal"]), "-")
    both = speed(runs["warm, two at once"]) / speed(runs["warm"])
    goal("two processes against one", both, "at least 1.7")
    free = 2 * own / cost(runs["warm, two at once"])
    goal("the same, had each a core of its own", free, "at least 1.7")
    many = by_render_many(2) / by_render_many(1)
    goal("render_many with two processes", many, "-")


def goal(what: str, ratio: float, wanted: str) -> None:
    print(f"{what:40}{ratio:9.2f}   {wanted}")


def install() -> None:
    """Fill the folder of the other libraries."""
    pip = [sys.executable, "-m", "pip", "install", "--target", str(PEERS / "python"), *PIP]
    subprocess.run(pip, check=True)
    if npm := shutil.which("npm"):
        place = PEERS / "node"
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run([npm, "install", "--prefix", str(place), *NPM], check=True)
    else:
        print("npm is not here: only docxtpl and isal are installed")


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
