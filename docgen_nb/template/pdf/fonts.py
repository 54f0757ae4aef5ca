"""Fonts for machines without any: the DejaVu family that comes with matplotlib."""

from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

FAMILY = "DejaVu Sans"
_SYSTEM_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


def folder() -> Path | None:
    """Return matplotlib's folder of fonts, or None. Nothing is imported."""
    spec = find_spec("matplotlib")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        fonts = Path(location) / "mpl-data" / "fonts" / "ttf"
        if fonts.is_dir():
            return fonts
    return None


def folder_if_lacking() -> Path | None:
    """Return that folder, or None if the family is installed in the system.

    Reading a folder of fonts takes office2pdf 14 ms a document; system fonts are read once.
    """
    for system_folder in _SYSTEM_FOLDERS:
        if any(Path(system_folder).expanduser().rglob("DejaVuSans.ttf")):
            return None
    return folder()


def write_fontconfig(path: Path, *, system: str) -> None:
    """Write a fontconfig file that adds that folder to the fonts of the configuration `system`."""
    fonts = folder()
    added = f"<dir>{escape(str(fonts))}</dir>" if fonts else ""
    cache = escape(str(path.parent / "fontcache"))
    path.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
        f'<fontconfig><include ignore_missing="yes">{escape(system)}</include>'
        f"{added}<cachedir>{cache}</cachedir></fontconfig>\n",
        encoding="utf-8",
    )
