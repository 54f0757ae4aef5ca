"""A batch before it is sent: the request, its data from tables, and code that sends it."""

from docgen_nb.request.batch_request import BatchRequest, same_name
from docgen_nb.request.row_files import RowFile, numbered
from docgen_nb.request.table_files import read_table
from docgen_nb.request.table_limits import TableLimits
from docgen_nb.request.table_rows import rows_from_table
from docgen_nb.request.typed_values import value_of

__all__ = [
    "BatchRequest",
    "RowFile",
    "TableLimits",
    "numbered",
    "read_table",
    "rows_from_table",
    "same_name",
    "value_of",
]
