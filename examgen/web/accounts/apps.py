"""The app of Django."""

from django.apps import AppConfig


class Accounts(AppConfig):
    """People and roles."""

    name = "examgen.web.accounts"
    label = "accounts"
