"""Who wrote an item: nobody approves his own, nor rates it.

Where neither the record nor git tells, an administrator says who did.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from examgen.bank.opened import OpenUnit
from examgen.bank.reviews.moves import approvals_of
from examgen.core.changes import changing
from examgen.core.files import sha256
from examgen.core.models.item import Item
from examgen.core.words import tell, tell_n
from examgen.site.abuse import Watched
from examgen.site.access import allowed, may
from examgen.site.accounts.models import User
from examgen.site.accounts.roles import Role
from examgen.site.audit.models import Entry
from examgen.site.audit.record import record
from examgen.site.audit.texts import named, text_name
from examgen.site.bank.units import KEYS, opened
from examgen.site.bank.versions import Steps, steps_of
from examgen.site.git_history import Version, address_of, has_line
from examgen.site.language import said
from examgen.site.requests import Request
from examgen.site.workspace import bank, workspace

WRITTEN = ("item.write", "item.change", "item.import")
DECIDED = "item.status"
SECONDED = "item.second"
"""An approval of a text whose authors cannot be told; `hash` names the text. Another's makes it approved."""
WITHDRAWN = "item.second-withdrawn"
"""That somebody took such an approval back."""
STATED = "item.authors"
"""An administrator's statement: `items` has the name of each text, `by` the user names of the authors."""


class Authors(NamedTuple):
    """By user name, who wrote an item: since it was last approved (whoever wrote the text as it is among
    them, and whoever has changed something else about the text that was approved), and ever; and whether all
    of the first can be told."""

    since: frozenset[str]
    ever: frozenset[str]
    is_told: bool


def authors_of(unit: OpenUnit, names: Iterable[str]) -> dict[str, Authors]:
    """The authors of the items of those names."""
    about = {f"{unit.code}/{name}": name for name in names}
    written: dict[str, list[Entry]] = {}
    for entry in Entry.objects.filter(about__in=about, what__in=WRITTEN).order_by("-number"):
        written.setdefault(about[entry.about], []).append(entry)
    judged = approvals_of(bank(), unit.code)
    given: dict[str, int] = {}
    for one in Entry.objects.filter(about__in=about, what=DECIDED, detail__to="approved").order_by("number"):
        given[about[one.about]] = one.number
    stated = list(Entry.objects.filter(about=unit.code, what=STATED).order_by("-number"))
    files: dict[Path, list[str]] = {}
    for name in about.values():
        files.setdefault(unit.file_of(name), []).append(name)
    steps = {name: told for path, some in files.items() for name, told in steps_of(path, some).items()}
    people = _People(step.version for told in steps.values() for step in told.steps)
    found = {}
    for name in about.values():
        entries = written.get(name, [])
        days, last = judged.get(name, {}), given.get(name)
        since, is_told = _by_record(unit.items[name], entries, stated, days, last)
        of_git, ever, git_tells = _by_git(name, unit.file_of(name), steps[name], people)
        found[name] = Authors(
            frozenset(since | of_git),
            frozenset(since | of_git | ever | {one.who for one in entries}),
            is_told or git_tells,
        )
    return found


class _Written(NamedTuple):
    """Who wrote what in a unit, by the record up to an entry of it."""

    number: int
    at: datetime.datetime | None
    by: dict[str, dict[str, datetime.datetime]]


_written: dict[str, _Written] = {}
"""By unit. The record only grows: what it said is kept, and what was entered since is read."""


def written_here(code: str) -> Mapping[str, Mapping[str, datetime.datetime]]:
    """By user name, the items of a unit that somebody wrote, changed or brought in on the site, each with the
    last time. Texts that came by git or by command are not told."""
    known = _written.get(code, _Written(0, None, {}))
    entries = Entry.objects.filter(about__startswith=f"{code}/", what__in=WRITTEN).order_by("number")
    fields = "number", "at", "who", "about"
    new = [*entries.filter(number__gte=known.number).values_list(*fields)]
    if known.number and (not new or new[0][:2] != known[:2]):  # another record, as a backup was put back
        known, new = _Written(0, None, {}), [*entries.values_list(*fields)]
    elif known.number and len(new) == 1:
        return known.by
    by = dict(known.by)
    for who in {who for _, _, who, _ in new}:
        by[who] = dict(by.get(who, {}))
    for _, at, who, about in new:
        by[who][about.removeprefix(f"{code}/")] = at
    if new:
        _written[code] = _Written(new[-1][0], new[-1][1], by)
    return by


