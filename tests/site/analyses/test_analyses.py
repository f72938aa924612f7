"""Analyses on pages: what the command finds and writes is found and kept, for those who may read it."""

from __future__ import annotations

import csv
import json
import re
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from django.conf import settings as site_settings

from examgen.scoring.runs import read_people
from examgen.site.analyses import kinds as job_inputs
from examgen.site.analyses.kinds import KINDS
from examgen.site.audit.models import Entry
from examgen.site.jobs import worker
from examgen.site.jobs.models import Job, State
from tests.commands.conftest import Run
from tests.site.conftest import OTHER, Browser, Client, Make
from tests.sittings import contents

UNIT, EXAM = "T-1", "T-EXAM"
AT = f"/analyses/unit/{UNIT}"
SCRIPT = "<script>alert(1)<p>"
RESPONSES = "candidate_id,i1,i2,i3\n" + "".join(
    f"c{n},{int(n % 2 == 0)},{int(n % 3 == 0)},{int(n % 5 < 3)}\n" for n in range(60)
)


def send(client: Client, name: str, text: str) -> str:
    """Sends a file; its value in the choices of a form."""
    file = BytesIO(text.encode())
    file.name = name
    answer = client.post(f"{AT}/", {"given": file})
    assert answer.status_code == 302, answer.content.decode()
    [place] = [
        path
        for path in Path(site_settings.SITE.uploads).iterdir()
        if json.loads((path / "about.json").read_text())["name"] == name
    ]
    return place.name


def asked(client: Client, kind: str, **options: Any) -> Job:
    """The job of an analysis, done; what is not said stands as the page has it."""
    form = KINDS[kind].form(exams={}, files={"": ""})
    first = {name: field.initial for name, field in form.fields.items() if field.initial not in (None, False)}
    chosen = {
        name: field.choices[0][0]
        for name, field in form.fields.items()
        if field.required and getattr(field, "choices", None)
    }
    answer = client.post(f"{AT}/{kind}/", {**chosen, **first, **options})
    assert answer.status_code == 302, [
        line for line in answer.content.decode().splitlines() if "faults" in line
    ]
    worker.work(is_once=True)
    return Job.objects.latest("asked_at")


def found(client: Client, job: Job) -> Any:
    """The document of an analysis that went well."""
    assert job.state == State.DONE, (job.message, job.problems)
    return json.loads(client.get(job.result["address"] + "found.json").content)


def test_forms_are_equated_as_by_the_command(analysed_site: Path, browser: Browser, run: Run) -> None:
    client = browser("psychometrician", UNIT)
    exam = analysed_site / "output" / EXAM
    told = {"x": f"exam:{EXAM}/A", "y": f"exam:{EXAM}/B", "collected": "common", "method": "linear"}
    told["cut"] = "9"
    job = asked(client, "equate", **told)
    by_command = run(
        *("analyse", "equate", exam, "--design", "neat", "--forms", "A,B", "--method", "linear"),
        *("--cut", "9", "--out", analysed_site / "c.yaml", "--json"),
    )
    mine, its = found(client, job), json.loads(by_command.out)
    assert {**mine, "files": []} == {**its, "files": []}
    page = client.page(job.result["address"])
    for row in its["table"][:3]:
        assert f">{row['equated']:.3f}<" in page
    assert "what each score on X is worth on Y" in page
    assert "psychometrician" in page
    conversion = client.get(job.result["address"] + "scaled.yaml").content
    assert conversion == (analysed_site / "c.yaml").read_bytes()
    again = client.page(f"{AT}/equate/?again={job.result['address'].strip('/').rpartition('/')[2]}")
    assert f'<option value="exam:{EXAM}/A" selected>' in again
    assert f'<option value="exam:{EXAM}/B" selected>' in again
    thai = browser("approver", UNIT, language="th").page(job.result["address"])
    assert "what each score on X" not in thai
    assert f"{EXAM} การตรวจครั้งที่ 1 ชุด A" in thai
    assert client.post(job.result["address"] + "use/", {"exam": EXAM}).status_code == 302
    assert (analysed_site / "output" / EXAM / "sitting" / "scaled.yaml").read_bytes() == conversion


def another(site: Path, name: str = "T-2") -> str:
    """A second exam, with forms of the same names."""
    folder = shutil.copytree(site / "output" / EXAM, site / "output" / name)
    said = (folder / "exam.yaml").read_text("utf-8")
    (folder / "exam.yaml").write_text(re.sub("(?m)^seed: .*", "seed: 99", said), "utf-8")
    return name


