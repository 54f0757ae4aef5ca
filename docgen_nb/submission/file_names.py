"""File names that are safe on every system, made from any text."""

import re
from collections.abc import Iterator
from itertools import count

_LONGEST = 255  # bytes: the limit of ext4, XFS and APFS; NTFS allows more
_LONGEST_ENDING = 20
_LONGEST_ID = 64
# What Windows or UTF-8 cannot hold, and what makes a terminal or a list show another name.
_UNSAFE = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"|?*\ud800-\udfff\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e'
    r"\u2060-\u2069\ufeff]+"
)
# A file that begins like this is not listed, is an option, or is a formula in a list of files.
_HIDDEN_OR_OPTION = (".", "-", "=", "+", "@")
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*", re.IGNORECASE)


def safe_name(text: str, *, otherwise: str) -> str:
    """Return the last part of a path as a name that every system accepts.

    `otherwise` is returned if nothing is left of the text.

    >>> safe_name("../../Letter 10:30.docx", otherwise="file 7")
    'Letter 10_30.docx'
    >>> safe_name("..", otherwise="file 7")
    'file 7'
    >>> safe_name("nul.pdf", otherwise="file 7")
    '_nul.pdf'
    """
    last = re.split(r"[/\\]", text)[-1]
    name = _UNSAFE.sub("_", last).rstrip(". ").lstrip()
    if not name.strip("."):
        return otherwise
    reserved = _RESERVED.fullmatch(name.partition(".")[0])
    return _with_note(f"_{name}" if reserved or name.startswith(_HIDDEN_OR_OPTION) else name, "")


def names_for(name: str, *, job_id: str) -> Iterator[str]:
    """Yield a name, then names with the job's id, without end.

    >>> from itertools import islice
    >>> list(islice(names_for("Letter.docx", job_id="7"), 3))
    ['Letter.docx', 'Letter (job 7).docx', 'Letter (job 7, 2).docx']
    """
    yield name
    job = f"job {safe_name(job_id, otherwise='unknown')[:_LONGEST_ID]}"
    yield _with_note(name, f" ({job})")
    for number in count(2):
        yield _with_note(name, f" ({job}, {number})")


def _with_note(name: str, note: str) -> str:
    """Insert a note before the ending of a name, which is shortened if it is too long."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = _LONGEST - len(f"{note}{dot}{ending}".encode())
    short = stem.encode()[:room].decode(errors="ignore")
    return f"{short}{note}{dot}{ending}"
