"""PDF: the pool of LibreOffice and the worker process, against plain calls of soffice.

Run as `python tests/bench/pdf.py [DOCUMENTS]`. One run, one machine, side by side: read the
ratios, not the seconds.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from template_pdf.documents import order

from docgen_nb.template import pdf


def main(count: int) -> None:
    documents = [order(number, rows=20) for number in range(count)]
    with files(documents) as folder:
        paths = sorted(map(str, folder.glob("*.docx")))
        plain_one = best(lambda: soffice(paths[:1], folder=folder, profile="one"))
        plain_all = seconds(lambda: soffice(paths, folder=folder, profile="all"))
    pool_one = best(lambda: pdf.convert(documents[0], engine="libreoffice"))
    pool_all = seconds(lambda: convert_all(documents, engine="libreoffice"))
    pip_first = seconds(lambda: pdf.convert(documents[0], engine="office2pdf"))
    pip_one = best(lambda: pdf.convert(documents[0], engine="office2pdf"))
    pip_all = seconds(lambda: convert_all(documents, engine="office2pdf"))
    # What a kept-alive LibreOffice could reach at best: a call's time without its start.
    kept_alive = (plain_all - plain_one) / (count - 1)

    print(f"{'way':44}{'seconds':>9}{'ratio':>9}")
    row("soffice, one call, one document", plain_one)
    row("libreoffice pool, one document", pool_one, against=plain_one)
    row(f"soffice, one call, {count} documents", plain_all)
    row(f"libreoffice pool, {count} documents", pool_all, against=plain_all)
    row("LibreOffice kept alive, one document (derived)", kept_alive)
    row("office2pdf, first document (starts a process)", pip_first, against=kept_alive)
    row("office2pdf, one document", pip_one, against=kept_alive)
    row(f"office2pdf, {count} documents, each", pip_all / count, against=kept_alive)


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


def convert_all(documents: list[bytes], *, engine: str) -> None:
    for result in pdf.convert_many(documents, engine=engine):
        if isinstance(result, pdf.ConversionFailed):
            raise result


def best(work: Callable[[], object]) -> float:
    return min(seconds(work) for _ in range(3))


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row(way: str, took: float, *, against: float | None = None) -> None:
    ratio = f"{took / against:9.2f}" if against else ""
    print(f"{way:44}{took:9.3f}{ratio}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