def test_a_conversion_is_for_the_exam_whose_scores_it_converts(analysed_site: Path, browser: Browser) -> None:
    client, other = browser("psychometrician", UNIT), another(analysed_site)
    place = asked(
        client, "equate", x=f"exam:{EXAM}/A", y=f"exam:{other}/A", collected="alike", method="mean"
    ).result["address"]  # fmt: skip
    before = contents(analysed_site / "output" / other / "sitting")
    page = client.page(place)
    assert f'value="{EXAM}"' in page
    assert f'value="{other}"' not in page, "its points are on the scale of Y already"
    assert client.post(place + "use/", {"exam": other}).status_code == 403
    assert contents(analysed_site / "output" / other / "sitting") == before
    assert client.post(place + "use/", {"exam": EXAM}).status_code == 302


def test_how_sure_decisions_are(analysed_site: Path, browser: Browser, run: Run, tmp_path: Path) -> None:
    client = browser("psychometrician", UNIT)
    job = asked(client, "decisions", files=[f"exam:{EXAM}"])
    [row] = found(client, job)["table"]
    page = browser("auditor", UNIT).page(job.result["address"])
    assert f"about {100 * row['consistency']:.0f} of 100 candidates would get the same" in page
    place = send(client, "r.csv", RESPONSES)
    (tmp_path / "r.csv").write_text(RESPONSES, "utf-8")
    of_file = found(client, asked(client, "decisions", files=[place], cut="2"))
    assert of_file == run.json("analyse", "decisions", tmp_path / "r.csv", "--cut", 2)
    beyond = {"files": [f"exam:{EXAM}"], "beta": "4", "reliability": "2"}
    assert client.post(f"{AT}/decisions/", beyond).status_code == 422
    refused = asked(client, "decisions", files=[f"exam:{EXAM}"], cut="2")
    assert refused.state == State.REFUSED
    assert "its own pass rule" in refused.message["en"]


def _in_rooms(folder: Path, run: str) -> Any:
    """The people of a run, of each form every other one in another room."""
    people = read_people(folder, run)
    room = pl.when(pl.int_range(pl.len()).over("form") % 2 == 0).then(pl.lit("301")).otherwise(pl.lit("302"))
    return people._replace(candidates=people.candidates.with_columns(room.alias("room")))


def test_items_are_held_against_groups(
    analysed_site: Path, browser: Browser, run: Run, tmp_path: Path
) -> None:
    client = browser("psychometrician", UNIT)
    page = client.page(f"{AT}/")
    assert "Do items work alike for different groups (DIF)?" in page
    lines = [line.split(",") for line in RESPONSES.splitlines()]
    sexes = ["sex", *("fm"[n % 7 > 2] for n in range(60))]
    text = "".join(f"{line[0]},{sex},{','.join(line[1:])}\n" for line, sex in zip(lines, sexes, strict=True))
    place = send(client, "r.csv", text)
    (tmp_path / "r.csv").write_text(text, "utf-8")
    said = {"files": place, "group": "sex", "focal": "f", "method": "mh", "alpha": "0.05"}
    by_command = run.json(
        *("analyse", "dif", tmp_path / "r.csv", "--group", "sex", "--focal", "f", "--method", "mh"),
        *("--alpha", "0.05"),
    )
    assert {**found(client, asked(client, "dif", **said)), "files": []} == {**by_command, "files": []}
    assert by_command["purified"] is True
    job = asked(client, "dif", **said, purify="")
    document = found(client, job)
    assert (document["purified"], document["adjust"]) == (False, "bh"), "its box was not ticked"
    page = browser("auditor", UNIT).page(job.result["address"])
    assert "groups of fewer than 100 candidates: m (33), f (27)" in page
    assert client.post(f"/exams/{EXAM}/results/analysis/make/").status_code == 302
    worker.work(is_once=True)
    exam = asked(client, "dif", files=f"exam:{EXAM}/A", group="room", focal="301", method="mh", alpha="0.05")
    assert exam.state == State.REFUSED
    assert "the list of candidates says of nobody: Room" in exam.message["en"]
    with patch.object(job_inputs, "read_people", _in_rooms):
        exam = asked(
            client, "dif", files=f"exam:{EXAM}/A", group="room", focal="301", method="mh", alpha="0.05"
        )
    document = found(client, exam)
    assert [(one["group"], one["n"]) for one in document["groups"]] == [("302", 60), ("301", 60)]
    assert len(document["items"]) == 16, "of one form alone"
    job = asked(client, "dif", files=f"exam:{EXAM}/A", group="sex", focal="f", method="mh", alpha="0.05")
    assert "choose the file of the candidates' groups" in job.message["en"]


