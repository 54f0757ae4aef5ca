"""Fonts for a machine that has none: the DejaVu family that comes with matplotlib."""

from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

FAMILY = "DejaVu Sans"
_SYSTEM = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


def folder() -> Path | None:
    """Return where matplotlib keeps its fonts, or None. Nothing is imported."""
    found = find_spec("matplotlib")
    for place in (found.submodule_search_locations or ()) if found else ():
        fonts = Path(place) / "mpl-data" / "fonts" / "ttf"
        if fonts.is_dir():
            return fonts
    return None


def folder_if_lacking() -> Path | None:
    """Return that folder, or None where the system has the family itself.

    To read a folder of fonts costs office2pdf 14 ms a document; the system's are read once.
    """
    for place in _SYSTEM:
        if any(Path(place).expanduser().rglob("DejaVuSans.ttf")):
            return None
    return folder()


def write_fontconfig(path: Path, *, system: str) -> None:
    """Write a fontconfig file that adds that folder to the fonts of the file `system`."""
    fonts = folder()
    added = f"<dir>{escape(str(fonts))}</dir>" if fonts else ""
    cache = escape(str(path.parent / "fontcache"))
    path.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
        f'<fontconfig><include ignore_missing="yes">{escape(system)}</include>'
        f"{added}<cachedir>{cache}</cachedir></fontconfig>\n",
        encoding="utf-8",
    )
