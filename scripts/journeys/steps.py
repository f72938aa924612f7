"""The journeys: what people do, command by command, each from an empty folder.

A step is a command, or a function that writes what a person writes between two commands. A plain
command only reads: it is run in Thai, in English and with --json. A mark before it says otherwise:
    +   it writes: in Thai and English in a copy of the folder, then with --json as it stands here
    1   once, as it stands here      th   once, in Thai
    -   once and not kept: it prepares, another journey shows what it does; it must end with status 0 or 3
"""

# ruff: noqa: E501 - a step reads best on a line
from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator

import yaml

from . import inputs
from .inputs import BY, DATA, HERE, ODD, UNIT

Step = str | Callable[[], None]
DAY = "--date 2026-06-20"
UNITS = HERE / "tests" / "data" / "units"
PAIRS = "--pair A4011.01=A4011.01 --pair A4013.01=A4012.05"
KEYED = "--exclude g --key key-of-letters.csv"

# ── what several journeys begin with


def workspace() -> Iterator[Step]:
    """A workspace with the starter bank, and what people write beside it."""
    yield "- init ws"
    yield "cd ws"
    yield inputs.write_inputs


def exam() -> Iterator[Step]:
    """Exam TWO: two forms of four items, of which a candidate's report has everything."""
    yield from workspace()
    yield "- build two.yaml --seed 7"


def answers() -> Iterator[Step]:
    """Exam TWO and the answers to it, with faults, from two centres."""
    yield from exam()
    yield "- simulate output/TWO --candidates 24 --seed 1 --dirty 6 --out answers.csv"
    yield inputs.mark_centres
    yield inputs.decide


def scored() -> Iterator[Step]:
    """Exam TWO scored twice: from all answers, then with a correction and against a register."""
    yield from answers()
    yield "- score output/TWO marked.csv"
    yield "- score output/TWO marked.csv --corrections corrections.yaml --roster roster.csv --scaled scaled.yaml --elements"


def personal() -> Iterator[Step]:
    """Exam PERSONAL: an order of items and options for each candidate, printed, and sheets of two of them read."""
    yield from workspace()
    yield "- build personal.yaml --out output/PERSONAL"
    yield "- render output/PERSONAL --candidates candidates.csv --papers papers.yaml"
    yield "- simulate output/PERSONAL --scans scans --candidates 2 --seed 1 --format jpeg"
    yield "- scan scans/scans --exam output/PERSONAL --out scanned"


def personal_released() -> Iterator[Step]:
    """Exam PERSONAL with its sheets taken into the record, scored and released."""
    yield from personal()
    yield f"- take output/PERSONAL scanned --as scan {BY}"
    yield "- score output/PERSONAL --no-signals"
    yield f"- release output/PERSONAL --run 1 --by committee --reason minutes --open-looks later {DAY}"


# ── the journeys


def start() -> Iterator[Step]:
    """A first day: workspaces, the demo, what the machine lacks, the templates, words that are none."""
    yield "1 init ws"
    yield "cd ws"
    yield "th init ../thai"
    yield "1 init ../empty --empty"
    yield "1 init ../empty"
    yield "1 init ../demo"
    yield inputs.shorten_demo
    yield "doctor"
    yield "1 --version"
    yield "1 frobnicate"
    yield "th bank check --frobnicate"
    yield "1 bank show"
    yield "templates list"
    yield "+ templates eject --replace --into ../ejected"
    yield "1 demo --workspace ../demo"


def unit() -> Iterator[Step]:
    """Unit documents of every layout; a new edition and the items that it leaves, carries and loses."""
    yield from workspace()
    yield "- init ../empty --empty"
    for path in sorted(UNITS.iterdir()):
        if not path.name.endswith(".expected.json") and "pdf" not in path.name:
            yield f"1 unit import {path} --dry-run --json"
    yield f"+ unit import {UNITS}/electrician-pipe-table.txt --into ../empty/item_bank"
    yield f"unit import {UNITS}/refused-no-criteria.txt --into ../empty/item_bank"
    for code in (UNIT, "DG-TWRT-007", "NONE"):
        yield f"unit show {code}"
    yield inputs.revise_unit
    yield "+ unit import revised.txt"
    yield f"unit diff {UNIT} {{waiting}}"
    yield f"unit show {UNIT} --editions"
    yield f"+ bank remap {UNIT} --to {{waiting}}"
    yield f"th bank remap {UNIT} --to {{waiting}} {PAIRS} --by me --dry-run"
    yield f"1 bank remap {UNIT} --to {{waiting}} {PAIRS} {BY} --json"
    yield "1 bank check --json"
    yield f"unit show {UNIT}"
    yield f"bank review {UNIT}"


