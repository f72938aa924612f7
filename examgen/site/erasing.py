"""Persons → erased from the database of the site, with the files of the workspace or not at all.

Every text of every table but those of the people who use the site is looked at: numbers and names as in
files. An entry of the record says that it was done.

    erasing.json in the state folder      who is erased, while it is done
    transaction begun, rows changed
    files of the workspace put in place   with that the erasure has happened
    transaction committed, erasing.json removed

If the process is killed before the files are in place nothing has happened; after it, the next start of the
site and the next erasure complete it from erasing.json (`complete`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.changes import changing
from examgen.core.exam.erasures import Erasure, erasures_in
from examgen.core.problems import MissingDependency, Refused
from examgen.core.storage import json_bytes, write_file
from examgen.core.words import tell
from examgen.evidence.persons.documents import value_without
from examgen.evidence.persons.found import FoundFile, bytes_of
from examgen.evidence.persons.parquet import without_persons
from examgen.evidence.persons.rows import text_of
from examgen.evidence.persons.spelling import Person, Spellings
from examgen.site.own_database import opened
from examgen.site.site import DATABASE, Site

PENDING = "erasing.json"
ACT = "persons.erase"
_OF_USERS = ("django_", "auth_", "account_", "accounts_", "mfa_", "socialaccount_", "sqlite_")
_ENTRY = "audit_entry"
_ASSESSMENT, _RATING = "sittings_assessment", "sittings_rating"
"""What an assessor was to rate, and what of it: notes are about the person."""
_PARQUET = b"PAR1"


class _Column(NamedTuple):
    name: str
    kind: str
    """`text`, `json` or `bytes`."""


class _Table(NamedTuple):
    name: str
    key: str
    columns: tuple[_Column, ...]


def has_database(site: Site) -> bool:
    """Whether the workspace has a site."""
    return bool(site.database) or (site.state / DATABASE).is_file()


def find(site: Site, spellings: Spellings) -> Sequence[FoundFile]:
    """The rows of the database in which persons stand."""
    if not has_database(site):
        return ()
    found = []
    with opened(site, "ro") as connection:
        store = _Store(site, connection)
        for table in store.tables():
            keys = [str(key) for key, _ in _changed(store, table, spellings, site.state)]
            if keys:
                shown = (*keys[:3], tell("{n:,} more", n=len(keys) - 3)) if len(keys) > 3 else tuple(keys)
                found.append(FoundFile(f"database: {table.name}", "rewritten", shown))
    return found


@contextmanager
def erasing(site: Site, spellings: Spellings, erasure: Erasure) -> Iterator[None]:
    """Erases them from the database once what is done meanwhile is done."""
    if not has_database(site):
        yield
        return
    pending = site.state / PENDING
    said = {
        "erasure": erasure.n,
        "digest": erasure.digest,
        "by": erasure.by,
        "persons": [one._asdict() for one in spellings.persons],
    }
    write_file(pending, json_bytes(said))
    with opened(site, "rw") as connection:
        store = _Store(site, connection)
        store.begin()
        _erase(store, spellings, erasure, site.state)
        yield
        connection.commit()
    pending.unlink(missing_ok=True)
    _forget_pages(site)


def complete(site: Site) -> None:
    """Completes an erasure whose process was killed when the files of the workspace were in place."""
    pending = site.state / PENDING
    if not pending.is_file() or not has_database(site):
        return
    with changing(site.workspace):  # one that is under way, of another process or host, ends by itself
        if pending.is_file():
            _complete(site, pending)


def _complete(site: Site, pending: Path) -> None:
    try:
        said = json.loads(bytes_of(pending))
        persons = [
            Person(
                one["number"],
                one["tombstone"],
                tuple(one["names"]),
                tuple((number, put) for number, put in one["others"]),
            )
            for one in said["persons"]
        ]
        number, digest = int(said["erasure"]), str(said["digest"])
    except (ValueError, KeyError, TypeError) as error:
        message = tell("{path} is damaged: an erasure broke off, ask for it again", path=pending)
        raise Refused(message) from error
    erasures = erasures_in(site.workspace)
    if number <= len(erasures) and erasures[number - 1].digest == digest:
        with opened(site, "rw") as connection:
            store = _Store(site, connection)
            store.begin()
            _erase(store, Spellings(persons), erasures[number - 1], site.state)
            connection.commit()
        _forget_pages(site)
    pending.unlink(missing_ok=True)


def _forget_pages(site: Site) -> None:
    """Has a database that is a file keep nothing of before, beside its rows."""
    if site.database:
        return
    with closing(sqlite3.connect(site.state / DATABASE, timeout=20)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError:  # the site runs: rows that went were overwritten all the same
            return


def _changed(
    store: _Store, table: _Table, spellings: Spellings, scratch: Path
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The rows of a table that change: by key the columns that are another then."""
    for row in store.rows(table):
        values = dict(zip((one.name for one in table.columns), row[1:], strict=True))
        whose = any(
            one.kind == "text" and one.name == "candidate" and spellings.of_candidate(values[one.name] or "")
            for one in table.columns
        )
        changed: dict[str, Any] = {}
        for one in table.columns:
            was = values[one.name]
            now = _without(was, one, spellings, scratch) if was else was
            if whose and one.name in ("note", "stopped_why"):
                now = ""
            if now != was:
                changed[one.name] = now
        if changed:
            yield row[0], changed


