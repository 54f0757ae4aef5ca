"""Pictures in data: base64 texts and data URIs, decoded, validated and measured."""

import struct
from dataclasses import dataclass
from functools import lru_cache

from msgspec import convert

MAX_PIXELS = 10_000  # per side
MAX_BYTES = 20 * 1024 * 1024
# How base64 of a picture begins, so that a text tag recognizes one without decoding it.
_PREFIXES = ("data:image/", "iVBORw0KGgo", "/9j/", "R0lGODdh", "R0lGODlh")
MIN_CHARACTERS = 40  # no picture is shorter
_MAX_CACHED_CHARACTERS = 200_000
_EMU_PER_PIXEL = 9525  # at 96 dpi
_MAX_WIDTH = 5_760_000  # 16 cm, the text width of most pages


class InvalidPicture(ValueError):
    """A text is not a valid picture. The message is a predicate, such as "is not valid base64"."""


@dataclass(frozen=True)
class Picture:
    """A decoded picture: its bytes, its file extension, and its size in pixels."""

    content: bytes
    extension: str
    width: int
    height: int

    @property
    def extent(self) -> tuple[int, int]:
        """Width and height on the page in EMU, at most as wide as the text."""
        width, height = self.width * _EMU_PER_PIXEL, self.height * _EMU_PER_PIXEL
        if width > _MAX_WIDTH:
            width, height = _MAX_WIDTH, max(1, height * _MAX_WIDTH // width)
        return width, height


def looks_like_picture(text: str) -> bool:
    """Return whether a text value seems to be a picture."""
    return len(text) > MIN_CHARACTERS and text.startswith(_PREFIXES)


def read_picture(text: str) -> Picture:
    """Decode a picture. Small ones are cached, because every row tends to have the same logo.

    Raises
    ------
    InvalidPicture
        If it is not base64, not a PNG, JPEG, GIF or BMP, or too large.
    """
    return _cached_read(text) if len(text) < _MAX_CACHED_CHARACTERS else _read(text)


def _read(text: str) -> Picture:
    content = _decode(text)
    for extension, (signature, layout, offset) in _FORMATS.items():
        if content.startswith(signature):
            try:
                width, height = (
                    struct.unpack_from(layout, content, offset) if layout else _jpeg_size(content)
                )
            except (struct.error, IndexError) as error:
                raise InvalidPicture("is a damaged picture") from error
            return _validated(Picture(content, extension, width, abs(height)))  # BMP: up or down
    raise InvalidPicture("is not a PNG, JPEG, GIF or BMP picture")


_cached_read = lru_cache(maxsize=32)(_read)


def _decode(text: str) -> bytes:
    if text.startswith("data:"):
        head, _, text = text.partition(",")
        if not head.endswith(";base64"):
            raise InvalidPicture("is not valid base64")
    if len(text) > MAX_BYTES * 4 // 3:
        raise InvalidPicture("is a picture of more than 20 MB")
    if any(space in text for space in " \n\r\t"):  # some programs write base64 in lines
        text = "".join(text.split())
    try:  # as strict as binascii, in a quarter of the time
        return convert(text + "=" * (-len(text) % 4), bytes)
    except ValueError as error:
        raise InvalidPicture("is not valid base64") from error


def _validated(picture: Picture) -> Picture:
    longest = max(picture.width, picture.height)
    if longest > MAX_PIXELS:
        raise InvalidPicture(
            f"is a picture {longest:,} pixels wide or high; the limit is {MAX_PIXELS:,}"
        )
    if min(picture.width, picture.height) < 1:
        raise InvalidPicture("is a damaged picture")
    return picture


# The first bytes of each format, then the format and position of its width and height.
_FORMATS = {
    "png": (b"\x89PNG\r\n\x1a\n", ">II", 16),
    "jpeg": (b"\xff\xd8\xff", "", 0),
    "gif": (b"GIF8", "<HH", 6),
    "bmp": (b"BM", "<ii", 18),
}


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Read the size from the first frame header, going from marker to marker."""
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
