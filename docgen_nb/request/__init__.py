"""A batch before it is sent: the request, the rows of its data, and the calls that send it."""

from docgen_nb.request.batch_request import BatchRequest
from docgen_nb.request.reading import read_table
from docgen_nb.request.tables import rows_from_table
from docgen_nb.request.typed import value_of

__all__ = ["BatchRequest", "read_table", "rows_from_table", "value_of"]
