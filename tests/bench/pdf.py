"""PDF: the pool of LibreOffice and the worker process, against plain calls of soffice.

Run as `python tests/bench/pdf.py [DOCUMENTS]`. One run, one machine, side by side: read the
ratios, not the seconds. CPU is of all processes; a ratio is of seconds. Where Debian's
python3-uno is installed, a LibreOffice kept alive is measured too, else it is derived.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from template.pdf.documents import order
from template.pdf.outside import workers

from docgen_nb.template import pdf

SYSTEM_PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Took:
    """What a piece of work took."""

    seconds: float
    cpu: float

    def each(self, count: int) -> "Took":
        return Took(self.seconds / count, self.cpu / count)


def main(count: int) -> None:
    documents = [order(number, rows=20) for number in range(count)]
    with files(documents) as folder:
        paths = sorted(map(str, folder.glob("*.docx")))
        plain_one = best(lambda: soffice(paths[:1], folder=folder, profile="one"))
        plain_all = took(lambda: soffice(paths, folder=folder, profile="all"))
        kept_alive = measured_kept_alive(folder)
    pool_one = best(lambda: pdf.convert(documents[0], engine="libreoffice"))
    pool_all = took(lambda: convert_all(documents, engine="libreoffice"))
    pip_first = took(lambda: pdf.convert(documents[0], engine="office2pdf"))
    pip_one = best(lambda: pdf.convert(documents[0], engine="office2pdf"))
    pip_all = took(lambda: convert_all(documents, engine="office2pdf"))
    # What a kept-alive LibreOffice could reach at best: a call's time without its start.
    derived = Took(
        (plain_all.seconds - plain_one.seconds) / (count - 1),
        (plain_all.cpu - plain_one.cpu) / (count - 1),
    )
    kept = kept_alive.each(count) if kept_alive else derived

    print(f"{'way':48}{'seconds':>9}{'CPU':>9}{'CPU each':>10}{'ratio':>8}")
    row("soffice, one call, one document", plain_one)
    row("libreoffice pool, one document", pool_one, against=plain_one)
    row(f"soffice, one call, {count} documents", plain_all, count=count)
    row(f"libreoffice pool, {count} documents", pool_all, count=count, against=plain_all)
    row("LibreOffice kept alive, one document (derived)", derived)
    if kept_alive:
        row("LibreOffice kept alive, one document (measured)", kept)
    row("libreoffice pool, a document of all", pool_all.each(count), against=kept)
    row("office2pdf, first document (starts a process)", pip_first, against=kept)
    row("office2pdf, one document", pip_one, against=kept)
    row(f"office2pdf, a document of {count}", pip_all.each(count), against=kept)


@contextmanager
def files(documents: list[bytes]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as place:
        for number, content in enumerate(documents):
            (Path(place) / f"{number:03}.docx").write_bytes(content)
        yield Path(place)


def soffice(paths: list[str], *, folder: Path, profile: str) -> None:
    """Convert on a profile kept between the calls, as a person at a shell would."""
    command = ["soffice", f"-env:UserInstallation={(folder / profile).as_uri()}", "--headless"]
    command += ["--convert-to", "pdf", "--outdir", str(folder / "made"), *paths]
    subprocess.run(command, check=True, capture_output=True)


def measured_kept_alive(folder: Path) -> Took | None:
    """All documents by an office that is running already; None without uno."""
    if subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], capture_output=True).returncode:
        return None
    script = Path(__file__).with_name("kept_office.py")
    run = subprocess.run(
        [SYSTEM_PYTHON, str(script), str(folder)],
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds, cpu = map(float, run.stdout.split())
    return Took(seconds, cpu)


def convert_all(documents: list[bytes], *, engine: str) -> None:
    for result in pdf.convert_many(documents, engine=engine):
        if isinstance(result, pdf.ConversionFailed):
            raise result


def best(work: Callable[[], object]) -> Took:
    return min((took(work) for _ in range(3)), key=lambda one: one.seconds)


def took(work: Callable[[], object]) -> Took:
    seconds, cpu = time.perf_counter(), used()
    work()
    return Took(time.perf_counter() - seconds, used() - cpu)


def used() -> float:
    """CPU seconds of this process, of children that ended, and of workers that live (Linux)."""
    ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = sum(one.ru_utime + one.ru_stime for one in ended)
    for worker in workers(os.getpid()):
        fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
        seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return seconds


def row(way: str, one: Took, *, count: int = 1, against: Took | None = None) -> None:
    ratio = f"{one.seconds / against.seconds:8.2f}" if against else ""
    print(f"{way:48}{one.seconds:9.3f}{one.cpu:9.3f}{one.cpu / count:10.4f}{ratio}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
