"""LibreOffice kept alive over UNO, for the bench of PDFs: a process of a Python that has uno.

Run as `/usr/bin/python3 kept_office.py FOLDER`, which needs Debian's python3-uno. Converts the
.docx files of the folder, the first of them twice, and prints the seconds and the CPU seconds
that all but the warm-up took, LibreOffice's and its own.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

PIPE = f"docgen-nb-bench-{os.getpid()}"


def main(folder: Path) -> None:
    profile = (folder / "kept").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--norestore"]
    office = subprocess.Popen([*command, f"--accept=pipe,name={PIPE};urp;"])
    try:
        desktop = connected()
        paths = sorted(folder.glob("*.docx"))
        convert(desktop, paths[0])
        seconds, cpu = time.perf_counter(), used(profile)
        for path in paths:
            convert(desktop, path)
        print(time.perf_counter() - seconds, used(profile) - cpu)
        desktop.terminate()
    finally:
        office.wait(timeout=60)


def connected():
    here = uno.getComponentContext()
    resolver = here.ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    for _ in range(600):
        try:
            there = resolver.resolve(f"uno:pipe,name={PIPE};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.1)
        else:
            return there.ServiceManager.createInstance("com.sun.star.frame.Desktop")
    raise TimeoutError("LibreOffice did not answer in a minute.")


def convert(desktop, path: Path) -> None:
    document = desktop.loadComponentFromURL(path.as_uri(), "_blank", 0, (named("Hidden", True),))
    exported = path.with_suffix(".kept.pdf").as_uri()
    document.storeToURL(exported, (named("FilterName", "writer_pdf_Export"),))
    document.close(True)


def named(name: str, value: object) -> PropertyValue:
    return PropertyValue(Name=name, Value=value)


def used(profile: str) -> float:
    """The CPU seconds of this process and of the office on that profile (Linux)."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if b"soffice.bin" in command and profile.encode() in command:
            ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
