"""Whose a database is: it belongs to one workspace, and a site of another is refused.

The id of the workspace (`Site.id`) is kept in its state folder and in the database: the first start of the
site puts it there, every start and every command that opens the database compares. A database that is a file
lies in the workspace itself. Of one on a server the folder and the machine of each host that serves it are
known, too, and whether that host still runs: a copy of the folder has the same id, and would work on the same
jobs. Where its original is on this machine, or is served just now, the copy is refused; a folder that was
moved goes on. Several hosts may serve one folder on a shared store: each holds locks there, and another joins
only where it sees these locks (`holders`). A copy does not see them, nor does a host whose store keeps the
locks of each host to itself.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from examgen import __version__
from examgen.core.changes import changing
from examgen.core.disk import FolderLock, is_free, lock_folder
from examgen.core.disk import take as lock_file
from examgen.core.problems import ExamgenError, Refused, WrongUsage
from examgen.core.storage import new_file, read_input
from examgen.core.words import tell
from examgen.site.site import DATABASE, ID, STATE, Site

SERVER = "database"
"""The file of the state folder that has the name of a database on a server, while the workspace has one."""
MACHINE = "EXAMGEN_MACHINE"
"""Of the environment that a site gives its processes."""
ALIVE = 30
"""Seconds after its last sign of life for which a site is taken to run."""
_WAIT = 120.0
"""Seconds that a start waits for another one: the database may be being made."""
_LOCK = 7_285_001
"""Of PostgreSQL, the lock of who makes a database ready."""


SERVED = "served"
"""The folder of the state folder in which each host that serves the workspace holds its locks."""


class Place(NamedTuple):
    """A folder of a machine."""

    host: str
    folder: str

    def __str__(self) -> str:
        return f"{self.host}:{self.folder}"


class Owner(NamedTuple):
    """What a database says of the workspace that it belongs to: its id, and where it was last served, or is
    served now."""

    workspace: str
    places: tuple[Place, ...]
    """At least one; of several the one that was seen last comes first."""
    alive: frozenset[Place]
    """Those that said a moment ago that they run."""

    @property
    def place(self) -> Place:
        """Where it was last served."""
        return self.places[0]


def machine() -> str:
    """This machine, as the database is told of it; of workers as their site has it, whatever the name of the
    machine has become."""
    return os.environ.get(MACHINE) or socket.gethostname()


def owner_by(cursor: Any, site: Site) -> Owner | None:
    """What the database says, by a cursor of any library; None where it says nothing yet."""
    is_there = "SELECT name FROM sqlite_master WHERE name = 'audit_owner'"
    cursor.execute("SELECT to_regclass('audit_owner')" if site.database else is_there)
    if (cursor.fetchone() or [None])[0] is None:
        return None
    is_alive = f"COALESCE(seen > now() - interval '{ALIVE} seconds', FALSE)" if site.database else "FALSE"
    order = "ORDER BY seen IS NULL, seen DESC"
    cursor.execute(f"SELECT workspace, host, folder, {is_alive} FROM audit_owner {order}")
    rows = [(row[0], Place(row[1], row[2]), bool(row[3])) for row in cursor.fetchall()]
    if not rows:
        return None
    alive = frozenset(place for _, place, is_alive in rows if is_alive)
    return Owner(rows[0][0], tuple(place for _, place, _ in rows), alive)


def refusal(site: Site, owner: Owner | None, is_served: bool = False) -> Refused | None:
    """Why the site may not open that database; `is_served`: it is to be served from its folder."""
    if refused := forgotten(site):
        return refused
    if owner is None:
        return None
    said = {"database": site.database_name(), "place": str(owner.place), "folder": site.workspace}
    if owner.workspace != site.id():
        message = tell(
            "{database} belongs to another workspace: {place} (id {its}); this one is {folder} (id {own})",
            **said,
            its=owner.workspace[:8],
            own=site.id()[:8],
        )
        return Refused(message, advice=[_own(site), _taking(site)])
    if not is_served:
        return None
    there, here = holders(site), _here(site)
    if not site.database:
        elsewhere = sorted(one for one in there if one.host != here.host)
        return _of_one_host(site, elsewhere[0]) if elsewhere else None
    # of one machine another folder is another, even where it has been moved and has its locks still
    others = owner.alive - {here}
    if unseen := sorted(one for one in others if one not in there or one.host == here.host):
        message = tell(
            "{database} is in use by the site of {place}, of which {folder} is a copy, or which was moved "
            "while it ran",
            **{**said, "place": str(unseen[0])},
        )
        ending = tell(
            "if it was moved: end that site first (one that was killed counts as running for {n} seconds)",
            n=ALIVE,
        )
        sharing = tell(
            "if both hosts are to serve this one folder: its file system hides the locks of one host from "
            "the other, and is not fit for that"
        )
        return Refused(message, advice=[_own(site), ending, sharing])
    if here not in owner.places and not there and _is_there(site, owner):
        message = tell("{database} belongs to {place}, of which {folder} is a copy", **said)
        return Refused(message, advice=[_own(site), _taking(site)])
    return None


def _of_one_host(site: Site, other: Place) -> Refused:
    message = tell("{folder} is served by {place}", folder=site.workspace, place=str(other))
    return Refused(
        message,
        advice=[tell("end that site first; several hosts need a database on a server (--database)")],
    )


# ── locks of those that serve ────────────────────────────────────────────────────────────────

_locks: dict[Path, tuple[IO[bytes], FolderLock]] = {}
"""What this process holds, by the folder of the locks, until it ends."""


def hold(site: Site) -> None:
    """Has this process hold, until it ends, what tells other hosts that it serves the folder: the lock of a
    file that says where, and a share of the lock of the folder of these files."""
    folder = site.state / SERVED
    if folder in _locks:
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{os.getpid()}-{uuid.uuid4().hex}"
    file, whole = None, None
    while file is None or whole is None:  # somebody looks just now whether they are held
        file, whole = file or lock_file(path), whole or lock_folder(folder, shared=True)
    file.write(json.dumps(_here(site)).encode())
    file.flush()
    _locks[folder] = file, whole
    atexit.register(_let_go, folder)


def _let_go(folder: Path) -> None:
    file, whole = _locks.pop(folder)
    Path(file.name).unlink(missing_ok=True)
    file.close()
    whole.__exit__()


def holders(site: Site) -> frozenset[Place]:
    """Where the folder is served by other processes, as far as their locks are seen here; nowhere, where this
    process can lock the folder that all of them share: its store keeps such locks to each host."""
    folder = site.state / SERVED
    if not folder.is_dir():
        return frozenset()
    found = set[Place]()
    for path in folder.iterdir():
        if folder in _locks and path.name == Path(_locks[folder][0].name).name:
            continue  # to look at one's own lock would give it away (POSIX)
        with suppress(OSError, ValueError, TypeError, ExamgenError):  # just made, or just gone
            place = Place(*json.loads(read_input(path)))
            if not is_free(path):
                found.add(place)
            elif place == _here(site):  # left by one that was killed; of other hosts it may be hidden
                path.unlink(missing_ok=True)
    if folder not in _locks and (whole := lock_folder(folder)) is not None:
        whole.__exit__()
        return frozenset()
    return frozenset(found)


def check_not_later(site: Site) -> None:
    """Refuses a database that a later version has brought up to date: this one does not know what its tables
    mean, and would write into them as they were."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    later = sorted(
        f"{app} {name}"
        for app, name in set(loader.applied_migrations) - set(loader.disk_migrations)
        if app in loader.migrated_apps
    )
    if later:
        message = tell(
            "{database} was brought up to date by a later examgen than this one, {version} ({changes})",
            database=site.database_name(),
            version=__version__,
            changes=", ".join(later),
        )
        advice = [
            tell("serve it with the version that it was last served with"),
            tell("or put the backup back that was made before that one: `examgen site restore`"),
        ]
        raise Refused(message, advice=advice)


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
        "only to use {file} from now on: `examgen serve {folder} --take-database`",
        file=f"{STATE}/{DATABASE}",
        folder=site.workspace,
    )
    return Refused(message, advice=[naming, leaving])


