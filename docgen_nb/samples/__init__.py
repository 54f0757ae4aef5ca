"""Sample templates, data and job histories, for lessons and tests."""

from docgen_nb.samples.letters import letter, letter_template
from docgen_nb.samples.notation import template
from docgen_nb.samples.purchase_orders import order, order_template, orders
from docgen_nb.samples.seeded_history import SeededHistory, history

__all__ = [
    "SeededHistory",
    "history",
    "letter",
    "letter_template",
    "order",
    "order_template",
    "orders",
    "template",
]
