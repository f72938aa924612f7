"""Forgeries of a signed report that leave each word of it as it is, or seem to: none is taken for the one signed.

Each is made twice: saved anew, which breaks the signature, and added behind the file, which leaves it as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from examgen.core.problems import Refused
from examgen.core.signing.keys import make_keys, read_private
from examgen.core.signing.signers import SignWith, file_signer
from examgen.core.signing.validation import signatures
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.verifying import verify_report
from examgen.reports.writing import ReportOptions
from tests.reports.scored_samples import first, sat
from tests.signing.updated_pdf import updated

Forge = Callable[[Any], object]


class Signed:
    """A report as it is composed for many, the letter of one who was named, and the key that checks them."""

    def __init__(self, place: Path) -> None:
        sat(place / "package", {"P-01": first(7)})
        public, known = make_keys(place / "body.pem", "A body")
        own = read_private(place / "body.pem")
        with file_signer(SignWith(str(place / "body.pem")), own=own) as signer:
            which = CandidateReportOptions(key=own.codes, signer=signer)
            candidate_reports(place / "package", place, ReportOptions(out=place / "out"), which)
            which = which._replace(ids=("P-01",), by="candidate")
            candidate_reports(place / "package", place, ReportOptions(out=place / "letter"), which)
        (self.pdf,) = (place / "out").glob("*.pdf")
        (self.letter,) = (place / "letter").glob("*.pdf")
        self.keys, self.certificate = [public], known.certificate

    def faults(self, path: Path) -> set[str]:
        with pytest.raises(Refused) as refused:
            verify_report(str(path), self.keys)
        return {problem.code for problem in refused.value.problems}

    def signature_faults(self, path: Path) -> set[str]:
        with pytest.raises(Refused) as refused:
            signatures(path, [self.certificate])
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


def fresh(value: Any) -> Any:
    """The same in no file yet."""
    return pikepdf.Object.parse(value.unparse()) if isinstance(value, pikepdf.Object) else value


def page(**entries: Any) -> Forge:
    return lambda pdf: [
        pdf.pages[0].obj.__setitem__(f"/{key}", fresh(value)) for key, value in entries.items()
    ]


def catalog(**entries: Any) -> Forge:
    return lambda pdf: [pdf.Root.__setitem__(f"/{key}", fresh(value)) for key, value in entries.items()]


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
    found = re.search(rb"(?:(?:\d+\.\d{5} ){4}re\s*){50,}", old)
    assert found
    boxes = [tuple(map(float, one.split())) for one in found[0].split(b"re") if one.strip()]
    side = max(x + w for x, _, w, _ in boxes)
    small = [(x * 0.72, y * 0.72 + 0.27 * side, w * 0.72, h * 0.72) for x, y, w, h in boxes]
    bar = (0.1 * side, 0.05 * side, 0.5 * side, 0.1 * side)
    drawn = b" ".join(b"%.5f %.5f %.5f %.5f re" % one for one in [*small, bar])
    return old[: found.start()] + drawn + b"\n" + old[found.end() :]


def bookmark(**entries: Any) -> Forge:
    """The first bookmark, with other entries."""
    return lambda pdf: [
        pdf.Root.Outlines.First.__setitem__(f"/{key}", fresh(value)) for key, value in entries.items()
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
    pdf.Root.Metadata.write(data.replace(b">T-1-L4", f">{text}".encode()))


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


FORGED: dict[str, Forge] = {
    "fonts in a stream": fonts_in_a_stream,
    "drawings that nothing unpacks": packed_as_nothing_reads,
    "vertical tabs": content(lambda c: re.sub(rb"(/B\d+) Do", b"\\1\x0bDo", c)),
    "white space": content(lambda c: c.replace(b"\n", b" ", 1)),
    "a bar beside the code": content(beside_the_code),
    "a rectangle behind the code": content(
        lambda c: re.sub(rb"(\d\.\d{5} re)(\s*f\b)", b"\\1 98.00000 98.00000 1.00000 1.00000 re\\2", c)
    ),
    "colours of its own": colours_of_its_own,
    "a script on opening": catalog(OpenAction=script()),
    "a portfolio": catalog(Collection=Dictionary(View=Name.H)),
    "layers": catalog(OCProperties=Dictionary(OCGs=Array([]))),
    "a file in it": lambda pdf: pdf.attachments.update({"x.pdf": b"%PDF-1.4"}),
    "a part of the page shown": catalog(ViewerPreferences=Dictionary(ViewClip=Name.TrimBox)),
    "a page that is cut": page(TrimBox=Array([0, 0, 300, 300])),
    "a group": page(Group=Dictionary(S=Name.Transparency)),
    "a script on the page": page(AA=Dictionary(O=script())),
    "a bookmark with a script": bookmark(A=script()),
    "a bookmark that starts a program": bookmark(A=Dictionary(S=Name.Launch, F=String("calc.exe"))),
    "a bookmark with actions": bookmark(AA=Dictionary(O=script())),
    "a bookmark that says something else": bookmark(Title=String("30 of 30 PASS")),
    "a bookmark of no page that says something else": stray_bookmark,
    "bookmarks without end": bookmarks_in_a_ring,
    "a title that says something else": titled("Result: 30 of 30 PASS"),
    "a title behind that of the exam": titled("T-1-L4 – 30 of 30 PASS"),
    "a title in the metadata alone": metadata_alone,
    "a title in the information alone": lambda pdf: pdf.docinfo.__setitem__("/Title", "T-1-L4 – PASS"),
    "labels of pages": catalog(PageLabels=Dictionary(Nums=Array([0, Dictionary(P=String("PASS "))]))),
    "a text in place of what is drawn": tags("/ActualText", "30 of 30 PASS"),
    "a description of a table": tags("/Alt", "30 of 30 PASS", kind="/Table"),
    "a page turned by its parent": lambda pdf: pdf.Root.Pages.__setitem__("/Rotate", 180),
}


OF_A_LETTER = ("title that", "title behind", "title in the metadata", "text in place", "description")
"""Forgeries of what the letter alone has: tags, and metadata for programs that read them."""


def original(signed: Signed, name: str) -> Path:
    return signed.letter if any(words in name for words in OF_A_LETTER) else signed.pdf


def forged(signed: Signed, name: str) -> Any:
    pdf = pikepdf.open(original(signed, name))
    FORGED[name](pdf)
    return pdf


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_page_is_found(signed: Signed, tmp_path: Path, name: str) -> None:
    with forged(signed, name) as pdf:
        pdf.save(
            tmp_path / "f.pdf", stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False
        )
    assert signed.signature_faults(tmp_path / "f.pdf") == {"file-changed"}


@pytest.mark.parametrize("name", FORGED)
def test_a_forgery_that_is_added_to_the_file_is_found(signed: Signed, tmp_path: Path, name: str) -> None:
    with forged(signed, name) as pdf:
        (tmp_path / "f.pdf").write_bytes(updated(original(signed, name), pdf))
    assert (tmp_path / "f.pdf").read_bytes().startswith(original(signed, name).read_bytes())
    assert signed.signature_faults(tmp_path / "f.pdf") == {"changed-after-signing"}


def test_a_report_whose_signature_was_taken_off_is_not_signed(signed: Signed, tmp_path: Path) -> None:
    with pikepdf.open(signed.pdf) as pdf:
        pdf.Root.AcroForm, pdf.pages[0].Annots = Dictionary(Fields=Array([])), Array([])
        pdf.save(tmp_path / "saved.pdf")
        (tmp_path / "added.pdf").write_bytes(updated(signed.pdf, pdf))
    for name in ("saved.pdf", "added.pdf"):
        assert signed.faults(tmp_path / name) == {"signature-missing"}


@pytest.mark.parametrize("name", ["before", "end", "hurt", "space", "comment"])
def test_a_file_that_programs_take_otherwise_is_refused(signed: Signed, tmp_path: Path, name: str) -> None:
    data, before = signed.pdf.read_bytes(), b"<h1>PASS</h1><plaintext hidden>"
    table = data.rindex(b"startxref")
    made = {
        "before": before + data,
        "end": data + b"<h1>PASS</h1>",
        "hurt": data[:table] + b"startxref\n7\n%%EOF\n",
        "space": data + b"\n",
        "comment": data + b"% 30 of 30 PASS\n%%EOF\n",
    }
    (tmp_path / "f.pdf").write_bytes(made[name])
    found = signed.faults(tmp_path / "f.pdf")
    assert found <= {"not-a-report", "damaged-pdf", "file-changed", "changed-after-signing"}


def test_one_byte_is_enough(signed: Signed, tmp_path: Path) -> None:
    """Anywhere: in the pages, in what is around them, in the signature and in the room that it left."""
    data = bytearray(signed.pdf.read_bytes())
    room = data.index(b"/Contents <3") + len("/Contents <")
    places = (
        *range(7, len(data), len(data) // 40),
        *range(room - 1, data.index(b">", room) + 1, 97),
        len(data) - 1,
    )
    for place in places:
        changed = bytearray(data)
        changed[place] = changed[place] ^ (1 if chr(changed[place]) in "0123456789" else 4)
        (tmp_path / "f.pdf").write_bytes(changed)
        assert signed.signature_faults(tmp_path / "f.pdf"), place


def test_digits_of_the_signature_are_those_that_were_written(signed: Signed, tmp_path: Path) -> None:
    data = signed.pdf.read_bytes()
    room = data.index(b"/Contents <3") + len("/Contents <")
    place = next(n for n in range(room, len(data)) if data[n : n + 1] in b"abcdef")
    (tmp_path / "f.pdf").write_bytes(data[:place] + data[place : place + 1].upper() + data[place + 1 :])
    assert signed.signature_faults(tmp_path / "f.pdf") == {"changed-after-signing"}


@pytest.mark.parametrize(
    "how",
    [
        {"linearize": True},
        {"object_stream_mode": pikepdf.ObjectStreamMode.disable, "compress_streams": False},
        {"encryption": pikepdf.Encryption(owner="owner", user="")},
    ],
    ids=["linear", "unpacked", "encrypted"],
)
def test_a_report_packed_anew_is_not_signed(signed: Signed, tmp_path: Path, how: dict[str, Any]) -> None:
    with pikepdf.open(signed.pdf) as pdf:
        pdf.save(tmp_path / "again.pdf", **how)
    assert signed.signature_faults(tmp_path / "again.pdf") <= {"file-changed", "damaged-pdf"}
