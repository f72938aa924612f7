"""Reports and their codes in the hands of somebody who cheats, or who is careless."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pikepdf import Dictionary, Name

from examgen.core.problems import Refused
from examgen.core.signing import keys
from examgen.core.signing.signers import SignWith, file_signer
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.verifying import CheckedFile, verify_report
from examgen.reports.writing import ReportOptions
from tests.commands.conftest import Run
from tests.effort import some
from tests.reports.scored_samples import first, right, sat
from tests.signing.updated_pdf import updated

NAMES = {
    "=1+1": "<script>alert(1)</script>",
    "../../x": "{{ 7*7 }}\nabc\u202egnp.exe",
    "CON": "สมหญิง 漢字",
}
_ROOM = "p-answers.csv"


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

Change = Callable[[Any], object]
MODULES = re.compile(rb"(?:[01]\.\d{5} [01]\.\d{5} 0\.\d{5} 0\.\d{5} re\s*){50,}")
TEXT = re.compile(rb"<([0-9a-f]{4})[0-9a-f]*>")


def _content(change: Callable[[bytes], bytes]) -> Change:
    def on_second_page(pdf: Any) -> None:
        old = pdf.pages[1].Contents.read_bytes()
        new = change(old)
        assert new != old
        pdf.pages[1].Contents = pdf.make_stream(new)

    return on_second_page


def _swapped(content: bytes) -> bytes:
    """Two neighbours that are not alike change places: no number is new."""
    found = [one for one in TEXT.finditer(content) if len(one[0]) == 6]
    one, other = next(pair for pair in pairwise(found) if pair[0][0] != pair[1][0])
    between = content[one.end() : other.start()]
    return content[: one.start()] + other[0] + between + one[0] + content[other.end() :]


def _longer_bar(content: bytes) -> bytes:
    """A rectangle that is filled is made wider."""
    found = list(re.finditer(rb"([\d.]+) ([\d.]+) re\s+f", content))[-1]
    return content[: found.start(1)] + b"%.4f" % (float(found[1]) + 9) + content[found.end(1) :]


def _codes_swapped(pdf: Any) -> None:
    contents = [page.Contents.read_bytes() for page in pdf.pages[:2]]
    codes = [MODULES.search(content)[0] for content in contents]  # type: ignore[index]
    for page, content, own, other in zip(pdf.pages, contents, codes, codes[::-1], strict=False):
        page.Contents = pdf.make_stream(content.replace(own, other))


def _pasted_code(pdf: Any) -> None:
    code = MODULES.search(pdf.pages[0].Contents.read_bytes())[0]  # type: ignore[index]
    pdf.pages[1].contents_add(b"q 0 0 0 rg 100 0 0 100 60 650 cm " + code + b" f Q")


def _note_over(pdf: Any) -> None:
    shown = pdf.make_stream(b"1 1 1 rg 0 0 100 20 re f")
    shown.Type, shown.Subtype, shown.BBox = Name.XObject, Name.Form, [0, 0, 100, 20]
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.FreeText, Rect=[100, 700, 200, 720], AP=Dictionary(N=shown)
    )
    pdf.pages[1].Annots = pdf.make_indirect(pikepdf.Array([pdf.make_indirect(note)]))


def _other_glyphs(pdf: Any) -> None:
    """The font draws 9 where the text says 1."""
    face = pdf.pages[1].Resources.Font["/Sarabun-Bold"].DescendantFonts[0]
    glyphs = bytearray(face.CIDToGIDMap.read_bytes())
    glyphs[40:42], glyphs[42:44] = glyphs[42:44], glyphs[40:42]
    face.CIDToGIDMap = pdf.make_stream(bytes(glyphs))


def _cropped(pdf: Any) -> None:
    pdf.pages[1].CropBox = [0, 300, 595, 842]


CHANGES: dict[str, Change] = {
    "another glyph": _content(lambda c: TEXT.sub(b"<00fb>", c, count=1)),
    "two numbers swapped": _content(_swapped),
    "a longer bar": _content(_longer_bar),
    "a white box": _content(lambda c: c + b"\nq 1 1 1 rg 99 700 50 20 re f Q"),
    "codes of two candidates swapped": _codes_swapped,
    "a second code": _pasted_code,
    "a note over the page": _note_over,
    "another font": _other_glyphs,
    "a page cut": _cropped,
    "a page more": lambda pdf: pdf.add_blank_page(page_size=(595, 842)),
}


@pytest.mark.parametrize("name", some(CHANGES, 4))
def test_a_changed_page_is_found(signed: Signed, tmp_path: Path, name: str) -> None:
    with pikepdf.open(signed.pdf) as pdf:
        CHANGES[name](pdf)
        pdf.save(tmp_path / "changed.pdf")
        (tmp_path / "added.pdf").write_bytes(updated(signed.pdf, pdf))
    assert signed.faults(tmp_path / "changed.pdf") >= {"file-changed"}
    assert signed.faults(tmp_path / "added.pdf") >= {"changed-after-signing"}


def test_a_picture_of_a_page_is_not_said_to_be_compared(signed: Signed, run: Run, tmp_path: Path) -> None:
    with pypdfium2.PdfDocument(signed.pdf) as pdf:
        picture = pdf[0].render(scale=100 / 72).to_pil().convert("RGB")
    for name in ("scan.png", "scan.jpg", "scan.pdf"):
        picture.save(tmp_path / name, resolution=100)
        ran = run("verify-report", tmp_path / name, "--key", signed.public[0], "--json")
        (found,) = json.loads(ran.out)["reports"]
        assert (ran.status, found["candidate_id"], found["page_compared"]) == (3, "=1+1", False)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 no more", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"<html>"])
def test_damaged_files(signed: Signed, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    assert signed.faults(tmp_path / "file") <= {"damaged-pdf", "damaged-picture", "not-a-report", "no-code"}


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


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda code: code[:100], "signature-wrong"),
        (lambda code: code[:20], "not-a-code"),
        (lambda code: code.replace("EG1", "EG2"), "other-version"),
        (lambda code: "EG1:" + "A" * 200_000, "not-a-code"),
        (lambda code: code[:-1] + ("A" if code[-1] != "A" else "B"), "signature-wrong"),
    ],
)
def test_a_code_that_is_none(signed: Signed, change: Callable[[str], str], fault: str) -> None:
    with pytest.raises(Refused) as refused:
        verify_report(change(_code(signed)), signed.public)
    assert {problem.code for problem in refused.value.problems} <= {fault, "not-a-code"}


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


@pytest.mark.parametrize("words", [["coverage"], ["coverage", "../x"], ["coverage", "T", "--kind", "cohort"]])
def test_units_that_are_none(run: Run, workspace: Path, words: list[str]) -> None:
    (workspace / "x").mkdir()
    (workspace / "x" / "unit.yaml").write_text("")
    assert run("report", *words).status == 2


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
