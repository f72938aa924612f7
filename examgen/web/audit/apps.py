"""The app of Django."""

from django.apps import AppConfig


class Audit(AppConfig):
    """The record of who did what."""

    name = "examgen.web.audit"
    label = "audit"
