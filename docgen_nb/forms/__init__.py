"""Forms for notebooks: views of a `BatchRequest`; they are handed a client and import none."""

from docgen_nb.forms.batch_form.form import BatchForm
from docgen_nb.forms.panels.jobs import JobsPanel
from docgen_nb.forms.panels.login import LoginForm
from docgen_nb.forms.panels.template_explorer import TemplateExplorer
from docgen_nb.forms.table_editor import TableEditor

__all__ = ["BatchForm", "JobsPanel", "LoginForm", "TableEditor", "TemplateExplorer"]
