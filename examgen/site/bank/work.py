"""The long jobs on the bank: reading and importing files of items."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse

from examgen.bank import spreadsheets
from examgen.core.problems import Problem
from examgen.core.words import tell, tell_n
from examgen.interchange import importing as interchange
from examgen.site.accounts.models import Role
from examgen.site.audit.models import text_name
from examgen.site.bank.fields import words_of
from examgen.site.bank.units import opened
from examgen.site.jobs.queue import Outcome, Progress, kind, on_unit
from examgen.site.language import kept
from examgen.site.uploads import kept as kept_file
from examgen.site.workspace import bank
from examgen.site.writing import writing

MOST_SHOWN = 300
"""The maximum number of items of a file that are shown."""
MOST_LETTERS = 4_000
"""The maximum number of characters shown of a text."""


@kind("bank-read", tell("Read a file of items"), {Role.WRITER}, form=on_unit("bank-exchange"))
def read(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Returns what a file would change. Nothing is written to the bank."""
    unit, upload = asked["unit"], asked["upload"]
    values = _imported(asked, True, progress)[0]
    message = tell("The file has been read. Check what it would change.")
    return Outcome(message, reverse("bank-read", kwargs={"unit": unit, "upload": upload}), values)


@kind("bank-take", tell("Take over a file of items"), {Role.WRITER}, form=on_unit("bank-exchange"))
def take(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Imports a file of items on behalf of the user who uploaded it."""
    unit = asked["unit"]
    with writing(asked["user"], [unit], f"{unit}: items from {asked['file']}") as one:
        before = _text_names(unit)
        _, names = _imported(asked, False, progress)
        now = _text_names(unit)
        for name in names:
            one.did("item.import", f"{unit}/{name}", hash=now.get(name, ""), was=before.get(name, ""))
        one.message = f"{unit}: {len(names)} items from {asked['file']}"
    kept_file(asked["by"], unit, UUID(asked["upload"])).give_up()
    message = tell_n("{n} item is now in the bank", "{n} items are now in the bank", len(names))
    return Outcome(message, reverse("bank-unit", kwargs={"unit": unit}))


def _text_names(unit: str) -> dict[str, str]:
    """Returns the name of each item's text in the record, by item."""
    return {name: text_name(item.sha256()) for name, item in opened(unit).items.items()}


def _imported(asked: dict[str, Any], dry_run: bool, progress: Progress) -> tuple[dict[str, Any], list[str]]:
    """Imports a file, or with `dry_run` only reads it. Returns the changes for the page, and the items."""
    unit = asked["unit"]
    path = kept_file(asked["by"], unit, UUID(asked["upload"])).path
    if not interchange.is_foreign(path, asked["format"]):
        done = spreadsheets.import_items(bank(), path, unit, dry_run, with_statuses=False, progress=progress)
        names = [one.item for one in done.plan.changed] + [one.item.id for one in done.plan.added]
        return _of_workbook(done), names
    said = interchange.ImportOptions(asked["pc"], None, tuple(asked["levels"]), asked["cognitive"])
    taken = interchange.import_questions(bank(), path, unit, said, asked["format"], dry_run, progress)
    return _of_questions(taken), [item.id for _, item in taken.items]


def _of_workbook(done: spreadsheets.Imported) -> dict[str, Any]:
    changed = [
        {
            "item": one.item,
            "changes": [
                {"field": kept(words_of(change.field)), "old": _text(change.old), "new": _text(change.new)}
                for change in one.changes
            ],
        }
        for one in done.plan.changed[:MOST_SHOWN]
    ]
    return {
        "kind": "workbook",
        "changed": changed,
        "n_changed": len(done.plan.changed),
        "new": [{"item": one.item.id, "stem": _text(one.item.stem)} for one in done.plan.added[:MOST_SHOWN]],
        "n_new": len(done.plan.added),
        "unchanged": done.plan.unchanged,
        "removed": list(done.plan.removed),
        "notices": [_notice(one) for one in done.notices[:MOST_SHOWN]],
    }


def _of_questions(taken: interchange.Taken) -> dict[str, Any]:
    return {
        "kind": "questions",
        "format": taken.format,
        "new": [
            {
                "item": one.name,
                "source": one.source,
                "stem": _text(one.stem),
                "options": [[letter, _text(text), is_right] for letter, text, is_right in one.options],
                "warnings": [kept(warning) for warning in one.warnings],
            }
            for one in taken.shown[:MOST_SHOWN]
        ],
        "n_new": len(taken.items),
        "left": [
            {"name": name, "source": source, "reason": kept(reason)} for name, source, reason in taken.left
        ],
        "notes": [kept(note) for note in taken.notes],
        "notices": [_notice(one) for one in taken.notices[:MOST_SHOWN]],
    }


def _notice(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "item": problem.item or "",
        "source": str(problem.source),
        "code": problem.code,
        "said": kept(problem.message),
    }


def _text(value: object) -> str:
    if value is None or value == ():
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