def _own(site: Site) -> str:
    if not site.database:
        return tell("put the {file} of this workspace back in its place", file=f"{STATE}/{DATABASE}")
    return tell("name a database of this workspace's own (--database, or EXAMGEN_DATABASE)")


def _taking(site: Site) -> str:
    return tell(
        "only if no other site is to use this database any more: `examgen serve {folder} --take-database`",
        folder=site.workspace,
    )


def _here(site: Site) -> Place:
    return Place(machine(), str(site.workspace))


def _is_there(site: Site, owner: Owner) -> bool:
    """Whether the folder that was last served is another one on this machine."""
    if owner.place.host != machine():
        return False
    other = Path(owner.place.folder) / STATE / ID
    try:
        return not other.samefile(site.state / ID) and read_input(other).decode() == owner.workspace
    except PermissionError:  # another user's: as far as can be told it is there
        return True
    except OSError:
        return False


# ── the site ─────────────────────────────────────────────────────────────────────────────────


@contextmanager
def starting(site: Site, takes: bool) -> Iterator[None]:
    """Held while the database is compared and made ready: of two that start together one waits."""
    from django.db import OperationalError, connection

    if not takes and (refused := forgotten(site)):  # before the file is made
        raise refused
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise _away(site, error) from None
    with changing(site.state, wait=_WAIT):
        if not site.database:
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def owner_of(site: Site) -> Owner | None:
    """What the database of the site that Django has says."""
    from django.db import connection

    with connection.cursor() as cursor:
        return owner_by(cursor, site)


