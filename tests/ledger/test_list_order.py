"""Tests of syncing a list that begins with the oldest job, and of one that changes its order."""

import pytest
from ledger.fake_client import Box, Pages

from docgen_nb import samples, wire
from docgen_nb.connection import connect
from docgen_nb.ledger import Ledger
from docgen_nb.service import LocalDocGen


def box_of(jobs, *, oldest_first=True, page_size=4):
    box = Box(page_size=page_size)
    box.oldest_first = oldest_first
    add(box, 0, jobs)
    return box


def add(box, start, end, status="failed"):
    for number in range(start, end):
        hour, minute = divmod(number, 60)
        box.add(str(100 + number), status, f"2026-03-02T{hour:02}:{minute:02}:00Z")


def lists(box):
    """Return where the pages begin that were read since the last time this was called."""
    starts, box.starts = box.starts, []
    return starts


def test_a_list_that_begins_with_the_oldest_job_is_continued_at_its_end(ledger, clock):
    box = box_of(10)
    first = ledger.sync(box, clock=clock)
    assert (first.new, first.order, first.whole) == (10, "oldest first", True)
    assert lists(box) == [0, 4, 8]

    nothing = ledger.sync(box, clock=clock)
    assert (nothing.new, nothing.order, nothing.whole) == (0, "oldest first", False)
    assert lists(box) == [8]

    add(box, 10, 17)
    more = ledger.sync(box, clock=clock)
    assert (more.new, len(ledger.jobs())) == (7, 17)
    assert lists(box) == [8, 12, 16]

    ledger.sync(box, clock=clock)
    assert lists(box) == [16]


@pytest.mark.parametrize(("minutes", "order"), [(10, "oldest first"), (11, "")])
def test_neighbors_may_be_listed_the_wrong_way_round_for_ten_minutes(ledger, clock, minutes, order):
    box = box_of(30)
    box.job("115")["created_at"] = f"2026-03-02T00:{14 - minutes:02}:00Z"  # the one before: 00:14

    assert ledger.sync(box, clock=clock).order == order


def test_neighbors_the_wrong_way_round_do_not_end_a_list_of_known_jobs(ledger, clock):
    box = box_of(10, page_size=2)
    first, second = box.job("100"), box.job("101")
    first["created_at"], second["created_at"] = second["created_at"], first["created_at"]
    ledger.sync(box, clock=clock)
    add(box, 10, 12)
    box.markers_refused = True

    assert ledger.sync(box, clock=clock).new == 2


class PagesWithGaps(Pages):
    """A listing with an empty page after each."""

    def pages(self, kind):
        for page in super().pages(kind):
            yield page
            yield []


def test_an_empty_page_does_not_end_the_list(ledger, clock):
    box = box_of(2, oldest_first=False, page_size=2)
    ledger.sync(box, clock=clock)
    add(box, 2, 7)
    box.list_jobs = lambda *, limit, marker=None: PagesWithGaps(box, "jobs", box.jobs)

    assert ledger.sync(box, clock=clock).new == 5


def test_the_whole_list_is_read_on_request(ledger, clock):
    box = box_of(10)
    ledger.sync(box, clock=clock)
    lists(box)

    assert ledger.sync(box, whole=True, clock=clock).whole
    assert lists(box) == [0, 4, 8]


def test_the_whole_list_is_read_if_the_marker_is_refused(ledger, clock):
    box = box_of(10)
    ledger.sync(box, clock=clock)
    add(box, 10, 12)
    box.markers_refused = True
    lists(box)

    result = ledger.sync(box, clock=clock)

    assert (result.new, result.whole) == (2, True)
    assert lists(box) == [8, 0, 4, 8]


def test_jobs_that_leave_the_list_move_the_rest_and_nothing_is_lost(ledger, clock):
    box = box_of(10)
    ledger.sync(box, clock=clock)
    del box.jobs[-3:]  # the oldest: what was on the last page is now before it
    add(box, 10, 16)

    assert ledger.sync(box, clock=clock).new == 6
    assert len(ledger.jobs()) == 16


@pytest.mark.parametrize("oldest_first", [True, False])
def test_a_list_that_changes_its_order_loses_nothing(ledger, clock, oldest_first):
    box = box_of(10, oldest_first=oldest_first)
    first = ledger.sync(box, clock=clock)
    box.oldest_first = not oldest_first
    add(box, 10, 15)
    second = ledger.sync(box, clock=clock)

    orders = ["oldest first", "newest first"]
    assert [first.order, second.order] == (orders if oldest_first else orders[::-1])
    assert (second.new, len(ledger.jobs())) == (5, 15)


def test_open_jobs_before_the_marker_are_still_read(ledger, clock):
    box = Box(page_size=4)
    box.oldest_first = True
    add(box, 0, 1, status="pending")
    add(box, 1, 10)
    ledger.sync(box, clock=clock)
    box.end("100", "failed")

    assert ledger.sync(box, clock=clock).changed == 1


def test_a_hundred_new_jobs_take_two_pages_of_the_service(tmp_path):
    with (
        LocalDocGen() as local,
        local.session() as session,
        connect(wire.LOCAL_URL, session=session) as box,
        Ledger(tmp_path / "history.sqlite") as ledger,
    ):
        samples.history(local, jobs=2950, days=30, seed=1)
        ledger.sync(box)
        samples.history(local, jobs=100, days=1, seed=2)
        earlier = count_lists(local)
        result = ledger.sync(box)
        pages = count_lists(local) - earlier

    assert (result.new, result.order, pages) == (100, "oldest first", 2)


def count_lists(local):
    return sum(call.path == wire.JOBS for call in local.log)
