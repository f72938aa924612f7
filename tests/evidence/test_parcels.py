"""Parcels between a body, its printer and its grader: three workspaces that share nothing."""

from __future__ import annotations

import io
import json
import stat
import tarfile
from pathlib import Path

import pyrage
import pytest

from examgen.core.problems import Refused, WrongUsage
from examgen.core.signing.detached import signing_key
from examgen.core.signing.keys import make_keys
from examgen.core.storage import json_bytes, sha256
from examgen.evidence.parcels import KIND, LIST, ParcelKey, make_key, open_parcel, seal
from tests.commands.conftest import Run, exam_dir, quick, quick_booklets, quick_rooms, run, workspace

__all__ = ["exam_dir", "quick", "quick_booklets", "quick_rooms", "run", "workspace"]


@pytest.fixture
def grader(tmp_path: Path) -> ParcelKey:
    (tmp_path / "grader").mkdir()
    return make_key(tmp_path / "grader/private.txt")


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_an_exam_goes_from_a_body_to_its_printer_and_its_grader(
    tmp_path: Path, exam_dir: Path, grader: ParcelKey, run: Run
) -> None:
    """The printer can open the papers and no keys; what the grader opens is the package, byte by byte."""
    (tmp_path / "printer").mkdir()
    printed = tmp_path / "papers"
    (printed / "rooms/101").mkdir(parents=True)
    (printed / "rooms/101/booklets.pdf").write_bytes(b"%PDF")
    assert run("parcel", "key", tmp_path / "printer/private.txt").status == 0
    printer = (tmp_path / "printer/private.txt").read_text().split("public key: ")[1].split("\n")[0]
    whole, papers = tmp_path / "exam.age", tmp_path / "papers.age"
    ran = run("parcel", "seal", whole, exam_dir, "--to", grader.public)
    assert ran.status == 0
    assert "items with their keys" in ran.text
    ran = run("parcel", "seal", papers, printed, "--to", printer)
    assert ran.status == 0
    assert "keys:" not in ran.text
    at_printer = tmp_path / "printer/papers"
    ran = run("parcel", "open", whole, "--private", tmp_path / "printer/private.txt", "--into", at_printer)
    assert ran.status == 1
    assert "sealed for others" in ran.text
    assert not at_printer.exists()
    ran = run("parcel", "open", papers, "--private", tmp_path / "printer/private.txt", "--into", at_printer)
    assert ran.status == 0
    assert files_of(at_printer / "papers") == files_of(printed)
    output = tmp_path / "grader/output"
    document = run("parcel", "open", whole, "--private", grader.private, "--into", output, "--json")
    assert json.loads(document.out)["has_keys"] is True
    assert files_of(output / exam_dir.name) == files_of(exam_dir)
    assert run("verify", output / exam_dir.name).status == 0
    modes = {stat.S_IMODE(path.stat().st_mode) for path in output.rglob("*")}
    assert modes == {0o600, 0o700}
    secrets = [path.read_bytes() for path in (exam_dir / "secure").iterdir() if path.is_file()]
    assert not any(secret[:200] in whole.read_bytes() for secret in secrets)


def test_who_signed_a_parcel_is_known_and_asked_for(tmp_path: Path, grader: ParcelKey) -> None:
    answers, out = tmp_path / "answers.csv", tmp_path / "a.age"
    answers.write_text("candidate_id,form,Q1\n1,A,B\n")
    public, _ = make_keys(tmp_path / "centre.pem", "Centre 12")
    other, _ = make_keys(tmp_path / "other.pem", "Somebody")
    seal([answers], out, [grader.public], signing_key(tmp_path / "centre.pem"))
    with pytest.raises(Refused, match="is signed by key"):
        open_parcel(out, grader.private, tmp_path / "in", [other])
    assert not (tmp_path / "in").exists()
    found = open_parcel(out, grader.private, tmp_path / "in", [other, public])
    assert found.body == "Centre 12"
    assert (tmp_path / "in/answers.csv").read_bytes() == answers.read_bytes()
    seal([answers], tmp_path / "b.age", [grader.public])
    with pytest.raises(Refused, match="not signed"):
        open_parcel(tmp_path / "b.age", grader.private, tmp_path / "in-2", [public])


