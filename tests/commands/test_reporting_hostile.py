"""Reports and their codes in the hands of somebody who cheats, or who is careless."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pypdfium2
import pytest

from examgen.core.problems import Refused
from examgen.core.signing import keys
from examgen.core.signing.signers import SignWith, file_signer
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.verifying import CheckedFile, verify_report
from examgen.reports.writing import ReportOptions
from tests.commands.conftest import Run
from tests.reports.scored_samples import first, right, sat

NAMES = {
    "=1+1": "<script>alert(1)</script>",
    "../../x": "{{ 7*7 }}\nabc\u202egnp.exe",
    "CON": "สมหญิง 漢字",
}


class Signed:
    """A folder with a key, a package that was scored, and its candidates' reports, signed."""

    def __init__(self, folder: Path) -> None:
        extra = {who: {"name": name, "e-mail": "who@example.org"} for who, name in NAMES.items()}
        answers = dict(zip(NAMES, (right, first(7), first(2)), strict=True))
        self.folder, self.package = folder, folder / "p"
        sat(self.package, answers, extra=extra)
        _, self.key = keys.make_keys(folder / "k.pem", "Body")
        keys.make_keys(folder / "other.pem", "Other")
        own, asked = keys.read_private(folder / "k.pem"), ReportOptions(out=folder / "out")
        with file_signer(SignWith("k.pem"), own=own) as signer:
            which = CandidateReportOptions(html=True, key=own.codes, signer=signer)
            self.made = candidate_reports(self.package, folder, asked, which)
        self.pdf = folder / "out" / "candidates.pdf"
        self.public = [folder / "k.public.json"]

    def verified(self, path: Path) -> CheckedFile:
        return verify_report(str(path), self.public)

    def faults(self, path: Path) -> set[str]:
        with pytest.raises(Refused) as refused:
            self.verified(path)
        return {problem.code for problem in refused.value.problems}


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    return Signed(tmp_path_factory.mktemp("signed"))


# ── a signed PDF that somebody changed ───────────────────────────────────────────────────────


def test_a_picture_of_a_page_is_not_said_to_be_compared(signed: Signed, run: Run, tmp_path: Path) -> None:
    with pypdfium2.PdfDocument(signed.pdf) as pdf:
        picture = pdf[0].render(scale=100 / 72).to_pil().convert("RGB")
    for name in ("scan.jpg", "scan.pdf"):
        picture.save(tmp_path / name, resolution=100)
        ran = run("verify-report", tmp_path / name, "--key", signed.public[0], "--json")
        (found,) = json.loads(ran.out)["reports"]
        assert (ran.status, found["candidate_id"], found["page_compared"]) == (3, "=1+1", False)


# ── a page of HTML with a code ───────────────────────────────────────────────────────────────


def test_a_page_of_html_is_never_said_to_be_signed(signed: Signed, run: Run, tmp_path: Path) -> None:
    """Its code holds, whatever was written around it."""
    html = (signed.folder / "out" / "x.html").read_text("utf-8")
    assert "7 / 12" in html
    (tmp_path / "x.html").write_text(html.replace("7 / 12", "9 / 12"), "utf-8")
    for path in (signed.folder / "out" / "x.html", tmp_path / "x.html"):
        ran = run("verify-report", path, "--key", signed.public[0])
        assert (ran.status, "7 of 12" in ran.text, "Only the code was checked" in ran.text) == (3, True, True)
        assert "unchanged since signing" not in ran.text


# ── codes and keys ───────────────────────────────────────────────────────────────────────────


def _code(signed: Signed) -> str:
    html = (signed.folder / "out" / "x.html").read_text("utf-8")
    return re.search('data-code="([^"]+)"', html)[1]  # type: ignore[index]


def test_a_code_is_read_however_it_was_copied(signed: Signed) -> None:
    code = _code(signed)
    broken = "\n".join(code[n : n + 50] for n in range(0, len(code), 50))
    for text in (code, code.lower(), f"  {code}\n", broken, broken.replace("\n", "\r\n")):
        (found,) = verify_report(text, signed.public).codes
        assert found.statement.candidate_id == "../../x"


def test_a_private_key_is_never_shown(signed: Signed, run: Run) -> None:
    private = signed.folder / "k.pem"
    secret = private.read_text("ascii").splitlines()[1]
    for words in (
        ("verify-report", signed.pdf, "--key", private),
        ("verify-report", private, "--key", signed.public[0]),
        ("report", signed.package, "--kind", "candidate", "--verify-code", signed.public[0]),
        ("site", "keys", private, "--body", "B"),
    ):
        for more in ((), ("--json",)):
            ran = run(*words, *more)
            assert ran.status in (1, 2)
            assert secret not in ran.text
    assert not [path for path in (signed.folder / "out").iterdir() if secret.encode() in path.read_bytes()]


