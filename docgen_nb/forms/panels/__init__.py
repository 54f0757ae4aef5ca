"""Panels that stand alone: jobs, template explorer, login, preview."""