def check(site: Site, is_served: bool, takes: bool) -> None:
    """Raises Refused where the site may not open its database; one that `takes` it may, unless a site that
    has it runs."""
    owner = owner_of(site)
    refused = refusal(site, owner, is_served or takes)
    if refused is not None and not takes:
        raise refused
    if refused is not None and owner is not None:
        elsewhere = {one for one in holders(site) if one.host != machine()}
        if running := owner.alive | elsewhere:
            raise Refused(
                tell(
                    "{database} is in use by the site of {place}: end that site first (one that was killed "
                    "counts as running for {n} seconds)",
                    database=site.database_name(),
                    place=str(min(running)),
                    n=ALIVE,
                )
            )


def check_alone(site: Site) -> None:
    """Raises Refused where changes of the database wait and another host serves it: that one is of an earlier
    version, and would go on with tables that it does not know."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    owner = owner_of(site)
    others = sorted(((owner.alive if owner else frozenset()) | holders(site)) - {_here(site)})
    executor = MigrationExecutor(connection)
    if others and executor.migration_plan(executor.loader.graph.leaf_nodes()):
        message = tell(
            "{database} is to be brought up to date, and the site of {place} still uses it: end that site "
            "first (one that was killed counts as running for {n} seconds)",
            database=site.database_name(),
            place=str(others[0]),
            n=ALIVE,
        )
        raise Refused(message)


def bind(site: Site, is_served: bool, takes: bool) -> str:
    """Has the database belong to this workspace, which `check` has found that it may: under another id where
    it `takes` it from another one, which is refused from then on. Where the workspace was last served if that
    is elsewhere, and is served there no more."""
    from django.db import transaction
    from django.db.models import Max
    from django.db.models.functions import Now

    from examgen.site.audit import models
    from examgen.site.audit.record import record

    owner, here = owner_of(site), _here(site)
    others = (owner.alive | holders(site)) - {here} if owner is not None else frozenset()
    with transaction.atomic():
        if takes and refusal(site, owner, is_served=True) is not None:
            site.new_id()
            record(None, "database.take", **({"from": str(owner.place)} if owner is not None else {}))
            others = frozenset()
        if is_served:
            hold(site)
        if owner is None or is_served or takes:
            for row in models.Owner.objects.all():
                if Place(row.host, row.folder) not in others:
                    row.delete()
            seen = Now() if is_served and site.database else None
            number = (models.Owner.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
            models.Owner.objects.create(
                pk=number, workspace=site.id(), host=here.host, folder=here.folder, seen=seen
            )
    _remember(site)
    has_moved = is_served and owner is not None and bool(site.database) and not others
    return str(owner.place) if owner is not None and has_moved and here not in owner.places else ""


def _remember(site: Site) -> None:
    """The database by its name, where it is on a server (`forgotten`)."""
    if not site.database:
        (site.state / SERVER).unlink(missing_ok=True)
        return
    with new_file(site.state / SERVER) as file:
        file.write(site.database_name().encode())


LOST = tell("the database belongs to another workspace by now, or to another folder of this one")


def is_ours(site: Site) -> bool:
    """Whether the database still belongs to this workspace, and to this folder of it."""
    from examgen.site.audit import models

    rows = models.Owner.objects.values_list("workspace", "host", "folder")
    ours = [Place(host, folder) for workspace, host, folder in rows if workspace == site.id()]
    return not rows or (bool(ours) and (not site.database or _here(site) in ours))


def sign_of_life(site: Site, is_running: bool = True) -> None:
    """Tells others that want the database that this site runs, or has ended."""
    if not site.database:
        return
    from django.db.models.functions import Now

    from examgen.site.audit import models

    ours = models.Owner.objects.filter(workspace=site.id(), host=machine(), folder=str(site.workspace))
    ours.update(seen=Now() if is_running else None)


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


def bind_restored(site: Site, folder: Path) -> None:
    """Gives a workspace that was restored, and is to stand in that folder, an id of its own, and its database
    the same: with the database of the original its files are refused."""
    _remember(site)
    with opened(site, "rw") as connection:
        cursor = connection.cursor()
        if owner_by(cursor, site) is None:
            return
        holder = "%s" if site.database else "?"
        cursor.execute(
            f"UPDATE audit_owner SET workspace = {holder}, host = {holder}, folder = {holder}, seen = NULL",
            [site.new_id(), machine(), str(folder.resolve())],
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
