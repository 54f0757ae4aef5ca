"""Conversion to PDF by the LibreOffice pool and by office2pdf, compared with calls of soffice.

Run as `python tests/bench/pdf.py [DOCUMENTS]` (100 by default, at least 2). Compare the ratios,
which are of wall seconds, not the seconds. CPU time includes all processes. If Debian's
python3-uno is installed, a LibreOffice that stays running is also measured; otherwise, its time is
derived.
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
class Duration:
    """The wall seconds and CPU seconds of an action."""

    seconds: float
    cpu: float

    def each(self, count: int) -> "Duration":
        return Duration(self.seconds / count, self.cpu / count)


def main(count: int) -> None:
    documents = [order(number, rows=20) for number in range(count)]
    with files(documents) as folder:
        paths = sorted(map(str, folder.glob("*.docx")))
        plain_one = fastest(lambda: soffice(paths[:1], folder=folder, profile="one"))
        plain_all = measure(lambda: soffice(paths, folder=folder, profile="all"))
        running = measure_running_office(folder)
    pool_one = fastest(lambda: pdf.convert(documents[0], engine="libreoffice"))
    pool_all = measure(lambda: convert_all(documents, engine="libreoffice"))
    pip_first = measure(lambda: pdf.convert(documents[0], engine="office2pdf"))
    pip_one = fastest(lambda: pdf.convert(documents[0], engine="office2pdf"))
    pip_all = measure(lambda: convert_all(documents, engine="office2pdf"))
    # The best that a running LibreOffice could reach: the time of a call without its start.
    derived = Duration(
        (plain_all.seconds - plain_one.seconds) / (count - 1),
        (plain_all.cpu - plain_one.cpu) / (count - 1),
    )
    reference = running.each(count) if running else derived

    print(f"{'way':48}{'seconds':>9}{'CPU s':>9}{'CPU each':>10}{'ratio':>8}")
    print_row("soffice, one call, one document", plain_one)
    print_row("libreoffice pool, one document", pool_one, against=plain_one)
    print_row(f"soffice, one call, {count} documents", plain_all, count=count)
    print_row(f"libreoffice pool, {count} documents", pool_all, count=count, against=plain_all)
    print_row("running LibreOffice, one document (derived)", derived)
    if running:
        print_row("running LibreOffice, one document (measured)", reference)
    print_row("libreoffice pool, each document", pool_all.each(count), against=reference)
    print_row("office2pdf, first document (starts a process)", pip_first, against=reference)
    print_row("office2pdf, one document", pip_one, against=reference)
    print_row(f"office2pdf, each of {count} documents", pip_all.each(count), against=reference)


@contextmanager
def files(documents: list[bytes]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as place:
        for number, content in enumerate(documents):
            (Path(place) / f"{number:03}.docx").write_bytes(content)
        yield Path(place)


def soffice(paths: list[str], *, folder: Path, profile: str) -> None:
    """Convert with a profile that is kept between calls, as in a shell."""
    command = ["soffice", f"-env:UserInstallation={(folder / profile).as_uri()}", "--headless"]
    command += ["--convert-to", "pdf", "--outdir", str(folder / "made"), *paths]
    subprocess.run(command, check=True, capture_output=True)


def measure_running_office(folder: Path) -> Duration | None:
    """Convert all documents by a running LibreOffice; return None if uno is not installed."""
    if subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], capture_output=True).returncode:
        return None
    script = Path(__file__).with_name("kept_office.py")
    done = subprocess.run(
        [SYSTEM_PYTHON, str(script), str(folder)],
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds, cpu = map(float, done.stdout.split())
    return Duration(seconds, cpu)


def convert_all(documents: list[bytes], *, engine: str) -> None:
    for result in pdf.convert_many(documents, engine=engine):
        if isinstance(result, pdf.ConversionFailed):
            raise result


def fastest(action: Callable[[], object]) -> Duration:
    return min((measure(action) for _ in range(3)), key=lambda one: one.seconds)


def measure(action: Callable[[], object]) -> Duration:
    start, cpu = time.perf_counter(), cpu_seconds()
    action()
    return Duration(time.perf_counter() - start, cpu_seconds() - cpu)


def cpu_seconds() -> float:
    """Return the CPU seconds of this process, ended children and live workers (Linux)."""
    ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = sum(one.ru_utime + one.ru_stime for one in ended)
    for worker in workers(os.getpid()):
        fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
        seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return seconds


def print_row(way: str, one: Duration, *, count: int = 1, against: Duration | None = None) -> None:
    ratio = f"{one.seconds / against.seconds:8.2f}" if against else ""
    print(f"{way:48}{one.seconds:9.3f}{one.cpu:9.3f}{one.cpu / count:10.4f}{ratio}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
