"""What can be done about a problem of several documents."""

import pytest

from docgen_nb.forms.batch_form.problem_placement import Issue
from docgen_nb.forms.batch_form.status import FILL, SHOW, by_cause


@pytest.mark.parametrize(
    ("indexes", "is_everywhere", "can_fill", "actions"),
    [
        ((0, 2), False, True, [SHOW, FILL]),
        ((0, 2), False, False, [SHOW]),
        ((0, 1, 2), True, True, [FILL]),
        ((0,), False, True, []),
    ],
)
def test_a_problem_of_some_documents_can_be_shown_and_that_of_all_filled_in(
    indexes, is_everywhere, can_fill, actions
):
    issue = Issue(
        *("Missing", "Name", "", "name", indexes[0], indexes),
        blocks=True,
        is_gap=True,
        is_everywhere=is_everywhere,
        can_fill=can_fill,
    )

    [(cause, [item])] = by_cause([issue])

    assert cause == "Missing"
    assert [action for action, _ in item.actions] == actions
