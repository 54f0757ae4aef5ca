"""The client of the Doc Gen API: one method per endpoint, lists by page, typed errors."""

from docgen_nb.client.endpoints import Client
from docgen_nb.client.listing import Listing
from docgen_nb.client.network import TIMEOUTS, Network
from docgen_nb.client.reply import read_reply
from docgen_nb.client.show_wire import show_wire
from docgen_nb.client.transport import TIME_LIMIT

__all__ = [
    "TIMEOUTS",
    "TIME_LIMIT",
    "Client",
    "Listing",
    "Network",
    "read_reply",
    "show_wire",
]
