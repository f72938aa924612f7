"""The app of Django."""

from django.apps import AppConfig


class Openings(AppConfig):
    """Secret files, opened by two people."""

    name = "examgen.web.openings"
    label = "openings"
