import pytest

from docgen_nb.errors import NotFound, Unreachable
from docgen_nb.forms.error_display import guarded, sentence


def act_raising(error):
    def act(*arguments):
        raise error

    return act


def test_what_goes_well_is_left_alone():
    shown, got = [], []
    guarded(got.append, show=lambda *words: shown.append(words))(1)
    assert (got, shown) == ([1], [])


def test_an_error_of_the_package_is_settled_by_showing_it():
    shown = []
    error = NotFound(status=404, code="not_found", message="Not Found")
    guarded(act_raising(error), show=lambda *words: shown.append(words))()
    [(text, trace)] = shown
    assert text == "NotFound: 404 not_found: Not Found"
    assert trace.startswith("Traceback (most recent call last):\n")


def test_any_other_error_is_shown_and_raised():
    shown = []
    with pytest.raises(KeyError):
        guarded(act_raising(KeyError("a")), show=lambda *words: shown.append(words))()
    assert [text for text, _ in shown] == ["KeyError: 'a'"]


def test_a_stop_by_the_person_is_no_error():
    shown = []
    with pytest.raises(KeyboardInterrupt):
        guarded(act_raising(KeyboardInterrupt()), show=lambda *words: shown.append(words))()
    assert shown == []


def test_a_sentence_has_the_notes_and_no_empty_message():
    error = Unreachable("No reply.")
    error.add_note("It may exist.")
    assert sentence(error) == "Unreachable: No reply. It may exist."
    assert sentence(Unreachable()) == "Unreachable"
