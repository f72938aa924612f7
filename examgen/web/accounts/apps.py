"""The app of Django."""

from django.apps import AppConfig


class Accounts(AppConfig):
    """People and roles."""

    name = "examgen.web.accounts"
    label = "accounts"

    def ready(self) -> None:
        """What happens at the door is recorded from now on."""
        from examgen.web.accounts.sessions import connect

        connect()
