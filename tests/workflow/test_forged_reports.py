"""Forgeries of a signed report that leave each word of it as it is, or seem to: none is taken for the one signed."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from examgen.papers.symbols import qr_code
from examgen.problems import Refused
from examgen.signing import make_keys, read_private
from examgen.workflow.candidate_reporting import CandidatesAsked, candidate_reports
from examgen.workflow.reporting import ReportAsked
from examgen.workflow.verifying import verify_report
from tests.reports.scored_samples import first, sat

Forge = Callable[[Any], object]


class Signed:
    """A report as PDF and as HTML, and the key that checks it."""

    def __init__(self, place: Path) -> None:
        sat(place / "package", {"P-01": first(7)})
        public, _ = make_keys(place / "body.pem", "A body")
        which = CandidatesAsked(key=read_private(place / "body.pem"), html=True)
        candidate_reports(place / "package", place, ReportAsked(out=place / "out"), which)
        (self.pdf,) = (place / "out").glob("*.pdf")
        self.html = (place / "out" / "P-01.html").read_text("utf-8")
        self.keys = [public]

    def faults(self, path: Path) -> set[str]:
        with pytest.raises(Refused) as refused:
            verify_report(str(path), self.keys)
        return {problem.code for problem in refused.value.problems}


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    return Signed(tmp_path_factory.mktemp("signed"))


def content(change: Callable[[bytes], bytes]) -> Forge:
    def forge(pdf: Any) -> None:
        old = pdf.pages[0].Contents.read_bytes()
        new = change(old)
        assert new != old
        pdf.pages[0].Contents = pdf.make_stream(new)

    return forge


def page(**entries: Any) -> Forge:
    return lambda pdf: [pdf.pages[0].obj.__setitem__(f"/{key}", value) for key, value in entries.items()]


def catalog(**entries: Any) -> Forge:
    return lambda pdf: [pdf.Root.__setitem__(f"/{key}", value) for key, value in entries.items()]


def fonts_in_a_stream(pdf: Any) -> None:
    """The two faces exchanged, in a stream whose dictionary some readers take."""
    fonts = dict(pdf.pages[0].Resources.Font.items())
    forged = pdf.make_stream(b"")
    for name, face in zip(fonts, [*fonts.values()][::-1], strict=True):
        forged[name] = face
    pdf.pages[0].Resources.Font = forged


def packed_as_nothing_reads(pdf: Any) -> None:
    for drawing in pdf.pages[0].Resources.XObject.values():
        drawing.write(drawing.read_bytes(), filter=Name.JBIG2Decode)


def colours_of_its_own(pdf: Any) -> None:
    space = Array([Name.CalRGB, Dictionary(WhitePoint=[0.9505, 1, 1.089], Gamma=[0.0001] * 3)])
    pdf.pages[0].Resources.ColorSpace = Dictionary(DefaultRGB=space, DefaultGray=space)


def beside_the_code(old: bytes) -> bytes:
    """Every module at 72 %, and a bar in the room that is won."""
    found = re.search(rb"(?:[01]\.\d{5} [01]\.\d{5} 0\.\d{5} 0\.\d{5} re\s*){50,}", old)
    assert found
    small = [
        (x * 0.72, y * 0.72 + 0.27, w * 0.72, h * 0.72)
        for x, y, w, h in (map(float, one.split()) for one in found[0].split(b"re") if one.strip())
    ]
    drawn = b" ".join(b"%.5f %.5f %.5f %.5f re" % one for one in [*small, (0.1, 0.05, 0.5, 0.1)])
    return old[: found.start()] + drawn + b"\n" + old[found.end() :]


def bookmark(**entries: Any) -> Forge:
    """The first bookmark, with other entries."""
    return lambda pdf: [
        pdf.Root.Outlines.First.__setitem__(f"/{key}", value) for key, value in entries.items()
    ]


def stray_bookmark(pdf: Any) -> None:
    pdf.Root.Outlines.First["/Title"] = String("30 of 30 PASS")
    pdf.Root.Outlines.First["/Dest"] = Array([None, Name.Fit])


def bookmarks_in_a_ring(pdf: Any) -> None:
    pdf.Root.Outlines.First["/Next"] = pdf.Root.Outlines.First


def titled(text: str) -> Forge:
    """The title of the file, wherever it stands."""

    def forge(pdf: Any) -> None:
        pdf.docinfo["/Title"] = text
        metadata_says(pdf, text)

    return forge


def metadata_says(pdf: Any, text: str) -> None:
    data = pdf.Root.Metadata.read_bytes()
    pdf.Root.Metadata.write(data.replace(b">T-1-L4<", f">{text}<".encode()))


def metadata_alone(pdf: Any) -> None:
    metadata_says(pdf, "PASS")


def tags(entry: str, text: str, kind: str = "") -> Forge:
    """What tags tell a screen reader; all of them, or those of a kind."""

    def forge(pdf: Any) -> None:
        found = [
            one
            for one in pdf.objects
            if isinstance(one, Dictionary) and "/S" in one and "/P" in one and kind in ("", str(one.S))
        ]
        assert found
        for one in found:
            one[entry] = String(text)

    return forge


def script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String("app.alert('PASS')"))


FORGED: dict[str, tuple[Forge, str]] = {
    "fonts in a stream": (fonts_in_a_stream, "page-covered"),
    "drawings that nothing unpacks": (packed_as_nothing_reads, "page-covered"),
    "vertical tabs": (content(lambda c: re.sub(rb"(/B\d+) Do", b"\\1\x0bDo", c)), "page-changed"),
    "white space": (content(lambda c: c.replace(b"\n", b" ", 1)), "page-changed"),
    "a bar beside the code": (content(beside_the_code), "page-changed"),
    "a rectangle behind the code": (
        content(lambda c: re.sub(rb"(0\.\d{5} re)(\s*f\b)", b"\\1 0.98000 0.98000 0.01000 0.01000 re\\2", c)),
        "page-changed",
    ),
    "colours of its own": (colours_of_its_own, "page-covered"),
    "a script on opening": (catalog(OpenAction=script()), "page-covered"),
    "a portfolio": (catalog(Collection=Dictionary(View=Name.H)), "page-covered"),
    "a form": (catalog(AcroForm=Dictionary(Fields=Array([]))), "page-covered"),
    "layers": (catalog(OCProperties=Dictionary(OCGs=Array([]))), "page-covered"),
    "a file in it": (lambda pdf: pdf.attachments.update({"x.pdf": b"%PDF-1.4"}), "page-covered"),
    "a part of the page shown": (
        catalog(ViewerPreferences=Dictionary(ViewClip=Name.TrimBox)),
        "page-covered",
    ),
    "a page that is cut": (page(TrimBox=Array([0, 0, 300, 300])), "page-covered"),
    "a group": (page(Group=Dictionary(S=Name.Transparency)), "page-covered"),
    "a script on the page": (page(AA=Dictionary(O=script())), "page-covered"),
    "a bookmark with a script": (bookmark(A=script()), "page-covered"),
    "a bookmark that starts a program": (
        bookmark(A=Dictionary(S=Name.Launch, F=String("calc.exe"))),
        "page-covered",
    ),
    "a bookmark with actions": (bookmark(AA=Dictionary(O=script())), "page-covered"),
    "a bookmark that says something else": (bookmark(Title=String("30 of 30 PASS")), "page-covered"),
    "a bookmark of no page that says something else": (stray_bookmark, "page-covered"),
    "bookmarks without end": (bookmarks_in_a_ring, "page-covered"),
    "a title that says something else": (titled("Result: 30 of 30 PASS"), "page-covered"),
    "a title behind that of the exam": (titled("T-1-L4 – 30 of 30 PASS"), "page-covered"),
    "a title in the metadata alone": (metadata_alone, "page-covered"),
    "a title in the information alone": (
        lambda pdf: pdf.docinfo.__setitem__("/Title", "T-1-L4 – PASS"),
        "page-covered",
    ),
    "labels of pages": (
        catalog(PageLabels=Dictionary(Nums=Array([0, Dictionary(P=String("PASS "))]))),
        "page-covered",
    ),
    "a text in place of what is drawn": (tags("/ActualText", "30 of 30 PASS"), "page-covered"),
    "a description of a table": (tags("/Alt", "30 of 30 PASS", kind="/Table"), "page-covered"),
    "a page turned by its parent": (lambda pdf: pdf.Root.Pages.__setitem__("/Rotate", 180), "page-changed"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_page_is_found(signed: Signed, tmp_path: Path, name: str) -> None:
    forge, fault = FORGED[name]
    with pikepdf.open(signed.pdf) as pdf:
        forge(pdf)
        pdf.save(
            tmp_path / "f.pdf", stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False
        )
    assert signed.faults(tmp_path / "f.pdf") == {fault}


@pytest.mark.parametrize("name", ["before.html", "before.pdf", "end.pdf", "hurt.pdf", "report.html"])
def test_a_file_that_programs_take_otherwise_is_refused(signed: Signed, tmp_path: Path, name: str) -> None:
    data, before = signed.pdf.read_bytes(), b"<h1>PASS</h1><plaintext hidden>"
    table = data.rindex(b"startxref")
    made = {
        "before.html": before + data,
        "before.pdf": before + data,
        "end.pdf": data + b"<h1>PASS</h1>",
        "hurt.pdf": data[:table] + b"startxref\n7\n%%EOF\n",
        "report.html": data,
    }
    (tmp_path / name).write_bytes(made[name])
    assert signed.faults(tmp_path / name) <= {"not-a-report", "damaged-pdf", "other-ending"}


def test_another_picture_of_a_code_in_html_is_found(signed: Signed, tmp_path: Path) -> None:
    """The code that is read is right; what a telephone scans would be another."""
    changed = re.sub(r'(<path d="M[^"]*?) M[^"]*?z', r"\1", signed.html, count=1)
    assert changed != signed.html
    (tmp_path / "x.html").write_text(changed, "utf-8")
    assert signed.faults(tmp_path / "x.html") == {"page-changed"}


@pytest.mark.parametrize(
    "how",
    [
        {"linearize": True},
        {"object_stream_mode": pikepdf.ObjectStreamMode.disable, "compress_streams": False},
        {"stream_decode_level": pikepdf.StreamDecodeLevel.generalized, "recompress_flate": True},
        {"encryption": pikepdf.Encryption(owner="owner", user="")},
    ],
    ids=["linear", "unpacked", "packed anew", "encrypted"],
)
def test_a_report_packed_anew_holds(signed: Signed, tmp_path: Path, how: dict[str, Any]) -> None:
    with pikepdf.open(signed.pdf) as pdf:
        pdf.remove_unreferenced_resources()
        pdf.save(tmp_path / "again.pdf", **how)
    (found,) = verify_report(str(tmp_path / "again.pdf"), signed.keys)
    assert (found.statement.candidate_id, found.compared) == ("P-01", True)


def test_codes_are_drawn_as_they_were() -> None:
    """What is drawn is compared with what is drawn anew: an encoder of other habits would refuse every report."""
    modules = qr_code(f"EG1:{'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:' * 4}")
    assert blake2b(repr(modules).encode(), digest_size=8).hexdigest() == "1e1e987cfeb9892c"
