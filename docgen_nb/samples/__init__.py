"""Templates and data made for this project: to try things, for lessons and for tests."""

from docgen_nb.samples.letters import letter, letter_template
from docgen_nb.samples.notation import template
from docgen_nb.samples.purchase_orders import order, order_template, orders
from docgen_nb.samples.seeded_history import Past, history

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