def bank() -> Iterator[Step]:
    """Items checked, found, counted, shown, generated and moved on; the workbook of writers; a first blueprint."""
    yield from workspace()
    yield "bank check"
    yield f"1 bank check {UNIT} --rule all-or-none-of-the-above --waived --json"
    yield "1 bank check DG-TWRT-007 --json"
    yield "bank check --rules"
    yield "bank check --rules --rule all-or-none-of-the-above"
    yield "1 bank check --schema all --out schema.json"
    yield "1 bank check --schema blueprint"
    yield f"bank list {UNIT} --pc A4011.01 --level 4 --category apply --status draft --words ข้อ"
    yield f"bank list {UNIT} --model A4012.02-M01 --family A4011.01-F01"
    yield "bank list DG-TWRT-007"
    yield "bank show A4011.01-101 A4012.01-101"
    yield "+ bank show A4011.01-101 A4012.01-101 --preview shown.html --key --replace"
    yield "1 bank show A4011.01-101 A4012.01-101 --preview shown.pdf"
    yield f"bank coverage {UNIT}"
    yield "1 bank coverage DG-TWRT-007 --json"
    yield f"bank coverage {UNIT} --level 4 --status draft"
    yield f"+ bank export {UNIT} items.xlsx --replace"
    yield inputs.change_item
    yield f"bank import items.xlsx --unit {UNIT} --dry-run"
    yield "+ bank import items.xlsx"
    yield "1 bank generate A4012.02-M01 A4012.03-M01 --number 2 --seed 3 --out instances.pdf --replace --json"
    yield "1 bank generate A4012.02-M01 --out instances.html"
    yield f"+ bank generate {UNIT} --out instances.yaml"
    yield "1 bank generate A4012.02-M01 --number 50 --seed 2 --json"
    yield "+ bank generate A4012.02-M01 --into items"
    yield f"+ blueprint new {UNIT} --level 4 --occupation ผู้จัดการอาคารที่อยู่อาศัย --forms 2 --items 40 --out new.yaml --replace"
    yield "1 blueprint new DG-TWRT-007 --out dg.yaml --json"
    yield "1 build new.yaml --dry-run --json"


def interchange() -> Iterator[Step]:
    """Questions of other programs in and out."""
    yield from workspace()
    for code in (UNIT, "DG-TWRT-007"):
        for words in ("moodle.xml --format moodle-xml", "moodle.gift --format gift", "package22.zip --format qti22 --replace",
                      "package30.zip --format qti30", "bank.docx --format word"):  # fmt: skip
            yield f"1 bank export {code} {code}-{words}"
    for name in ("moodle.xml", "moodle.gift", "package22.zip", "package30.zip"):
        yield f"1 bank import {UNIT}-{name} --unit {UNIT} --pc A4011.01 --dry-run --json"
    yield inputs.write_questions
    yield "bank import questions.gift --format gift --dry-run"
    yield f"bank import questions.txt --unit {UNIT} --pc A4011.02 --format aiken --dry-run"
    yield f"bank import questions.csv --unit {UNIT} --pc A4011.02 --format table --dry-run"
    yield f"+ bank import questions.gift --unit {UNIT} --pc A4011.01 --map map.csv --levels 3,4 --cognitive apply"


def review() -> Iterator[Step]:
    """Items moved on, rated by experts, and their options read blind."""
    yield from workspace()
    yield f"+ bank status {UNIT} A4011.01-102 --to review {BY} {DAY} --comment <b>&="
    yield f"bank status {UNIT} A4011.01-102 --to operational {BY} {DAY}"
    yield f"1 bank status {UNIT} A4011.01-102 --to approved {BY} {DAY} --json"
    yield f"1 bank review {UNIT} --out review --expert ก --expert ข --kind angoff --level 4 --item A4011.01-101 --item A4011.01-102 --json"
    yield inputs.rate
    yield f"+ bank review {UNIT} review/*.xlsx {DAY} --replace"
    yield f"1 bank review {UNIT} --out review-2 --kind angoff --level 4 --round 2 --status draft --item A4011.01-101 --replace"
    yield f"1 bank review {UNIT} --out review-ioc --expert ก --kind ioc --item A4011.01-101 --json"
    yield f"bank review {UNIT} --ratings"
    yield f"bank review {UNIT} --item A4011.01-102"
    yield "1 bank blind DG-TWRT-007 --out blind --seed 5 --items 8 --readers 1 --replace --json"
    yield inputs.read_options
    yield "bank blind DG-TWRT-007 --read blind reader.csv"


