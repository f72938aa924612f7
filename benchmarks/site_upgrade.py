"""A site as an earlier commit made it, brought up to date by the code here; and the way back.

    scripts/with-postgresql python -m benchmarks.site_upgrade OUT [--commit d7b1f75e] [--port 8299]

The code of that commit (`git archive`) makes the workspace of its demo and a database, serves it, people save
items, a backup is taken. Then the code here serves the same folder and database, which it brings up to date:
the same people save on, what was saved is there, the record is whole, packages and bank are as they were. The
earlier code is asked to serve that database, and the code here one that a later version has changed: both are
to refuse it in words. Last the backup is put back into a new folder and database, and the earlier code serves
these. Prints what it found as JSON; status 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.site_edits import Told, edit, in_git, new_database
from benchmarks.site_running import ROOT, UNIT, Person, Served, environment
from examgen.core.problems import Exit

COMMIT = "d7b1f75e"
"""Of before any release; what refuses a database of a later version came after it."""
SAVES = 12
LIBRARIES = "libraries"
LOOK = """
import json, os, sys
from collections import Counter
from pathlib import Path
from benchmarks.site_running import UNIT, use
use(Path(sys.argv[1]))
from examgen.assembly.verification import verify
from examgen.site.audit.models import Entry
from examgen.site.audit.record import faults
from examgen.site.bank.units import opened
from examgen.site.jobs.models import Job
from django.contrib.sessions.models import Session
packages = sorted(Path(sys.argv[1]).glob("output/*/exam.yaml"))
print(json.dumps({
    "words": sum(len((item.reference or "").split()) for item in opened(UNIT).items.values()),
    "entries": Entry.objects.count(),
    "faults": [*map(str, faults())],
    "jobs": Job.objects.count(),
    "sessions": Session.objects.count(),
    "packages": {one.parent.name: [str(p) for p in verify(one.parent).problems] for one in packages},
}))
"""


class Code(Served):
    """A site served by the code of some folder."""

    def __init__(self, folder: Path, port: int, code: Path, url: str) -> None:
        super().__init__(folder, port)
        self.code, self.url = code, url

    def environment(self) -> Mapping[str, str]:
        """With that code."""
        own = {"PYTHONPATH": f"{self.code}:{self.code / LIBRARIES}", "EXAMGEN_DATABASE": self.url}
        return {**environment(self.folder), **own}

    def say(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of that code."""
        return subprocess.run(
            [sys.executable, "-m", "examgen", *words],
            cwd=self.folder if self.folder.is_dir() else self.code,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def of_site(self, *words: str) -> list[str]:
        """`examgen site backup` or `restore`, whose name once had no `site`; what went wrong."""
        done = self.say("site", *words)
        if done.returncode == Exit.USAGE:
            done = self.say(*words)
        return [f"{words[0]}: {(done.stdout + done.stderr)[-300:]}"] if done.returncode else []


def code_of(commit: str, place: Path) -> Path:
    """The sources of a commit, in a folder of their own, with libraries that it needs and the code here does
    not."""
    data = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True, check=True)
    with tarfile.open(fileobj=BytesIO(data.stdout)) as archive:
        archive.extractall(place)
    own = "typer|shellingham|annotated-doc"
    pinned = re.findall(rf"^((?:{own})==\S+)", (place / "requirements.lock").read_text("utf-8"), re.M)
    if pinned:
        into = ("--quiet", "--no-deps", "--target", str(place / LIBRARIES))
        subprocess.run([sys.executable, "-m", "pip", "install", *into, *pinned], check=True)
    return place


