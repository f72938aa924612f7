"""The app of Django."""

from django.apps import AppConfig


class Jobs(AppConfig):
    """Long work."""

    name = "examgen.web.jobs"
    label = "jobs"