def build() -> Iterator[Step]:
    """Every starter blueprint, blueprints that cannot be met or are faulty, papers of two forms and of one for each."""
    yield from workspace()
    for path in sorted((HERE / "item_bank").glob("*/blueprints/*.yaml")):
        yield f"1 build {path.relative_to(HERE)} --dry-run --json"
    yield "build two.yaml --dry-run"
    yield "build faulty.yaml"
    yield "build level-7.yaml"
    yield "th build too-many.yaml"
    yield "1 build too-many.yaml --json"
    yield "+ build two.yaml --seed 7"
    yield "1 build personal.yaml --out output/PERSONAL --replace"
    yield "verify output/TWO"
    yield "verify output/TWO --fingerprint 0123456789abcdef"
    yield "1 render output/TWO --books --accessible --large-print --json"
    yield "th render output/TWO --replace"
    yield "1 render output/PERSONAL --candidates candidates.csv --per candidate --together --replace --papers papers.yaml --books"
    yield "th render output/PERSONAL --candidates candidates.csv --per sitting --password-file password.txt --replace"
    yield "1 render output/PERSONAL --candidates candidates.csv --per room --replace --json"
    yield "1 returns output/PERSONAL --forms forms --json"
    yield "verify output/PERSONAL"
    yield "1 build interview.yaml --json"
    yield "1 render output/INTERVIEW --json"
    yield "1 simulate output/TWO --candidates 5 --seed 3 --out plain.csv"
    yield "1 simulate output/PERSONAL --candidates 3 --seed 3 --out personal.csv"


def whole_exam(blueprint: str) -> Iterator[Step]:
    """An exam of the starter bank from its blueprint to its release and the files for other programs."""
    yield from workspace()
    yield f"1 build {blueprint} --out output/E --json"
    yield "1 render output/E --json"
    yield "th render output/E --candidates candidates.csv --replace"
    yield "verify output/E"
    yield "1 simulate output/E --candidates 120 --seed 1 --dirty 12 --out sat.csv"
    yield inputs.name_people
    yield "1 score output/E north.csv south.csv --signals --elements --json"
    yield "1 score output/E north.csv south.csv --corrections more-corrections.yaml --dry-run --out concerned.csv --json"
    yield "+ score output/E north.csv south.csv --corrections more-corrections.yaml"
    yield "score output/E --compare 1 2"
    yield f"+ release output/E --run 2 {BY} --reason minutes {DAY}"
    yield f"1 report output/E --json {DAY} --kind cohort --kind centre --kind committee --kind coverage --lang both"
    yield f"1 report output/E {DAY} --kind candidate --candidate SYN-00001 --candidate SYN-00002 --json"
    yield f"1 report output/E --kind technical --lang en --no-pdf {DAY}"
    yield f"1 analyse exam output/E --json {DAY}"
    for words in ("qti30", "moodle-xml --keys inside", "gift --keys inside", "mirt", "results"):
        yield f"1 export output/E --format {words} --json"
    yield "verify output/E"


def exam_ree() -> Iterator[Step]:
    """Level 4 of ASM-REE-5-059ZB, two forms of forty items, whole."""
    yield from whole_exam(f"item_bank/{UNIT}/blueprints/level-4.yaml")


def exam_dg() -> Iterator[Step]:
    """DG-TWRT-007, three forms with items in common, whole."""
    yield from whole_exam("item_bank/DG-TWRT-007/blueprints/three-anchored.yaml")


