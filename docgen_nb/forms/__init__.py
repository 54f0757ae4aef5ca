"""Forms for notebooks: views of a `BatchRequest`; they are handed a client and import none."""

from docgen_nb.forms.batch_form import BatchForm

__all__ = ["BatchForm"]
