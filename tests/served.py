"""`docgen-nb serve` in a separate process."""

import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import requests
from contract.judge import judge

SECONDS = 60  # longer than any start or end; then a process that hangs is killed


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "docgen_nb", "serve", *map(str, arguments)]


@dataclass(frozen=True)
class Served:
    """A running service: its first line and the address in it."""

    process: "subprocess.Popen[str]"
    line: str

    @property
    def url(self) -> str:
        match = re.match(r"Listening on (http://\S+)", self.line)
        assert match is not None, self.line
        return match[1]

    def kill(self) -> None:
        """Kill the process, so that no handler runs."""
        self.process.kill()
        assert self.process.wait(SECONDS) == -9


@contextmanager
def serving(*arguments: object, loses_replies: bool = False) -> Iterator[Served]:
    """Run the command inside a `with`; then check that it ends with 0 and no other output.

    A service that loses replies may say so.
    """
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command(*arguments), stdout=subprocess.PIPE, stderr=errors, text=True
        )
        watchdog = threading.Timer(5 * SECONDS, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line != "", f"The service did not start:\n{_text_of(errors)}"
            yield Served(process, line)
        finally:
            ended_before = process.poll() is not None
            process.terminate()
            rest, _ = process.communicate(timeout=SECONDS)
            watchdog.cancel()
        lost = "ASGI callable returned without starting response.\n" if loses_replies else ""
        assert (rest + _text_of(errors)).replace(lost, "") == ""
        assert ended_before or process.returncode == 0


def _text_of(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


@contextmanager
def judged_session() -> Iterator[requests.Session]:
    """Yield a session whose replies are checked against Box's OpenAPI."""
    with requests.Session() as session:
        session.trust_env = False
        yield judge.watch(session)


def wait_until(condition: Callable[[], Any], *, seconds: float = SECONDS) -> None:
    """Wait until a condition is true; TimeoutError after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"The condition is still false after {seconds} s")
        time.sleep(0.01)
