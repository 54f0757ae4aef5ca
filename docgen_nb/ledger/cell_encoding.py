"""Encoding many counts as one compressed value.

A row for each of two million counts would take a tenth of the file and a second to read.
"""

import sqlite3
import struct
import zlib
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

Cells = npt.NDArray[np.int64]  # one column per cell: its keys, then its number of jobs
_SHAPE, _COLUMN = struct.Struct("<BI"), struct.Struct("<qB")
_SIZES = (1, 2, 4, 8)


class Unreadable(sqlite3.DatabaseError):
    """A damaged value."""


def pack(cells: Cells) -> bytes:
    """Encode cells as one value.

    >>> unpack(pack(np.array([[7, 8], [-1, 70000], [2, 1]]))).tolist()
    [[7, 8], [-1, 70000], [2, 1]]
    """
    pieces = [_SHAPE.pack(*cells.shape)]
    for numbers in cells:
        low = int(numbers.min())
        size = _size(int(numbers.max()) - low)
        pieces += [_COLUMN.pack(low, size), (numbers - low).astype(f"<u{size}").tobytes()]
    return zlib.compress(b"".join(pieces), 1)


def _size(most: int) -> int:
    return next(size for size in _SIZES if most < 1 << 8 * size)


def unpack(packed: bytes) -> Cells:
    """Decode the cells of a value."""
    try:
        content = zlib.decompress(packed)  # verifies a checksum
    except zlib.error as error:
        raise Unreadable("its rollups cannot be read") from error
    height, length = _SHAPE.unpack_from(content)
    cells = np.empty((height, length), dtype="int64")
    offset = _SHAPE.size
    for row in range(height):
        low, size = _COLUMN.unpack_from(content, offset)
        cells[row] = np.frombuffer(content, f"<u{size}", length, offset + _COLUMN.size)
        cells[row] += low
        offset += _COLUMN.size + size * length
    return cells


def merge_cells(cells: Cells) -> Cells:
    """Sort cells by their keys, merge equal keys, and drop cells without jobs.

    >>> merge_cells(np.array([[3, 1, 3, 2], [0, 0, 0, 0], [1, 5, 1, 0]])).tolist()
    [[1, 3], [0, 0], [5, 2]]
    """
    if cells.shape[1] == 0:
        return cells
    if len(cells) == 1:
        cells = cells.sum(axis=1, keepdims=True)
        return cells[:, cells[0] != 0]
    order, is_first = _ordered(cells[:-1])
    starts = np.flatnonzero(is_first)
    merged: Cells = cells[:, order[starts]]
    merged[-1] = np.add.reduceat(cells[-1, order], starts)
    return merged[:, merged[-1] != 0]


def _ordered(keys: Cells) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the order of the keys, and where a key differs from the one before it."""
    lows = [int(key.min()) for key in keys]
    sizes = [int(key.max()) - low + 1 for key, low in zip(keys, lows, strict=True)]
    is_first = np.ones(keys.shape[1], dtype=bool)
    if prod(sizes) >= 1 << 62:  # too far apart to combine the keys in one number
        order = np.lexsort(keys[::-1])
        is_first[1:] = (np.diff(keys[:, order], axis=1) != 0).any(axis=0)
        return order, is_first
    number = np.zeros(keys.shape[1], dtype="int64")
    for key, low, size in zip(keys, lows, sizes, strict=True):
        number *= size
        number += key - low
    order = number.argsort(kind="stable")
    is_first[1:] = np.diff(number[order]) != 0
    return order, is_first
