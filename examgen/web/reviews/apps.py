"""The app of Django."""

from django.apps import AppConfig


class Reviews(AppConfig):
    """Rounds of review."""

    name = "examgen.web.reviews"
    label = "reviews"
