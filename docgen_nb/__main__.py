"""`python -m docgen_nb` is `docgen-nb`."""

import sys

from docgen_nb.cli import main

sys.exit(main())
