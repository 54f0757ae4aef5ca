"""Runs notebooks in new kernels of this interpreter, regardless of the installed kernels."""

import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

CELL_SECONDS = 60


class ThisPython(KernelSpecManager):
    """Returns one kernel for any name."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="this Python", language="python")


def printed(outputs: list[Any]) -> str:
    """Return the standard output of a cell."""
    return "".join(one.text for one in outputs if one.get("name") == "stdout")


def run(path: Path, *, folder: Path) -> Any:
    """Run all cells in `folder` and return the notebook with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        km=AsyncKernelManager(kernel_spec_manager=ThisPython()),
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(cleanup_kc=True)  # a manager that is passed in is not cleaned up otherwise
    return notebook
