"""A site: its workspace, state folder, database and addresses.

They come from environment variables, so that the server, the workers and Django's commands agree. `examgen
serve` sets the variables from its options.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.changes import changing
from examgen.core.files import new_file
from examgen.core.problems import WrongUsage

STATE = ".examgen-web"
"""The folder of a workspace for what only the site needs: database, secrets, uploads."""
DATABASE = "site.sqlite3"
"""The file of the embedded database in the state folder."""
ID = "workspace-id"
"""The file with the id of the workspace in the state folder."""
_PRIVATE = 0o700


class Site(NamedTuple):
    """A site: `database` is a URL (`postgresql://…`), or empty for the file in its state folder."""

    workspace: Path
    database: str
    hosts: tuple[str, ...]
    """The host names that requests may use."""
    is_secure: bool
    """Whether users reach it by HTTPS, possibly through a proxy. Cookies are then sent only by HTTPS."""
    is_demo: bool
    """Whether its users are fictitious, so that no second factor is required."""

    @property
    def state(self) -> Path:
        """The state folder of the site, accessible only to its owner."""
        return self.workspace / STATE

    @property
    def uploads(self) -> Path:
        """The folder of uploaded files, each in a folder of its own, until they are used or expire."""
        return self.state / "uploads"

    def prepare(self) -> None:
        """Makes the folders, which git ignores."""
        self.state.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        self.uploads.mkdir(mode=_PRIVATE, exist_ok=True)
        ignored = self.state / ".gitignore"
        if not ignored.is_file():
            ignored.write_text("*\n", "ascii")

    def locale(self) -> Path:
        """Returns the folder with this site's translations of Django's own messages, compiled for Django."""
        self.prepare()
        written = Path(__file__).with_name("locale")
        source = written / "th" / "LC_MESSAGES" / "django.po"
        made = self.state / "locale" / "th" / "LC_MESSAGES" / "django.mo"
        if not made.is_file() or made.stat().st_mtime < source.stat().st_mtime:
            from babel.messages.mofile import write_mo
            from babel.messages.pofile import read_po

            with source.open("rb") as file:
                catalogue = read_po(file, locale="th")
            made.parent.mkdir(parents=True, exist_ok=True)
            with new_file(made) as file:
                write_mo(file, catalogue)
        return self.state / "locale"

    def secret(self) -> str:
        """Returns the key that signs sessions and links. It is made on first use and readable only by the
        owner."""
        return self.token("secret")

    def token(self, name: str, n_bytes: int = 64) -> str:
        """Returns the secret with that name. It is made on first use and readable only by the owner."""
        self.prepare()
        path = self.state / name
        if not path.is_file():
            with changing(self.state):  # two processes that start together
                if not path.is_file():
                    self._write(name, n_bytes)
        return path.read_text("ascii")

    def _write(self, name: str, n_bytes: int) -> None:
        with new_file(self.state / name) as file:
            file.write(secrets.token_hex(n_bytes).encode())

    def id(self) -> str:
        """Returns the id of the workspace, which a copy of the folder shares."""
        return self.token(ID, 16)

    def mark(self) -> str:
        """Returns the suffix of the names of its cookies, because a browser sends the cookies of all sites on
        a host to each of them."""
        return hashlib.sha256(f"{self.id()} {self.workspace}".encode()).hexdigest()[:8]

    def connection(self) -> dict[str, Any]:
        """Returns Django's settings of the database. Raises WrongUsage if the URL is not one of
        PostgreSQL."""
        if not self.database:
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(self.state / DATABASE),
                "CONN_MAX_AGE": None,  # to open it takes as long as three questions
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",  # a reader that turns writer would fail at once
                    "timeout": 20,
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
                },
            }
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        try:  # as PostgreSQL's own programs read it: a folder of sockets, sslmode and all
            said = conninfo_to_dict(self.database)
        except ProgrammingError:
            said = {}
        if not self.database.startswith(("postgresql://", "postgres://")) or not said.get("dbname"):
            raise WrongUsage.because("the database is to be a URL: postgresql://USER:PASSWORD@HOST:PORT/NAME")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": said.pop("dbname"),
            "USER": said.pop("user", ""),
            "PASSWORD": said.pop("password", ""),
            "HOST": said.pop("host", ""),
            "PORT": str(said.pop("port", "")),
            "OPTIONS": said,
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }


def site_of(environment: Mapping[str, str] = os.environ) -> Site:
    """Returns the site described by the environment variables. Without a workspace in them, it is the current
    folder."""

    def said(name: str) -> bool:
        return environment.get(name, "") not in {"", "0"}

    hosts = environment.get("EXAMGEN_HOSTS", "localhost,127.0.0.1,[::1]")
    return Site(
        Path(environment.get("EXAMGEN_WORKSPACE") or Path.cwd()).resolve(),
        environment.get("EXAMGEN_DATABASE", ""),
        tuple(one.strip() for one in hosts.split(",") if one.strip()),
        said("EXAMGEN_HTTPS"),
        said("EXAMGEN_DEMO"),
    )
