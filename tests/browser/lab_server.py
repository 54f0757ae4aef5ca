"""Starts a command that runs JupyterLab, with nothing of this machine's settings in it."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "doNotDisturbMode": True,
    },
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none", "kernelShutdown": True},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/completer-extension:manager": {"autoCompletion": False},
}
OWN_FOLDERS = {
    "HOME": "home",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "IPYTHONDIR": "ipython",
    "MPLCONFIGDIR": "matplotlib",
}
LAB = (
    *("--LabApp.news_url=None", "--LabApp.extension_manager=readonly"),
    "--LabApp.expose_app_in_browser=True",
)
NOTEBOOK = ("--no-browser", "--JupyterNotebookApp.expose_app_in_browser=True")
SECONDS = 180  # more than a start takes on a busy machine
_open = build_opener(ProxyHandler({})).open


@dataclass
class Lab:
    """A running JupyterLab, and the process that was started for it."""

    url: str
    token: str
    process: subprocess.Popen[bytes]
    log: Path

    def api(self, path: str, *, method: str = "GET") -> object:
        """Answer of Jupyter's own API."""
        headers = {"Authorization": f"token {self.token}"}
        with _open(Request(f"{self.url}/api/{path}", headers=headers, method=method)) as reply:
            content = reply.read()
        return json.loads(content) if content else None

    def reset_settings(self) -> None:
        """Delete what was chosen on its pages, such as the dark theme."""
        shutil.rmtree(self.log.parent / OWN_FOLDERS["JUPYTERLAB_SETTINGS_DIR"], ignore_errors=True)

    @property
    def opened(self) -> str:
        """The page that the browser opens, which redirects to a place in JupyterLab."""
        return (self.log.parent / "opened").read_text()

    def words(self) -> str:
        """What the process has printed."""
        return self.log.read_text(errors="replace")


@contextmanager
def lab_running(
    command: Sequence[str], *, folder: Path, more: Sequence[str] = LAB
) -> Iterator[Lab]:
    """Run a command with a Jupyter server's options and `more` at its end.

    `folder` takes settings and the log.

    The browser that it opens is a script that keeps the page it was given as the file `opened`.
    """
    port, token = _free_port(), secrets.token_hex(16)
    options = [
        *("--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        f"--IdentityProvider.token={token}",
        *more,
    ]
    process, log = _started([*command, *options], folder)
    lab = Lab(f"http://127.0.0.1:{port}", token, process, log)
    _wait_until_ready(lab)
    try:
        yield lab
    finally:
        _end(lab)


@contextmanager
def voila_running(command: Sequence[str], *, folder: Path) -> Iterator[Lab]:
    """Run a command that starts Voila, with Voila's options at its end."""
    port, token = _free_port(), secrets.token_hex(16)
    options = ["--no-browser", "--show_tracebacks=True", f"--port={port}", f"--token={token}"]
    process, log = _started([*command, *options], folder)
    voila = Lab(f"http://localhost:{port}", token, process, log)
    _wait_until_ready(voila)
    try:
        yield voila
    finally:
        process.send_signal(signal.SIGTERM)  # it ends its kernels itself
        process.wait(timeout=SECONDS)


def _started(command: Sequence[str], folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """The process, and the file that takes all it says."""
    log = folder / "server.log"
    with log.open("wb") as output:
        environment = _environment(folder)
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output), log


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _environment(folder: Path) -> dict[str, str]:
    dropped = ("JUPYTER", "IPYTHON", "DOCGEN_NB", "BOX_", "MPLBACKEND")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    own = {name: str(folder / place) for name, place in OWN_FOLDERS.items()}
    overrides = folder / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(SETTINGS))
    browser = folder / "browser.sh"
    browser.write_text(f'#!/bin/sh\ncat "${{1#file://}}" > "{folder}/opened"\n')
    browser.chmod(0o700)
    return {**kept, **own, "NO_PROXY": "127.0.0.1,localhost", "BROWSER": str(browser)}


def _wait_until_ready(lab: Lab) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            lab.api("status")
            return
        except HTTPError:  # Voila has no such page, and says so when it is up
            return
        except (URLError, ConnectionError) as error:
            if lab.process.poll() is not None or time.monotonic() > deadline:
                lab.process.kill()
                raise RuntimeError(f"JupyterLab did not start:\n{lab.words()}") from error
        time.sleep(0.1)  # nothing tells when a server is up, but asking it


def _end(lab: Lab) -> None:
    """End the kernels, which have sessions of their own, then the process and what it started."""
    if lab.process.poll() is None:
        for kernel in lab.api("kernels"):
            lab.api(f"kernels/{kernel['id']}", method="DELETE")
        lab.process.send_signal(signal.SIGTERM)
    try:
        lab.process.wait(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        lab.process.kill()
        raise
    assert lab.process.returncode == 0, lab.words()
