"""The app of Django."""

from django.apps import AppConfig


class Accounts(AppConfig):
    """People and roles."""

    name = "examgen.site.accounts"
    label = "accounts"

    def ready(self) -> None:
        """What happens at the door is recorded from now on; emergency codes are hashed."""
        from examgen.site.accounts import factors, sessions

        factors.install()
        sessions.connect()
