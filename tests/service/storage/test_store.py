"""The store closes connections that are no longer used."""

import threading

from docgen_nb.service.storage.store import Store


def test_the_connection_of_a_finished_thread_is_closed(tmp_path):
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
