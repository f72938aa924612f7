"""Where a site runs: its workspace, what it keeps beside it, its database, its address.

All of it comes from the environment, so that the server, the workers and the commands of Django agree;
`examgen serve` fills the environment from its options.
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
from examgen.core.words import tell

STATE = ".examgen-web"
"""The folder of a workspace that holds what only the site needs: database, secret, uploads."""
DATABASE = "site.sqlite3"
"""The embedded database, a file there."""
ID = "workspace-id"
"""The file there that has the id of the workspace."""
_PRIVATE = 0o700


class Site(NamedTuple):
    """A site: `database` is a URL (`postgresql://…`), or empty for the file in its state folder."""

    workspace: Path
    database: str
    hosts: tuple[str, ...]
    """Names that a request may call it by."""
    is_secure: bool
    """Whether people reach it by HTTPS, if only through a proxy: cookies then never go elsewhere."""
    is_demo: bool
    """Whether people are made up: then no second factor is asked for."""

    @property
    def state(self) -> Path:
        """What the site keeps, for its owner alone."""
        return self.workspace / STATE

    @property
    def uploads(self) -> Path:
        """Files that people sent, each in a folder of its own, until they are taken over or out of date."""
        return self.state / "uploads"

    def prepare(self) -> None:
        """Makes the folders; git leaves them out."""
        self.state.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        self.uploads.mkdir(mode=_PRIVATE, exist_ok=True)
        ignored = self.state / ".gitignore"
        if not ignored.is_file():
            ignored.write_text("*\n", "ascii")

    def locale(self) -> Path:
        """The folder of what Django says otherwise here than elsewhere, as Django reads it."""
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
        """What sessions and links are signed with: made once, read by the owner alone."""
        return self.token("secret")

    def token(self, name: str, n_bytes: int = 64) -> str:
        """A secret by its name: made once, read by the owner alone."""
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
        """What tells the workspace from every other: a copy of the folder has it, too."""
        return self.token(ID, 16)

    def mark(self) -> str:
        """What its cookies are called by: a browser sends those of every site of a host to all of them."""
        return hashlib.sha256(f"{self.id()} {self.workspace}".encode()).hexdigest()[:8]

    def connection(self) -> dict[str, Any]:
        """What Django is to be told of the database."""
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
            raise WrongUsage(
                tell("the database is to be a URL: postgresql://USER:PASSWORD@HOST:PORT/NAME"),
            )
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
    """The site that the environment names; its workspace is the folder here if it names none."""

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