def test_keys_that_are_none(signed: Signed, tmp_path: Path) -> None:
    good = json.loads(signed.public[0].read_text("utf-8"))
    for said in ("[" * 100_000, "[]", "{}", json.dumps({**good, "body": "\x1b[31m"}), good["public"]):
        (tmp_path / "key.json").write_text(said, "utf-8")
        with pytest.raises(Refused):
            verify_report(_code(signed), [*signed.public, tmp_path / "key.json"])


def test_an_empty_passphrase_is_refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _: "")
    ran = run("site", "keys", tmp_path / "k.pem", "--body", "B", "--passphrase")
    assert (ran.status, list(tmp_path.iterdir())) == (2, [])


def test_no_private_key_is_left_without_its_public_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keys, "write_file", full)
    with pytest.raises(OSError, match="No space"):
        keys.make_keys(tmp_path / "k.pem", "B")
    assert list(tmp_path.iterdir()) == []


# ── names, numbers and pseudonyms ────────────────────────────────────────────────────────────


def test_names_that_cannot_be_printed_keep_nobody_from_a_report(signed: Signed) -> None:
    told = [(one.source, one.code) for one in signed.made.problems]
    assert told == [("CON", "not-in-fonts"), ("HTML", "html-not-signed")]
    assert [name for name in signed.made.names if name.endswith(".html")] == [
        "1_1.html", "CON_.html", "x.html",
    ]  # fmt: skip
    codes = signed.verified(signed.pdf).codes
    found = {one.statement.candidate_id: one.statement.name for one in codes}
    assert found == {"=1+1": NAMES["=1+1"], "../../x": "{{ 7*7 }} abcgnp.exe", "CON": "สมหญิง ■■"}
    assert "<script>alert" not in (signed.folder / "out" / "1_1.html").read_text("utf-8")


def test_a_damaged_secret_is_not_replaced(signed: Signed, run: Run) -> None:
    words = ("export", signed.package, "--format", "results", "--pseudonymous", "--replace")
    run.ok(*words)
    secret = signed.package / "codes" / "secret"
    whole = secret.read_bytes()
    secret.write_bytes(whole[:5])
    ran = run(*words)
    assert (ran.status, "secret-damaged" in ran.text, secret.read_bytes()) == (1, True, whole[:5])
    secret.write_bytes(whole)


# ── wishes and packages that do not fit ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--verify-code", "k.pem"], "add --kind candidate to use --verify-code"),
        (["--by", "candidate", "--kind", "cohort"], "add --kind candidate to use --by"),
        (
            ["--passphrase", "--timestamp", "http://x"],
            "give a key with --verify-code or --sign to use --timestamp, --passphrase",
        ),
        (
            ["--timestamp", "http://x", "--verify-code", "k.pem", "--no-pdf"],
            "remove --no-pdf to use --timestamp",
        ),
        (["--sign", "k.pem", "--no-pdf", "--kind", "candidate"], "HTML cannot be signed"),
        (["--lang", "fr", "--digits", "roman", "--kind", "x"], "--digits must be one of"),
        (["--lang", "fr", "--digits", "roman", "--kind", "x"], "--kind must be one of"),
    ],
)
def test_wishes_without_effect_are_refused(signed: Signed, run: Run, words: list[str], said: str) -> None:
    ran = run("report", signed.package, *words)
    assert (ran.status, said in ran.text) == (2, True), ran.text


def test_results_of_another_exam_and_a_changed_audit(signed: Signed, run: Run, tmp_path: Path) -> None:
    sat(tmp_path / "p", {"1": right}, n_items=10)
    words = ("--kind", "coverage", "--no-pdf", "--out", tmp_path / "o", "--json")
    ran = run("report", signed.package, "--results", tmp_path / "p" / "results", *words)
    assert (ran.status, json.loads(ran.out)["problems"][0]["code"]) == (1, "other-key")
    (audit,) = (tmp_path / "p" / "results" / "runs").glob("*/audit.json")
    audit.chmod(0o644)
    audit.write_bytes(re.sub(rb'("percent": )\d+', rb"\g<1>1", audit.read_bytes()))
    ran = run("report", tmp_path / "p", *words)
    assert (ran.status, json.loads(ran.out)["problems"][0]["code"]) == (1, "seal-broken")
    assert not (tmp_path / "o").exists()


def test_an_id_that_a_spreadsheet_would_run_is_found_again(signed: Signed, run: Run, tmp_path: Path) -> None:
    words = ("--kind", "committee", "--no-pdf", "--out", tmp_path / "o")
    run.ok("report", signed.package, *words)
    html = (tmp_path / "o" / "report.html").read_text("utf-8")
    assert "=1+1" in html
    assert "&#39;=1+1" not in html
    assert ",'=1+1," in (tmp_path / "o" / "list.csv").read_text("utf-8-sig")
