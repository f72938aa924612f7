"""The Django app of accounts."""

from django.apps import AppConfig


class Accounts(AppConfig):
    """Users and roles."""

    name = "examgen.site.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Connects the recording of sign-ins, and replaces allauth's recovery codes by hashed ones."""
        from examgen.site.accounts import factors, sessions

        factors.install()
        sessions.connect()
