"""The app of Django."""

from django.apps import AppConfig


class Sittings(AppConfig):
    """Sittings, of which the database holds only who stated that they were held."""

    name = "examgen.web.sittings"
    label = "sittings"
