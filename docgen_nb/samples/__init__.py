"""Templates and data made for this project: to try things, for lessons and for tests."""

from docgen_nb.samples.correspondence import letter, letter_template
from docgen_nb.samples.notation import template
from docgen_nb.samples.past import Past, history
from docgen_nb.samples.purchase import order, order_template, orders

__all__ = [
    "Past",
    "history",
    "letter",
    "letter_template",
    "order",
    "order_template",
    "orders",
    "template",
]
