"""What keeps Doc Gen from working here: the service, the credentials and this computer, checked."""

from docgen_nb.doctor_checks.checkup import Checkup, check_up, doctor
from docgen_nb.doctor_checks.finding import OK, WARNING, WRONG, Finding

__all__ = ["OK", "WARNING", "WRONG", "Checkup", "Finding", "check_up", "doctor"]
