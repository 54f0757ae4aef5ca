"""What the store holds on to, and what it lets go."""

import threading

from docgen_nb.service.storage.store import Store


def test_a_thread_that_ended_leaves_no_connection_open(tmp_path):
    store = Store(tmp_path)
    seen = []

    def read():
        seen.append(store.first("SELECT count(*) AS n FROM jobs")["n"])
        seen.append(len(store._connections))

    for _ in range(20):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert seen == [0, 2] * 20
    assert len(store._connections) == 1
    store.close()
    assert len(store._connections) == 0
