"""Word documents to PDF: by LibreOffice where it is found, else by a converter from pip."""

import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import islice
from threading import TIMEOUT_MAX
from zipfile import BadZipFile, ZipFile

from docgen_nb.errors import ConversionFailed
from docgen_nb.template.pdf import libreoffice, office2pdf
from docgen_nb.template.pdf.pages import page_pictures as page_pictures
from docgen_nb.template.pdf.pages import text as text
from docgen_nb.template.pdf.pool import Pool, Result, Share, shared
from docgen_nb.template.pdf.validate import pages as pages

ENGINES = ("libreoffice", "office2pdf")  # the reference first
NONE_FOUND = (
    "There is no PDF converter here. Install one that Python brings, "
    'pip install "docgen-nb[pdf]", or LibreOffice (its program soffice on PATH, '
    f"or named by {libreoffice.VARIABLE})."
)
TIMEOUT_SECONDS = 120.0
IN_FLIGHT = 100  # documents that convert_many has handed out and not yet given back

# A call of LibreOffice costs 0.3 s to start and 0.06 s a document (CPU): fewer than 4
# documents are not worth a second call, and more than 50 would all wait for the last.
_OFFICE_SHARE = Share(least=4, most=50, gather_seconds=0.03)
_PROCESSES = 2
_TYPES = "[Content_Types].xml"
_MOST_TYPES_BYTES = 1_000_000


@dataclass(frozen=True)
class Engine:
    """A converter that was found: its name, its version and where it is."""

    name: str
    version: str
    where: str


def convert(
    content: bytes, *, engine: str | None = None, timeout: float = TIMEOUT_SECONDS
) -> bytes:
    """Convert one Word document to PDF.

    Safe to call from many threads: documents that arrive together share a call. LibreOffice is
    given a copy without unused styles, in which what leads to a file leads nowhere: a picture
    that is only linked does not show, and of links to click on those to the web stay.

    Parameters
    ----------
    content : bytes
        A .docx file.
    engine : str, optional
        ``"libreoffice"`` or ``"office2pdf"``; by default the first that is found, in this order.
    timeout : float
        Seconds that this document may take. A process that takes longer is killed, and the
        document tried once more.

    Raises
    ------
    ConversionFailed
        If no engine is found, `content` is no Word document or a damaged one, or the engine
        cannot read it, crashed on it twice or took too long twice.
    ValueError
        If `engine` is no name of an engine, or `timeout` is no time above 0.
    """
    found = _submit(content, pool=_pool(engine, timeout=timeout), timeout=timeout)
    try:
        result = found.result()
    except BaseException:
        found.cancel()
        raise
    if isinstance(result, ConversionFailed):
        raise result
    return result


def convert_many(
    contents: Iterable[bytes], *, engine: str | None = None, timeout: float = TIMEOUT_SECONDS
) -> Iterator[bytes | ConversionFailed]:
    """Convert Word documents to PDF, in order; one that fails loses no other.

    Reads at most 100 documents ahead of what it has given back. Where a document cannot be
    converted its place holds the `ConversionFailed`. Parameters and errors are those of
    `convert`; an engine that is not found raises at once.
    """
    return _converted(iter(contents), pool=_pool(engine, timeout=timeout), timeout=timeout)


def engines() -> list[Engine]:
    """Return the engines found here, the reference first.

    Raises
    ------
    ConversionFailed
        If DOCGEN_NB_SOFFICE names no program.
    """
    found = []
    if (program := libreoffice.program()) is not None:
        found.append(Engine("libreoffice", libreoffice.version(program), program))
    if (place := office2pdf.place()) is not None:
        found.append(Engine("office2pdf", office2pdf.version(), place))
    return found


def _pool(engine: str | None, *, timeout: float) -> Pool:
    """Return the line before an engine that is here."""
    if engine is not None and engine not in ENGINES:
        raise ValueError(f"'engine' must be 'libreoffice' or 'office2pdf', not {engine!r}.")
    if not 0 < timeout < TIMEOUT_MAX:
        raise ValueError(f"'timeout' must be a number of seconds above 0, not {timeout!r}.")
    program = libreoffice.program() if engine in (None, "libreoffice") else None
    if program is not None:
        return shared(("libreoffice", program), partial(_office_pool, program))
    if engine in (None, "office2pdf") and office2pdf.place() is not None:
        return shared(("office2pdf",), _worker_pool)
    raise ConversionFailed(NONE_FOUND if engine is None else f"{engine} is not here. {NONE_FOUND}")


def _office_pool(program: str) -> Pool:
    return Pool(partial(libreoffice.Office, program), size=_PROCESSES, share=_OFFICE_SHARE)


def _worker_pool() -> Pool:
    return Pool(office2pdf.Worker, size=min(_PROCESSES, os.cpu_count() or 1), share=Share())


def _submit(content: bytes, *, pool: Pool, timeout: float) -> Future[Result]:
    fault = _fault(content)
    if fault is None:
        return pool.submit(content, timeout=timeout)
    failed: Future[Result] = Future()
    failed.set_result(ConversionFailed(f"This is no Word document: {fault}."))
    return failed


def _fault(content: bytes) -> str | None:
    """Return why this is no Word document.

    No engine may take it for something else: LibreOffice prints plain text and spreadsheets too.
    """
    try:
        with ZipFile(BytesIO(content)) as package, package.open(_TYPES) as file:
            types = file.read(_MOST_TYPES_BYTES)
    except KeyError:
        return f"the zip has no {_TYPES}"
    except (BadZipFile, RuntimeError, zlib.error):  # RuntimeError: a password, an unknown packing
        return "it is no zip file, or a damaged one"
    return None if b"wordprocessingml" in types else "it is an Office file of another kind"


def _converted(contents: Iterator[bytes], *, pool: Pool, timeout: float) -> Iterator[Result]:
    submit = partial(_submit, pool=pool, timeout=timeout)
    waiting = deque(submit(content) for content in islice(contents, IN_FLIGHT))
    try:
        while waiting:
            result = waiting[0].result()
            waiting.popleft()
            yield result
            waiting.extend(submit(content) for content in islice(contents, 1))
    finally:
        for left in waiting:
            left.cancel()
