"""The history of jobs, kept in one SQLite file."""

from docgen_nb.ledger.ledger import Ledger as Ledger
from docgen_nb.ledger.sync import SyncResult as SyncResult