def test_a_file_of_groups_is_joined_to_an_exam_by_number(
    analysed_site: Path, browser: Browser, person: Make
) -> None:
    who = person("psychometrician", UNIT)
    client = browser(user=who)
    assert client.post(f"/exams/{EXAM}/results/analysis/make/").status_code == 302
    worker.work(is_once=True)
    people = read_people(analysed_site / "output" / EXAM, "1").candidates
    numbers = people.filter(pl.col("form") == "A")["candidate_id"].to_list()
    lines = [f"{n},{one},{'ชญ'[n % 3 > 0]}" for n, one in enumerate(numbers[1:])]
    place = send(client, "กลุ่ม.csv", "\n".join(["ลำดับ,เลขประจำตัวผู้เข้าสอบ,เพศ", *lines]))
    said = {"files": f"exam:{EXAM}/A", "focal": "ญ", "method": "mh", "alpha": "0.05"}
    job = asked(client, "dif", **said, people=place, group="เพศ")
    document = found(client, job)
    men = sum(n % 3 == 0 for n in range(len(lines)))
    assert [(one["group"], one["n"]) for one in document["groups"]] == [("ช", men), ("ญ", len(lines) - men)]
    assert any("1 candidate has no value in เพศ" in one["message"] for one in document["notes"])
    page = client.page(job.result["address"])
    assert f"กลุ่ม.csv: {len(lines)} rows in all; candidates with a score and a group {len(lines)}" in page
    absent = asked(client, "dif", **said, people=place, group="age")
    assert "has no column age" in absent.message["en"]


def test_who_stands_in_two_groups_is_told_with_rows(analysed_site: Path, browser: Browser) -> None:
    """All of them at once, as the file writes them; who has no score does not matter."""
    client = browser("psychometrician", UNIT)
    assert client.post(f"/exams/{EXAM}/results/analysis/make/").status_code == 302
    worker.work(is_once=True)
    people = read_people(analysed_site / "output" / EXAM, "1").candidates
    numbers = people.filter(pl.col("form") == "A")["candidate_id"].to_list()
    lines = [f"{n},{'fm'[i % 3 > 0]}" for i, n in enumerate(numbers)]
    lines += [f"{numbers[0]},m", f"{numbers[3]},m", "NOBODY-1,f", "NOBODY-1,m", f"{numbers[1]},"]
    place = send(client, "sex.csv", "\n".join(["candidate_id,sex", *lines]))
    said = {"files": f"exam:{EXAM}/A", "focal": "f", "method": "mh", "alpha": "0.04", "group": "sex"}
    job = asked(client, "dif", **said, people=place)
    assert job.state == State.REFUSED
    assert "sex.csv puts 2 candidates into more than one group" in job.message["en"]
    n = len(numbers)
    assert [one["en"] for one in job.problems] == [
        f"sex.csv: {numbers[0]} – row 2: f, row {n + 2}: m",
        f"sex.csv: {numbers[3]} – row 5: f, row {n + 3}: m",
    ]


def test_pairs_are_for_two_roles_alone(analysed_site: Path, browser: Browser, run: Run) -> None:
    client = browser("psychometrician", UNIT)
    job = asked(client, "copying", files=[f"exam:{EXAM}"], adjust="bh", index="gbt", alpha="0.9")
    its = run(
        *("analyse", "copying", analysed_site / "output" / EXAM, "--adjust", "bh", "--index", "gbt"),
        *("--alpha", "0.9", "--out", analysed_site / "p.csv", "--json"),
    )
    assert found(client, job) == json.loads(its.out)
    place = job.result["address"]
    page = client.page(place)
    assert "This is a signal, never a verdict" in page
    assert "Hear both, separately" in page
    assert client.get(place + "pairs.csv").content == (analysed_site / "p.csv").read_bytes()
    copiers = {
        row["second"] for row in csv.DictReader((analysed_site / "p.csv").read_text("utf-8-sig").splitlines())
    }
    assert copiers
    assert browser("approver", UNIT).get(place).status_code == 200
    for other in ("auditor", "grader"):
        reader = browser(other, UNIT)
        assert reader.get(place).status_code == 404
        assert reader.get(place + "pairs.csv").status_code == 404
        assert place not in reader.page("/analyses/")
    assert browser("psychometrician", OTHER).get(place).status_code == 404
    assert Entry.objects.filter(what="analyses.open").count() == 2
    told = json.dumps([*Entry.objects.values_list("detail", flat=True), job.message, job.problems])
    assert not [one for one in copiers if f'"{one}"' in told], "the record and the job name nobody"
    kept = analysed_site / "analyses"
    assert {oct(path.stat().st_mode & 0o777) for path in kept.rglob("*.csv")} == {"0o600"}


