"""Conversion to PDF by a LibreOffice that stays running, controlled over UNO, for pdf.py.

Run as `/usr/bin/python3 tests/bench/kept_office.py FOLDER`; this needs Debian's python3-uno. The
script converts the .docx files of the folder and prints the wall seconds and the CPU seconds of
LibreOffice and itself. An additional conversion of the first file is the warm-up and isn't counted.
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
        desktop = connect()
        paths = sorted(folder.glob("*.docx"))
        convert(desktop, paths[0])
        seconds, cpu = time.perf_counter(), cpu_seconds(profile)
        for path in paths:
            convert(desktop, path)
        print(time.perf_counter() - seconds, cpu_seconds(profile) - cpu)
        desktop.terminate()
    finally:
        office.wait(timeout=60)


def connect():
    context = uno.getComponentContext()
    resolver = context.ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    for _ in range(600):
        try:
            remote = resolver.resolve(f"uno:pipe,name={PIPE};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.1)
        else:
            return remote.ServiceManager.createInstance("com.sun.star.frame.Desktop")
    raise TimeoutError("LibreOffice did not respond within one minute.")


def convert(desktop, path: Path) -> None:
    document = desktop.loadComponentFromURL(
        path.as_uri(), "_blank", 0, (property_value("Hidden", True),)
    )
    exported = path.with_suffix(".kept.pdf").as_uri()
    document.storeToURL(exported, (property_value("FilterName", "writer_pdf_Export"),))
    document.close(True)


def property_value(name: str, value: object) -> PropertyValue:
    return PropertyValue(Name=name, Value=value)


def cpu_seconds(profile: str) -> float:
    """Return the CPU seconds of this process and of the LibreOffice on the profile (Linux)."""
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
