"""The record is only added to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from examgen.site.audit.models import Entry, record


def test_entries_say_who_did_what_about_which_in_their_order(db: None) -> None:
    for n in range(3):
        record(None, "test.done", "exam", n=n)
    entries = [*Entry.objects.all()]
    assert [(one.who, one.what, one.about, one.detail) for one in entries] == [
        ("", "test.done", "exam", {"n": n}) for n in range(3)
    ]
    assert sorted(one.number for one in entries) == [one.number for one in entries]
    assert sorted(one.at for one in entries) == [one.at for one in entries]


DO: dict[str, Callable[[], object]] = {
    "delete": lambda: Entry.objects.all().delete(),
    "update": lambda: Entry.objects.update(who="other"),
    "delete one": lambda: Entry.objects.get().delete(),
    "save one": lambda: Entry.objects.get().save(),
}


@pytest.mark.parametrize("do", DO)
def test_nothing_of_the_site_changes_what_was_recorded(db: None, do: str) -> None:
    record(None, "test.done")
    with pytest.raises(TypeError, match="only added"):
        DO[do]()
    assert Entry.objects.get().who == ""
