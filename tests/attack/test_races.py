"""Calls at the same time that each find themselves allowed, and together break something."""

from threading import Barrier, Thread

from api import Api

PAIRS = 40


def test_two_folders_moved_into_each_other_at_once_make_no_circle(local):
    with local.session() as one, local.session() as two:
        api = Api(one, "http://docgen.local")
        sessions = (api, Api(two, "http://docgen.local"))
        for number in range(PAIRS):
            first, second = api.folder(f"a{number}"), api.folder(f"b{number}")
            statuses = move_at_once(sessions, [(first, second), (second, first)])
            assert sorted(statuses) == [200, 400]
        assert api("GET", f"/2.0/folders/{first}").status_code == 200


def move_at_once(sessions, moves):
    """Return the status of each move."""
    barrier, statuses = Barrier(len(moves)), []

    def move(api, folder, parent):
        barrier.wait()
        reply = api("PUT", f"/2.0/folders/{folder}", json={"parent": {"id": parent}})
        statuses.append(reply.status_code)

    # Daemons, so that a move that never ends fails the test instead of blocking it.
    threads = [
        Thread(target=move, args=(api, *ids), daemon=True)
        for api, ids in zip(sessions, moves, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return statuses