_ACCOUNT = re.compile(r" \(([\w.@+-]+)\)")


def by_name(by: str) -> str:
    """Those who decided, without the user names beside their names, where no two people have that name."""
    known = User.objects.filter(username__in=_ACCOUNT.findall(by))
    for one in known:
        if one.signature != one.username and User.objects.filter(name=one.name).count() == 1:
            by = by.replace(one.signature, one.name)
    return by


def _since(entry: Entry, days: Mapping[str, datetime.date], last: int | None) -> bool:
    """Whether an entry is no older than the last approval: that has the number `last` in the record; of one
    by command the day alone is known."""
    if last is not None:
        return entry.number > last
    return timezone.localdate(entry.at) >= max(days.values())


def _by_record(
    item: Item,
    entries: Sequence[Entry],
    stated: Sequence[Entry],
    days: Mapping[str, datetime.date],
    last: int | None,
) -> tuple[set[str], bool]:
    """Who wrote an item since its last approval, by the record, and whether it reaches back so far; `days`
    are those on which its texts were approved, by their hashes."""
    now = text_name(item.sha256())
    text: str | None = now
    approved = {text_name(one) for one in days} - {now}
    wrote: set[str] = set()
    for entry in entries:  # the newest first
        # an entry may leave the text as it is, or bring it back, and change the case or the criterion
        if _states(stated, item.id, text, wrote) or (text in approved and not _since(entry, days, last)):
            return wrote, True
        if named(entry.detail.get("hash")) == text:
            wrote.add(entry.who)
            text = named(entry.detail.get("was"))
        if text == "":  # it began so
            return wrote, True
        if text is None:  # an entry of an older site does not say what stood before
            return wrote, False
    return wrote, _states(stated, item.id, text, wrote) or text in approved


def _states(stated: Sequence[Entry], name: str, text: str | None, wrote: set[str]) -> bool:
    """Whether an administrator has said who wrote that text; if so, they are added."""
    said = next((one for one in stated if named(one.detail.get("items", {}).get(name)) == text), None)
    if said is not None:
        wrote.update(said.detail.get("by", ()))
    return said is not None


def _by_git(name: str, path: Path, told: Steps, people: _People) -> tuple[set[str], set[str], bool]:
    """The same by git; who ever wrote it beside them."""
    since: set[str] = set()
    ever: set[str] = set()
    tells = told.is_entered  # else it was changed since
    is_judged = is_over = False
    for step in told.steps:
        if step.is_approved:
            is_judged, is_over = True, is_over or bool(since)
        if not step.is_change:
            continue
        known = people.of(step.version)
        ever |= known
        if not is_over:
            since |= known
            tells = tells and bool(known)
            is_over = is_judged
            if step.is_new and has_line(workspace(), step.version.commit, path.parent, _begins(name)):
                tells = False  # it came from another file, whose history is another
    has_begun = is_over or told.is_whole
    return since, ever, tells and has_begun and bool(since)


def _begins(name: str) -> str:
    """The line with which an item begins."""
    return rf"""[-{{ ]id: *["']?{re.escape(name)}["']?([ ,]|$)"""


class _People:
    """Accounts by the names and addresses that commits bear."""

    def __init__(self, found: Iterable[Version]) -> None:
        names, addresses = set[str](), set[str]()
        for version in found:
            names.add(version.name)
            addresses.add(version.email.lower())
        accounts = [one.removesuffix(address_of(User(username=""))) for one in addresses]
        self._by: dict[str, set[str]] = {}
        users = User.objects.annotate(login=Lower("username"), address=Lower("email"))
        known = Q(login__in=accounts) | Q(address__in=addresses) | Q(username__in=names) | Q(name__in=names)
        for user in users.filter(known) if names else ():
            for name in {address_of(user).lower(), (user.email or "").lower(), str(user)}:
                self._by.setdefault(name, set()).add(user.username)
        self._by.pop("", None)

    def of(self, version: Version) -> set[str]:
        """The user names of who made a commit; none where the site does not know them."""
        return self._by.get(version.email.lower(), set()) | self._by.get(version.name, set())


