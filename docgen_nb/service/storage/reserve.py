"""A reserve of disk space in the data folder, so that files can be deleted on a full disk."""

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from docgen_nb.service.storage.private_files import write_private

BYTES = 1 << 20


class Reserve:
    """A file that is deleted when a deletion needs its space, and written again afterwards.

    While it is spent, only deletions may write: others would take the space away from them.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "reserve"

    @property
    def spent(self) -> bool:
        """Whether the space was needed and could not be taken back yet."""
        return not self._path.exists() and not self.restore()

    def spend(self) -> None:
        """Give the space to a deletion if the disk has hardly any left."""
        if shutil.disk_usage(self._path.parent).free < BYTES:
            self._path.unlink(missing_ok=True)

    def restore(self) -> bool:
        """Take the space back; False if the disk has too little."""
        if self._path.exists():
            return True
        if shutil.disk_usage(self._path.parent).free < 2 * BYTES:
            return False
        partial = self._path.with_name(f"reserve-{secrets.token_hex(4)}")
        try:
            # Random bytes, as a file system may store zeros in no space at all.
            write_private(partial, secrets.token_bytes(BYTES))
            os.replace(partial, self._path)
        except OSError:  # another process was faster to fill the disk
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            return False
        return True
