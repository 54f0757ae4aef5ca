"""The store closes connections that are no longer used."""

import os
import threading
from pathlib import Path

import pytest

from docgen_nb.service.storage.store import Store


def open_files(folder):
    """Return how often this process has the database open."""
    links = Path("/proc/self/fd").iterdir()
    targets = [os.readlink(link) for link in links if link.is_symlink()]
    return targets.count(str(folder / "docgen.sqlite"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files in /proc")
def test_the_connection_of_a_finished_thread_is_closed(tmp_path):
    store = Store(tmp_path)
    seen = []

    def read():
        assert store.first("SELECT count(*) AS n FROM jobs")["n"] == 0
        seen.append(open_files(tmp_path))

    for _ in range(20):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert len(seen) == 20
    assert max(seen) <= 3  # SQLite may keep one file open for its locks
    store.close()
    assert open_files(tmp_path) == 0


def test_ctrl_c_inside_a_write_leaves_the_data_as_they_were(tmp_path):
    def interrupted(db):
        db.execute("DELETE FROM settings")
        raise KeyboardInterrupt

    store = Store(tmp_path)
    with pytest.raises(KeyboardInterrupt), store.write() as db:
        interrupted(db)

    assert store.one("SELECT count(*) FROM settings")[0] == 1
    with store.write() as db:
        db.execute("DELETE FROM settings")
    assert store.one("SELECT count(*) FROM settings")[0] == 0
    store.close()


def test_content_that_somebody_keeps_is_not_deleted_before_a_version_names_it(tmp_path):
    store = Store(tmp_path)
    with store.use():
        blob = store.contents.keep_bytes(b"abc")
        other = threading.Thread(target=store.delete_unnamed, args=([blob.sha256],))
        other.start()
        other.join()
        assert store.contents.path(blob.sha256).read_bytes() == b"abc"
    assert not store.contents.path(blob.sha256).exists()  # no version named it
    store.close()
