"""Units on pages: read beside their text, imported by whom it is due, editions that wait carried over."""

from __future__ import annotations

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from examgen.assembly.editions.units import show_unit
from examgen.site.audit.models import Entry
from tests.site.conftest import OTHER, UNIT, Browser, Client

UNITS = Path(__file__).parents[2] / "data" / "units"
WELDER = (UNITS / "welder-code-first.txt").read_bytes()


def given(client: Client, data: bytes, name: str = "welder.txt") -> str:
    """The address of the reading of a document."""
    answer = client.post("/standards/read/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["location"])


def test_a_document_is_read_beside_its_text_and_then_imported(workspace: Path, browser: Browser) -> None:
    client = browser("assembler")
    place = given(client, WELDER)
    page = client.page(place)
    [code] = [line for line in WELDER.decode().splitlines() if line.startswith("1.")][:1]
    assert code in page
    assert "What was read" in page
    assert "elements and criteria" in page
    assert not (workspace / "item_bank" / "WLD").exists()
    done = client.post(place, {"do": "import"}, follow=True)
    imported = {path.parent.name for path in (workspace / "item_bank").glob("*/unit.yaml")} - {UNIT, OTHER}
    [name] = imported
    assert f"{name} was imported" in done.content.decode()
    assert (workspace / "item_bank" / name / "source.txt").read_bytes() == WELDER
    assert Entry.objects.get(what="unit.import").about == name
    assert client.get(place).status_code == 404, "the upload is gone"


def test_pasted_text_and_what_is_no_unit(workspace: Path, browser: Browser) -> None:
    client = browser("administrator")
    answer = client.post("/standards/read/", {"text": "<script>alert(1)</script>"}, follow=True)
    page = answer.content.decode()
    assert "is not a unit of competency" in page
    assert "<script>alert(1)" not in page
    assert "Import " not in page
    assert client.post(answer.redirect_chain[-1][0], {"do": "import"}).status_code == 403
    for form in (
        {},
        {"text": "a", "file": SimpleUploadedFile("a.txt", b"a")},
        {"file": SimpleUploadedFile("a.docx", b"a")},
    ):
        refused = client.post("/standards/read/", form)
        assert refused.status_code == 422
        assert b"faults" in refused.content


def test_names_and_texts_of_documents_are_never_markup(workspace: Path, browser: Browser) -> None:
    evil = "<script>alert(1)</script>"
    title = next(line for line in WELDER.decode().splitlines() if line.startswith("2."))
    data = WELDER.decode().replace(title, f"{title} {evil}").encode()
    client = browser("assembler")
    place = given(client, data, f"{evil}.txt")
    assert evil not in client.page(place)
    for page in client.post(place, {"do": "import"}, follow=True), client.get("/standards/"):
        text = page.content.decode()
        assert evil not in text
        assert "alert(1)" in text


def test_a_reading_is_of_who_gave_the_document(workspace: Path, browser: Browser) -> None:
    place = given(browser("assembler"), WELDER)
    assert browser("assembler").get(place).status_code == 404
    assert browser("writer").get(place).status_code == 403


def test_an_assembler_of_one_unit_imports_no_other(workspace: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    place = given(client, WELDER)
    assert b"nobody has given you the role" in client.get(place).content
    assert client.post(place, {"do": "import"}).status_code == 403
    own = (workspace / "item_bank" / UNIT / "unit.yaml").read_bytes()
    assert len(list((workspace / "item_bank").glob("*/unit.yaml"))) == 2
    assert (workspace / "item_bank" / UNIT / "unit.yaml").read_bytes() == own


def test_people_see_the_units_of_their_roles(served: Path, browser: Browser) -> None:
    page = browser("writer", UNIT).page("/standards/")
    assert UNIT in page
    assert OTHER not in page
    assert browser("writer", UNIT).get(f"/standards/unit/{OTHER}/").status_code == 403
    assert browser("writer").get("/standards/unit/no-such-unit/").status_code == 404
    assert show_unit(served / "item_bank", UNIT).criteria[0].text in browser(
        "writer", UNIT, language="th"
    ).page(f"/standards/unit/{UNIT}/")


def test_an_edition_that_waits_is_compared_and_carried_over(workspace: Path, browser: Browser) -> None:
    client = browser("assembler")
    code = client.post(given(client, WELDER), {"do": "import"}).headers["location"].strip("/").split("/")[-1]
    bank = workspace / "item_bank"
    first, second = show_unit(bank, code).criteria[:2]
    items = bank / code / "items"
    items.mkdir()
    levels = show_unit(bank, code).levels
    text = (bank / UNIT / "items" / sorted((bank / UNIT / "items").iterdir())[0].name).read_text("utf-8")
    one = "- id: one\n" + text.split("\n- id:")[0].split("\n", 1)[1]
    one = one.replace("pcs: [DG401.01]", f"pcs: [{first.code}]").replace(
        "levels: []", f"levels: [{levels[0]}]"
    )
    (items / f"{first.code}.yaml").write_text(
        "\n".join(line for line in one.splitlines() if "enemies" not in line) + "\n", "utf-8"
    )
    changed = WELDER.decode().replace(first.text, first.text + " " + second.text[:12])
    answer = client.post(given(client, changed.encode()), {"do": "import"}, follow=True)
    place, page = answer.redirect_chain[-1][0], answer.content.decode()
    assert "waits" in page
    assert "reworded" in page
    assert "Pairs to confirm" in page
    edition = place.strip("/").split("/")[-1]
    present = page.split('name="present" value="')[1].split('"')[0]
    refused = client.post(place, {"do": "show", "present": present})
    assert refused.status_code == 422
    assert "no pair was confirmed" in refused.content.decode()
    pair = {"present": present, "pair": f"{first.code}={first.code}"}
    shown = client.post(place, {**pair, "do": "show"}).content.decode()
    assert "1 item would be carried over, 0 set aside" in shown
    assert show_unit(bank, code).criteria[0].text == first.text
    stale = client.post(place, {**pair, "present": "0" * 64, "do": "carry"}, follow=True)
    assert "meanwhile" in stale.content.decode()
    assert show_unit(bank, code).criteria[0].text == first.text, "not by who saw another edition"
    assert browser("writer", code).post(place, {**pair, "do": "carry"}).status_code == 403
    assert client.post(place, {**pair, "do": "carry"}).status_code == 302
    assert show_unit(bank, code).criteria[0].text != first.text
    assert Entry.objects.get(what="unit.remap").detail["edition"] == edition


def test_a_pdf_is_refused_with_how_to_save_it(workspace: Path, browser: Browser) -> None:
    client = browser("assembler")
    named = client.post("/standards/read/", {"file": SimpleUploadedFile("unit.pdf", b"%PDF-1.7")})
    assert (named.status_code, "saved as .html" in named.content.decode()) == (422, True)
    page = client.page(given(client, b"%PDF-1.7", "unit.txt"))
    assert "Save the unit&#39;s web page as .html" in page
    assert 'value="import"' not in page
