"""Which workspace a database belongs to; the site of another workspace is refused.

The id of the workspace (`Site.id`) is kept in its state folder and in the database: the first start of the
site puts it there, and every start and every command that opens the database compares the two. A copy of the
folder has the same id.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from examgen.core.changes import changing
from examgen.core.files import new_file, read_input
from examgen.core.problems import Refused, WrongUsage
from examgen.core.words import tell
from examgen.site.site import DATABASE, STATE, Site

SERVER = "database"
"""The file of the state folder that has the name of a database on a server, while the workspace has one."""
_WAIT = 120.0
"""Seconds that a start waits for another one: the database may be being made."""


def owner_by(cursor: Any, site: Site) -> str | None:
    """The id of the workspace that the database belongs to, by a cursor of any library; None before the first
    start."""
    is_there = "SELECT name FROM sqlite_master WHERE name = 'audit_owner'"
    cursor.execute("SELECT to_regclass('audit_owner')" if site.database else is_there)
    if (cursor.fetchone() or [None])[0] is None:
        return None
    cursor.execute("SELECT workspace FROM audit_owner")
    row = cursor.fetchone()
    return None if row is None else str(row[0])


def refusal(site: Site, owner: str | None) -> Refused | None:
    """Why the site may not open the database of that owner; None where it may."""
    if refused := forgotten(site):
        return refused
    if owner is None or owner == site.id():
        return None
    message = tell(
        "{database} belongs to another workspace (id {its}); this one is {folder} (id {own})",
        database=site.database_name(),
        folder=site.workspace,
        its=owner[:8],
        own=site.id()[:8],
    )
    if site.database:
        advice = tell("name a database of this workspace's own (--database, or EXAMGEN_DATABASE)")
    else:
        advice = tell("put the {file} of this workspace back in its place", file=f"{STATE}/{DATABASE}")
    return Refused(message, advice=[advice])


def forgotten(site: Site) -> Refused | None:
    """Why a file may not be the database: the workspace has one on a server, which was not named."""
    try:
        server = "" if site.database else read_input(site.state / SERVER).decode()
    except FileNotFoundError:
        return None
    if not server:
        return None
    message = tell("the database of {folder} is {database}", folder=site.workspace, database=server)
    naming = tell("name it (--database, or EXAMGEN_DATABASE)")
    leaving = tell(
        "only to use {file} from now on: remove {mark}",
        file=f"{STATE}/{DATABASE}",
        mark=f"{STATE}/{SERVER}",
    )
    return Refused(message, advice=[naming, leaving])


# ── the site ─────────────────────────────────────────────────────────────────────────────────


@contextmanager
def starting(site: Site) -> Iterator[None]:
    """Held while the database is compared and made ready: of two that start together one waits.

    Raises Refused where it is not this workspace's."""
    from django.db import OperationalError, connection

    if refused := forgotten(site):  # before the file is made
        raise refused
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise _away(site, error) from None
    with changing(site.state, wait=_WAIT):
        check(site)
        yield


def check(site: Site) -> None:
    """Raises Refused where the database that Django has is not this workspace's."""
    from django.db import connection

    with connection.cursor() as cursor:
        owner = owner_by(cursor, site)
    if refused := refusal(site, owner):
        raise refused


def bind(site: Site) -> None:
    """Has a new database belong to this workspace; raises Refused where another was quicker."""
    from examgen.site.audit.models import Owner

    owner, _ = Owner.objects.get_or_create(pk=1, defaults={"workspace": site.id()})
    if refused := refusal(site, owner.workspace):
        raise refused
    _remember(site)


def _remember(site: Site) -> None:
    """The database by its name, where it is on a server (`forgotten`)."""
    if not site.database:
        (site.state / SERVER).unlink(missing_ok=True)
        return
    with new_file(site.state / SERVER) as file:
        file.write(site.database_name().encode())


# ── without Django ───────────────────────────────────────────────────────────────────────────


def check_by_itself(site: Site) -> None:
    """Raises Refused where the database of the site is not this workspace's, WrongUsage where it has none."""
    if refused := forgotten(site):
        raise refused
    if not site.database and not (site.state / DATABASE).is_file():
        raise WrongUsage(tell("{folder} has no site yet: `examgen serve` makes one", folder=site.workspace))
    with opened(site, "ro") as connection:
        if refused := refusal(site, owner_by(connection.cursor(), site)):
            raise refused


def bind_restored(site: Site) -> None:
    """Gives a workspace that was restored an id of its own, and its database the same: with the database of
    the original its files are refused."""
    _remember(site)
    with opened(site, "rw") as connection:
        cursor = connection.cursor()
        if owner_by(cursor, site) is None:
            return
        cursor.execute(
            f"UPDATE audit_owner SET workspace = {'%s' if site.database else '?'}", [site.new_id()]
        )
        connection.commit()


def _away(site: Site, error: Exception) -> Refused:
    name = site.database_name()
    return Refused(tell("{database} cannot be reached: {error}", database=name, error=str(error).strip()))


@contextmanager
def opened(site: Site, mode: str) -> Iterator[Any]:
    """A connection to the database by its own library; what is not committed in it never happened."""
    if not site.database:
        file = f"{(site.state / DATABASE).resolve().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(file, uri=True)) as connection:
            yield connection
        return
    import psycopg

    try:
        opened = psycopg.connect(site.database)
    except psycopg.OperationalError as error:
        raise _away(site, error) from None
    with closing(opened) as connection:
        yield connection