def scan() -> Iterator[Step]:
    """Sheets read from pictures and PDFs, doubts decided, sheets given back."""
    yield from workspace()
    yield "- build two.yaml --seed 7"
    yield "- render output/TWO"
    yield inputs.mark_sheet
    yield "1 scan marked-sheet.png --exam output/TWO --out scan --json"
    yield "+ scan gallery scan --share 0"
    yield inputs.decide_sheet
    yield f"+ scan gallery scan --decisions decided.csv {BY} {DAY}"
    yield "- build personal.yaml --out output/PERSONAL"
    yield "- render output/PERSONAL --candidates candidates.csv --papers papers.yaml"
    for n, words in enumerate(
        ("1 --seed 1 --format tiff", "1 --seed 1 --format png", "1 --seed 2", "2 --seed 1 --format jpeg"), 1
    ):
        yield f"1 simulate output/PERSONAL --scans scans-{n} --candidates {words}"
    yield "+ scan scans-4/scans --exam output/PERSONAL --out scanned"
    yield "1 scan scans-1/scans scans-3/scans --exam output/PERSONAL --out scanned-2 --json"
    yield "1 scan scans-2/scans marked-sheet.png --exam output/PERSONAL --exam output/TWO --out scanned-3 --json"
    yield "1 scan gallery scanned-2 --share 0.5 --seed 3"
    yield "- score output/PERSONAL scanned/responses.csv --out scored-scan --no-signals"
    yield "1 scan annotate scanned --exam output/PERSONAL --results scored-scan --run 1 --out annotated --password-file password.txt --json"
    yield "+ scan annotate scanned --results scored-scan --candidate 00001"


def sitting() -> Iterator[Step]:
    """A sitting on record: scans, what centres send, incidents, decisions on persons, assessors' points."""
    yield from personal()
    yield f"+ take output/PERSONAL scanned --as scan {BY}"
    yield "1 take output/PERSONAL --back scans/1 --reason <b>&="
    yield "1 take output/PERSONAL scanned --replace --reason again"
    yield inputs.report_incident
    yield "+ take output/PERSONAL happened.csv"
    yield f"1 decide output/PERSONAL 00001 --as withheld {BY} --reason <b>&= {DAY} --confirmed-by somebody --evidence report.pdf --incident '=ศูนย์&<i> 1' --json"
    yield "returns output/PERSONAL"
    yield f"returns output/PERSONAL --explain 00000000 {BY} --reason <b>&="
    yield "1 score output/PERSONAL --no-signals --json"
    yield "decide output/PERSONAL"
    yield f"1 decide output/PERSONAL 00001 --as waived --method interview --by somebody --reason why {DAY}"
    yield f"+ decide output/PERSONAL 00001 --as restored --by somebody --reason why {DAY}"
    yield "1 score output/PERSONAL --json"
    yield "- build interview.yaml"
    yield "- render output/INTERVIEW"
    yield inputs.rate_interview
    yield "1 score output/INTERVIEW rated.csv --json"
    yield "1 score output/INTERVIEW rated.csv --moderation moderated.csv --json"
    yield "+ take output/INTERVIEW by-assessors.csv settled.csv"
    yield "1 score output/INTERVIEW --without answers --json"
    yield inputs.assess
    yield "1 analyse assessors assessed.csv --apart 1 --out assessors.xlsx --json"
    yield "analyse assessors assessed.csv"
    yield "1 analyse assessors assessed.csv --weights linear --steps partial-credit --phi 0.9 --facet centre --out assessors.csv"


def score() -> Iterator[Step]:
    """Answers scored with every option: decisions, corrections, registers, odd columns; runs compared and verified."""
    yield from answers()
    yield "1 score output/TWO first.csv --format parquet --format xlsx --elements --json"
    yield "1 score output/TWO first.csv --identities identities.csv --marks marks.csv --json"
    yield "score output/TWO marked.csv"
    yield "1 score output/TWO marked.csv --without decisions,candidates --roster roster.csv --signals --elements --scaled scaled.yaml --format xlsx --unlisted aside"
    yield "1 score output/TWO marked.csv --roster roster.csv --unlisted score --json --out unlisted"
    yield "score output/TWO marked.csv --corrections wrong-corrections.yaml"
    yield "+ score output/TWO marked.csv --corrections corrections.yaml --roster roster.csv --scaled scaled.yaml --dry-run --out changes.csv"
    yield "+ score output/TWO marked.csv --corrections corrections.yaml --roster roster.csv --scaled scaled.yaml --elements"
    yield "1 score output/TWO marked.csv --out scored-elsewhere --format xlsx"
    yield "score output/TWO marked.csv --out scored-strictly --strict"
    yield "+ score output/TWO --compare 2 3 --out compared.csv"
    yield inputs.write_odd_answers
    for words in ("odd.csv --columns odd.yaml --delimiter semicolon --encoding cp874", "odd.csv", "sheets.xlsx --sheet สอง", "sheets.xlsx",
                  "unclear.csv --unreadable score", "unclear.csv --unreadable aside", "unclear.csv"):  # fmt: skip
        for how in ("1", "th"):
            yield f"{how} score output/TWO {words} --out odd/{how}-{re.sub('[^a-z]', '', words)}"
    yield "verify output/TWO"
    yield "verify output/TWO --results scored-elsewhere"
    yield inputs.change_result
    yield "verify output/TWO --results scored-elsewhere"


