from docgen_nb.forms.results.progress import pace


def test_the_pace_is_shown_once_it_can_be_measured():
    assert pace(0, count=5, seconds=100) == ""
    assert pace(3, count=5, seconds=2.9) == ""
    assert pace(3, count=6, seconds=3) == "60 per minute, about 3 s left."
    assert pace(1, count=200, seconds=60) == "1 per minute, about 3 h left."
    assert pace(1, count=2, seconds=1200) == "3 per hour, about 20 min left."
    assert pace(2, count=2, seconds=4) == "30 per minute."
