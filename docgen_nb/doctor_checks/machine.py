"""Checks of this computer: PDF converter, fonts, widgets, disk."""

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from platformdirs import user_data_path

from docgen_nb.doctor_checks.finding import OK, WARNING, WRONG, Finding
from docgen_nb.errors import ConversionFailed
from docgen_nb.template.pdf import libreoffice, office2pdf

FONT_FOLDERS = {
    "linux": (
        *("/usr/share/fonts", "/usr/local/share/fonts"),
        *("~/.fonts", "~/.local/share/fonts"),
    ),
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": ("C:/Windows/Fonts", "~/AppData/Local/Microsoft/Windows/Fonts"),
}
# The usual fonts of Word, and others with the same widths; the first letters of their files.
_WIDTHS = {
    "Calibri": ("calibri", "carlito"),
    "Cambria": ("cambria", "caladea"),
    "Arial": ("arial", "liberationsans"),
    "Times New Roman": ("times", "liberationserif"),
}
_PACKAGES = ("ipywidgets", "jupyterlab_widgets", "anywidget", "jupyterlab")
_LOW_BYTES, _FULL_BYTES = 1_000_000_000, 100_000_000


def check_machine() -> Iterator[Finding]:
    """Yield the findings about this computer."""
    yield converter()
    yield fonts(FONT_FOLDERS.get(sys.platform, FONT_FOLDERS["linux"]))
    yield widgets(_installed())
    for path in dict.fromkeys((tempfile.gettempdir(), _existing(user_data_path("docgen-nb")))):
        yield disk(path, free=shutil.disk_usage(path).free)


def converter() -> Finding:
    """Return what the embedded service and previews make PDFs with."""
    fix = 'Run: pip install "docgen-nb[pdf]", or install LibreOffice (libreoffice-writer-nogui).'
    try:
        program = libreoffice.program()
    except ConversionFailed as error:
        return Finding("PDF", WRONG, str(error), f"Correct or unset {libreoffice.VARIABLE}.")
    if program is not None:
        return Finding("PDF", OK, f"LibreOffice: {program}")
    if office2pdf.path() is not None:
        detail = "no LibreOffice; the converter of the extra pdf makes pages close to its pages"
        return Finding("PDF", OK, detail)
    detail = "no converter: previews and PDFs of the embedded service fail; Box makes its own"
    return Finding("PDF", WARNING, detail, fix)


def fonts(folders: Iterable[str]) -> Finding:
    """Return which usual fonts of Word have nothing with their widths here."""
    files = [path for folder in folders for path in Path(folder).expanduser().rglob("*.[to]t*")]
    names = {path.name.lower().replace("-", "").replace(" ", "") for path in files}
    lacking = [
        font for font, starts in _WIDTHS.items() if not any(n.startswith(starts) for n in names)
    ]
    if not lacking:
        return Finding("fonts", OK, f"{', '.join(_WIDTHS)}, or others with their widths")
    detail = f"nothing like {', '.join(lacking)}: lines of local PDFs break elsewhere than in Word"
    fix = "Install them; on Debian: apt install fonts-crosextra-carlito fonts-crosextra-caladea "
    return Finding("fonts", WARNING, detail, f"{fix}fonts-liberation")


def _installed() -> dict[str, str]:
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def widgets(installed: Mapping[str, str]) -> Finding:
    """Return whether forms can be shown, from the versions of the packages that are installed."""
    fix = 'Run: pip install "docgen-nb[lab]" where JupyterLab runs, then reload its page.'
    major = installed.get("ipywidgets", "").partition(".")[0]
    front = installed.get("jupyterlab_widgets", "").partition(".")[0]
    if "anywidget" not in installed or not major.isdigit() or int(major) < 8:
        return Finding("widgets", WRONG, "ipywidgets 8 and anywidget are needed for forms", fix)
    if not front.isdigit() or int(front) < 3:
        detail = f"ipywidgets {installed['ipywidgets']} needs jupyterlab_widgets 3 in the front end"
        return Finding("widgets", WRONG, detail, fix)
    if "jupyterlab" not in installed:
        detail = "no JupyterLab in this environment; one elsewhere needs jupyterlab_widgets, too"
        return Finding("widgets", WARNING, detail, fix)
    return Finding("widgets", OK, ", ".join(f"{name} {text}" for name, text in installed.items()))


def _existing(path: Path) -> str:
    return str(next(folder for folder in (path, *path.parents) if folder.exists()))


def disk(path: str, *, free: int) -> Finding:
    """Return whether a disk has room, from its free bytes."""
    detail = f"{free / 1e9:,.1f} GB free in {path}"
    fix = "Free some space, or point TMPDIR or DOCGEN_NB_DATA to another disk."
    if free < _FULL_BYTES:
        return Finding("disk", WRONG, detail, fix)
    return (
        Finding("disk", WARNING, detail, fix) if free < _LOW_BYTES else Finding("disk", OK, detail)
    )