def damaged() -> Iterator[Step]:
    """The damage corpus: answer files as they come, and what a sitting has together."""
    yield from exam()
    cases = yaml.safe_load((HERE / "tests" / "data" / "damaged" / "expected.yaml").read_text("utf-8"))
    for n, (names, expected) in enumerate(cases.items()):
        words = " ".join(f"{HERE}/tests/data/damaged/{name}" for name in str(names).split())
        yield f"1 score output/TWO {words} --out damaged/{n:03} --json"
        if "refused" in expected:
            yield f"th score output/TWO {words} --out damaged-thai/{n:03}"
        yield inputs.tidy_damaged


def release() -> Iterator[Step]:
    """A run released, reported in every kind, signed, checked by who receives it, and exported."""
    yield from scored()
    yield "decide output/TWO"
    yield f"1 decide output/TWO --all-open --as upheld --by somebody --reason why {DAY}"
    yield f"+ release output/TWO --run 2 {BY} --reason <b>&= {DAY} --open-looks later"
    yield f"release output/TWO --run 9 {BY} --reason <b>&= {DAY}"
    yield "- score output/TWO marked.csv --out scored-elsewhere"
    yield inputs.lay_keys
    yield f"1 report output/TWO {DAY} --json"
    yield f"th report output/TWO --kind committee --no-pdf --out report-thai {DAY}"
    yield f"1 report output/TWO --kind technical --lang th {DAY}"
    yield f"1 report output/TWO --kind coverage --lang th --digits thai --run 1 --out report-1 {DAY}"
    yield f"1 report output/TWO --kind committee --results scored-elsewhere --lang en --no-pdf --out report-2 {DAY}"
    yield f"1 report output/TWO --kind candidate --by centre --candidate SYN-00002 --candidate SYN-00003 --html --lang th {DAY}"
    yield f"1 report output/TWO --kind candidate --candidate SYN-00001 --by candidate --html --verify-code body.pem {DAY}"
    yield f"1 report output/TWO --kind candidate --candidate SYN-00002 --by candidate --sign body.pem --certificate body.crt --out signed {DAY}"
    yield "verify-report output/TWO/reports/run-0002/candidate/SYN-00001.pdf --key body.public.json"
    yield "verify-report signed/SYN-00002.pdf --key body.public.json --trust body.crt"
    yield inputs.begin_verification
    yield "verify-report better.html --key body.public.json"
    for words in ("qti30", "qti22 --keys inside", "gift --keys inside --out exported/gift", "moodle-xml --keys inside", "mirt --run 2 --replace",
                  "word", "mirt --results scored-elsewhere --out exported/mirt", "results --out uploaded", "results --out coded --pseudonymous"):  # fmt: skip
        yield f"1 export output/TWO --format {words} --json"
    yield "+ export output/TWO --format mirt --out exported/again"
    yield "export output/TWO --format frobnicate"