def test_scales_are_linked_by_exams_or_files(
    analysed_site: Path, browser: Browser, run: Run, tmp_path: Path
) -> None:
    client = browser("psychometrician", UNIT)
    unanalysed = asked(client, "link", old=f"exam:{EXAM}", new=f"exam:{EXAM}", model="rasch")
    assert unanalysed.state == State.REFUSED
    assert "has not been analysed" in unanalysed.message["en"]
    old = "item,a,b\n" + "".join(f"i{n},1,{n / 4:.2f}\n" for n in range(-4, 5))
    new = "item,a,b\n" + "".join(f"i{n},1,{n / 4 - 0.5:.2f}\n" for n in range(-4, 5))
    places = [send(client, f"{SCRIPT}{name}.csv", text) for name, text in (("old", old), ("new", new))]
    job = asked(client, "link", old=places[0], new=places[1], equate="true")
    assert found(client, job)["intercept"] == pytest.approx(0.5)
    names = client.page(job.result["address"])
    assert "items.csv" in names
    assert "scaled.yaml" in names
    assert SCRIPT not in names
    assert "&lt;script&gt;" in names
    assert "Use in a scoring" not in names, "it is of no exam"
    refused = asked(client, "link", old=places[0], new=places[1], blank="omitted")
    assert "options of responses go with --model" in refused.message["en"]
    assert client.post(job.result["address"] + "remove/").status_code == 302
    assert client.get(job.result["address"]).status_code == 404


