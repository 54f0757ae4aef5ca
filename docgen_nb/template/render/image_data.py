"""Pictures in data: base64 texts and data addresses, recognised, checked and measured."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from msgspec import convert

MAX_PIXELS_A_SIDE = 10_000
MAX_BYTES = 20 * 1024 * 1024
# How base64 of a picture begins, so that a text tag recognises one without decoding it.
_BEGINNINGS = ("data:image/", "iVBORw0KGgo", "/9j/", "R0lGODdh", "R0lGODlh")
_SHORTEST = 40
_LARGEST_REMEMBERED = 200_000
_EMU_PER_PIXEL = 9525  # at 96 pixels an inch
_WIDEST = 5_760_000  # 16 cm, the text width of most pages


class NoPicture(ValueError):
    """Why a text is no picture that may be placed; the message is a clause."""


@dataclass(frozen=True)
class Picture:
    """A decoded picture: its bytes, its sort by the ending of its name, and its size in pixels."""

    content: bytes
    ending: str
    width: int
    height: int

    @property
    def extent(self) -> tuple[int, int]:
        """Width and height on the page, never wider than the text."""
        width, height = self.width * _EMU_PER_PIXEL, self.height * _EMU_PER_PIXEL
        if width > _WIDEST:
            width, height = _WIDEST, max(1, height * _WIDEST // width)
        return width, height


def looks_like_picture(text: str) -> bool:
    """Whether a text value is meant as a picture."""
    return len(text) > _SHORTEST and text.startswith(_BEGINNINGS)


def read_picture(text: str) -> Picture:
    """Decode a picture; small ones are remembered, as a logo comes with every row.

    Raises
    ------
    NoPicture
        If it is no base64, no PNG, JPEG, GIF or BMP, or too large.
    """
    return _remembered(text) if len(text) < _LARGEST_REMEMBERED else _read(text)


def _read(text: str) -> Picture:
    content = _decoded(text)
    for ending, (signature, size_of) in _KINDS.items():
        if content.startswith(signature):
            try:
                width, height = size_of(content)
            except (struct.error, IndexError) as fault:
                raise NoPicture("which is a damaged picture") from fault
            return _checked(Picture(content, ending, width, height))
    raise NoPicture("which is no picture (PNG, JPEG, GIF or BMP)")


_remembered = lru_cache(maxsize=32)(_read)


def _decoded(text: str) -> bytes:
    if text.startswith("data:"):
        head, _, text = text.partition(",")
        if not head.endswith(";base64"):
            raise NoPicture("which is no base64")
    if len(text) > MAX_BYTES * 4 // 3:
        raise NoPicture("which is a picture of more than 20 MB")
    try:
        return _unpacked(text)
    except ValueError:
        return _unpacked_lines(text)


def _unpacked_lines(text: str) -> bytes:
    """Base64 in lines, as some writers make it."""
    try:
        return _unpacked("".join(text.split()))
    except ValueError as fault:
        raise NoPicture("which is no base64") from fault


def _unpacked(text: str) -> bytes:
    """As strict as binascii, in a quarter of its time."""
    return convert(text + "=" * (-len(text) % 4), bytes)


def _checked(picture: Picture) -> Picture:
    longest = max(picture.width, picture.height)
    if longest > MAX_PIXELS_A_SIDE:
        raise NoPicture(f"which is a picture with a side of {longest} pixels")
    if min(picture.width, picture.height) < 1:
        raise NoPicture("which is a damaged picture")
    return picture


def _png(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _gif(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", content, 6)
    return width, height


def _bmp(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<ii", content, 18)
    return width, abs(height)


def _jpeg(content: bytes) -> tuple[int, int]:
    """The size from the first frame header, walking from marker to marker."""
    position = 2
    while True:
        if content[position] != 0xFF:
            raise IndexError("no marker")
        code = content[position + 1]
        if code == 0xFF:
            position += 1
        elif 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", content, position + 5)
            return width, height
        else:
            (length,) = struct.unpack_from(">H", content, position + 2)
            position += 2 + length


_KINDS: dict[str, tuple[bytes, Callable[[bytes], tuple[int, int]]]] = {
    "png": (b"\x89PNG\r\n\x1a\n", _png),
    "jpeg": (b"\xff\xd8\xff", _jpeg),
    "gif": (b"GIF8", _gif),
    "bmp": (b"BM", _bmp),
}
