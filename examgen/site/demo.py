"""A demonstration site: a workspace with an exam answered by synthetic candidates, and fictitious users for
each role."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from examgen.core.exam.names import MANIFEST
from examgen.core.problems import WrongUsage
from examgen.core.words import tell
from examgen.site.site import STATE, Site

PASSWORD = "demo-password"
"""The file that marks the workspace of a demo and contains the password of its fictitious users."""
BLUEPRINT = "item_bank/DG-TWRT-007/blueprints/standard.yaml"
CANDIDATES, DIRTY_ROWS, SEED, SENT_PER_CRITERION = 60, 4, 2569, 2
TWICE = ("reviewer", "assembler", "assessor", "approver")
"""The roles with two users, to show what one user alone may not do."""


def make_workspace(folder: Path, progress: Callable[[str], None]) -> None:
    """Makes the workspace, unless it exists: the starter bank, and an exam that is built, printed, answered
    and scored."""
    if (folder / "item_bank").is_dir():
        if not (folder / STATE / PASSWORD).is_file():
            raise WrongUsage.because(
                "{folder} is not of a demo: with --demo anybody could sign in without a second factor",
                folder=folder,
            )
        return
    from examgen.assembly import building as exams
    from examgen.bank import workspaces
    from examgen.papers import printing as papers

    progress(tell("the workspace of the demo is made in {folder}", folder=folder))
    workspaces.init(folder)
    Site(folder, "", (), is_secure=False, is_demo=True).token(PASSWORD, 16)
    built = exams.build(folder / BLUEPRINT, folder)
    papers.render(built.folder, folder, progress=progress)
    sit(built.folder)
    send_for_review(folder, built.folder)


def send_for_review(folder: Path, exam: Path) -> None:
    """Sends for review some items of each criterion that are not in the exam."""
    from datetime import date

    from examgen.bank.reviews.moves import move_items
    from examgen.bank.whole_bank import load_bank
    from examgen.core.exam.package import read_exam

    unit = Path(BLUEPRINT).parts[1]
    asked = {one.item.id for form in read_exam(exam).forms for one in form.items}
    sent = dict[str, list[str]]()
    for shelf in load_bank(folder / "item_bank", [unit])[0]:
        for item in shelf.items:
            if item.id not in asked and len(sent.setdefault(item.pc, [])) < SENT_PER_CRITERION:
                sent[item.pc].append(item.id)
    names = [name for some in sent.values() for name in some]
    by = tell("{role}{number} (made up)", role=tell("Writer"), number="").th
    move_items(folder / "item_bank", unit, names, "review", by, date.today())


def sit(exam: Path) -> None:
    """Simulates the answers of candidates and scores them. The answers are recorded as on the site, so that
    users can decide on the rows that the scoring sets aside."""
    from tempfile import TemporaryDirectory

    from examgen.scoring import score as sittings
    from examgen.scoring import simulations
    from examgen.scoring.sitting_folder import sitting_of
    from examgen.sitting import taking

    place = sitting_of(exam)
    with TemporaryDirectory() as folder:
        answers = Path(folder) / "answers.csv"
        simulations.simulate(exam, CANDIDATES, SEED, answers, DIRTY_ROWS)
        taking.take(place, [taking.understood(place, answers)], by="examgen serve --demo")
    with place.scoring() as others_read:
        sittings.score(
            exam, place.answers, options=place.options(), others_read=others_read, acts=place.acts()
        )


def make_people(site: Site) -> tuple[str, list[str]]:
    """Makes users for each role, who share one password drawn for this workspace. Returns the password and
    their user names."""
    from examgen.site.accounts.models import WORDS, Grant, Role, User
    from examgen.site.audit.models import record

    password = site.token(PASSWORD, 16)
    names = [role.value for role in Role] + [f"{role}-2" for role in TWICE]
    for name in names:
        role = Role(name.removesuffix("-2"))
        user, is_new = User.objects.get_or_create(username=name)
        if is_new:
            number = " 2" if name.endswith("-2") else ""
            user.name = tell("{role}{number} (made up)", role=WORDS[role.value], number=number).th
            user.email = f"{name}@demo.invalid"
            user.set_password(password)
            user.save()
            Grant.objects.create(user=user, role=role)
            record(None, "account.make", name, is_demo=True)
    state_held(site.workspace)
    return password, names


def state_held(folder: Path) -> None:
    """States, on behalf of the invigilator, that the exam of the demo was held, so that its answers can be
    scored again."""
    from django.utils import timezone

    from examgen.site.accounts.models import User
    from examgen.site.sittings import sitting_confirmation as held

    who = User.objects.get(username="invigilator")
    for name in [path.parent.name for path in folder.glob(f"output/*/{MANIFEST}")]:
        if held.statement(name) is None and not (held.why_not_state(who, name) or held.why_not_sat(name)):
            held.state(who, name, timezone.localdate())
