"""The verbs of `manage.py audit`, one module for each kind."""
