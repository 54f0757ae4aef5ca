"""What stands around a conversion in these tests: programs, processes and a web server."""

import os
import select
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

ROOT = Path(__file__).parents[3]


def script(path: Path, text: str) -> str:
    """Write a shell script that stands for soffice; `$MADE` is where PDFs are to be written."""
    find_made = 'MADE=; for word in "$@"; do [ "$last" = --outdir ] && MADE=$word; last=$word; done'
    path.write_text(f"#!/bin/sh\n{find_made}\n{text}\n")
    path.chmod(0o755)
    return str(path)


def logged(log: Path) -> str:
    """Return the shell line that adds one line to a log."""
    return f"echo call >> {shlex.quote(str(log))}"


def calls(log: Path) -> int:
    return log.read_text().count("call") if log.exists() else 0


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new Python in which every warning is an error."""
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
        | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip


def workers(parent: int) -> list[int]:
    """Return the converter processes that a process has started (Linux)."""
    pids = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and _is_worker(folder, parent=parent):
            pids.append(int(folder.name))
    return pids


def _is_worker(folder: Path, *, parent: int) -> bool:
    try:
        command = (folder / "cmdline").read_bytes()
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return b"office2pdf_process" in command and int(fields[1]) == parent


def ends(process: int, *, seconds: float = 20) -> bool:
    """Wait until a process has ended, by its file descriptor."""
    ready, _, _ = select.select([process], [], [], seconds)
    os.close(process)
    return bool(ready)


def replaced(content: bytes, **parts: bytes) -> bytes:
    """Return a Word file with other bytes in `document`, `rels` or `types`."""
    places = {
        "word/document.xml": "document",
        "word/_rels/document.xml.rels": "rels",
        "[Content_Types].xml": "types",
    }
    file = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(places.get(name, ""), old.read(name)))
    return file.getvalue()


@contextmanager
def web_server() -> Iterator[tuple[str, list[str]]]:
    """Serve nothing on a loopback port, and keep the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()
