"""Jobs of a site whose worker is killed (SIGKILL) for certain: where what they make stands in its place and is
not on record yet, or before one change of the disk.

    python -m tests.site.killed_jobs FOLDER [--every N] [CASE …]      a line of JSON for each kill

FOLDER is a workspace with the exam `T-EXAM`, as the fixture `analysable` has it, which goes. With `--every`
a worker is killed before each Nth change of the workspace in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests import kills
from tests.samples import blueprint_data
from tests.scanning import drawn_sheets

UNIT, SAT, BUILT, SCANNED = "T-1", "T-EXAM", "K-EXAM", "S-EXAM"
SEED = iter(range(1, 10**6))


class Case(NamedTuple):
    """What somebody asks for on a page, what is on record of it, and where it then stands."""

    about: str
    asks: Callable[[Any], Any]
    acts: tuple[str, ...]
    stands: tuple[str, ...]
    """Patterns below the workspace."""


def _blueprint(folder: Path) -> None:
    """Another text each time: an exam that is built anew is another one."""
    path = folder / "item_bank" / UNIT / "blueprints" / "small.yaml"
    path.parent.mkdir(exist_ok=True)
    data = blueprint_data(exam=BUILT, items=6, seed=next(SEED))
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")


def cases(folder: Path) -> dict[str, Case]:
    """Every kind of job that makes something, in an order in which each can be asked for."""
    at, analyses = f"/exams/{SAT}", f"/analyses/unit/{UNIT}"

    def build(client: Any, **more: str) -> Any:
        _blueprint(folder)
        return client.post(f"/blueprints/{UNIT}/small/build/", more)

    def correct(client: Any) -> Any:
        data = {"kind": "drop", "form": "A", "question": str(next(SEED) % 16 + 1), "where": "everywhere"}
        data |= {"reason": "two answers are right", "by": "committee", "date": "2026-11-20"}
        return client.post(f"{at}/corrections/", data)

    def score(client: Any) -> Any:
        answers = folder / "output" / SAT / "sitting" / "answers" / "answers.csv"
        text = answers.read_text("utf-8").rstrip("\n")
        last = text.rsplit("\n", 1)[1].partition(",")[2]
        answers.write_text(
            f"{text}\nQ{next(SEED)},{last}\n", "utf-8"
        )  # else it would be the run that is there
        return client.post(f"{at}/score/", {})

    def scan(client: Any) -> Any:
        file = BytesIO((folder / "10001.png").read_bytes())
        file.name = "10001.png"
        return client.post(f"/exams/{SCANNED}/scans/", {"given": [file]})

    def report(client: Any) -> Any:
        day = f"2026-11-{next(SEED) % 20 + 1:02}"
        data = {"kind": ["centre", "cohort"], "lang": "en", "run": "1", "date": day}
        return client.post(f"{at}/results/make/", data)

    def analyse(client: Any) -> Any:
        data = {"model": "", "min_n": str(next(SEED) % 9 + 1)}
        return client.post(f"{at}/results/analysis/make/", data)

    def equate(client: Any) -> Any:
        data = {"x": f"exam:{SAT}/A", "y": f"exam:{SAT}/B", "collected": "common", "method": "linear"}
        data["cut"] = "9"
        from examgen.site.analyses.kinds import KINDS

        fields = KINDS["equate"].form(exams={}, files={"": ""}).fields
        choices = {name: getattr(field, "choices", None) for name, field in fields.items() if field.required}
        first = {name: field.initial for name, field in fields.items() if field.initial not in (None, False)}
        chosen = {name: one[0][0] for name, one in choices.items() if one}
        return client.post(f"{analyses}/equate/", {**chosen, **first, **data})

    def export(client: Any) -> Any:
        shutil.rmtree(folder / "output" / SAT / "exports", ignore_errors=True)  # the same bytes each time
        return client.post(f"{at}/results/exports/", {"format": "results"})

    def render(client: Any) -> Any:
        return client.post(f"/exams/{BUILT}/papers/print/", {"per": "candidate"})

    def replace(client: Any) -> Any:
        return build(client, replace=BUILT)

    def release(client: Any) -> Any:
        from examgen.site.sittings.pages import runs_of, sitting

        newest = max(runs_of(sitting(SAT)), key=lambda run: run.number)
        data = {
            "reason": "approved",
            "minutes": str(next(SEED)),
            "day": date.today().isoformat(),
            "sha256": newest.sha256,
        }
        return client.post(f"{at}/runs/{newest.number}/release/", data)

    output = f"output/{SAT}"
    return {
        "build": Case(BUILT, build, ("exam.build",), (f"output/{BUILT}/exam.yaml",)),
        "render": Case(BUILT, render, ("papers.print",), (f"output/{BUILT}/exam.yaml",)),
        "replace": Case(BUILT, replace, ("exam.replace", "exam.build"), (f"output/{BUILT}*/exam.yaml",)),
        "scan": Case(SCANNED, scan, ("scans.read",), (f"output/{SCANNED}/sitting/scans/*/scan.json",)),
        "reports": Case(SAT, report, ("reports.made",), (f"{output}/reports/*/*/.examgen",)),
        "analysis": Case(SAT, analyse, ("analysis.made",), (f"{output}/analysis/*/.examgen",)),
        "equate": Case(SAT, equate, ("analyses.made",), ("analyses/*-*",)),
        "export": Case(SAT, export, ("export.made",), (f"{output}/exports/*/*/*",)),
        "correction": Case(
            SAT, correct, ("corrections.tried",), (f"output/{SAT}/sitting/proposed/*/tried.json",)
        ),
        "score": Case(SAT, score, ("score.run",), (f"{output}/results/runs/[0-9]*/audit.json",)),
        "release": Case(SAT, release, ("release.make",), (f"{output}/sitting/record.jsonl",)),
    }


def standing(folder: Path, case: Case) -> dict[str, bytes]:
    """What stands in its place."""
    paths = [path for pattern in case.stands for path in folder.glob(pattern)]
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in paths}


def prepared(folder: Path) -> Any:
    """The site, as `examgen serve` makes it ready; who has every role that asks for jobs, signed in."""
    from examgen.site import server
    from examgen.site.site import Site

    server.begin(Site(folder, "", ("testserver",), is_secure=False, is_demo=True))
    server.make_ready(Site(folder, "", ("testserver",), is_secure=False, is_demo=True))
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from examgen.site.accounts.models import Grant, User
    from examgen.site.sittings import sitting_confirmation as held

    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "whitenoise" not in one]
    people = {}
    for name, roles in (
        ("malee", ("assembler", "grader", "psychometrician")),
        ("somchai", ("invigilator", "approver")),
    ):
        user = User.objects.create_user(name, f"{name}@example.org", "x", name=name)
        for role in roles:
            Grant.objects.create(user=user, role=role)
        people[name] = Client()
        people[name].force_login(user)
    exam = drawn_sheets.exam_with_sheets(folder / "output" / SCANNED, ["10001"])
    serials = {row["candidate_id"]: serial for serial, row in drawn_sheets.dealt(exam).items()}
    sheet = drawn_sheets.personal(exam, serials["10001"], "ABCD", darkness={("item", 1): 205})
    drawn_sheets.save(sheet, folder / "10001.png")
    answers = folder / "output" / SAT / "sitting" / "answers"
    answers.mkdir(parents=True)
    shutil.copyfile(folder / "answers.csv", answers / "answers.csv")
    for name in (SAT, SCANNED):
        held.state(User.objects.get(username="somchai"), name, timezone.localdate())
    return people


def worked(kill_at: int | None, folder: Path) -> tuple[int, int]:
    """A worker's round in a process of its own, killed where `kill_at` says: before that change of the
    workspace; -1 where what a job has made is to go on record. Its exit status, and how many
    changes there were."""
    from django.conf import settings

    place = Path(settings.SITE.state) / "changes"
    call = f"from tests.site.killed_jobs import work; work({kill_at}, {str(folder)!r}, {str(place)!r})"
    done = subprocess.run([sys.executable, "-c", call], check=False, timeout=300)
    return done.returncode, int(place.read_text()) if done.returncode == 0 else 0


def work(kill_at: int | None, folder: str, place: str) -> None:
    """That process."""
    import django

    django.setup()
    from examgen.site.audit.models import Entry
    from examgen.site.jobs import worker
    from examgen.site.jobs.kinds import kinds

    count = 0
    kinds()  # what this writes of modules is no change of the job

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event in kills.CHANGES and kills.is_change(event, arguments, folder):
            if count == kill_at:
                die()
            count += 1

    if kill_at == -1:
        acts = {act for case in cases(Path(folder)).values() for act in case.acts}
        save = Entry.save
        Entry.save = lambda self, **said: (die if self.what in acts else save)(self, **said)  # type: ignore[method-assign]
    else:
        sys.addaudithook(hook)
    worker.work(is_once=True)
    Path(place).write_text(str(count))


def killed(folder: Path, people: Any, case: Case, kill_at: int | None) -> dict[str, Any]:
    """Asks for a job and kills its worker; what another worker makes of it."""
    from examgen.site.audit.models import Begun, Entry
    from examgen.site.jobs import worker
    from examgen.site.jobs.models import Job

    last = Entry.objects.count()
    who = people["somchai" if case.acts == ("release.make",) else "malee"]
    answer = case.asks(who)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    job = Job.objects.get(pk=answer.headers["location"].split("/")[2])
    before = standing(folder, case)
    status, changes = worked(kill_at, folder)
    first = (
        standing(folder, case) != before,
        Entry.objects.filter(what__in=case.acts, number__gt=last).count(),
    )
    worker.work(is_once=True)
    job.refresh_from_db()
    entries = Entry.objects.filter(number__gt=last, what__in=case.acts)
    return {
        "status": status,
        "changes": changes,
        "was": first,
        "stands": len({*standing(folder, case).items()} - {*before.items()}),
        "acts": [[one.what, one.who, one.about, one.detail] for one in entries.order_by("number")],
        "state": job.state,
        "message": job.message["en"],
        "problems": job.problems,
        "left": Begun.objects.count(),
    }


def rounds(folder: Path, chosen: list[str], every: int) -> Iterator[dict[str, Any]]:
    """The kills, one after the other."""
    people = prepared(folder)
    for name, case in cases(folder).items():
        if chosen and name not in chosen:
            if name == "build":
                killed(folder, people, case, None)
            continue
        if every:
            n = killed(folder, people, case, None)["changes"]
            for at in range(every // 2, n, every):
                yield {"case": name, "at": [at, n], **killed(folder, people, case, at)}
        yield {"case": name, **killed(folder, people, case, -1)}


def main() -> None:
    """Kills, and tells of each."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", type=Path)
    asked.add_argument("cases", nargs="*")
    asked.add_argument("--every", type=int, default=0)
    given = asked.parse_intermixed_args()
    for said in rounds(given.folder.resolve(), given.cases, given.every):
        print(json.dumps(said, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