def _without(value: Any, column: _Column, spellings: Spellings, scratch: Path) -> Any:
    if column.kind == "json":
        data = json.loads(value) if isinstance(value, str) else value
        now = value_without(data, spellings)
        return value if now == data else now
    if column.kind == "bytes":
        data = bytes(value)
        if not data.startswith(_PARQUET):
            return value
        new = without_persons(Path("table"), data, spellings, scratch)
        return value if new == data else new
    put = spellings.of_candidate(value) if column.name == "candidate" else None
    return text_of(value, spellings) if put is None else put


def _erase(store: _Store, spellings: Spellings, erasure: Erasure, scratch: Path) -> None:
    for table in store.tables():
        for key, changed in [*_changed(store, table, spellings, scratch)]:
            store.update(table, key, changed)
            if table.name == _ASSESSMENT and "candidate" in changed:
                store.empty_notes(key)
    store.record(
        {
            "by": erasure.by,
            "erasure": erasure.n,
            "digest": erasure.digest,
            "forgotten": [*erasure.forgotten],
        }
    )


class _Store:
    """The tables of a database, by a connection of its own library."""

    def __init__(self, site: Site, connection: Any) -> None:
        self._is_server, self._connection = bool(site.database), connection
        self._cursor = connection.cursor()
        self._holder = "%s" if self._is_server else "?"

    def begin(self) -> None:
        """Nobody else adds to the record or changes a row until the transaction ends."""
        if self._is_server:
            self._cursor.execute(f"LOCK TABLE {_ENTRY} IN EXCLUSIVE MODE")
        else:
            self._connection.isolation_level = None
            self._cursor.execute("PRAGMA secure_delete = ON")
            self._cursor.execute("BEGIN IMMEDIATE")

    def tables(self) -> list[_Table]:
        """Every table that may hold persons, by its columns of texts."""
        if self._is_server:
            self._cursor.execute(
                "SELECT table_name, column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
            )
            told = [*self._cursor.fetchall()]
        else:
            self._cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            names = [name for (name,) in self._cursor.fetchall()]
            told = []
            for name in names:
                self._cursor.execute(f'PRAGMA table_info("{name}")')
                told += [(name, one[1], one[2]) for one in self._cursor.fetchall()]
        found: dict[str, list[_Column]] = {}
        keys: dict[str, str] = {}
        for table, column, kind in told:
            if table.startswith(_OF_USERS):
                continue
            keys.setdefault(table, column)  # the key comes first, as Django makes tables
            if (of := self._kind(table, column, str(kind).lower())) and column != keys[table]:
                found.setdefault(table, []).append(_Column(column, of))
        return [_Table(name, keys[name], tuple(columns)) for name, columns in found.items()]

    def _kind(self, table: str, column: str, kind: str) -> str:
        if kind in ("bytea", "blob"):
            return "bytes"
        if kind == "jsonb":
            return "json"
        if not kind.startswith(("text", "char", "varchar")):
            return ""
        if self._is_server:
            return "text"
        self._cursor.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table])
        [(sql,)] = self._cursor.fetchall()
        return "json" if f'JSON_VALID("{column}")' in sql else "text"

    def rows(self, table: _Table) -> list[tuple[Any, ...]]:
        """The rows, each behind its key."""
        names = ", ".join(f'"{one.name}"' for one in table.columns)
        self._cursor.execute(f'SELECT "{table.key}", {names} FROM "{table.name}"')
        return [*self._cursor.fetchall()]

    def update(self, table: _Table, key: Any, changed: Mapping[str, Any]) -> None:
        """Other values of a row."""
        kinds = {one.name: one.kind for one in table.columns}
        sets = ", ".join(f'"{name}" = {self._holder}' for name in changed)
        values = [self._written(value, kinds[name]) for name, value in changed.items()]
        where = f'"{table.key}" = {self._holder}'
        self._cursor.execute(f'UPDATE "{table.name}" SET {sets} WHERE {where}', [*values, key])

    def empty_notes(self, assessment: Any) -> None:
        """Takes away what an assessor wrote of a person."""
        self._cursor.execute(
            f"UPDATE {_RATING} SET note = '' WHERE assessment_id = {self._holder}", [assessment]
        )

    def _written(self, value: Any, kind: str) -> Any:
        if kind != "json":
            return value
        if not self._is_server:
            return json.dumps(value)
        from psycopg.types.json import Jsonb

        return Jsonb(value)

    def record(self, detail: Mapping[str, Any]) -> None:
        """Adds an entry of an erasure, unless it is there: a process may have been killed after it."""
        self._cursor.execute(f"SELECT detail FROM {_ENTRY} WHERE what = {self._holder}", [ACT])
        found = [json.loads(one) if isinstance(one, str) else one for (one,) in self._cursor.fetchall()]
        if any(one.get("digest") == detail["digest"] for one in found):
            return
        now = datetime.now(UTC)
        entry = {
            "at": now if self._is_server else now.replace(tzinfo=None).isoformat(" ", "microseconds"),
            "who": "",
            "what": ACT,
            "about": "",
            "detail": self._written(detail, "json"),
        }
        names, holders = ", ".join(entry), ", ".join([self._holder] * len(entry))
        self._cursor.execute(f"INSERT INTO {_ENTRY} ({names}) VALUES ({holders})", [*entry.values()])


def check_library(site: Site) -> None:
    """Raises MissingDependency where the database is on a server and its library is not here."""
    if site.database:
        try:
            import psycopg  # noqa: F401
        except ImportError:
            raise MissingDependency(
                tell("the database of the site needs a library: pip install 'examgen[web]'")
            ) from None
