"""The kinds of jobs. Each app that has some lists its module in `MODULES`.

    @kind("build", tell("Build the exam"), {Role.ASSEMBLER})
    def build(asked: dict, progress: Progress) -> Outcome: ...

The function takes a dictionary of JSON values, calls one function of a package below, and returns where to
continue. A refusal raises an `ExamgenError`, as for a command.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from examgen.site.accounts.roles import Role
from examgen.site.language import address

Progress = Callable[[str], None]
MODULES: tuple[str, ...] = (
    "examgen.site.analyses.work",
    "examgen.site.bank.work",
    "examgen.site.blueprints.work",
    "examgen.site.results.work",
    "examgen.site.sittings.work",
    "examgen.site.papers.work",
)
"""Modules that define kinds of jobs."""


class Outcome(NamedTuple):
    """The outcome of a job: a sentence, the URL of the next page, values for that page, and problems to
    show."""

    message: str
    address: str = ""
    values: dict[str, Any] = {}  # noqa: RUF012 # never changed
    problems: tuple[Any, ...] = ()


Work = Callable[[dict[str, Any], Progress], Outcome]


class Kind(NamedTuple):
    """A kind of job: its name in the database, its title, its function, and the roles of which a user needs
    one to see the outcome (none: the user who started the job sees it).

    `broken` cleans up after an interrupted job. A job that `is_long` may take from minutes to hours, and
    other jobs need not wait for it. `form` returns the URL of the page on which the job was started, from its
    arguments.
    """

    name: str
    title: str
    work: Work
    roles: Collection[Role] = ()
    broken: Callable[[dict[str, Any]], None] | None = None
    is_long: bool = False
    form: Callable[[dict[str, Any]], str] | None = None


def on_exam(name: str) -> Callable[[dict[str, Any]], str]:
    """Returns a function that returns the URL of that page for a job's exam."""
    return lambda asked: address(name, asked["exam"])


def on_unit(name: str) -> Callable[[dict[str, Any]], str]:
    """Returns a function that returns the URL of that page for a job's unit."""
    return lambda asked: address(name, asked["unit"])


_kinds: dict[str, Kind] = {}


def kind(name: str, title: str, *more: Any, **named: Any) -> Callable[[Work], Work]:
    """Registers a function as a kind of job. The other arguments are those of `Kind`, in its order."""

    def enter(work: Work) -> Work:
        _kinds[name] = Kind(name, title, work, *more, **named)
        return work

    return enter


@cache
def kinds() -> dict[str, Kind]:
    """Returns all kinds of jobs, by name."""
    for module in MODULES:
        import_module(module)
    return _kinds
