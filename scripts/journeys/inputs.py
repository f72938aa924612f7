"""What people write between commands: blueprints, lists, ratings, decisions, marked sheets; into the folder here."""

# ruff: noqa: E501 - a table reads best with a row on a line
from __future__ import annotations

import csv
import json
import random
import re
import shlex
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

import yaml

from .texts import KEYS, PASSWORD

HERE = Path(__file__).resolve().parents[2]
UNIT = "ASM-REE-5-059ZB"
ODD = "=ก<b>&\"'น้ำ"
"""What a spreadsheet would run and a page would take for a tag."""
BY = f"--by {shlex.quote(ODD)}"
DATA = f"{HERE}/tests/data/psychometrics/data"


def write_yaml(path: str | Path, data: object) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")


def write_table(path: str, heading: list[str], rows: Iterable[list[str]]) -> None:
    with Path(path).open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([heading, *rows])


def read_table(path: str) -> list[list[str]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def write_inputs() -> None:
    """Blueprints, lists, settings and decisions."""
    level_4 = yaml.safe_load(Path(f"item_bank/{UNIT}/blueprints/level-4.yaml").read_text("utf-8"))
    small = {name: value for name, value in level_4.items() if name not in ("criteria", "cognitive")} | {
        "items": 4,
        "title": {"th": f"สอบ {ODD}", "en": f"Trial {ODD}"},
        "statuses": ["draft", "review"],
        "judgement": {"min_items": 1, "percent": 60},
        "report": {"rank": True, "percentile": True, "t_score": "linear", "coverage": True},
    }
    write_yaml("two.yaml", small | {"exam": "TWO"})
    interview = yaml.safe_load(Path(f"item_bank/{UNIT}/blueprints/interview-7.yaml").read_text("utf-8"))
    write_yaml(
        "interview.yaml", interview | {"exam": "INTERVIEW", "forms": 1, "title": {"th": ODD, "en": ODD}}
    )
    write_yaml("level-7.yaml", level_4 | {"level": 7, "exam": "SEVEN"})
    personal = {"personal": {"options": True, "items": True}, "spare": 1}
    write_yaml("personal.yaml", small | {"exam": "PERSONAL", "forms": 1, "papers": personal})
    write_yaml("too-many.yaml", small | {"exam": "MANY", "items": 40, "criteria": {"A4011.01": 30}})
    write_yaml("faulty.yaml", small | {"exam": "FAULTY", "items": "many", "forms": -1, "wrong": True})
    write_yaml("papers.yaml", {"columns": 1})
    write_yaml("scaled.yaml", {"slope": 2.5, "intercept": 150})
    decided = {"reason": f"why {ODD}", "by": ODD, "date": "2026-06-20"}
    credit = {"kind": "credit_all", "form": "A", "question": 1, **decided}
    write_yaml("corrections.yaml", [credit])
    write_yaml("wrong-corrections.yaml", [{**credit, "kind": "guess"}, {**credit, "question": 99}])
    write_table(
        "candidates.csv",
        ["candidate_id", "name", "room", "seat", "centre", "large_print", "accessible"],
        [
            [f"{n:05d}", f"{ODD} {n}", f"ห้อง/{n % 2} <x>", str(n), "=ศูนย์&<i>", *[" x"[n == 1]] * 2]
            for n in range(1, 4)
        ],
    )
    Path("password.txt").write_text(PASSWORD + "\n", "utf-8")


def shorten_demo() -> None:
    """The two exams of the demo with two items each, so that they are printed in no time."""
    for name in (f"{UNIT}/blueprints/level-4.yaml", "DG-TWRT-007/blueprints/standard.yaml"):
        path = Path("../demo/item_bank", name)
        whole = yaml.safe_load(path.read_text("utf-8"))
        short = {key: value for key, value in whole.items() if key not in ("criteria", "cognitive")}
        write_yaml(path, short | {"forms": 1, "items": 2})


def change_item() -> None:
    """What a writer types into the workbook."""
    from openpyxl import load_workbook

    book = load_workbook("items.xlsx")
    sheet = book["ข้อสอบ Items"]
    heads = {str(cell.value).split("\n")[0]: cell.column for cell in sheet[2]}
    sheet.cell(3, heads["Stem"]).value = f"ข้อใดถูก {ODD[1:]} _x0041_ &amp; 1 < 2?"
    book.save("items.xlsx")


def write_questions() -> None:
    """Questions of Moodle and of a text, and which of its folders is which criterion."""
    Path("questions.gift").write_text(
        "$CATEGORY: กิจกรรม/=เริ่ม\n\n::@หนึ่ง::ข้อใดถูกที่สุดในงานนี้{=ก่อน#เพราะ ~หลัง ~ไม่ทำ}\n\n"
        "::สอง::น้ำเดือดที่กี่องศา{~50 =100 ~200}\n\n::สาม::จงอธิบาย{}\n",
        "utf-8",
    )
    Path("questions.txt").write_text(
        "1. ข้อใดเป็นขั้นแรกของการรับเรื่องร้องเรียน\nA. บันทึก\nB. ตอบทันที\nC. ส่งต่อ\nD. รอ\nANSWER: A\n\n"
        "2. ข้อใดไม่ต้องแจ้งผู้พักอาศัย\nA. งดน้ำ\nB. งดไฟ\nC. วันเกิดของช่าง\nANSWER: C\n",
        "utf-8",
    )
    write_table("map.csv", ["what", "pc"], [["@หนึ่ง", "A4011.02"]])
    write_table(
        "questions.csv", ["คำถาม", "ก", "ข", "ค", "ง", "เฉลย"],
        [["ข้อใดถูกต้องที่สุดเมื่อรับเรื่อง", "จด", "ลืม", "รอ", "หนี", "ก"], ["ข้อใดผิด", "จด", "ลืม", "", "", "จ"]],
    )  # fmt: skip


def rate() -> None:
    """What two experts write."""
    from openpyxl import load_workbook

    for expert, path in enumerate(sorted(Path("review").glob("*.xlsx")), 1):
        book = load_workbook(path)
        sheet = book["ให้คะแนน Ratings"]
        heads = [str(cell.value or "") for cell in sheet[1]]
        rating = next(n for n, head in enumerate(heads, 1) if "\nRating" in head)
        for line in range(2, sheet.max_row + 1):
            if sheet.cell(line, 1).value:
                sheet.cell(line, rating).value = str(40 + 10 * expert + 5 * (line % 3))
        sheet.cell(2, rating + 1).value = ODD[1:]
        book.save(path)


def revise_unit() -> None:
    """The page of a new edition: one criterion reworded, one removed, one moved, one added."""
    data = yaml.safe_load(Path(f"item_bank/{UNIT}/unit.yaml").read_text("utf-8"))
    first, second, third = data["elements"]
    first["criteria"][0]["text"] = "ระบุวัตถุประสงค์ เป้าหมาย และกิจกรรมสัมพันธ์ของผู้พักอาศัยได้"
    del first["criteria"][1]
    second["criteria"].append({"code": "A4012.04", "text": "เรียบเรียงเหตุการณ์ในการร้องเรียน"})
    second["criteria"].append({**third["criteria"].pop(0), "code": "A4012.05"})
    bullets = lambda texts: "".join(f" • {text}\n" for text in texts)  # noqa: E731
    occupations = [f"{one['name']} ระดับ {', '.join(map(str, one['levels']))}" for one in data["occupations"]]
    rows = [
        f"{element['code']} {element['title']} {n}) {criterion['text']} {criterion['code']}"
        for element in data["elements"]
        for n, criterion in enumerate(element["criteria"], 1)
    ]
    methods = {
        "written_objective": "ทดสอบโดยการสอบข้อเขียนเป็นข้อสอบปรนัย",
        "interview": "ทดสอบโดยการสอบสัมภาษณ์ตามแบบฟอร์มที่กำหนด",
    }
    assessed = [
        f"18.{n} สำหรับ{entry['occupation']} ระดับ {', '.join(map(str, entry['levels']))}\n"
        + bullets(methods[method] for method in entry["methods"])
        for n, entry in enumerate(data["assessment"], 1)
    ]
    parts = [
        "หน่วยสมรรถนะ", data["title"], data["field"], "รายละเอียดหน่วยสมรรถนะ",
        f"1. รหัสหน่วยสมรรถนะ {data['code']}", f"2. ชื่อหน่วยสมรรถนะ {data['title']}", "3. ทบทวนครั้งที่ - / -",
        "4. สร้างใหม่ ปรับปรุง", "5. สำหรับชื่ออาชีพและรหัสอาชีพ (Occupational Classification)", bullets(occupations),
        "6. คำอธิบายหน่วยสมรรถนะ (Description of Unit of Competency)", data["description"],
        "7. สำหรับระดับคุณวุฒิ\n1 2 3 4 5 6 7 8", "8. กลุ่มอาชีพ (Sector)", bullets(data["sector"]),
        "9. ชื่ออาชีพและรหัสอาชีพอื่นที่หน่วยสมรรถนะนี้สามารถใช้ได้ (ถ้ามี)\n\n • ไม่มี",
        "10. ข้อกำหนดหรือกฎระเบียบที่เกี่ยวข้อง (Licensing or Regulation Related) (ถ้ามี)", bullets(data["regulations"]),
        "11. สมรรถนะย่อยและเกณฑ์การปฏิบัติงาน (Elements and Performance Criteria)\n"
        "หน่วยสมรรถนะย่อย (EOC) เกณฑ์ในการปฏิบัติงาน (Performance Criteria) รหัส PC\n" + "\n".join(rows),
        "12. ความรู้และทักษะก่อนหน้าที่จำเป็น (Pre-requisite Skill & Knowledge)\n\nN/A",
        "13. ทักษะและความรู้ที่ต้องการ (Required Skills and Knowledge)",
        "(ก) ความต้องการด้านทักษะ", bullets(data["skills"]), "(ข) ความต้องการด้านความรู้", bullets(data["knowledge"]),
        "14. หลักฐานที่ต้องการ (Evidence Guide)\n\nแฟ้มงาน", "15. ขอบเขต (Range Statement)\n\nใช้กับการบริหารอาคารชุด",
        "16. หน่วยสมรรถนะร่วม (ถ้ามี)\n\n • ไม่มี", "17. อุตสาหกรรมร่วม/กลุ่มอาชีพร่วม (ถ้ามี)\n\n • ไม่มี",
        "18. รายละเอียดกระบวนการและวิธีการประเมิน (Assessment Description and Procedure)", "".join(assessed),
    ]  # fmt: skip
    Path("revised.txt").write_text("\n\n".join(parts) + "\n", "utf-8")


def mark_centres() -> None:
    """Answers with the centre, the room and a remark that a spreadsheet would run, and who was registered."""
    heading, *rows = read_table("answers.csv")
    places = [["=เหนือ<b>&" if n % 3 else "ใต้ \"'", f"ห้อง {n % 4}", ODD] for n in range(len(rows))]
    extra = ["centre", "room", "remark"]
    lines = [
        row + extra if row == heading else row + place if len(row) == len(heading) else row
        for row, place in zip(rows, places, strict=True)
    ]
    write_table("marked.csv", [*heading, *extra], lines)
    people = {row[0]: [row[0], ODD, place[1]] for row, place in zip(rows, places, strict=True) if row[0]}
    people["SYN-00024"][0] = "SYN-0024"  # one whose id has a zero too many in the answers
    write_table("roster.csv", ["candidate_id", "name", "room"], people.values())
    write_table("first.csv", [*heading, *extra], lines[:12])


def decide() -> None:
    """Decisions on a row and on a mark; responses as others hold them, with a group."""
    decided = ["reason", "by", "date"]
    write_table("identities.csv", ["file", "line", "candidate_id", "form", *decided],
                [["first.csv", "3", "=9-9", "", ODD, ODD, "2026-06-20"]])  # fmt: skip
    write_table("marks.csv", ["file", "line", "question", "answer", *decided],
                [["first.csv", "2", "1", "A", ODD, ODD, "2026-06-20"]])  # fmt: skip
    rows = [[str((n * (k + 3) // 7 + n // (k + 1)) % 2) for k in range(6)] for n in range(120)]
    names = ["=1+1", "ข้อ <2>", 'i"3', "i4", "i5", "i6"]
    letters = [["AB"[cell == "0"] for cell in row] for row in rows]
    for name, cells in (("scores.csv", rows), ("letters.csv", letters)):
        lines = [[f"={n}", *row, "ab"[n % 2]] for n, row in enumerate(cells)]
        write_table(name, ["who", *names, "g"], lines)
    write_table("named-pairs.csv", ["source", "copier"], [["=1", "=2"], ["=2", "=1"]])
    write_table("key-of-letters.csv", ["item", "key"], [[name, "A"] for name in names[:-1]])
    write_table("whole-key.csv", ["item", "key"], [[name, "A"] for name in names])
    parts = ["=A", "=A", "=A", "ข", "ข", "ข"]
    write_table("parts.csv", ["item", "subscore"], [list(pair) for pair in zip(names, parts, strict=True)])


def draw_forms() -> None:
    """Two forms of 20 items with 8 in common, sat by other groups; parts of the simulated test; frequencies."""
    drawn = random.Random(20240107)
    easy = {f"n{k:02}": -1.6 + 0.1 * k for k in range(32)}
    for form, names, mean in (("x", [*easy][:20], 0.0), ("y", [*easy][12:], 0.3)):
        lines = []
        for n in range(300):
            ability = drawn.gauss(mean, 1)
            right = [drawn.random() < 1 / (1 + 2.718281828 ** (easy[name] - ability)) for name in names]
            lines.append([f"{form}{n:03}", *(str(int(one)) for one in right)])
        write_table(f"form-{form}.csv", ["candidate_id", *names], lines)
    counts = [[str(k), str(5 + (k * 7) % 23), str(4 + (k * 5) % 19)] for k in range(16)]
    write_table("counts.csv", ["scale", "xcount", "ycount"], counts)
    coded = []
    for n in range(240):
        ability = drawn.gauss(0, 1)
        right = [str(int(drawn.random() < 1 / (1 + 2.718281828 ** (k / 4 - 1 - ability)))) for k in range(9)]
        cells = [drawn.choice(["", "9", "8", "7"]) if drawn.random() < 0.08 else cell for cell in right]
        coded.append([f"c{n:03}", *cells, "ab"[n % 2]])
    write_table("coded.csv", ["candidate_id", *(f"k{k}" for k in range(9)), "g"], coded)
    write_table("coded-parts.csv", ["item", "subscore"], [[f"k{k}", "pqr"[k % 3]] for k in range(9)])
    totals = [[f"t{n:03}", str(max(2, min(20, round(drawn.gauss(12, 4)))))] for n in range(200)]
    write_table("totals.csv", ["candidate_id", "total"], totals)
    write_table("halves.csv", ["item", "subscore"], [[f"I{n:02}", "abcd"[n % 4]] for n in range(1, 41)])
    with Path(f"{DATA}/sim_copy.csv").open() as whole:
        Path("copied.csv").write_text("".join(line for n, line in enumerate(whole) if n <= 250))


def write_odd_answers() -> None:
    """Answers whose columns have other names, in a workbook of two sheets, and with marks that are none."""
    from openpyxl import Workbook

    rows = [[f"77{n:03}", "AB"[n % 2], *("ABCD"[(n + k) % 4] for k in range(4))] for n in range(9)]
    head = ["ผู้สมัคร", "ชุดที่ได้", "หนึ่ง", "สอง", "สาม", "สี่"]
    Path("odd.csv").write_bytes("\n".join(";".join(row) for row in [head, *rows]).encode("cp874"))
    write_yaml("odd.yaml", {"candidate_id": head[0], "form": head[1], "questions": head[2:]})
    write_table(
        "unclear.csv",
        ["candidate_id", "form", "Q1", "Q2", "Q3", "Q4"],
        [[*row[:2], "x9", "??", "7/2", "-"] for row in rows],
    )
    book = Workbook()
    for name in ("หนึ่ง", "สอง"):
        sheet = book.create_sheet(name)
        for row in [["candidate_id", "form", "Q1", "Q2", "Q3", "Q4"], *rows]:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save("sheets.xlsx")
    with zipfile.ZipFile("sheets.xlsx") as made:
        members = [(one, made.read(one)) for one in made.namelist()]
    with zipfile.ZipFile("sheets.xlsx", "w") as again:  # a run keeps the hash of its answer files
        for one, body in members:
            again.writestr(
                zipfile.ZipInfo(one), re.sub(rb"20\d\d-\d\d-\d\dT[\d:]+Z", b"2026-06-20T00:00:00Z", body)
            )


def judge() -> None:
    """What the judges of a standard setting say of the items and candidates of exam TWO."""
    items = list(dict.fromkeys(row[2] for row in read_table("output/TWO/secure/forms.csv")[1:]))
    scored = read_table("output/TWO/results/candidates.csv")[1:]
    spread = [n / len(items) for n in range(len(items))]
    judges = [f"{ODD[1:]} {n}" for n in range(4)]
    ratings = [[who, *(f"{0.3 + (x + n / 9) / 2:.2f}" for x in spread)] for n, who in enumerate(judges)]
    write_table("ratings.csv", ["judge", *items], ratings)
    known = [[i, f"{x:.2f}", f"{x:.2f}"] for i, x in zip(items, spread, strict=True)]
    write_table("known.csv", ["item", "facility", "b"], known)
    write_table("placed.csv", ["item", "difficulty", "relevance"], [[item, ODD, "high"] for item in items])
    shares = [[who, ODD, "high", "50"] for who in judges]
    write_table("shares.csv", ["judge", "difficulty", "relevance", "share"], shares)
    marks = [[who, str(n % 3 + 2)] for n, who in enumerate(judges)]
    write_table("bookmarks.csv", ["judge", "bookmark"], marks)
    heads = ["candidate_id", "form", "score", "group", "grade"]
    people = [[*row[:3], "yes" if float(row[2]) >= 3 else "no", str(float(row[2]) + n % 3 / 9)]
              for n, row in enumerate(scored)]  # fmt: skip
    write_table("known-people.csv", heads, people)
    write_table("border.csv", heads, [[*row[:3], "borderline", row[4]] for row in people])
    limits = [[ODD[1:], "0", "4", "0", "100"]]
    write_table("limits.csv", ["judge", "min_cut", "max_cut", "min_fail", "max_fail"], limits)


def lay_keys() -> None:
    """The keys that sign from here on, in place of those just made, which are others each time."""
    for name in ("body.pem", "body.crt", "body.public.json"):
        shutil.copyfile(KEYS / name, name)
        Path(name).chmod(0o600)


def mark_sheet() -> None:
    """An answer sheet on which somebody marked an answer, and no number."""
    import pypdfium2
    from PIL import ImageDraw

    page = pypdfium2.PdfDocument("output/TWO/papers/answer-sheet.pdf")[0].render(scale=150 / 72).to_pil()
    bubbles = json.loads(Path("output/TWO/papers/sheet.json").read_text("utf-8"))["pages"][0]["bubbles"]
    x, y = next((one["x"] * 150 / 25.4, one["y"] * 150 / 25.4) for one in bubbles if one["group"] == "item")
    ImageDraw.Draw(page).ellipse((x - 10, y - 10, x + 10, y + 10), fill="#333333")
    page.convert("L").save("marked-sheet.png")


def change_result() -> None:
    """Somebody turns a result."""
    path = Path("scored-elsewhere/candidates.csv")
    path.write_bytes(path.read_bytes().replace(b",fail,", b",pass,", 1))


def name_people() -> None:
    """The answers of the larger exam with names and centres, in a file for each; who was registered."""
    heading, *rows = read_table("sat.csv")
    width = len(heading)
    lines = [[*row, f"สมมติ คนที่ {n}", "เหนือ" if n % 3 else "ใต้"] if len(row) == width else row
             for n, row in enumerate(rows) if row != heading]  # fmt: skip
    for name, part in (("north.csv", lines[::2]), ("south.csv", lines[1::2])):
        write_table(name, [*heading, "name", "centre"], part)
    decided = {"reason": "minutes 7", "by": "committee", "date": "2026-06-20"}
    rekeyed = {"kind": "accept", "form": "A", "question": 2, "key": "B", "only_here": True, **decided}
    write_yaml("more-corrections.yaml", [rekeyed, {"kind": "drop", "form": "B", "question": 5, **decided}])


def begin_verification() -> None:
    """A page that is no report."""
    Path("better.html").write_text("<p>no report", "utf-8")


def read_options() -> None:
    """What a reader takes for the keys who has the options alone."""
    Path("reader.csv").write_text(
        "form,question,choice,sure\nDG-TWRT-007-5,1,A,3\nDG-TWRT-007-5,2,B,1\n", "utf-8"
    )


def rate_interview() -> None:
    """What two assessors gave a candidate, far apart on one task, and what was decided on it."""
    rows = read_table("output/INTERVIEW/secure/key.csv")
    tasks = [row[rows[0].index("item")] for row in rows[1:]]
    # an ampersand stands between two people; files that are taken are kept byte for byte, so they are plain
    for names, candidate, comment, files in (
        ([ODD, '=ข<i>"2'], "=7-1", ODD, ("rated.csv", "moderated.csv")),
        (["ก", "ข"], "7-1", "ดี", ("by-assessors.csv", "settled.csv")),
    ):
        rated = [
            [candidate, name, task, str(n * 3 if k == 0 else 2), comment]
            for n, name in enumerate(names)
            for k, task in enumerate(tasks)
        ]
        write_table(files[0], ["candidate_id", "assessor", "task", "points", "comment"], rated)
        settled = [candidate, tasks[0], "1.5", "คณะกรรมการ", "2026-06-20", comment]
        write_table(files[1], ["candidate_id", "task", "points", "by", "date", "reason"], [settled])


def assess() -> None:
    """Points of 40 candidates by three assessors on two tasks."""
    rows = [
        [f"{ODD[1:]} {n}", f"{ODD[1:]} {by}", task, str((n * (by + 2) + len(task)) % 4)]
        for n in range(40) for by in (n % 3, (n + 1) % 3) for task in (ODD[1:], "T2")
    ]  # fmt: skip
    write_table("assessed.csv", ["candidate_id", "assessor", "task", "points"], rows)


def report_incident() -> None:
    """What a centre tells of a candidate; it is kept as it came, so it is plain."""
    heads = ["no", "centre", "kind", "candidates", "what", "done"]
    write_table("happened.csv", heads, [["1", "", "misconduct", "00001", "คัดลอก", "แยกที่นั่ง"]])


def read_again() -> None:
    """What a second person reads on the sheet of candidate 00002."""
    heading, *rows = read_table("scanned/responses.csv")
    [row] = [row for row in rows if row[0] == "00002"]
    marks = [[name[1:], mark or "-"] for name, mark in zip(heading, row, strict=True) if name.startswith("Q")]
    write_table("read-again.csv", ["question", "answer"], marks)


def decide_sheet() -> None:
    """What somebody decides in the gallery on two marks and the number of a sheet."""
    [digest] = json.loads(Path("scan/review/gallery.json").read_text("utf-8"))["scans"]
    codes = re.findall(
        r"\b[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\b", Path("scan/gallery.html").read_text("utf-8")
    )
    heads = ["scan", "code", "page", "question", "task", "read", "decided", "by", "time"]
    answers = (("2", "?", "B"), ("3", "?", "-"), ("", "", "00009"))
    rows = [
        [digest, code, "1", question, "first", read, decided, ODD[1:], "2026-06-20"]
        for code, (question, read, decided) in zip(dict.fromkeys(codes), answers, strict=True)
    ]
    write_table("decided.csv", heads, rows)


def keep_persons() -> None:
    """For how many days a body keeps data of persons."""
    write_yaml("examgen.yaml", {"retention": {"contacts_days": 30_000, "results_days": 36_500}})


def tidy_damaged() -> None:
    """The results of a case of the damage corpus are gone: each step looks through all files."""
    for path in Path().glob("damaged*"):
        shutil.rmtree(path)
