"""The converter that pip installs, in a process of its own that may crash or hang.

The choice: office2pdf-python 0.4.0 and dxpdf 0.8.1 were compared with LibreOffice 7.4 by eye, on
an order with a table and on a page with lists, merged cells, columns, header tabs and page
fields. dxpdf kept the indent of nested lists and the right tab of a header, which office2pdf
loses; it left page fields without a stored value empty, stopped on a machine without fonts, needs
the system's libexpat, and took 0.23 s a document, which is slower than LibreOffice kept alive.
office2pdf took 0.04 s, filled all fields, needs nothing from the system and takes fonts from a
folder. On a document whose fonts are absent (Calibri nearly always is) it sets lines over each
other, unless a family of last resort is named: so it is named, and matplotlib's fonts are given.
"""

import os
import subprocess
import sys
import tempfile
import threading
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from typing import IO

from docgen_nb.errors import ConversionFailed
from docgen_nb.template.pdf import fonts, validate
from docgen_nb.template.pdf.office2pdf_process import read_message, write_message
from docgen_nb.template.pdf.pool import Result


def place() -> str | None:
    """Return where office2pdf is installed, or None. Nothing is imported."""
    found = find_spec("office2pdf")
    return found.origin if found else None


def version() -> str:
    """Return the installed version of office2pdf-python."""
    return installed_version("office2pdf-python")


class _GoneError(Exception):
    """The worker ended, or was killed at the limit, before it answered."""


class Worker:
    """One desk that converts in a worker process; see `pool.Desk`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None  # the worker's error output
        self._stopped = False

    def run(self, contents: list[bytes], *, timeout: float) -> list[Result]:
        """Convert one after the other, each at most twice."""
        return [self._convert(content, timeout=timeout) for content in contents]

    def stop(self) -> None:
        """Make a run end at once."""
        self._stopped = True
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process."""
        self._end()

    def _convert(self, content: bytes, *, timeout: float) -> Result:
        reason = ""
        for _ in range(2):
            if self._stopped:
                return ConversionFailed("No PDF is made any more: the program is ending.")
            try:
                return self._ask(content, timeout=timeout)
            except _GoneError as gone:
                reason = str(gone)
                self._end()
            except OSError as error:
                return ConversionFailed(f"The converter cannot be run: {error}.")
        return ConversionFailed(f"{reason} It was tried twice.")

    def _ask(self, content: bytes, *, timeout: float) -> Result:
        process = self._running()
        late = threading.Event()
        timer = threading.Timer(timeout, _cut_off, args=(process, late))
        timer.start()
        try:
            answer = _exchange(process, content)
        finally:
            timer.cancel()
        if late.is_set():
            raise _GoneError(f"The converter took longer than {timeout:g} s.")
        if answer is None:
            raise _GoneError(
                f"The converter ended with status {process.wait()}{self._last_words()}."
            )
        if answer[:1] == b"-":
            reason = answer[1:].decode(errors="replace")
            return ConversionFailed(f"office2pdf cannot convert this document: {reason}")
        return _checked(answer[1:])

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._said = tempfile.TemporaryFile()  # noqa: SIM115  closed by _end
            self._process = subprocess.Popen(  # noqa: S603  this Python and a module of ours
                [sys.executable, "-P", "-m", "docgen_nb.template.pdf.office2pdf_process",
                 str(fonts.folder_if_lacking() or ""), fonts.FAMILY],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env=os.environ | {"PYTHONPATH": _import_path()},
                start_new_session=True,
            )  # fmt: skip
        return self._process

    def _last_words(self) -> str:
        if self._said is None:
            return ""
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for file in (process.stdin, process.stdout, self._said):
            if file is not None:
                _close(file)


def _cut_off(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _exchange(process: subprocess.Popen[bytes], content: bytes) -> bytes | None:
    """Send a document and return the answer, or None if the worker ended before it gave one."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("The worker has no pipes.")
    try:
        write_message(process.stdin, content)
    except BrokenPipeError:
        return None
    return read_message(process.stdout)


def _checked(content: bytes) -> Result:
    try:
        validate.pages(content)
    except ValueError as error:
        return ConversionFailed(str(error))
    return content


def _close(file: IO[bytes]) -> None:
    try:
        file.close()
    except BrokenPipeError:
        return  # part of a message was still held back for a worker that is gone


def _import_path() -> str:
    """Return where this process imports from, so that the worker finds the same packages."""
    return os.pathsep.join(os.path.abspath(place) for place in sys.path)
