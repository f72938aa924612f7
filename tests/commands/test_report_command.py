"""`examgen report`, `keys` and `verify-report`, as a user calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from examgen.commands import main
from tests.commands.conftest import Run
from tests.reports.scored_samples import first, right, sat
from tests.sittings import contents

IDS = {"P-01": right, "P-02": first(2), "=1+1": first(5)}


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sat")
    sat(folder, IDS)
    (package,) = {path.parent for path in folder.rglob("exam.yaml")}
    return package


@pytest.fixture
def place(scored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return scored


def test_every_kind_is_whole_and_bears_the_date_that_is_asked(place: Path, run: Run, tmp_path: Path) -> None:
    for kind in ("candidate", "cohort", "centre", "coverage", "committee"):
        out = tmp_path / kind
        words = ("--kind", kind, "--no-pdf", "--digits", "thai", "--date", "2026-11-20")
        run.ok("report", place, *words, "--out", out)
        for page in out.glob("*.html"):
            text = page.read_text("utf-8").replace("\xa0", " ")
            assert all(part in text for part in ("<h1", "๒๐ พฤศจิกายน ๒๕๖๙", "20 November 2026"))
            assert "http" not in text.replace("http://www.w3.org", "")
        assert kind == "candidate" or ((out / "tables.xlsx").is_file() and list(out.glob("*.csv")))
    ran = run("report", place, "--kind", "cohort", "--date", "2569-11-20")
    assert ran.status == 2
    assert "2026" in ran.text


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--kind", "everything"], 2, "--kind must be one of candidate"),
        (["--lang", "fr"], 2, "--lang must be one of"),
        (["--run", "9"], 2, "9"),
        (["--date", "yesterday"], 2, "2026-06-19"),
        (["--kind", "candidate", "--candidate", "nobody"], 1, "nobody"),
        (["--out", "x"], 2, "choose one report with --kind"),
    ],
)
def test_wrong_words(place: Path, run: Run, words: list[str], status: int, said: str) -> None:
    ran = run("report", place, *words)
    assert (ran.status, said in ran.text) == (status, True), ran.text


# ── signed reports ───────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def made(scored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of two bodies, and reports that one of them signed."""
    folder = tmp_path_factory.mktemp("signed")
    words = ("--kind", "candidate", "--by", "candidate", "--verify-code", "own.pem", "--out", "signed")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for said in (
            *(("site", "keys", f"{name}.pem", "--body", f"Body {name}") for name in ("own", "other")),
            ("report", str(scored), *words),
        ):
            patch.setattr("sys.argv", ["examgen", *said])
            with pytest.raises(SystemExit) as end:
                main()
            assert not end.value.code
    return folder


@pytest.fixture
def signed(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(made)
    return made / "signed"


def test_each_candidate_has_a_file_of_a_safe_name(signed: Path) -> None:
    assert sorted(path.name for path in signed.iterdir() if path.suffix) == [
        "1_1.pdf",
        "P-01.pdf",
        "P-02.pdf",
    ]


def test_one_letter_printed_again_touches_no_other(place: Path, run: Run) -> None:
    (package,) = {path.parent for path in Path().rglob("exam.yaml")} or {place}
    made = package / "reports/run-0001"
    run.ok("report", place, "--kind", "candidate", "--lang", "en", "--no-pdf")
    before = contents(made / "candidate")
    run.ok("report", place, "--kind", "candidate", "--lang", "th", "--candidate", "P-02")
    assert contents(made / "candidate") == before
    again = contents(made / "candidate-P-02")
    assert [name for name in again if name != ".examgen"] == ["P-02.pdf"]
    ran = run.ok(
        "report", place, "--kind", "candidate", "--candidate", "P-01", "--candidate", "P-02", "--no-pdf"
    )
    assert "removed" not in ran.text
    assert sorted(path.name for path in (made / "candidate-P-01_P-02").glob("*.html")) == [
        "P-01.html",
        "P-02.html",
    ]
    assert contents(made / "candidate-P-02") == again
    assert contents(made / "candidate") == before
    run.ok("verify", place)