def cases() -> Iterator[Step]:
    """An appeal read a second time, decided and answered; a complaint."""
    yield from personal_released()
    yield inputs.lay_keys
    case = "output/PERSONAL A1"
    on = "--date 2026-06-25"
    yield (
        f"+ case open output/PERSONAL --as appeal --candidate 00002 --about {shlex.quote(ODD)} --received 2026-06-22 {BY} "
        "--file candidates.csv"
    )
    yield f"1 case open output/PERSONAL --as complaint --from {shlex.quote(ODD)} --about why --by somebody --received 2026-06-22"
    yield f"+ case open {case} --note {shlex.quote(ODD)} --file papers.yaml --by somebody {on}"
    yield f"1 case show {case} --sheet sheet.png --json"
    yield f"1 case show {case} --sheet sheet.pdf"
    yield inputs.read_again
    yield f"+ case open {case} --answers read-again.csv {BY} {on}"
    yield f"1 case open {case} --answers read-again.csv --by else --from-paper {on}"
    yield f"+ case decide {case} --as partly --reason {shlex.quote(ODD)} --by board {on} --confirmed-by chair"
    yield f"1 case decide {case} --letter letter.pdf --by somebody {on} --digits thai --sign body.pem --certificate body.crt --json"
    yield f"+ case decide {case} --as closed --reason why --by board {on}"
    yield f"case show {case}"
    yield "case show output/PERSONAL"


def certificates() -> Iterator[Step]:
    """Certificates issued, printed, changed and listed; the accreditation file; what is kept for how long."""
    yield from scored()
    yield f"- release output/TWO --run 2 --by committee --reason minutes --open-looks later {DAY}"
    yield inputs.lay_keys
    yield "1 take output/TWO roster.csv --as roster"
    yield f"1 certificate issue output/TWO {BY} --until 2126-01-01 --dry-run"
    yield f"+ certificate issue output/TWO {BY} --from 2026-06-20 --until 2126-01-01"
    yield "certificate list --status valid"
    yield "1 certificate list 2569-00001 --out certificates --sign body.pem --json"
    yield f"+ certificate change 2569-00001 --as suspended --reason <b>&= {BY}"
    yield f"1 certificate change 2569-00001 --as reinstated --reason <b>&= {BY} --json"
    yield f"+ certificate change 2569-00001 --as renewed --from 2126-01-02 --until 2127-01-01 --reason <b>&= {BY}"
    yield "certificate list"
    yield f"+ dossier output/TWO --sign body.pem {DAY}"
    yield f"1 dossier output/TWO --sign body.pem {DAY} --out again.zip --json"
    yield "verify-report output/TWO/dossier/TWO.zip --key body.public.json"
    yield inputs.keep_persons
    yield "retention --dry-run"
    yield "+ retention"


def persons() -> Iterator[Step]:
    """A person's data: where they are, given to the person, removed."""
    yield from scored()
    yield "person show SYN-00002"
    yield "+ person show SYN-00002 --out extract.zip --replace"
    yield "1 person remove SYN-00002 --by DPO --reason request --dry-run --json"
    yield "1 person remove SYN-00002 --by DPO --reason request --json"
    yield "verify output/TWO"


def analyse_files() -> Iterator[Step]:
    """Every analysis of a response file, with the names and codes that people use, and what it writes."""
    yield "- init ws --empty"
    yield "cd ws"
    yield inputs.decide
    yield inputs.draw_forms
    yield "+ analyse items scores.csv --exclude g --out items.csv"
    yield "analyse items scores.csv --by g"
    yield "1 analyse items scores.csv --exclude g --out items-of-scores.xlsx --min-n 5"
    yield f"1 analyse items letters.csv {KEYED} --out items-of-letters.xlsx"
    yield "+ analyse irt scores.csv --exclude g --model rasch --scores abilities.csv --out parameters.csv"
    yield f"1 analyse irt letters.csv {KEYED} --model 2pl --unconverged --out parameters.xlsx"
    yield "+ analyse irt scores.csv --group g --reference a --free i4 --model rasch --out groups.xlsx"
    yield "1 analyse irt scores.csv --exclude g --model rasch --anchors parameters.csv --out anchored.csv"
    yield "analyse irt scores.csv --exclude g --model 9pl"
    yield "analyse decisions scores.csv --exclude g --cut 3 --cut 5 --items parameters.csv"
    yield f"1 analyse decisions letters.csv {KEYED} --cut 3 --model rasch"
    yield "+ analyse link parameters.csv anchored.csv --method haebara --purify --equate true --out linked.csv"
    yield "1 analyse link parameters.csv anchored.csv --equate observed --scaled linked.yaml --decimals 1"
    yield f"1 analyse link letters.csv letters.csv {KEYED} --model rasch --unconverged --out linked.xlsx"
    yield f"+ analyse copying letters.csv {KEYED.replace('--exclude g', '--room g')} --index omega --alpha 0.99 --adjust bh --out pairs.csv"
    yield "1 analyse copying scores.csv --exclude g --items parameters.csv --abilities abilities.csv --model 2pl --pairs named-pairs.csv --out pairs.xlsx"
    yield "+ analyse dif scores.csv --group g --focal a --reference b --out dif.csv"
    yield "1 analyse dif letters.csv --key key-of-letters.csv --exclude i6 --group g --focal a --method logistic --kind udif --out dif.xlsx"
    yield "+ analyse subscores scores.csv --exclude g --subscores parts.csv --scores augmented.csv --out parts.xlsx"
    yield "1 analyse subscores letters.csv --exclude g --key whole-key.csv --subscores parts.csv --scores augmented-letters.csv --out parts-of-letters.csv"
    yield f"analyse subscores letters.csv {KEYED} --subscores parts.csv"
    yield f"+ analyse equate letters.csv letters.csv {KEYED} --design eg --method mean --out equated.yaml"
    for kind in ("items coded.csv", "irt coded.csv --model 2pl", "dif coded.csv --group g --focal a", "decisions coded.csv --cut 5",
                 "subscores coded.csv --subscores coded-parts.csv"):  # fmt: skip
        for words in (
            "--blank omitted --omitted 9",
            "--blank not_reached --not-reached 8 --not-administered 7",
            "--omitted 9,8 --not-administered 7",
        ):
            yield f"1 analyse {kind}{'' if 'dif' in kind else ' --exclude g'} {words} --json"


