"""What a learner gets for an answer, one after the other."""

import pytest

from docgen_nb.lessons.checking import EXERCISES, Learner, check, solution
from docgen_nb.lessons.exercise import NotTried, TooManyCalls, require
from docgen_nb.lessons.practice import Practice

WRONG = " "  # an empty text, which has a hint of its own


def test_the_hint_of_a_mistake_comes_first_and_then_those_of_the_exercise():
    learner = Learner()

    hints = [check("01a", WRONG, learner=learner).hint for _ in range(4)]

    _, second, third = EXERCISES["01a"].hints
    assert hints[0] not in EXERCISES["01a"].hints
    assert hints[1:] == [second, third, third]


def test_the_solution_is_shown_after_a_wrong_answer():
    learner = Learner()
    before = solution("01a", learner=learner)
    check("01a", WRONG, learner=learner)

    assert not before.passed
    assert solution("01a", learner=learner).code == EXERCISES["01a"].solution


@pytest.mark.parametrize("name", ["01a", "1a", " 01A "])
def test_an_exercise_is_found_by_its_name_in_any_case(name):
    assert check(name, None, learner=Learner()).name == "01a"


@pytest.mark.parametrize(("answer", "article"), [(1, "an int"), ("x", "a str")])
def test_the_type_of_an_answer_has_its_article(answer, article):
    with pytest.raises(NotTried, match=f"The answer is {article} "):
        require(answer, list, "a list")


def test_a_practice_answers_so_many_calls_and_no_more():
    practice = Practice(most_calls=3)
    for _ in range(3):
        practice.box.get_me()

    with pytest.raises(TooManyCalls, match="It made 3 calls"):
        practice.box.get_me()


def test_a_refused_call_says_how_long_until_one_is_free():
    practice = Practice(calls_per_minute=1)
    practice.call("portal", "GET", "/2.0/users/me")
    practice.wait(0.5)

    refused = practice.call("portal", "GET", "/2.0/users/me")
    practice.wait(int(refused.headers["Retry-After"]))

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert practice.call("portal", "GET", "/2.0/users/me").status_code == 200