def test_a_cut_of_ratings_becomes_the_cut_of_a_scoring(
    analysed_site: Path, browser: Browser, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from examgen.core.exam.package import read_package

    client = browser("psychometrician", UNIT)
    exam = analysed_site / "output" / EXAM
    items = sorted({one.item.id for form in read_package(exam).exam.forms for one in form.items})
    table = "judge,item,rating\n" + "".join(
        f"{judge},{item},{0.5 + 0.1 * n}\n" for n, judge in enumerate(("ก", "ข", SCRIPT)) for item in items
    )
    assert '<p class="help">There is nothing to choose from yet.' in client.page(f"{AT}/angoff/")
    place = send(client, "ratings.csv", table)
    assert "nothing to choose from" not in client.page(f"{AT}/angoff/")
    (tmp_path / "ratings.csv").write_text(table, "utf-8")
    told = {"exam": f"exam:{EXAM}", "ratings": [place], "adjust_se": "-1"}
    undecided = asked(client, "angoff", **told, out="on")
    assert "--out also needs --by" in undecided.message["en"]
    assert "“Write the cut score to a file” also needs “Cut score set by”" in client.page(
        f"/work/{undecided.id}/"
    )
    to_come = {**told, "out": "on", "by": "b", "reason": "r", "date": "2126-11-20"}
    assert "is in the future" in client.post(f"{AT}/angoff/", to_come).content.decode()
    decided = {"out": "on", "by": "คณะกรรมการ", "reason": "มติ 3/2569", "date": "2026-11-20"}
    job = asked(client, "angoff", **told, **decided)
    monkeypatch.chdir(tmp_path)  # the document names files as the user does
    words = ["analyse", "cut", "--method", "angoff", "ratings.csv", "--exam", exam, "--adjust-se", "-1"]
    words += ["--out", tmp_path / "cut.yaml", "--by", "คณะกรรมการ", "--reason", "มติ 3/2569"]
    by_command = run(*words, "--date", "2026-11-20", "--json")
    assert found(client, job) == json.loads(by_command.out)
    place = job.result["address"]
    assert client.get(place + "cut.yaml").content == (tmp_path / "cut.yaml").read_bytes()
    page = client.page(place)
    assert SCRIPT not in page
    assert "passing candidates" not in page
    assert 'class="number">–</th>' not in page, "a column where nobody stands apart"
    assert browser("approver", UNIT).post(place + "use/", {"exam": EXAM}).status_code == 403
    assert client.post(place + "use/", {"exam": "another"}).status_code == 403
    assert client.post(place + "use/", {"exam": EXAM}).status_code == 302
    assert (analysed_site / "output" / EXAM / "sitting" / "cut.yaml").read_bytes() == (
        tmp_path / "cut.yaml"
    ).read_bytes()
    assert client.post(place + "remove/").status_code == 403, "it goes with its exam"


def judged(exam: Path) -> dict[str, str]:
    """Tables of judges and of judged candidates, by what they are called."""
    from examgen.core.exam.package import read_package

    items = sorted({one.item.id for form in read_package(exam).exam.forms for one in form.items})
    with (exam / "results" / "candidates.csv").open(encoding="utf-8-sig", newline="") as file:
        people = [(row["candidate_id"], float(row["score"])) for row in csv.DictReader(file)]
    noisy = [(one, score + (n * 7 % 5) - 2) for n, (one, score) in enumerate(people)]
    named = [(one, seen >= 12, seen >= 9) for one, seen in noisy]
    tables = {
        "parameters.csv": [
            "item,a,b,c",
            *(f"{item},{1 + n % 3 / 10},{n / 10 - 1.5:.1f},0.2" for n, item in enumerate(items)),
        ],
        "bookmarks.csv": [
            "judge,bookmark,round",
            *(f"{judge},{8 + n + turn},{turn}" for turn in (1, 2) for n, judge in enumerate("กขคง")),
        ],
        "groups.csv": [
            "candidate_id,group",
            *(
                f"{one},{'competent' if able else 'borderline' if near else 'not competent'}"
                for one, able, near in named
            ),
        ],
        "limits.csv": [
            "judge,min_cut,max_cut,min_fail,max_fail",
            *(f"{one},30%,80%,5%,95%" for one in "กขค"),
        ],
    }
    return {name: "\n".join(lines) + "\n" for name, lines in tables.items()}


METHODS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "bookmark": (
        {"bookmarks": "bookmarks.csv", "parameters": "parameters.csv"},
        {"rp": "0.5", "place": "between", "centre": "mean", "no_guessing": "on", "round_": 2, "run": "1"},
    ),
    "contrasting": ({"candidates": "groups.csv"}, {"run": "1", "at": 0.6, "equal_groups": "on"}),
}
"""By method its files, and options that are not those at first: one of judges alone, one of judged candidates.
The site runs the command; that its form has every option of each method, test_site_commands asks."""
DECIDED = {"out": "on", "by": "คณะกรรมการ", "reason": "มติ 3/2569", "date": "2026-11-20"}


@pytest.mark.parametrize("method", list(METHODS))
def test_a_cut_is_that_of_the_command_digit_for_digit(
    analysed_site: Path,
    browser: Browser,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
) -> None:
    client = browser("psychometrician", UNIT)
    exam = analysed_site / "output" / EXAM
    tables = judged(exam)
    files, options = METHODS[method]
    monkeypatch.chdir(tmp_path)  # the document names files as the user does
    for name in files.values():
        Path(name).write_text(tables[name], "utf-8")
    places = {field: send(client, name, tables[name]) for field, name in files.items()}
    told = {"exam": f"exam:{EXAM}", **places, **options}
    undecided = asked(client, method, **told)
    page = client.page(undecided.result["address"])
    assert "Nothing is decided by this" in page
    assert "Use in a scoring" not in page
    job = asked(client, method, **told, **DECIDED)
    named = [name for field, name in files.items() if field != "parameters"]
    words: list[object] = ["analyse", "cut", "--method", method, *named, "--exam", exam, "--out", "cut.yaml"]
    words += ["--by", DECIDED["by"], "--reason", DECIDED["reason"], "--date", DECIDED["date"]]
    words += ["--parameters", files["parameters"]] if "parameters" in files else []
    for name, value in options.items():
        words += [f"--{name.rstrip('_').replace('_', '-')}", *([] if value == "on" else [value])]
    assert found(client, job) == run.json(*words)
    place = job.result["address"]
    assert client.get(place + "cut.yaml").content == Path("cut.yaml").read_bytes()
    assert "Nothing is decided by this" not in client.page(place)


