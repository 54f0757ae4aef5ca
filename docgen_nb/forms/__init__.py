"""Forms for notebooks: views of a `BatchRequest`; they are handed a client and import none."""

from docgen_nb.forms.batch_form import BatchForm
from docgen_nb.forms.explorer import TemplateExplorer
from docgen_nb.forms.jobs_panel import JobsPanel
from docgen_nb.forms.login_form import LoginForm
from docgen_nb.forms.table_editor import TableEditor

__all__ = ["BatchForm", "JobsPanel", "LoginForm", "TableEditor", "TemplateExplorer"]
