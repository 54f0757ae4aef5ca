"""Conversion by office2pdf, which pip installs, in a separate process that may crash or hang.

Why this one: office2pdf-python 0.4.0 and dxpdf 0.8.1 were compared with LibreOffice 7.4 by eye, on
an order with a table and on a page with lists, merged cells, columns, header tabs and page
fields. dxpdf keeps the indent of nested lists and the right tab of a header, which office2pdf
loses; but it leaves page fields without a stored value empty, fails on a machine without fonts,
needs the system's libexpat, and takes 0.23 s a document, longer than LibreOffice in bulk.
office2pdf takes 0.04 s, fills all fields, needs nothing from the system and reads fonts from a
folder. If a document's fonts are missing (Calibri usually is) it prints lines on top of each
other unless a last resort family is given: DejaVu Sans, from matplotlib's fonts.
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
from docgen_nb.template.pdf.pool import STOPPING, Result


def path() -> str | None:
    """Return the path of office2pdf, or None if it is not installed. Nothing is imported."""
    spec = find_spec("office2pdf")
    return spec.origin if spec else None


def version() -> str:
    """Return the installed version of office2pdf-python."""
    return installed_version("office2pdf-python")


class _ProcessEndedError(Exception):
    """The process ended, or was killed at the timeout, before it answered."""


class Office2Pdf:
    """A converter with a process that runs office2pdf; see `pool.Converter`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None  # error output of the process
        self._stopped = False

    def run(self, contents: list[bytes], *, timeout: float) -> list[Result]:
        """Convert one document after the other, each at most twice."""
        return [self._convert(content, timeout=timeout) for content in contents]

    def stop(self) -> None:
        """Make a run end immediately."""
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
                return ConversionFailed(STOPPING)
            try:
                return self._ask(content, timeout=timeout)
            except _ProcessEndedError as error:
                reason = str(error)
                self._end()
            except OSError as error:
                return ConversionFailed(f"office2pdf cannot be run: {error}.")
        return ConversionFailed(f"{reason} It was tried twice.")

    def _ask(self, content: bytes, *, timeout: float) -> Result:
        process = self._start()
        timed_out = threading.Event()
        timer = threading.Timer(timeout, _kill, args=(process, timed_out))
        timer.start()
        try:
            answer = _answer(process, content)
        finally:
            timer.cancel()
        if timed_out.is_set():
            raise _ProcessEndedError(f"office2pdf took longer than {timeout:g} s.")
        if answer is None:
            status = process.wait()
            message = f"office2pdf ended with status {status}{self._last_line()}."
            raise _ProcessEndedError(message)
        if answer[:1] == b"-":
            reason = answer[1:].decode(errors="replace")
            return ConversionFailed(f"office2pdf cannot convert this document: {reason}")
        return _validated(answer[1:])

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._output = tempfile.TemporaryFile()  # noqa: SIM115  closed by _end
            self._process = subprocess.Popen(  # noqa: S603  this Python, our own module
                [sys.executable, "-P", "-m", "docgen_nb.template.pdf.office2pdf_process",
                 str(fonts.folder_if_lacking() or ""), fonts.FAMILY],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._output,
                env=os.environ | {"PYTHONPATH": _import_path()},
                start_new_session=True,
            )  # fmt: skip
        return self._process

    def _last_line(self) -> str:
        if self._output is None:
            return ""
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for file in (process.stdin, process.stdout, self._output):
            if file is not None:
                _close(file)


def _kill(process: subprocess.Popen[bytes], timed_out: threading.Event) -> None:
    timed_out.set()
    process.kill()


def _answer(process: subprocess.Popen[bytes], content: bytes) -> bytes | None:
    """Send a document and return the answer, or None if the process ended before it answered."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        write_message(process.stdin, content)
    except BrokenPipeError:
        return None
    return read_message(process.stdout)


def _validated(content: bytes) -> Result:
    try:
        validate.page_count(content)
    except ValueError as error:
        return ConversionFailed(str(error))
    return content


def _close(file: IO[bytes]) -> None:
    try:
        file.close()
    except BrokenPipeError:
        return  # part of a message was still buffered when the process ended


def _import_path() -> str:
    """Return the import path of this process, so that the other one finds the same packages."""
    return os.pathsep.join(os.path.abspath(folder) for folder in sys.path)