def first_approvals(unit: OpenUnit, names: Iterable[str]) -> dict[str, list[Entry]]:
    """By item, the approvals of its text as it is now that wait for somebody else's, the newest first; what
    was approved before the last decision counts no longer."""
    about = {f"{unit.code}/{name}": name for name in names}
    texts: dict[str, str] = {}
    closed = set[str]()
    withdrawn = set[tuple[str, str]]()
    found: dict[str, list[Entry]] = {}
    entries = Entry.objects.filter(about__in=about, what__in=(SECONDED, DECIDED, WITHDRAWN))
    for entry in entries.order_by("-number"):
        name = about[entry.about]
        if entry.what == DECIDED:
            closed.add(name)
        elif entry.what == WITHDRAWN:
            withdrawn.add((name, entry.who))
        elif name not in closed and (name, entry.who) not in withdrawn:
            now = texts.setdefault(name, text_name(judged(unit, unit.items[name])))
            if named(entry.detail.get("hash")) == now:
                found.setdefault(name, []).append(entry)
    return found


def judged(unit: OpenUnit, item: Item) -> str:
    """A hash of all that an approval of the item binds."""
    return sha256(f"{item.sha256()} {unit.claims(item)}".encode())


_NOT_JUDGED = ("draft", "review")


class Statement(Watched):
    """Who wrote the items chosen."""

    items = forms.MultipleChoiceField(
        label=said(tell("Choose the items")), widget=forms.CheckboxSelectMultiple, required=True
    )
    by = forms.MultipleChoiceField(
        label=said(tell("Those of them who have an account here")),
        help_text=said(
            tell("They cannot approve these items. Choose no one if none of them has an account.")
        ),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    said = forms.CharField(
        label=said(tell("Who wrote them, and how it is known")),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any, untold: list[str], people: list[User]) -> None:
        super().__init__(data, initial={"items": untold})
        self.choose("items", [(name, name) for name in untold])
        self.choose("by", [(one.username, f"{one} ({one.username})") for one in people])


def untold(unit: OpenUnit) -> list[str]:
    """The items that are still to be approved and whose authors cannot be told."""
    names = [name for name, item in unit.items.items() if item.status in _NOT_JUDGED]
    return [name for name, authors in authors_of(unit, names).items() if not authors.is_told]


@allowed(read=KEYS, write={Role.ADMINISTRATOR}, within="unit", is_fresh=True)
def authors(request: Request, unit: str) -> HttpResponseBase:
    """The items of a unit whose authors cannot be told; an administrator says who they are."""
    may_state = may(request.user, {Role.ADMINISTRATOR}, {unit})
    with changing(bank()):  # what is said is said of the texts that are there
        there = opened(unit)
        names = untold(there)
        is_given = request.method == "POST"
        people = list(User.objects.order_by("username"))
        form = Statement(request.POST if is_given else None, names, people)
        if is_given and form.is_valid():
            return _stated(request, there, form.cleaned_data)
    context = {"code": unit, "names": names, "form": form if may_state and names else None}
    return render(request, "bank/authors.html", context, status=422 if is_given else 200)


def _stated(request: Request, unit: OpenUnit, given: dict[str, Any]) -> HttpResponse:
    texts = {name: text_name(unit.items[name].sha256()) for name in given["items"]}
    record(request.user, STATED, unit.code, items=texts, by=given["by"], said=given["said"])
    words = tell_n(
        "The writers of {n} item are recorded", "The writers of {n} items are recorded", len(texts)
    )
    messages.success(request, said(words))
    return redirect("bank-authors", unit=unit.code)
