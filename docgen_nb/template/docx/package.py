"""A .docx as a zip of parts: read under limits, written by copying the unchanged bytes."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from docgen_nb.errors import UnreadableTemplate

MAX_FILE_BYTES = 100 * 1024 * 1024  # Box's help page on Doc Gen limitations
MAX_PARTS = 5000
MAX_PART_BYTES = 16 * 1024 * 1024  # of a part that is parsed; Word writes far smaller ones
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
MAX_RATIO = 300  # deflate can reach 1030, repetitive documents about 60
_CHECK_RATIO_FROM_BYTES = 1024 * 1024

# The extra `fast`: the same format, compressed several times as fast.
_isal: Any = import_module("isal.isal_zlib") if find_spec("isal") else None

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_UTF8_NAME = 0x800
# Already compressed, or too small to gain from it.
_STORED = (".png", ".jpeg", ".gif", ".rels", "[Content_Types].xml")
_ENCRYPTED = 0x1
# What zipfile raises for damaged zip files.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    NotImplementedError,
    struct.error,
    ValueError,
    EOFError,
    OSError,
    OverflowError,
    IndexError,
)


@dataclass(frozen=True)
class CompressedPart:
    """One part of a package, still compressed."""

    name: str
    method: int
    crc: int
    size: int
    data: bytes
    date: int
    time: int


class Package:
    """The parts of a .docx, in their order."""

    def __init__(self, source: bytes) -> None:
        if len(source) > MAX_FILE_BYTES:
            message = f"The file has {len(source):,} bytes; the limit for a template is 100 MB."
            raise UnreadableTemplate("too_large", message)
        self.parts = {part.name: part for part in _parts(source)}

    def __contains__(self, name: str) -> bool:
        return name in self.parts

    def read(self, name: str) -> bytes:
        """Return the content of a part, checked against its declared size and the limit."""
        part = self.parts[name]
        if part.size > MAX_PART_BYTES:
            message = f"The part {name!r} has {part.size:,} bytes; the limit is {MAX_PART_BYTES:,}."
            raise UnreadableTemplate("too_large", message)
        content = part.data if part.method == zipfile.ZIP_STORED else _inflated(part)
        if len(content) != part.size or zlib.crc32(content) != part.crc:
            raise _damaged(f"the part {name!r} does not have its declared size or checksum")
        return content

    def replace(self, name: str, content: bytes) -> None:
        """Replace the content of a part; it is stored uncompressed."""
        crc, size = zlib.crc32(content), len(content)
        old = self.parts[name]
        self.parts[name] = CompressedPart(
            name, zipfile.ZIP_STORED, crc, size, content, old.date, old.time
        )


def _parts(source: bytes) -> list[CompressedPart]:
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _refuse_unsafe(infos)
            return [_part(source, info) for info in infos]
    except _ZIP_ERRORS as error:
        if source[:4] == b"\xd0\xcf\x11\xe0":
            raise UnreadableTemplate(
                "not_docx", "The file is an old .doc or an encrypted document, not a .docx."
            ) from error
        message = "The file is not a .docx: it is not a zip archive."
        raise UnreadableTemplate("not_zip", message) from error


def _refuse_unsafe(infos: list[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in infos]
    if len(names) > MAX_PARTS:
        raise UnreadableTemplate("too_large", f"The file has more than {MAX_PARTS} parts.")
    if len({name.lower() for name in names}) != len(names):
        raise _damaged("two parts have the same name")
    for info in infos:
        _refuse_unsafe_part(info)
    if sum(info.file_size for info in infos) > MAX_TOTAL_BYTES:
        raise UnreadableTemplate("too_large", "The file would unpack to more than 1 GB.")


def _refuse_unsafe_part(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    steps = name.split("/")
    if name.startswith("/") or ".." in steps or "\\" in name or "\0" in name or ":" in name:
        raise UnreadableTemplate(
            "unsafe_name", f"The file contains a part with the unsafe name {name!r}."
        )
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableTemplate("encrypted", f"The part {name!r} is encrypted.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _damaged(f"the part {name!r} uses a compression method that .docx does not support")
    if info.file_size > max(_CHECK_RATIO_FROM_BYTES, MAX_RATIO * info.compress_size):
        sizes = f"from {info.compress_size:,} to {info.file_size:,} bytes"
        raise UnreadableTemplate("zip_bomb", f"The part {name!r} unpacks {sizes}.")


def _part(source: bytes, info: zipfile.ZipInfo) -> CompressedPart:
    header = _LOCAL.unpack_from(source, info.header_offset)
    if header[0] != b"PK\x03\x04":
        raise _damaged(f"the part {info.filename!r} is not at its declared position")
    start = info.header_offset + _LOCAL.size + header[-2] + header[-1]
    data = source[start : start + info.compress_size]
    if len(data) != info.compress_size:
        raise _damaged(f"the part {info.filename!r} is truncated")
    return CompressedPart(
        info.filename, info.compress_type, info.CRC, info.file_size, data, header[5], header[4]
    )


def _inflated(part: CompressedPart) -> bytes:
    try:
        return zlib.decompressobj(-15).decompress(part.data, part.size + 1)
    except zlib.error as error:
        raise _damaged(f"the part {part.name!r} cannot be unpacked") from error


def _damaged(reason: str) -> UnreadableTemplate:
    return UnreadableTemplate("damaged", f"The file is damaged: {reason}.")


class PackageWriter:
    """Writes a package many times; the parts that never change are laid out once."""

    def __init__(self, package: Package, *, changing: set[str]) -> None:
        self._changing = {name: package.parts[name] for name in changing if name in package}
        unchanged = [part for part in package.parts.values() if part.name not in changing]
        self._head, self._directory = _laid_out(unchanged, offset=0)
        self._count = len(unchanged)

    def write(self, contents: Mapping[str, bytes]) -> bytes:
        """Return the file with these contents of the changing parts and of new ones."""
        changed = [self._compressed(name, content) for name, content in contents.items()]
        rest, directory = _laid_out(changed, offset=len(self._head))
        directory = self._directory + directory
        count, offset = self._count + len(changed), len(self._head) + len(rest)
        end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), offset, 0)
        return b"".join((self._head, rest, directory, end))

    def _compressed(self, name: str, content: bytes) -> CompressedPart:
        old = self._changing.get(name, _NEW_PART)
        is_stored = name.endswith(_STORED)
        return CompressedPart(
            name=name,
            method=zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED,
            crc=zlib.crc32(content),
            size=len(content),
            data=content if is_stored else _deflated(content),
            date=old.date,
            time=old.time,
        )


# 1 January 1980, the first date that a zip can hold: the same input gives the same bytes.
_NEW_PART = CompressedPart("", 8, 0, 0, b"", 0x21, 0)


def _laid_out(parts: Iterable[CompressedPart], *, offset: int) -> tuple[bytes, bytes]:
    """Return parts, each after its header, and their entries in the directory at the end."""
    pieces: list[bytes] = []
    directory: list[bytes] = []
    for part in parts:
        name, flags = part.name.encode(), 0 if part.name.isascii() else _UTF8_NAME
        fields = (part.method, part.time, part.date, part.crc, len(part.data), part.size)
        local = _LOCAL.pack(b"PK\x03\x04", 20, flags, *fields, len(name), 0) + name
        rest = (len(name), 0, 0, 0, 0, 0, offset)
        directory.append(_CENTRAL.pack(b"PK\x01\x02", 20, 20, flags, *fields, *rest) + name)
        pieces += (local, part.data)
        offset += len(local) + len(part.data)
    return b"".join(pieces), b"".join(directory)


def _deflated(content: bytes) -> bytes:
    """Compress at level 3: half the time of zlib's usual 6, for documents some 1 % larger."""
    compressor = _isal.compressobj(2, 8, -15) if _isal else zlib.compressobj(3, zlib.DEFLATED, -15)
    return bytes(compressor.compress(content) + compressor.flush())
