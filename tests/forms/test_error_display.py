import pytest

from docgen_nb.errors import NotFound, Unreachable
from docgen_nb.forms.error_display import message_of, wrap_callback


def raising(error):
    def callback(*arguments):
        raise error

    return callback


def test_a_callback_without_errors_shows_nothing():
    shown, called = [], []
    wrap_callback(called.append, show=lambda *texts: shown.append(texts))(1)
    assert (called, shown) == ([1], [])


def test_an_error_of_the_package_is_shown():
    shown = []
    error = NotFound(status=404, code="not_found", message="Not Found")
    wrap_callback(raising(error), show=lambda *texts: shown.append(texts))()
    [(text, trace)] = shown
    assert text == "NotFound: 404 not_found: Not Found"
    assert trace.startswith("Traceback (most recent call last):\n")


def test_any_other_error_is_shown_and_raised():
    shown = []
    with pytest.raises(KeyError):
        wrap_callback(raising(KeyError("a")), show=lambda *texts: shown.append(texts))()
    assert [text for text, _ in shown] == ["KeyError: 'a'"]


def test_an_interrupt_is_not_shown():
    shown = []
    with pytest.raises(KeyboardInterrupt):
        wrap_callback(raising(KeyboardInterrupt()), show=lambda *texts: shown.append(texts))()
    assert shown == []


def test_a_message_has_the_notes_of_the_error():
    error = Unreachable("No reply.")
    error.add_note("It may exist.")
    assert message_of(error) == "Unreachable: No reply. It may exist."
    assert message_of(Unreachable()) == "Unreachable"