def test_nothing_is_replaced(tmp_path: Path, grader: ParcelKey) -> None:
    answers, out = tmp_path / "answers.csv", tmp_path / "a.age"
    answers.write_text("1")
    seal([answers], out, [grader.public])
    with pytest.raises(WrongUsage, match="there already"):
        seal([answers], out, [grader.public])
    with pytest.raises(WrongUsage, match="there already"):
        make_key(grader.private)
    for name in ("answers.csv", "Answers.CSV"):
        place = tmp_path / name[0]
        place.mkdir()
        (place / name).write_text("mine")
        with pytest.raises(Refused, match="there already"):
            open_parcel(out, grader.private, place)
        assert files_of(place) == {name: b"mine"}


def test_wherever_a_parcel_is_cut_or_changed_nothing_is_opened(tmp_path: Path, grader: ParcelKey) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * 1500)
    out = tmp_path / "a.age"
    seal([large], out, [grader.public])
    whole, place = out.read_bytes(), tmp_path / "in"
    for at in (0, 30, 150, 300, 70_000, 200_000, len(whole) - 1):
        changed = bytearray(whole)
        changed[at] ^= 1
        for data in (whole[:at], bytes(changed)):
            out.write_bytes(data)
            with pytest.raises(Refused):
                open_parcel(out, grader.private, place)
            assert not place.exists()
    out.write_bytes(whole + b"more")
    with pytest.raises(Refused):
        open_parcel(out, grader.private, place)
    assert not place.exists()


@pytest.mark.parametrize(
    "names",
    [
        ["../out.txt"],
        ["/etc/out.txt"],
        ["a/../../out.txt"],
        ["a\\..\\out.txt"],
        ["a//b"],
        ["a/./b"],
        [".examgen-tmp/record.json"],
        ["EXAM/.scoring-1/exam.yaml"],
        ["a.txt", "A.TXT"],
        [],
    ],
    ids=str,
)
def test_who_seals_cannot_write_outside_or_over(tmp_path: Path, grader: ParcelKey, names: list[str]) -> None:
    files = [{"path": name, "size": 1, "sha256": sha256(b"x")} for name in names]
    written = json_bytes({"kind": KIND, "version": 1, "exams": [], "files": files})
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in [(LIST, written), *((name, b"x") for name in names)]:
            one = tarfile.TarInfo(name)
            one.size = len(data)
            archive.addfile(one, io.BytesIO(data))
    out = tmp_path / "evil.age"
    out.write_bytes(pyrage.encrypt(made.getvalue(), [pyrage.x25519.Recipient.from_str(grader.public)]))
    before = set(tmp_path.rglob("*"))
    with pytest.raises(Refused, match="nothing was opened"):
        open_parcel(out, grader.private, tmp_path / "in")
    assert set(tmp_path.rglob("*")) == before


def test_a_printed_sheet_that_was_changed_is_not_sealed(
    tmp_path: Path, exam_dir: Path, grader: ParcelKey, quick: None, run: Run
) -> None:
    assert run("render", exam_dir).status == 0
    sheet = next(iter((exam_dir / "papers").glob("*.pdf")))
    sheet.write_bytes(sheet.read_bytes() + b"%")
    with pytest.raises(Refused, match="has been changed"):
        seal([exam_dir], tmp_path / "a.age", [grader.public])
    sheet.unlink()
    seal([exam_dir], tmp_path / "a.age", [grader.public])


def test_links_and_changed_packages_are_not_sealed(tmp_path: Path, exam_dir: Path, grader: ParcelKey) -> None:
    folder, out = tmp_path / "folder", tmp_path / "a.age"
    folder.mkdir()
    (folder / "link").symlink_to("/etc/passwd")
    with pytest.raises(Refused, match="nothing was sealed"):
        seal([folder, tmp_path / "missing"], out, [grader.public])
    with pytest.raises(Refused, match="nothing was sealed"):
        seal([exam_dir], out, [str(grader.private)])
    hidden = tmp_path / ".hidden"
    hidden.write_text("x")
    with pytest.raises(Refused, match="nothing was sealed"):
        seal([hidden], out, [grader.public])
    (exam_dir / "secure/key.csv").write_bytes(b"form,question,key\n")
    with pytest.raises(Refused, match="has been changed"):
        seal([exam_dir], out, [grader.public])
    assert not out.exists()