def statistics() -> Iterator[Step]:
    """Every statistical method by its figures, on the data of tests/data/psychometrics."""
    yield "- init ws --empty"
    yield "cd ws"
    yield inputs.draw_forms
    two, dif = f"{DATA}/sim2pl.csv", f"{DATA}/sim_dif.csv"
    yield from figures(f"items {two}")
    yield from figures(
        *(
            f"irt {two} --model {model} --scores abilities-{model}.csv --out parameters-{model}.csv"
            for model in ("rasch", "1pl", "2pl")
        )
    )
    yield from figures(
        f"irt {two} --model rasch --anchors parameters-rasch.csv --fix-ability 0,1",
        f"irt {dif} --group group --free I05 --model 2pl",
        f"irt {DATA}/sim_guessing.csv --model 3pl --prior-c norm:-1.1:0.5",
        f"irt {DATA}/sim_guessing.csv --model 3pl --prior-c beta:5:17",
        *(f"irt {DATA}/sim_graded.csv --model {model}" for model in ("grm", "pcm", "gpcm")),
        f"decisions {two} --cut 24",
        f"decisions {two} --cut 20 --cut 30 --model 2pl --beta 2",
        f"decisions {two} --cut 24 --reliability 0.8",
        "decisions totals.csv --cut 12 --max-score 20 --min-score 2",
        *(f"dif {dif} --group group --focal focal {words}" for words in ("", "--method mh --no-purify --no-correction", "--method logistic",
          "--method logistic --criterion wald", "--method sibtest --least 3", "--adjust holm --alpha 0.01")),
        f"subscores {two} --subscores halves.csv --scores halves-scores.csv",
        *(f"copying copied.csv --key {DATA}/sim_copy_key.csv --index {index} --alpha 0.5" for index in ("gbt", "omega")),
        *(f"irt form-{form}.csv --model {model} --out {out}-{form}.csv" for form in "xy" for model, out in (("rasch", "calibrated"), ("2pl", "slopes"))),
        *(f"link slopes-x.csv slopes-y.csv --method {method} --free-slope --equate observed"
          for method in ("mean-mean", "mean-sigma", "haebara --symmetric", "stocking-lord --weights equal")),
        "link slopes-x.csv slopes-y.csv --drift-z 1 --drift-rmsd 0.02 --equate observed --new-weight 0.5",
        "link calibrated-x.csv calibrated-y.csv --equate true --purify",
        *(f"equate counts.csv --design eg --method {method} --cut 9" for method in ("mean", "linear", "circle-arc", "equipercentile",
          "equipercentile --smooth loglinear --degree 3", "equipercentile --smooth loglinear --select bic")),
        *(f"equate form-x.csv form-y.csv --design neat --method {method}" for method in ("tucker", "levine", "frequency-estimation", "chained-mean",
          "chained-linear", "chained-equipercentile", "chained-circle-arc", "tucker --not-anchor n12,n13", "tucker --bootstrap 30 --seed 3",
          "frequency-estimation --weight 1 --smooth loglinear --degree 3,3,1")),
    )  # fmt: skip
    yield "analyse equate form-x.csv form-y.csv --design neat --weight 0.5"


