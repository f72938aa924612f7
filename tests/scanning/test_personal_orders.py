"""The base of a personal order, which is all that a sheet of nobody can say, is scored by no key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examgen.core.exam.package import read_package
from examgen.core.models.form import Candidate
from examgen.core.models.papers import PapersRule
from examgen.core.problems import Refused
from examgen.papers.sheet.identity import sheet_geometry
from examgen.scanning import scan as reading
from examgen.scanning.gallery.commands import GalleryOptions, take_decisions, write_gallery
from examgen.scoring import score as sittings
from tests.scanning import drawn_sheets
from tests.scanning.test_gallery_decisions import codes, lines, records, save
from tests.sittings import print_for, small_package, table

RULE = PapersRule.model_validate(
    {"spare": 1, "candidate_number": {"length": 5}, "personal": {"items": True, "options": True}}
)


def test_from_a_sheet_of_nobody_to_the_score_of_a_personal_order(tmp_path: Path) -> None:
    exam = small_package(tmp_path / "exam")
    people = [Candidate(candidate_id=f"1000{n}", name="x", room="1", seat=str(n)) for n in (1, 2)]
    print_for(exam, people, RULE)
    sheet = json.loads(json.dumps(sheet_geometry(read_package(exam).exam, RULE)))
    (exam / "papers").mkdir(exist_ok=True)
    (exam / "papers/sheet.json").write_text(json.dumps(sheet), "utf-8")
    dealt = {one["candidate_id"]: one for one in table(exam / "secure/candidates.csv")}
    for who in ("10001", "10002"):
        marks = {
            **drawn_sheets.number(who),
            ("form", 0): dealt[who]["base"],
            **drawn_sheets.answers("ABCD"),
        }
        if who == "10002":
            del marks["number", 3]
        image = drawn_sheets.drawn(sheet, marks, drawn_sheets.code_text(sheet))
        drawn_sheets.save(image, tmp_path / f"scans/{who}.png")
    folder = tmp_path / "scan"
    reading.scan([tmp_path / "scans"], [exam], folder, processes=1)
    answers = [folder / "responses.csv"]
    sittings.score(exam, answers, exam / "undecided")
    aside = {row["candidate_id"]: row["reason"] for row in table(exam / "undecided/quarantine.csv")}
    assert aside == {"10001": "unknown_form", "": "no_candidate"}
    assert table(exam / "undecided/candidates.csv") == []
    write_gallery(folder, GalleryOptions(share=0.0))
    of = records(folder)
    [person] = of["people"]
    decided = lines(of | {"marks": [person | {"question": ""}]}, ["10002"])[0] | {"kind": "identity"}
    base, own = (dealt["10002"][name] for name in ("base", "form"))
    wrong = save(tmp_path / "wrong.csv", [decided | {"form": base, "note": "no other is on the sheet"}])
    with pytest.raises(Refused) as refused:
        take_decisions(folder, [wrong])
    assert codes(refused.value) == ["other-form"]
    take_decisions(folder, [save(tmp_path / "right.csv", [decided | {"form": own}])])
    overlays = sittings.ScoringOptions(identities=[folder / "review/identities.csv"])
    sittings.score(exam, answers, exam / "decided", options=overlays)
    told = tmp_path / "truth.csv"
    told.write_text(f"candidate_id,form,answers\n10002,{own},ABCD\n")
    sittings.score(exam, [told], exam / "true")
    [ours], [theirs] = (table(exam / name / "candidates.csv") for name in ("decided", "true"))
    assert [ours[name] for name in ("candidate_id", "form", "score")] == [
        theirs[name] for name in ("candidate_id", "form", "score")
    ]
