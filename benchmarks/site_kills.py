"""SIGKILL to a real site, or work stopped on its page, at random moments: what was asked ends once, and
nothing is half-written.

    python -m benchmarks.site_kills FOLDER [--kills 30] [--seed 2569] [--port 8199]

Each round asks for a job by its page (build, an exam set aside for another, print, score, a workbook uploaded
and taken over, a scoring after a correction of the key, a release) and for a check of the package behind it,
waits for a random part of the time that the job takes undisturbed, and kills the worker, the server of pages,
`examgen serve` alone, or all of them, or stops the job on its page (an eighth of these rounds before it is
begun, a quarter twice, some with the worker killed beside it); in some rounds while answers are sent or a
correction is made, which are no jobs. Then the site is started again where it is down, and asked: has every
job ended, and is its end in the record once, and who stopped it; is nothing left of what it had prepared; is
a job that was interrupted done where it is asked for again; is the chain of the record whole; does `examgen
verify` hold for the packages, and does `bank check` for the unit; is a workbook taken over whole or not at
all; is every sitting beside the exam that it was of; is each release, and each correction, in the record
once; is no process left over, no folder of a command that was killed. A line for
each round; status 1 where anything failed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import openpyxl
import requests

from benchmarks.site_people import sent
from benchmarks.site_running import ANSWERS, EXAM, SEEN, UNIT, Person, Served, environment, prepared, use
from examgen.core.storage import sha256_of

OTHER_EXAM = f"{UNIT}-three"
"""Of the blueprint `three`, which is built and set aside."""
PRINTED = f"{UNIT}-printed"
"""Of a blueprint like `standard`: an exam that is printed over and over."""
WORK_FOLDERS = (".examgen-tmp", ".printing-", ".scoring-")
MARK = re.compile(r" \[(\d+)\]\s*$")
LEFT = "left by a scoring that broke off"
"""What `verify` says until somebody scores again."""
VICTIMS = ("worker", "granian", "serve", "all")
STOPPED = "stopped"
"""In place of a victim: who asked stops the job on its page."""
LONGEST = 600.0
"""Seconds that jobs have to end after a kill."""


class Rounds:
    """The site, who asks, and what each kind of work takes."""

    def __init__(self, site: Served, seed: int) -> None:
        self.site, self.chance = site, random.Random(seed)
        self.took: dict[str, float] = {}
        self.n_upload = self.n_correction = self.n_score = 0
        self.people: dict[str, Person] = {}
        self.to_make = ""

    def sign_in(self) -> None:
        """Sessions outlive the server: people sign in once."""
        names = ("assembler", "writer", "grader", "approver", "psychometrician")
        self.people = {name: Person(self.site, name) for name in names}

    # ── what is asked ──
    def build(self) -> str:
        """An exam that nobody prints or scores, of the bank as it is by now."""
        return self._asked(self.people["assembler"].post(f"/blueprints/{UNIT}/three/build/", {}))

    def replace(self) -> str:
        """An exam that was sat is set aside; what lies in its sitting says of which exam it is."""
        exam = self.site.folder / "output" / OTHER_EXAM
        sat = self.site.folder / "sittings" / OTHER_EXAM / "reading.json"
        if not sat.parent.exists():
            sat.parent.mkdir(parents=True)
            sat.write_text(json.dumps({"of": sha256_of(exam / "exam.yaml")}))
        data = {"replace": OTHER_EXAM}
        return self._asked(self.people["assembler"].post(f"/blueprints/{UNIT}/three/build/", data))

    def correct(self) -> str:
        """One more question that counts for nobody, tried and made; the job is the scoring with it."""
        return self._asked(self.people["grader"].post(self._tried(), {}))

    def make(self) -> str:
        """The same, but the kill comes while it is made."""
        self.to_make = self._tried()
        return str(_ask("verify", EXAM))

    def _tried(self) -> str:
        """A correction that was proposed and tried: the page that makes it."""
        grader, page = self.people["grader"], f"/exams/{EXAM}/corrections/"
        self.n_correction += 1
        data = {"kind": "drop", "form": "A", "question": str(self.n_correction), "where": "everywhere"}
        data |= {"reason": "two answers are right", "by": "committee", "date": "2026-11-20"}
        tried = self._asked(grader.post(page, data))
        self.ended([tried])
        return f"{page}{_job(tried).asked['proposal']}/make/"

    def release(self) -> str:
        """A run that is not the one that people are told."""
        from examgen.site.sittings.pages import runs_of, sitting

        told = self._releases()
        runs = [one for one in runs_of(sitting(EXAM)) if not told or one.number != told[-1].run]
        data = {"reason": "approved by the committee", "minutes": "8/2569", "sha256": runs[0].sha256}
        page = f"/exams/{EXAM}/runs/{runs[0].number}/release/"
        return self._asked(self.people["approver"].post(page, data))

    def _releases(self) -> list[Any]:
        from examgen.core.exam.releases import all_releases

        return all_releases(self.site.folder / "output" / EXAM / "results")

    def score(self) -> str:
        """One more candidate than the last time: each is a new run."""
        self.n_score += 1
        self._send()
        return self._asked(self.people["grader"].post(f"/exams/{EXAM}/score/", {}))

    def send(self) -> str:
        """No job: the kill comes while answers are sent."""
        return str(_ask("verify", EXAM))

    def _send(self) -> None:
        rows = (self.site.folder / ANSWERS).read_text("utf-8-sig").splitlines()
        rows += [rows[1].replace("SYN-00001", f"NEW-{n:05}", 1) for n in range(self.n_score)]
        data = "\n".join([*rows, ""]).encode()
        page = f"/exams/{EXAM}/answers/"
        grader = self.people["grader"]
        seen = SEEN.findall(grader.get(page).text)
        answer = grader.post(page, {"seen": seen}, {"given": (ANSWERS, data)})
        if answer.status_code == 409:  # a file of that name is there: it is asked whether it is to go
            grader.post(page, sent(answer.text, "waits", reason="sent again"))

    def render(self) -> str:
        """Booklets and sheets of everybody on a list, by room; key sheets under a password."""
        data = {"per": "room", "password": "correct horse battery 9"}
        return self._asked(self.people["assembler"].post(f"/exams/{PRINTED}/papers/print/", data))

    def analyse(self) -> str:
        """The answers of the run that people are told."""
        data = {"model": "", "min_n": "1"}
        return self._asked(self.people["psychometrician"].post(f"/exams/{EXAM}/results/analysis/make/", data))

    def report(self) -> str:
        """Its reports, without candidates' own."""
        data = {"kind": ["cohort", "centre"], "lang": "th", "run": str(self._newest())}
        return self._asked(self.people["grader"].post(f"/exams/{EXAM}/results/make/", data))

    def _newest(self) -> int:
        from examgen.site.sittings.pages import runs_of, sitting

        return max(one.number for one in runs_of(sitting(EXAM)))

    def bring_list(self) -> None:
        """The exam to be printed, and who comes to it."""
        from examgen.assembly import building as exams

        standard = self.site.folder / "item_bank" / UNIT / "blueprints" / "standard.yaml"
        to_print = standard.with_name("printed.yaml")
        to_print.write_text(
            re.sub(r"(?m)^exam: .*", f"exam: {PRINTED}", standard.read_text("utf-8")), "utf-8"
        )
        exams.build(to_print, self.site.folder)
        rows = "".join(f"{n:04},คนที่ {n},ห้อง {n % 3 + 1}\n" for n in range(1, 31))
        file = {"file": ("list.csv", f"candidate_id,name,room\n{rows}".encode())}
        answer = self.people["assembler"].post(f"/exams/{PRINTED}/papers/list/", {}, file)
        if answer.status_code != 302:
            raise RuntimeError(f"{answer.status_code} {answer.text[:400]}")

    def upload(self) -> str:
        """A workbook in which the stem of every item bears the number of the upload, read and taken over."""
        writer = self.people["writer"]
        self.n_upload += 1
        data = self._marked(self.n_upload)
        answer = writer.post(
            f"/bank/{UNIT}/import/", {"cognitive": "understand"}, {"file": ("items.xlsx", data)}
        )
        job = self._asked(answer)
        self.ended([job])
        if _job(job).state != "done":
            raise RuntimeError(f"{_job(job).message} {_job(job).problems[:3]}")
        page = f"/bank/{UNIT}/import/{_job(job).asked['upload']}/"
        return self._asked(writer.post(page, {}))

    def _asked(self, answer: requests.Response) -> str:
        if answer.status_code != 302 or "/work/" not in answer.headers["location"]:
            raise RuntimeError(f"{answer.url}: {answer.status_code} {answer.text[:400]}")
        return answer.headers["location"].rstrip("/").rpartition("/")[2]

    def _marked(self, n: int) -> bytes:
        """The workbook of the unit with that number at the end of each stem."""
        book = openpyxl.load_workbook(
            BytesIO(self.people["writer"].get(f"/bank/{UNIT}/export/xlsx/").content)
        )
        sheet = book.worksheets[0]
        column = next(
            cell.column for row in sheet.iter_rows(max_row=5) for cell in row if cell.value == "Stem"
        )
        for row in range(3, sheet.max_row + 1):
            cell = sheet.cell(row, column)
            if cell.value:
                cell.value = f"{MARK.sub('', cell.value)} [{n}]"
        out = BytesIO()
        book.save(out)
        return out.getvalue()

    # ── what came of it ──
    def ended(self, jobs: list[str]) -> None:
        """Waits until all of them have ended."""
        until = time.monotonic() + LONGEST
        while not all(_job(one).has_ended for one in jobs):
            if time.monotonic() > until:
                raise RuntimeError("a job has not ended")
            time.sleep(0.1)

    def one(self, kind: str, victim: str) -> dict[str, Any]:
        """A round."""
        work: Callable[[], str] = getattr(self, kind)
        job = work()
        behind = str(_ask("verify", EXAM))
        until = time.monotonic() + 30
        is_early = victim == STOPPED and self.chance.random() < 1 / 8
        there = self.site.processes_of()  # to look for them takes as long as a scoring
        while not is_early and _job(job).state == "waiting" and time.monotonic() < until:
            time.sleep(0.01)
        after = 0.0 if is_early else self.chance.uniform(0, self.took[kind])
        time.sleep(after)
        state = _job(job).state
        grader = self.people["grader"]
        if victim == STOPPED:
            self._stop(job)
        elif kind == "send":
            self._kill_while(self._send, victim)
        elif kind == "make":
            self._kill_while(lambda: grader.post(self.to_make, {}), victim)
        else:
            self.site.kill(victim, there)
        begun = time.monotonic()
        if victim in {"serve", "all", "granian"}:
            with contextlib.suppress(subprocess.TimeoutExpired):
                assert self.site.process is not None
                self.site.process.wait(60)
            self.site.start()
        self.ended([str(one) for one in _jobs()])
        back = time.monotonic() - begun
        faults = [*self.ends([job, behind]), *self.left()]
        if _job(job).state in {"interrupted", "withdrawn"}:  # as its page says: ask again
            again = work()
            self.ended([again])
            faults += [*self.ends([again])]
        faults += [*self.faults()]
        return {
            "kind": kind,
            "victim": victim,
            "after": after,
            "was": state,
            "ended": _job(job).state,
            "behind": _job(behind).state,
            "back": back,
            "faults": faults,
        }

    def _stop(self, job: str) -> None:
        """As who asked for it does, and now and then the worker is killed at the same moment."""
        name = _job(job).by.username
        times = 2 if self.chance.random() < 1 / 4 else 1
        is_killed = self.chance.random() < 1 / 5
        for _ in range(times):
            answer = self.people[name].post(f"/work/{job}/stop/", {})
            if answer.status_code != 302:
                raise RuntimeError(f"{answer.status_code} {answer.text[:400]}")
        if is_killed:
            self.site.kill("worker")

    def _kill_while(self, sends: Callable[[], object], victim: str) -> None:
        """The kill comes while something is sent and answered."""

        def send() -> None:
            with contextlib.suppress(requests.RequestException):
                sends()

        sending = threading.Thread(target=send)
        sending.start()
        time.sleep(self.chance.uniform(0, 0.15))
        self.site.kill(victim)
        sending.join()

    def ends(self, jobs: list[str]) -> Iterator[str]:
        """What is wrong with how jobs have ended."""
        from examgen.site.audit.models import Entry

        for one in jobs:
            job = _job(one)
            entries = Entry.objects.filter(detail__job=one).exclude(what=f"{job.kind}.ask")
            ends = [entry.what for entry in entries]
            expected = [f"{job.kind}.{job.state}"] if job.begun_at else []
            if job.stopper is not None:
                how = "withdrawn" if job.state == "withdrawn" else "stop"
                expected.insert(0, f"{job.kind}.{how}")
                if entries.get(what=f"{job.kind}.{how}").who != job.stopper.username:
                    yield f"{job.kind} stopped by another than the record says"
                if job.state in {"interrupted", "withdrawn"} and str(job.stopper) not in job.message["en"]:
                    yield f"{job.kind} stopped by {job.stopper}: {job.message['en']}"
            if ends != expected:
                yield f"{job.kind} {job.state}, on record as {ends}"
            if job.state == "failed" or (job.state == "refused" and LEFT not in str(job.problems)):
                yield f"{job.kind} {job.state}: {job.message.get('en')} {job.problems[:2]}"

    def faults(self) -> Iterator[str]:
        """What is wrong with the workspace, the record and the processes."""
        from examgen.site.audit.record import faults

        if wrong := [*faults()]:
            yield f"the record is not whole: {wrong[:3]}"
        from examgen.assembly.verification import verify

        for exam in self.site.folder.glob("output/*/exam.yaml"):
            if wrong := [str(one) for one in verify(exam.parent).problems if LEFT not in str(one)]:
                yield f"{exam.parent.name} is not whole: {wrong[:3]}"
        done = subprocess.run(
            [sys.executable, "-m", "examgen", "bank", "check", UNIT],
            cwd=self.site.folder,
            env=environment(self.site.folder) | {"EXAMGEN_WORKSPACE": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            yield f"the bank: {(done.stdout + done.stderr).strip()[-300:]}"
        yield from self._texts()
        yield from self._beside_its_exam()
        if left := [*self.site.folder.glob(".examgen-web/uploads/*/password")]:
            yield f"{len(left)} passwords of key sheets are left"
        yield from self._once_on_record()
        yield from self.left()
        until, expected = time.monotonic() + 60, {"serve": 1, "granian": 2, "worker": 2, "other": 0}
        while (there := {name: len(ids) for name, ids in self.site.processes_of().items()}) != expected:
            if time.monotonic() > until:
                yield f"processes: {there}"
                break
            time.sleep(0.2)

    def left(self) -> Iterator[str]:
        """What a command that was killed had prepared."""
        left = [one for one in self.site.folder.rglob("*") if one.name.startswith(WORK_FOLDERS)]
        if left:
            yield f"left over: {[str(one.relative_to(self.site.folder)) for one in left[:3]]}"

    def _texts(self) -> Iterator[str]:
        """A workbook is taken over whole or not at all: all stems bear the same number."""
        from examgen.site.bank.units import opened

        stems = [item.stem for item in opened(UNIT).items.values()]
        numbers = Counter(found[1] if (found := MARK.search(stem)) else "" for stem in stems)
        if len(numbers) > 1:
            yield f"a workbook is half taken over: {dict(numbers)}"

    def _beside_its_exam(self) -> Iterator[str]:
        """A sitting is set aside with its exam."""
        for sat in self.site.folder.glob("sittings/*/reading.json"):
            exam = self.site.folder / "output" / sat.parent.name / "exam.yaml"
            said = json.loads(sat.read_bytes()).get("of")
            if said and (not exam.is_file() or said != sha256_of(exam)):
                yield f"the sitting {sat.parent.name} is of another exam"

    def _once_on_record(self) -> Iterator[str]:
        """Releases and corrections that stand, and what the record has of them."""
        from examgen.site.audit.models import Entry
        from examgen.site.sittings.pages import sitting
        from examgen.sitting import correcting

        made = Entry.objects.filter(about=EXAM, what="release.make")
        made = made.values_list("detail__release", flat=True)
        if sorted(made) != sorted(one.sha256 for one in self._releases()):
            yield f"{len(self._releases())} releases, {len(made)} on record"
        questions = Counter(one["question"] for one in correcting.on_record(sitting(EXAM)))
        entries = Entry.objects.filter(about=EXAM, what="corrections.make").count()
        if len(questions) != questions.total() or entries != questions.total():
            yield f"corrections of {dict(questions)}, {entries} on record"


def _job(pk: str) -> Any:
    from examgen.site.jobs.models import Job

    return Job.objects.get(pk=pk)


def _jobs() -> list[Any]:
    """Those that have not ended."""
    from examgen.site.jobs.models import ENDED, Job

    return [*Job.objects.exclude(state__in=ENDED).values_list("pk", flat=True)]


def _ask(kind: str, exam: str) -> Any:
    from examgen.site.accounts.models import User
    from examgen.site.jobs.queue import ask

    return ask(kind, exam, User.objects.get(username="assembler"), exam=exam).pk


def main() -> int:
    """The rounds, and their table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=2569)
    parser.add_argument("--kinds", default="")
    parser.add_argument("--victims", default=",".join((*VICTIMS, STOPPED)))
    asked, site = prepared(parser)
    print(f"first page after {site.start():.1f} s", flush=True)
    use(site.folder)
    from examgen.site.jobs.kinds import kinds

    rounds = Rounds(site, asked.seed)
    failed, ends = 0, Counter[str]()
    try:
        rounds.sign_in()
        rounds.bring_list()
        known = {"build": "build", "replace": "build", "upload": "bank-take", "score": "score"}
        known |= {"send": "verify", "render": "render", "correct": "score", "make": "verify"}
        known |= {"release": "release", "analyse": "analysis", "report": "reports"}
        chosen = [name for name, kind in known.items() if kind in kinds()]
        chosen = [name for name in chosen if not asked.kinds or name in asked.kinds.split(",")]
        print("kinds:", ", ".join(chosen), flush=True)
        for kind in chosen:
            for _ in range(2):  # the first loads libraries, and kills by its time come too late
                job = getattr(rounds, kind)()
                rounds.ended([job])
                took = (_job(job).ended_at - _job(job).begun_at).total_seconds()
                rounds.took[kind] = min(took, rounds.took.get(kind, took))
                print(f"undisturbed: {kind} {_job(job).state} in {took:.1f} s", flush=True)
        for n in range(asked.kills):
            kind, victim = chosen[n % len(chosen)], rounds.chance.choice(asked.victims.split(","))
            said = rounds.one(kind, victim)
            failed += bool(said["faults"])
            ends[f"{kind} {'stopped ' if victim == STOPPED else ''}{said['ended']}"] += 1
            print(
                f"{n + 1:3} {kind:7} {victim:8} after {said['after']:5.2f} s ({said['was']}): "
                f"{said['ended']}, behind it {said['behind']}, {said['back']:.1f} s; "
                f"{said['faults'] or 'whole'}",
                flush=True,
            )
    finally:
        site.stop()
    print(dict(ends), f"{failed} of {asked.kills} rounds failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