def test_a_given_cut_holds_in_the_next_scoring(analysed_site: Path, browser: Browser, person: Make) -> None:
    """Also of an exam that was scored by command: its responses are scored again."""
    from django.utils import timezone

    from examgen.site.sittings import sitting_confirmation as held

    held.state(person("invigilator", "", "held-by"), EXAM, timezone.localdate())
    client, grader = browser("psychometrician", UNIT), browser("grader", UNIT)
    assert "newest run is scored again" in grader.page(f"/exams/{EXAM}/answers/")
    exam = analysed_site / "output" / EXAM
    place = send(client, "limits.csv", judged(exam)["limits.csv"])
    job = asked(client, "hofstee", exam=f"exam:{EXAM}", limits=place, run="1", **DECIDED)
    used = client.post(job.result["address"] + "use/", {"exam": EXAM}, follow=True).content.decode()
    assert "Next, a grader scores the answers again" in used
    assert f'action="/exams/{EXAM}/score/"' in grader.page(f"/exams/{EXAM}/rules/")
    assert grader.post(f"/exams/{EXAM}/score/").status_code == 302
    worker.work(is_once=True)
    scored = Job.objects.latest("asked_at")
    assert scored.state == State.DONE, (scored.message, scored.problems)
    audit = json.loads((exam / "results" / "runs" / "0002" / "audit.json").read_text("utf-8"))
    cuts = {one["form"]: one["cut"] for one in found(client, job)["forms"]}
    assert {form: one["cut"] for form, one in audit["cut"]["forms"].items()} == cuts
    assert audit["cut"]["method"] == "hofstee"


def test_what_was_asked_is_asked_again_with_changes(analysed_site: Path, browser: Browser) -> None:
    client = browser("psychometrician", UNIT)
    place = send(client, "r.csv", RESPONSES)
    job = asked(client, "decisions", files=[place], cut="2,3", reliability="0.7")
    address = job.result["address"]
    page = client.page(address)
    again = f"{AT}/decisions/?again={address.strip('/').split('/')[-1]}"
    assert again in page
    form = client.page(again)
    assert 'name="cut" value="2,3"' in form
    assert 'value="0.7"' in form
    assert f'value="{place}"' in form.split(" checked")[0].rsplit("<input", 1)[1]
    other = browser("psychometrician", UNIT)
    assert again not in other.page(address)
    assert other.get(again).status_code == 404
    assert client.get(f"{AT}/copying/?again={again[-36:]}").status_code == 404


@pytest.mark.parametrize("kind", list(KINDS))
def test_nothing_but_what_a_form_offers_is_taken(analysed_site: Path, browser: Browser, kind: str) -> None:
    client = browser("psychometrician", UNIT)
    page = client.get(f"{AT}/{kind}/?exam={EXAM}")
    assert page.status_code == 200
    told = page.content.decode()
    assert "`" not in told
    assert "&lt;code" not in told
    assert not re.search(r"--[a-z]|examgen [a-z]", re.sub("<[^>]+>", " ", told)), "no code of a command"
    assert kind not in ("angoff", "bookmark") or "<code>judge</code>" in told
    forged = dict.fromkeys(("files", "x", "old", "exam"), "exam:../../etc")
    assert client.post(f"{AT}/{kind}/", {**forged, "candidates": "/etc/passwd"}).status_code == 422
    assert not Job.objects.exists()
    for role in ("approver", "grader", "writer"):
        assert browser(role, UNIT).get(f"{AT}/{kind}/").status_code == 403
        assert browser(role, UNIT).post(f"{AT}/{kind}/").status_code == 403


def test_files_of_another_person_are_not_there(analysed_site: Path, browser: Browser) -> None:
    one, other = browser("psychometrician", UNIT), browser("psychometrician", UNIT)
    place = send(one, f"{SCRIPT}.csv", RESPONSES)
    assert place in one.page(f"{AT}/")
    assert SCRIPT not in one.page(f"{AT}/")
    assert place not in other.page(f"{AT}/")
    assert other.post(f"{AT}/decisions/", {"files": [place], "cut": "2", "beta": "4"}).status_code == 422
    assert other.post(f"{AT}/files/{place}/remove/").status_code == 404
    assert one.post(f"{AT}/files/{place}/remove/").status_code == 302
    assert place not in one.page(f"{AT}/")
