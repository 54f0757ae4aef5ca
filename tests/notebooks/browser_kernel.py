"""Runs notebooks in this process without what a kernel in the browser lacks, such as threads.

Prints a line of JSON for each error. Used as a program, because it breaks the process it is in.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

import nbformat
from IPython.core.interactiveshell import InteractiveShell


def no_threads(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("can't start new thread")


def no_processes(*_: Any, **__: Any) -> NoReturn:
    raise OSError("emscripten does not support processes.")


def no_network(*_: Any, **__: Any) -> NoReturn:
    raise OSError("Operation not supported")


def take_away() -> None:
    """Make threads, processes and sockets fail as they do in Pyodide."""
    threading.Thread.start = no_threads  # type: ignore[method-assign]
    subprocess.Popen.__init__ = no_processes  # type: ignore[method-assign]
    os.fork = os.posix_spawn = no_processes
    for name in ("connect", "connect_ex", "bind", "listen"):
        setattr(socket.socket, name, no_network)
    sys.platform = "emscripten"


def run(path: Path) -> None:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        result = shell.run_cell(cell.source)
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            line = {"notebook": path.stem, "cell": cell.id, "error": repr(error)}
            print("\n" + json.dumps(line), flush=True)


if __name__ == "__main__":
    # What a browser kernel has from elsewhere, loaded while the standard library is whole.
    import ipywidgets  # noqa: F401
    import matplotlib
    import pyarrow
    import requests  # noqa: F401

    import docgen_nb as dg

    matplotlib.use("agg")
    pyarrow.set_cpu_count(1)  # as a browser has it
    for each in dg.__all__:
        getattr(dg, each)
    history = dg.samples.history
    dg.samples.history = lambda local, **options: history(local, **options | {"jobs": 2000})
    take_away()
    for argument in sys.argv[1:]:
        run(Path(argument))
