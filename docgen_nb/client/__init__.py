"""The client: one method per endpoint, listings that walk their pages, and errors with fields."""

from docgen_nb.client.endpoints import Client
from docgen_nb.client.listing import Listing
from docgen_nb.client.reply import read_reply

__all__ = ["Client", "Listing", "read_reply"]
