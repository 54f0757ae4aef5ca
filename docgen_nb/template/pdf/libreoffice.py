"""LibreOffice as a converter: many files in one call, on a profile of its own."""

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
from docgen_nb.template.pdf.pool import Result
from docgen_nb.template.pdf.retry import Attempts, Call
from docgen_nb.template.pdf.sanitize import sealed
from docgen_nb.template.pdf.strip_styles import lean

VARIABLE = "DOCGEN_NB_SOFFICE"

# No macros, no links followed, and a proxy that leads nowhere: without these settings
# LibreOffice 7.4 fetches a picture that a document links to.
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
    # Or each start of 7.4 takes itself for the first of a new version and tests how it draws on
    # pictures of 64 MB: 0.7 s of 0.9 s. A later version than any leaves nothing to test.
    ("org.openoffice.Setup/Product", "ooSetupLastVersion", "99.0"),
)

# Runs a program. As soon as our end of its input closes its whole group is ended, and the folder
# that is named first removed, twice as something may still be writing: so neither a process nor a
# document is left behind when this process is killed.
_MINDER = """exec 3<&0
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
    """Return the path of `soffice`: named by DOCGEN_NB_SOFFICE, else on PATH, else None."""
    named = os.environ.get(VARIABLE)
    if not named:
        return shutil.which("soffice")
    found = shutil.which(named)
    if found is None:
        raise ConversionFailed(f"{VARIABLE} names {named!r}, which is no program.")
    return found


@lru_cache
def version(program: str) -> str:
    """Return what the program says its version is, or "unknown" where it does not say."""
    with tempfile.TemporaryFile() as said:
        try:
            with subprocess.Popen(  # noqa: S603  the program that the user has or names
                [program, "--version"],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            ) as process:
                _wait_or_kill(process, timeout=10)
        except OSError:
            return "unknown"
        said.seek(0)
        words = said.read().decode(errors="replace").split()
    return words[1] if len(words) > 1 and words[0] == "LibreOffice" else "unknown"


def _wait_or_kill(process: subprocess.Popen[bytes], *, timeout: float) -> None:
    try:
        process.wait(timeout=timeout)
    except subprocess.TimeoutExpired:
        _kill(process)


class Office:
    """One desk that converts by LibreOffice; see `pool.Desk`."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._folder: Path | None = None
        self._stopped = False

    def run(self, contents: list[bytes], *, timeout: float) -> list[Result]:
        """Convert all; see `attempts.Attempts` for what happens when a call breaks off."""
        ready, refused = _ready(contents)
        attempts = Attempts(len(contents), refused=refused)
        while numbers := attempts.next_call():
            call = self._call({number: ready[number] for number in numbers}, timeout=timeout)
            attempts.note(call)
            if self._stopped:
                attempts.give_up("No PDF is made any more: the program is ending.")
        return attempts.results()

    def stop(self) -> None:
        """Make a run end at once."""
        self._stopped = True

    def close(self) -> None:
        """Remove the profile."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _call(self, contents: dict[int, bytes], *, timeout: float) -> Call:
        try:
            folder = self._profile()
            with _temporary_folder(folder) as place:
                call = self._convert(contents, place=place, timeout=timeout)
        except OSError as error:
            return Call({}, f"LibreOffice cannot be run: {error}.")
        if call.fault:  # a profile that was in use when its program died is not trusted again
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

    def _convert(self, contents: dict[int, bytes], *, place: Path, timeout: float) -> Call:
        made, scratch = place / "made", place / "scratch"
        made.mkdir()
        scratch.mkdir()
        for number, content in contents.items():
            (place / f"{number:06}.docx").write_bytes(content)
        command = self._command([place / f"{number:06}.docx" for number in contents], made)
        environment = {"FONTCONFIG_FILE": str(place.parent / "fonts.conf"), "TMPDIR": str(scratch)}
        with (
            (place / "said").open("wb") as said,
            _pipe() as (ended, held),
            subprocess.Popen(  # noqa: S603  the files are named by number, by us
                command,
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                env=os.environ | environment,
                pass_fds=[held.fileno()] if os.name == "posix" else [],
                start_new_session=True,
            ) as process,
        ):
            held.close()
            fault = self._watch(process, made=made, timeout=timeout)
            if fault:  # before our end closes, or the minder would remove what was made
                _end_group(process.pid, ended)
        whole_ones = _whole_files(made)
        lines = (place / "said").read_text(errors="replace").splitlines()
        refused = sum("could not be loaded" in line for line in lines)
        if fault is None and len(whole_ones) + refused != len(contents):
            fault = f"LibreOffice ended without a result{_last_of(lines)}."
        return Call(whole_ones, fault)

    def _command(self, files: list[Path], made: Path) -> list[str]:
        folder = files[0].parent.parent
        command = [
            self._program,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *("--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"),
            "--infilter=MS Word 2007 XML",  # whatever the bytes are, they are read as .docx
            *("--convert-to", "pdf:writer_pdf_Export", "--outdir", str(made)),
            *map(str, files),
        ]
        minder = ["/bin/sh", "-c", _MINDER, "sh", str(folder)]
        return [*minder, *command] if os.name == "posix" else command

    def _watch(self, process: subprocess.Popen[bytes], *, made: Path, timeout: float) -> str | None:
        """Wait for the end; kill the group when no file has come for `timeout` seconds."""
        seen, since = 0, time.monotonic()
        while True:
            try:
                status = process.wait(timeout=min(0.1, timeout))
                break
            except subprocess.TimeoutExpired:
                if (count := len(os.listdir(made))) != seen:
                    seen, since = count, time.monotonic()
            if time.monotonic() - since > timeout:
                _kill(process)
                return f"LibreOffice took longer than {timeout:g} s."
            if self._stopped:
                _kill(process)
        if self._stopped:
            return "No PDF is made any more: the program is ending."
        return f"LibreOffice ended with status {status}." if status else None


def _ready(contents: list[bytes]) -> tuple[dict[int, bytes], dict[int, str]]:
    """Return the copies that LibreOffice is given, and why it is not given the others."""
    ready, refused = {}, {}
    for number, content in enumerate(contents):
        try:
            ready[number] = lean(sealed(content))
        except UnreadableTemplate as fault:
            refused[number] = f"LibreOffice is not given this document. {fault}"
    return ready, refused


@contextmanager
def _temporary_folder(within: Path) -> Iterator[Path]:
    """Give a folder. (tempfile's own is removed too early, with a warning, at the end of Python)"""
    place = Path(tempfile.mkdtemp(dir=within))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


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


def _whole_files(folder: Path) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for path in sorted(folder.glob("*.pdf")):
        content = path.read_bytes()
        try:
            validate.pages(content)
        except ValueError:  # cut off when its program died: the document is converted again
            continue
        found[int(path.stem)] = content
    return found


def _last_of(lines: list[str]) -> str:
    return f": {lines[-1]}" if lines else ""


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it has just ended by itself


@contextmanager
def _pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Give a pipe whose reading end ends when nobody holds the other any more."""
    reading, writing = os.pipe()
    with open(reading, "rb") as ended, open(writing, "wb") as held:
        yield ended, held


def _end_group(leader: int, ended: IO[bytes]) -> None:
    """End what a program that was killed has left running, and wait until it is gone."""
    if sys.platform == "win32":
        return
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of the dead
        os.killpg(leader, signal.SIGKILL)
    wait = select.poll()  # select itself takes no file of a number over 1023
    wait.register(ended)
    wait.poll(5000)


def _remove_socket(profile: Path) -> None:
    """Remove the socket that LibreOffice leaves behind when it is killed, named by its profile."""
    if sys.platform == "win32":
        return
    digest = hashlib.md5(profile.as_uri().encode("utf-16-le"), usedforsecurity=False).digest()
    name = f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_{''.join(f'{byte:x}' for byte in digest)}"
    for folder in ("/tmp", "/var/tmp"):  # noqa: S108  LibreOffice's own places
        with suppress(OSError):  # it is not there, or not ours
            (Path(folder) / name).unlink()
