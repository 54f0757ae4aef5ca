"""Conversion by LibreOffice: many files in one call, with a separate profile."""

import hashlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

from docgen_nb.errors import ConversionFailed, UnreadableTemplate
from docgen_nb.template.pdf import fonts, validate
from docgen_nb.template.pdf.pool import STOPPING, Result
from docgen_nb.template.pdf.retry import Attempts, SofficeRun
from docgen_nb.template.pdf.sanitize import sanitize
from docgen_nb.template.pdf.strip_styles import strip_styles

VARIABLE = "DOCGEN_NB_SOFFICE"

# No macros, no links followed, and a proxy that does not exist: without these settings
# LibreOffice 7.4 downloads linked pictures.
_SETTINGS = (
    ("org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("org.openoffice.Office.Writer/Content/Update", "Link", "2"),
    ("org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
    ("org.openoffice.Inet/Settings", "ooInetNoProxy", ""),
    # Otherwise version 7.4 takes each start for the first after an update and benchmarks its
    # drawing for 0.7 s of 0.9 s. It skips that for a version later than its own.
    ("org.openoffice.Setup/Product", "ooSetupLastVersion", "99.0"),
)

# Runs a program, and ends its whole process group and removes the folder (the first argument) when
# our end of its input closes. So neither a process nor a document is left behind when this process
# is killed. The folder is removed twice because something may still be writing to it.
_WATCHDOG = """exec 3<&0
folder=$1
shift
(
    trap '' TERM
    read -r _ <&3
    kill -TERM 0
    rm -rf "$folder" || rm -rf "$folder"
    kill -KILL 0
) 2>/dev/null &
"$@" </dev/null 3<&-
status=$?
kill -KILL $!
exit $status"""


def program() -> str | None:
    """Return the path of `soffice`, from DOCGEN_NB_SOFFICE or PATH, or None."""
    named = os.environ.get(VARIABLE)
    if not named:
        return shutil.which("soffice")
    path = shutil.which(named)
    if path is None:
        raise ConversionFailed(f"{VARIABLE} is set to {named!r}, which is not a program.")
    return path


@lru_cache
def version(program: str) -> str:
    """Return the version that the program reports, or "unknown"."""
    with tempfile.TemporaryFile() as output:
        try:
            with subprocess.Popen(  # noqa: S603  installed or named by the user
                [program, "--version"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            ) as process:
                _wait_or_kill(process, timeout=10)
        except OSError:
            return "unknown"
        output.seek(0)
        words = output.read().decode(errors="replace").split()
    return words[1] if len(words) > 1 and words[0] == "LibreOffice" else "unknown"


def _wait_or_kill(process: subprocess.Popen[bytes], *, timeout: float) -> None:
    try:
        process.wait(timeout=timeout)
    except subprocess.TimeoutExpired:
        _kill(process)


class LibreOffice:
    """A converter that runs LibreOffice; see `pool.Converter`."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._folder: Path | None = None
        self._stopped = False

    def run(self, contents: list[bytes], *, timeout: float) -> list[Result]:
        """Convert all; `retry.Attempts` decides what happens when a call fails."""
        prepared, refused = _prepare(contents)
        attempts = Attempts(len(contents), refused=refused)
        while numbers := attempts.next_call():
            call = self._call({number: prepared[number] for number in numbers}, timeout=timeout)
            attempts.record(call)
            if self._stopped:
                attempts.give_up(STOPPING)
        return attempts.results()

    def stop(self) -> None:
        """Make a run end immediately."""
        self._stopped = True

    def close(self) -> None:
        """Remove the profile."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _call(self, contents: dict[int, bytes], *, timeout: float) -> SofficeRun:
        try:
            folder = self._profile()
            with _temporary_folder(folder) as inner:
                call = self._convert(contents, folder=inner, timeout=timeout)
        except OSError as error:
            return SofficeRun({}, f"LibreOffice cannot be run: {error}.")
        if call.error:  # a profile that was in use when its program died is not used again
            _remove_socket(folder / "profile")
            shutil.rmtree(folder, ignore_errors=True)
            self._folder = None
        return call

    def _profile(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="docgen-nb-pdf-"))
            user = self._folder / "profile" / "user"
            user.mkdir(parents=True)
            (user / "registrymodifications.xcu").write_text(_settings(), encoding="utf-8")
            system = os.environ.get("FONTCONFIG_FILE", "/etc/fonts/fonts.conf")
            fonts.write_fontconfig(self._folder / "fonts.conf", system=system)
        return self._folder

    def _convert(self, contents: dict[int, bytes], *, folder: Path, timeout: float) -> SofficeRun:
        made, scratch = folder / "made", folder / "scratch"
        made.mkdir()
        scratch.mkdir()
        for number, content in contents.items():
            (folder / f"{number:06}.docx").write_bytes(content)
        command = self._command([folder / f"{number:06}.docx" for number in contents], made)
        fonts_file = folder.parent / "fonts.conf"
        environment = {"FONTCONFIG_FILE": str(fonts_file), "TMPDIR": str(scratch)}
        with (
            (folder / "output").open("wb") as output,
            _pipe() as (ended, held),
            subprocess.Popen(  # noqa: S603  our own numbers are the file names
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=os.environ | environment,
                pass_fds=[held.fileno()] if os.name == "posix" else [],
                start_new_session=True,
            ) as process,
        ):
            held.close()
            error = self._watch(process, made=made, timeout=timeout)
            if error:  # before our end closes, or the watchdog would remove the PDFs
                _end_group(process.pid, ended)
        complete = _complete_files(made)
        lines = (folder / "output").read_text(errors="replace").splitlines()
        refused = sum("could not be loaded" in line for line in lines)
        if error is None and len(complete) + refused != len(contents):
            last_line = f": {lines[-1]}" if lines else ""
            error = f"LibreOffice ended without a result{last_line}."
        return SofficeRun(complete, error)

    def _command(self, files: list[Path], made: Path) -> list[str]:
        folder = files[0].parent.parent
        command = [
            self._program,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *("--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"),
            "--infilter=MS Word 2007 XML",  # all files are read as .docx, whatever they contain
            *("--convert-to", "pdf:writer_pdf_Export", "--outdir", str(made)),
            *map(str, files),
        ]
        watchdog = ["/bin/sh", "-c", _WATCHDOG, "sh", str(folder)]
        return [*watchdog, *command] if os.name == "posix" else command

    def _watch(self, process: subprocess.Popen[bytes], *, made: Path, timeout: float) -> str | None:
        """Wait for the end; kill the group if no file appears for `timeout` seconds."""
        file_count, since = 0, time.monotonic()
        while True:
            try:
                status = process.wait(timeout=min(0.1, timeout))
                break
            except subprocess.TimeoutExpired:
                if (count := len(os.listdir(made))) != file_count:
                    file_count, since = count, time.monotonic()
            if time.monotonic() - since > timeout:
                _kill(process)
                return f"LibreOffice took longer than {timeout:g} s."
            if self._stopped:
                _kill(process)
        if self._stopped:
            return STOPPING
        return f"LibreOffice ended with status {status}." if status else None


def _prepare(contents: list[bytes]) -> tuple[dict[int, bytes], dict[int, str]]:
    """Return the copies for LibreOffice, and why the other documents are refused."""
    prepared, refused = {}, {}
    for number, content in enumerate(contents):
        try:
            prepared[number] = strip_styles(sanitize(content))
        except UnreadableTemplate as error:
            refused[number] = f"This document cannot be converted safely. {error}"
    return prepared, refused


@contextmanager
def _temporary_folder(within: Path) -> Iterator[Path]:
    """Yield a folder. (At exit, tempfile would remove its own too early, with a warning.)"""
    folder = Path(tempfile.mkdtemp(dir=within))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings() -> str:
    items = "".join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>\n"
        for path, name, value in _SETTINGS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry">\n'
        f"{items}</oor:items>\n"
    )


def _complete_files(folder: Path) -> dict[int, bytes]:
    contents: dict[int, bytes] = {}
    for path in sorted(folder.glob("*.pdf")):
        content = path.read_bytes()
        try:
            validate.page_count(content)
        except ValueError:  # truncated when the program died: the document is converted again
            continue
        contents[int(path.stem)] = content
    return contents


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it has just ended


@contextmanager
def _pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Yield a pipe whose reading end closes when no process holds the other end any more."""
    reading, writing = os.pipe()
    with open(reading, "rb") as ended, open(writing, "wb") as held:
        yield ended, held


def _end_group(leader: int, ended: IO[bytes]) -> None:
    """End the processes that a killed program has left, and wait until they are gone."""
    if sys.platform == "win32":
        return
    with suppress(ProcessLookupError, PermissionError):  # macOS raises the latter for ended ones
        os.killpg(leader, signal.SIGKILL)
    wait = select.poll()  # select() does not support file numbers above 1023
    wait.register(ended)
    wait.poll(5000)


def _remove_socket(profile: Path) -> None:
    """Remove the socket of a killed LibreOffice, whose name depends on the profile."""
    if sys.platform == "win32":
        return
    digest = hashlib.md5(profile.as_uri().encode("utf-16-le"), usedforsecurity=False).digest()
    name = f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_{''.join(f'{byte:x}' for byte in digest)}"
    for folder in ("/tmp", "/var/tmp"):  # noqa: S108  chosen by LibreOffice
        with suppress(OSError):  # it does not exist, or belongs to another user
            (Path(folder) / name).unlink()