def looked(site: Code) -> dict[str, Any]:
    """What the code here finds in a workspace and its database."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(site.folder)],
        env={**site.environment(), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def save(site: Code, told: Told, first: int) -> str:
    """Somebody saves; what went wrong."""
    person = Person(site, "writer")
    items = sorted(told.stands)
    edit(person, items, SAVES, told, random.Random(first), first)
    return "" if told.answers.total() == told.answers[302] else f"answers {dict(told.answers)}"


def replayed(out: Path, commit: str, port: int) -> dict[str, Any]:
    """All of it; under `wrong` what is not as it should be."""
    out.mkdir(parents=True, exist_ok=True)
    url = new_database("upgraded")
    earlier = Code(out / "workspace", port, code_of(commit, out / "earlier"), url)
    here = Code(earlier.folder, port, ROOT, url)
    wrong: list[str] = []
    found: dict[str, Any] = {"commit": commit, "wrong": wrong}
    found["earlier starts after, s"] = round(earlier.start(600), 1)
    in_git(earlier.folder, "init", "--quiet", "--initial-branch=main")
    in_git(earlier.folder, "add", "item_bank")
    in_git(earlier.folder, "commit", "--quiet", "-m", "as it was")
    told = Told()
    told.stands = items_of(earlier)
    wrong += filter(None, [save(earlier, told, 1)])
    file = out / "earlier.tar.gz"
    wrong += earlier.of_site("backup", str(file), "--workspace", str(earlier.folder))
    earlier.stop()

    found["here starts after, s"] = round(here.start(300), 1)
    wrong += filter(None, [save(here, told, 2)])
    here.stop()
    found["after the upgrade"] = after = looked(here)
    lost = [word for words in told.stands.values() for word in words if word not in texts_of(here)]
    wrong += [f"words lost: {lost}"] if lost else []
    wrong += [f"the record: {after['faults']}"] if after["faults"] else []
    wrong += [f"{name}: {said[:3]}" for name, said in after["packages"].items() if said]
    done = here.say("bank", "check", UNIT)
    wrong += [f"the bank: {(done.stdout + done.stderr)[-300:]}"] if done.returncode else []

    found["the earlier code on this database"] = refused = refusal(earlier)
    found["is refused"] = "later examgen" in refused
    found["this code on a later database"] = said = refusal_of_a_later(here)
    wrong += [] if "later examgen" in said else [f"a later database is not refused: {said}"]

    back = Code(out / "back", port, earlier.code, new_database("back"))
    if failed := earlier.of_site("restore", str(file), str(back.folder), "--database", back.url):
        return {**found, "wrong": [*wrong, *failed]}
    found["back: the earlier code starts after, s"] = round(back.start(300), 1)
    back.stop()
    before = {word for words in told.stands.values() for word in words if word.startswith("w1.")}
    lost = sorted(word for word in before if word not in texts_of(back))
    wrong += [f"words lost on the way back: {lost}"] if lost else []
    return found


def items_of(site: Code) -> dict[str, set[str]]:
    """Some items of the unit, by the page that lists them."""
    page = Person(site, "writer").get(f"/bank/{UNIT}/").text
    return {name: set() for name in sorted({*re.findall(rf"/bank/{UNIT}/([\w.-]+-\d+)/", page)})[:4]}


def texts_of(site: Code) -> set[str]:
    """Every word of the items' files."""
    paths = (site.folder / "item_bank" / UNIT).rglob("*.yaml")
    return {word.strip("'\"") for path in paths for word in path.read_text("utf-8").split()}


def refusal(site: Code) -> str:
    """What a site says that does not start; that it starts, where it does."""
    log = site.folder.parent / "serve.log"
    before = log.stat().st_size
    site.process = subprocess.Popen(
        site.command(), env=site.environment(), stdout=site.log, stderr=site.log, start_new_session=True
    )
    while site.process.poll() is None:
        if site.is_well():
            site.stop()
            return "it serves it"
        time.sleep(0.5)
    return log.read_bytes()[before:].decode(errors="replace").strip()[-600:]


def refusal_of_a_later(site: Code) -> str:
    """The same where the database has a change that the code does not know."""
    import psycopg

    with psycopg.connect(site.url) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('jobs', '0099_later', now())"
        )
    done = site.say("serve", str(site.folder), "--demo", "--port", str(site.port))
    with psycopg.connect(site.url) as database:
        database.execute("DELETE FROM django_migrations WHERE name = '0099_later'")
    return (done.stdout + done.stderr).strip()


def main() -> int:
    """The replay, and what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--commit", default=COMMIT)
    parser.add_argument("--port", type=int, default=8299)
    asked = parser.parse_args()
    os.environ["EXAMGEN_DATABASE"] = os.environ["EXAMGEN_TEST_DATABASE"]
    found = replayed(asked.out.resolve(), asked.commit, asked.port)
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return int(bool(found["wrong"]))


if __name__ == "__main__":
    sys.exit(main())
