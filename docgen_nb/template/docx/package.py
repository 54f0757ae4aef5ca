"""A .docx as a zip of parts: opened once under limits, written again by handing bytes over."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from docgen_nb.errors import UnreadableTemplate

MAX_FILE_BYTES = 100 * 1024 * 1024  # Box's help page on Doc Gen limitations
MAX_PARTS = 5000
MAX_PART_BYTES = 16 * 1024 * 1024  # of a part that is read: XML; Word's own are far smaller
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
MAX_RATIO = 300  # deflate reaches 1030; repetitive documents reach about 60
_RATIO_MATTERS_FROM = 1024 * 1024

# The accelerator of the extra `fast`: the same format, packed several times as quickly.
_fast: Any = import_module("isal.isal_zlib") if find_spec("isal") else None

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_UTF8_NAME = 0x800
# Compressed already, or too small to gain.
_STORED = (".png", ".jpeg", ".gif", ".rels", "[Content_Types].xml")
_ENCRYPTED = 0x1
Known = tuple[int, int, int, int, int, int]  # method, time, date, crc, size packed and unpacked
# What zipfile raises for bytes that are no sound zip.
_ZIP_FAULTS = (
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
class Part:
    """One file of the package, still compressed."""

    name: str
    method: int
    crc: int
    size: int
    data: bytes
    date: int
    time: int


class Package:
    """The parts of a .docx in their order."""

    def __init__(self, source: bytes) -> None:
        if len(source) > MAX_FILE_BYTES:
            raise UnreadableTemplate(
                "too_large", f"The file has {len(source)} bytes; a template may have 100 MB."
            )
        self.parts = {part.name: part for part in _parts(source)}

    def __contains__(self, name: str) -> bool:
        return name in self.parts

    def read(self, name: str) -> bytes:
        """The content of a part, never more than it declares and never over the limit."""
        part = self.parts[name]
        if part.size > MAX_PART_BYTES:
            raise UnreadableTemplate(
                "too_large",
                f"The part {name!r} has {part.size} bytes; the limit is {MAX_PART_BYTES}.",
            )
        content = part.data if part.method == zipfile.ZIP_STORED else _inflated(part)
        if len(content) != part.size or zlib.crc32(content) != part.crc:
            raise _damaged(f"the part {name!r} does not have the size or checksum it declares")
        return content


def _parts(source: bytes) -> list[Part]:
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _refuse_unsafe(infos)
            return [_part(source, info) for info in infos]
    except _ZIP_FAULTS as fault:
        if source[:4] == b"\xd0\xcf\x11\xe0":
            raise UnreadableTemplate(
                "not_docx", "The file is an old .doc or an encrypted document, not a .docx."
            ) from fault
        raise UnreadableTemplate("not_zip", "The file is no zip archive, so no .docx.") from fault


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
        raise UnreadableTemplate("unsafe_name", f"The file holds a part with the name {name!r}.")
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableTemplate("encrypted", f"The part {name!r} is encrypted.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _damaged(f"the part {name!r} is compressed in a way that .docx does not know")
    if info.file_size > max(_RATIO_MATTERS_FROM, MAX_RATIO * info.compress_size):
        raise UnreadableTemplate(
            "zip_bomb",
            f"The part {name!r} unpacks from {info.compress_size} to {info.file_size} bytes.",
        )


def _part(source: bytes, info: zipfile.ZipInfo) -> Part:
    header = _LOCAL.unpack_from(source, info.header_offset)
    if header[0] != b"PK\x03\x04":
        raise _damaged(f"the part {info.filename!r} is not where the zip says")
    start = info.header_offset + _LOCAL.size + header[-2] + header[-1]
    data = source[start : start + info.compress_size]
    if len(data) != info.compress_size:
        raise _damaged(f"the part {info.filename!r} is cut off")
    return Part(
        info.filename, info.compress_type, info.CRC, info.file_size, data, header[5], header[4]
    )


def _inflated(part: Part) -> bytes:
    try:
        return zlib.decompressobj(-15).decompress(part.data, part.size + 1)
    except zlib.error as fault:
        raise _damaged(f"the part {part.name!r} cannot be unpacked") from fault


def _damaged(why: str) -> UnreadableTemplate:
    return UnreadableTemplate("damaged", f"The file is damaged: {why}.")


class Edges:
    """The constant beginning and end of a part, deflated once for all documents.

    Each is a stream of its own: deflate lets a stream follow another that was flushed to a whole
    byte. Of 18 kB of XML with 1.5 kB before its first tag and 0.8 kB behind its last, this saves
    a quarter of the packing and costs 140 bytes.
    """

    def __init__(self, start: bytes, end: bytes) -> None:
        self._start, self._end = start, end
        self._small_start = _flushed(start) if len(start) >= _WORTH_A_STREAM else b""
        self._small_end = _deflated(end) if len(end) >= _WORTH_A_STREAM else b""
        self._crc = zlib.crc32(start)

    def packed(self, middle: bytes) -> tuple[bytes, int, int]:
        """The whole part deflated, its checksum and its size unpacked."""
        packer = _packer()
        first = self._small_start or packer.compress(self._start)
        small = packer.compress(middle)
        if self._small_end:
            last = (packer.flush(zlib.Z_SYNC_FLUSH), self._small_end)
        else:
            last = (packer.compress(self._end), packer.flush())
        crc = zlib.crc32(self._end, zlib.crc32(middle, self._crc))
        size = len(self._start) + len(middle) + len(self._end)
        return b"".join((first, small, *last)), crc, size


_WORTH_A_STREAM = 256  # bytes: shorter ends, and shorter beginnings, are packed with the rest


class Writer:
    """Writes a package again and again: what never changes is laid out once, in its `head`."""

    def __init__(
        self,
        package: Package,
        *,
        changing: set[str],
        edges: Mapping[str, Edges] | None = None,
        replaced: Mapping[str, bytes] | None = None,
    ) -> None:
        self._templates = {name: package.parts[name] for name in changing if name in package}
        self._edges = edges or {}
        head, directory, offset = [], [], 0
        for part in _parts_with(replaced or {}, package):
            if part.name not in changing:
                known = (part.method, part.time, part.date, part.crc, len(part.data), part.size)
                local, central = _records(part.name, known, offset)
                head += [local, part.data]
                directory.append(central)
                offset += len(local) + len(part.data)
        self.head = b"".join(head)
        self._directory = b"".join(directory)
        self._count = len(directory)

    def write(self, contents: Mapping[str, bytes]) -> bytes:
        """The whole file, with these contents for the changing parts (and for new ones).

        Of a part with edges the content is only what stands between them.
        """
        pieces, directory, offset = [self.head], [self._directory], len(self.head)
        for name, content in contents.items():
            like = self._templates.get(name, _NEW_PART)
            method, data, crc, size = self._packed(name, content)
            known = (method, like.time, like.date, crc, len(data), size)
            local, central = _records(name, known, offset)
            pieces += (local, data)
            directory.append(central)
            offset += len(local) + len(data)
        central_bytes = b"".join(directory)
        count = self._count + len(contents)
        end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(central_bytes), offset, 0)
        return b"".join((*pieces, central_bytes, end))

    def _packed(self, name: str, content: bytes) -> tuple[int, bytes, int, int]:
        """Method, data as they lie in the zip, checksum, and size unpacked."""
        if name in self._edges:
            return 8, *self._edges[name].packed(content)
        if name.endswith(_STORED):
            return 0, content, zlib.crc32(content), len(content)
        return 8, _deflated(content), zlib.crc32(content), len(content)


def _parts_with(replaced: Mapping[str, bytes], package: Package) -> Iterator[Part]:
    """The parts of a package, some with a content of their own, which is stored as it is."""
    for part in package.parts.values():
        content = replaced.get(part.name)
        if content is None:
            yield part
        else:
            crc, size = zlib.crc32(content), len(content)
            yield replace(part, method=zipfile.ZIP_STORED, data=content, crc=crc, size=size)


# 1 January 1980, the first day that a zip can name: the same input gives the same bytes.
_NEW_PART = Part("", 8, 0, 0, b"", 0x21, 0)


def _records(name: str, known: Known, offset: int) -> tuple[bytes, bytes]:
    """The header before a part's data, and its line in the directory at the end."""
    encoded, flags = name.encode(), 0 if name.isascii() else _UTF8_NAME
    local = _LOCAL.pack(b"PK\x03\x04", 20, flags, *known, len(encoded), 0)
    behind = (len(encoded), 0, 0, 0, 0, 0, offset)
    central = _CENTRAL.pack(b"PK\x01\x02", 20, 20, flags, *known, *behind)
    return local + encoded, central + encoded


def _deflated(content: bytes) -> bytes:
    packer = _packer()
    return bytes(packer.compress(content) + packer.flush())


def _flushed(content: bytes) -> bytes:
    """Deflated up to a whole byte, for another stream to follow."""
    packer = _packer()
    return bytes(packer.compress(content) + packer.flush(zlib.Z_SYNC_FLUSH))


def _packer() -> Any:
    """Level 5 takes a fifth less time than zlib's usual 6, and a document grows by some 1 %."""
    return _fast.compressobj(2, 8, -15) if _fast else zlib.compressobj(5, zlib.DEFLATED, -15)
