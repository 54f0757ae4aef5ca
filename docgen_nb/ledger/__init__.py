"""What was seen of jobs, kept in one SQLite file."""

from docgen_nb.ledger.ledger import Ledger as Ledger
from docgen_nb.ledger.sync import Synced as Synced
from docgen_nb.ledger.sync import sync as sync
