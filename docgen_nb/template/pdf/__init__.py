"""Conversion of Word documents to PDF, by LibreOffice if it is installed, else by office2pdf."""

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
from docgen_nb.template.docx.xml import TYPES
from docgen_nb.template.pdf import libreoffice, office2pdf
from docgen_nb.template.pdf.file_name import with_file_name
from docgen_nb.template.pdf.pages import page_pictures as page_pictures
from docgen_nb.template.pdf.pages import text as text
from docgen_nb.template.pdf.pool import BatchSize, Pool, Result, shared_pool
from docgen_nb.template.pdf.validate import page_count as page_count

ENGINES = ("libreoffice", "office2pdf")  # the reference first
NOT_INSTALLED = (
    "No PDF converter is installed. Run: "
    'pip install "docgen-nb[pdf]", or install LibreOffice (its program soffice must be on PATH '
    f"or named by {libreoffice.VARIABLE})."
)
TIMEOUT_SECONDS = 120.0
READ_AHEAD = 100  # documents that convert_many has submitted and not yet returned

# A call of LibreOffice takes 0.3 s to start and 0.06 s a document (CPU): fewer than 4 documents
# are not worth a second call, and more than 50 would all wait for the last one.
_OFFICE_BATCH = BatchSize(minimum=4, maximum=50, gather_seconds=0.03)
_PROCESSES = 2
_MAX_TYPES_BYTES = 1_000_000


@dataclass(frozen=True)
class Engine:
    """An installed converter: its name, version and path."""

    name: str
    version: str
    path: str


def convert(
    content: bytes,
    *,
    engine: str | None = None,
    timeout: float = TIMEOUT_SECONDS,
    name: str | None = None,
) -> bytes:
    """Convert one Word document to PDF.

    Thread-safe: documents submitted at the same time share a call. LibreOffice receives a copy
    without unused styles and without references to files: linked pictures are not shown, and
    of hyperlinks only those to the web remain.

    Parameters
    ----------
    content : bytes
        A .docx file.
    engine : str, optional
        ``"libreoffice"`` or ``"office2pdf"``; by default the first one installed.
    timeout : float
        Seconds that this document may take. A process that takes longer is killed and the
        document is tried once more.
    name : str, optional
        The name of the document, which Word's field FILENAME shows. Without one it shows the name
        that Word stored in it.

    Raises
    ------
    ConversionFailed
        If no engine is installed, `content` is not a Word document or is damaged, or the engine
        cannot read it, crashed on it twice or exceeded the timeout twice.
    ValueError
        If `engine` is unknown, or `timeout` is not above 0.
    """
    future = _submit(content, pool=_pool(engine, timeout=timeout), timeout=timeout, name=name)
    try:
        result = future.result()
    except BaseException:
        future.cancel()
        raise
    if isinstance(result, ConversionFailed):
        raise result
    return result


def convert_many(
    contents: Iterable[bytes], *, engine: str | None = None, timeout: float = TIMEOUT_SECONDS
) -> Iterator[bytes | ConversionFailed]:
    """Convert Word documents to PDF, in order; a failure does not affect the others.

    Reads at most 100 documents ahead. For a document that cannot be converted the iterator
    returns the `ConversionFailed`. Parameters and errors are those of `convert`; a missing engine
    raises immediately.
    """
    return _converted(iter(contents), pool=_pool(engine, timeout=timeout), timeout=timeout)


def engines() -> list[Engine]:
    """Return the installed engines, the reference first.

    Raises
    ------
    ConversionFailed
        If DOCGEN_NB_SOFFICE does not name a program.
    """
    installed = []
    if (program := libreoffice.program()) is not None:
        installed.append(Engine("libreoffice", libreoffice.version(program), program))
    if (path := office2pdf.path()) is not None:
        installed.append(Engine("office2pdf", office2pdf.version(), path))
    return installed


def _pool(engine: str | None, *, timeout: float) -> Pool:
    """Return the pool of an installed engine."""
    if engine is not None and engine not in ENGINES:
        raise ValueError(f"'engine' must be 'libreoffice' or 'office2pdf', not {engine!r}.")
    if not 0 < timeout < TIMEOUT_MAX:
        raise ValueError(f"'timeout' must be a number of seconds above 0, not {timeout!r}.")
    program = libreoffice.program() if engine in (None, "libreoffice") else None
    if program is not None:
        return shared_pool(("libreoffice", program), partial(_libreoffice_pool, program))
    if engine in (None, "office2pdf") and office2pdf.path() is not None:
        return shared_pool(("office2pdf",), _office2pdf_pool)
    message = NOT_INSTALLED if engine is None else f"{engine} is not installed. {NOT_INSTALLED}"
    raise ConversionFailed(message)


def _libreoffice_pool(program: str) -> Pool:
    open_converter = partial(libreoffice.LibreOffice, program)
    return Pool(open_converter, size=_PROCESSES, batch_size=_OFFICE_BATCH)


def _office2pdf_pool() -> Pool:
    size = min(_PROCESSES, os.cpu_count() or 1)
    return Pool(office2pdf.Office2Pdf, size=size, batch_size=BatchSize())


def _submit(
    content: bytes, *, pool: Pool, timeout: float, name: str | None = None
) -> Future[Result]:
    reason = _why_not_word(content)
    if reason is None:
        return pool.submit(with_file_name(content, name), timeout=timeout)
    failed: Future[Result] = Future()
    failed.set_result(ConversionFailed(f"This is not a Word document: {reason}."))
    return failed


def _why_not_word(content: bytes) -> str | None:
    """Return why this is not a Word document, or None.

    Checked here because LibreOffice would convert plain text and spreadsheets as well.
    """
    try:
        with ZipFile(BytesIO(content)) as package, package.open(TYPES) as file:
            types = file.read(_MAX_TYPES_BYTES)
    except KeyError:
        return f"the zip has no {TYPES}"
    except (BadZipFile, RuntimeError, zlib.error):  # RuntimeError: encrypted, unknown compression
        return "it is not a zip file, or a damaged one"
    return None if b"wordprocessingml" in types else "it is an Office file of another kind"


def _converted(contents: Iterator[bytes], *, pool: Pool, timeout: float) -> Iterator[Result]:
    submit = partial(_submit, pool=pool, timeout=timeout)
    waiting = deque(submit(content) for content in islice(contents, READ_AHEAD))
    try:
        while waiting:
            result = waiting[0].result()
            waiting.popleft()
            yield result
            waiting.extend(submit(content) for content in islice(contents, 1))
    finally:
        for future in waiting:
            future.cancel()
