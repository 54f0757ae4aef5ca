"""How a sender slows down, pauses and speeds up again."""

from docgen_nb.submission.pace import Pace


def test_the_pace_falls_to_a_tenth_and_rises_to_what_was_asked_for():
    pace = Pace(60)

    for _ in range(20):
        pace.rate_limited(1.0, now=0.0)
    slowest = pace.rate
    for _ in range(100):
        pace.succeeded()

    assert (slowest, pace.rate) == (6.0, 60.0)


def test_pauses_double_up_to_a_minute_until_something_succeeds():
    pace, pauses = Pace(None), []

    for _ in range(8):
        pace.failed(now=100.0)
        pauses.append(pace.paused_until - 100.0)
    pace.succeeded()
    pace.failed(now=100.0)

    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert pace.paused_until == 101.0


def test_a_service_that_asks_for_no_pause_gets_none():
    pace = Pace(60)

    pace.rate_limited(0.0, now=100.0)

    assert pace.paused_until == 100.0