def figures(*analyses: str) -> Iterable[Step]:
    """Analyses by their JSON alone."""
    return (f"1 analyse {words} --json" for words in analyses)


def analyse_exam() -> Iterator[Step]:
    """A scored run analysed, and its statistics written back to the bank."""
    yield from scored()
    yield f"1 analyse exam output/TWO --write-back --synthetic --administration spring --json {DAY}"
    yield f"th analyse exam output/TWO --no-pdf --own-scale --out analysis-thai {DAY}"
    yield f"1 analyse exam output/TWO --no-pdf --run 2 --model rasch --min-n 5 --out analysis-2 --replace {DAY}"
    yield "bank show A4011.01-101"
    yield "analyse decisions output/TWO --run 1"
    yield "analyse copying output/TWO --run 2"
    yield "1 analyse subscores output/TWO --run 2 --out criteria.csv"
    yield "1 analyse equate output/TWO --forms B,A --runs 2 --design eg --method mean --out equated-forms.yaml --decimals 2"
    yield f"- build item_bank/{UNIT}/blueprints/level-4.yaml --out output/REE"
    yield "- simulate output/REE --candidates 400 --seed 1 --dirty 12 --out sat.csv"
    yield inputs.name_people
    yield "- score output/REE north.csv south.csv"
    yield f"1 analyse exam output/REE --no-pdf --json {DAY}"
    yield "1 analyse decisions output/REE --json"
    yield "1 analyse subscores output/REE --json"
    yield "1 analyse copying output/REE --json"


def cuts() -> Iterator[Step]:
    """Cut scores by seven methods, and an exam scored by one of them."""
    yield from answers()
    yield "- score output/TWO marked.csv"
    yield "- score output/TWO marked.csv --out scored-elsewhere"
    yield inputs.judge
    for method in (
        "angoff ratings.csv --scale share --statistics known.csv --round 1",
        "ebel placed.csv shares.csv --scale percent --statistics known.csv",
        "bookmark bookmarks.csv --parameters known.csv --rp 0.5 --no-guessing --place at --centre mean --round 1",
        "borderline border.csv --centre mean",
        "contrasting known-people.csv --at 0.5 --equal-groups",
        "regression known-people.csv --border 2",
        "hofstee limits.csv",
    ):
        name = method.split()[0]
        yield (
            f"1 analyse cut --method {method} --exam output/TWO --totals known-people.csv --adjust-se 0 --json --out {name}.yaml {BY} "
            f"--reason <b>&= {DAY}"
        )
        yield f"analyse cut --method {method} --exam output/TWO --run 1 --results scored-elsewhere"
        points = 8 if name in ("angoff", "ebel", "bookmark") else 4
        yield f"1 analyse cut --method {method} --points {points} --totals known-people.csv --json"
    yield "1 score output/TWO marked.csv --out scored-by-cut --cut ebel.yaml --json"
    yield "analyse cut --method angoff --bank item_bank --kind angoff --exam output/TWO"


def site() -> Iterator[Step]:
    """The keys of a body; a site checked, backed up and restored."""
    yield from workspace()
    yield "+ site keys new.pem --body somebody"
    yield inputs.lay_keys
    yield f"site keys body.pem --body {shlex.quote(ODD[1:])}"
    yield "+ serve --check"
    yield "1 serve --forget-factor nobody"
    yield "+ serve --check"
    yield "+ site backup ../site.tar.gz"
    yield "1 site restore ../site.tar.gz ../restored"
    yield "site restore ../site.tar.gz ../restored"


JOURNEYS: dict[str, Callable[[], Iterator[Step]]] = {
    journey.__name__.replace("_", "-"): journey
    for journey in (
        start, unit, bank, interchange, review, build, exam_ree, exam_dg, scan, sitting, score, damaged, release, cases,
        certificates, persons, analyse_files, statistics, analyse_exam, cuts, site,
    )
}  # fmt: skip
