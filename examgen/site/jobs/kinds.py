"""What kinds of jobs there are: each app that has some names its module in `MODULES`.

    @kind("build", tell("Build the exam"), {Role.ASSEMBLER})
    def build(asked: dict, progress: Progress) -> Outcome: ...

The function takes what JSON can hold, calls one function of a package below, and returns where to go on; what
refuses it raises an `ExamgenError`, as for a command.
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
    "examgen.site.exams.work",
    "examgen.site.results.work",
    "examgen.site.sittings.work",
    "examgen.site.papers.work",
)
"""Modules that define kinds of jobs."""


class Outcome(NamedTuple):
    """What came of a job: a sentence, the page to go on with, values for that page, problems to be told."""

    message: str
    address: str = ""
    values: dict[str, Any] = {}  # noqa: RUF012 # never changed
    problems: tuple[Any, ...] = ()


Work = Callable[[dict[str, Any], Progress], Outcome]


class Kind(NamedTuple):
    """A kind of job: its name in the database, what people call it, what it does, and of which roles
    one must be held to see what came of it (none: whoever asked sees it); where need be, what is left to do
    for one that was interrupted. One that `is_long` may take from minutes to hours: others need not wait for
    it. `form` is the page on which it is asked for, by what was asked."""

    name: str
    title: str
    work: Work
    roles: Collection[Role] = ()
    broken: Callable[[dict[str, Any]], None] | None = None
    is_long: bool = False
    form: Callable[[dict[str, Any]], str] | None = None


def on_exam(name: str) -> Callable[[dict[str, Any]], str]:
    """The page of that name of the exam that was asked about."""
    return lambda asked: address(name, asked["exam"])


def on_unit(name: str) -> Callable[[dict[str, Any]], str]:
    """The page of that name of the unit that was asked about."""
    return lambda asked: address(name, asked["unit"])


_kinds: dict[str, Kind] = {}


def kind(name: str, title: str, *more: Any, **named: Any) -> Callable[[Work], Work]:
    """Enters a function as what a kind of job does; the rest is that of `Kind`, in its order."""

    def enter(work: Work) -> Work:
        _kinds[name] = Kind(name, title, work, *more, **named)
        return work

    return enter


@cache
def kinds() -> dict[str, Kind]:
    """All of them, by name."""
    for module in MODULES:
        import_module(module)
    return _kinds
