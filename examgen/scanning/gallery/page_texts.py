"""The words of the gallery's page in English and Thai, by the keys that page.js and page.html use."""

from __future__ import annotations

from collections.abc import Mapping

from examgen.core.words import noted, thai_of
from examgen.scanning.page_register import REASONS

_WORDS = {
    "title": noted("Doubtful marks"),
    "thai": noted("Thai"),
    "views": noted("Decisions to make"),
    "marks": noted("Marks"),
    "people": noted("Candidates"),
    "progress": noted("Progress"),
    "list": noted("Crops"),
    "side": noted("Crop and sheet"),
    "acts": noted("Decide"),
    "save": noted("Save"),
    "keys": noted("Keyboard"),
    "close": noted("Close"),
    "blank": noted("Blank"),
    "space": noted("Space"),
    "multiple": noted("Several"),
    "multiple_done": noted("Several: finish"),
    "multiple_told": noted("Select every marked letter, then press M or Enter."),
    "multiple_least": noted("Select two or more letters. Press Esc to leave."),
    "skip": noted("Skip"),
    "skipped": noted("skipped"),
    "undo": noted("Undo"),
    "undone": noted("Undone: {what}"),
    "nothing_to_undo": noted("There is nothing to undo."),
    "previous": noted("Previous"),
    "next": noted("Next"),
    "zoom": noted("Zoom"),
    "sheet": noted("Sheet"),
    "offers": noted("Similar candidates"),
    "candidate": noted("Candidate number"),
    "form": noted("Form"),
    "why": noted("Reason"),
    "decide": noted("Decide"),
    "nobody": noted("No candidate"),
    "start": noted("Who decides?"),
    "start_told": noted(
        "Your name is saved with every decision. Decisions are kept in this browser until you save them."
    ),
    "start_told_framed": noted(
        "Your decisions are recorded immediately, under the name that you signed in with. "
        "Without a connection they stay on this page and are sent later."
    ),
    "name": noted("Your name"),
    "name_wanted": noted("Write your name."),
    "task": noted("Task"),
    "begin": noted("Start"),
    "task_first": noted("Decide ({n})"),
    "task_second": noted("Second check by another person, without seeing the first decision ({n})"),
    "task_settle": noted("Settle differences between two people ({n})"),
    "short_first": noted("deciding"),
    "short_second": noted("second check"),
    "short_settle": noted("settling"),
    "from": noted("{source}, page {page}"),
    "question": noted("Question {n}"),
    "sheet_of": noted("Sheet {serial}"),
    "form_is": noted("form {form}"),
    "keep_form": noted("as read: {form}"),
    "decided_as": noted("decided"),
    "open": noted("not decided"),
    "left": noted("{left} of {all} left"),
    "proposals": noted("Rows of this sheet"),
    "rows": noted("Rows: {n}"),
    "sheet_told": noted(
        "Press Enter to accept all rows as ringed; a dashed row has no mark. Click a row, or "
        "select it with ↑ ↓, and press the marked letter."
    ),
    "accept": noted("As shown"),
    "rows_button": noted("Row by row"),
    "none": noted("No marks"),
    "none_told": noted("No row of the sheet has a mark. Press Enter to confirm."),
    "apart": noted("Decide this row later"),
    "by_row": noted("later"),
    "row_by_row": noted("Rows are now decided one by one."),
    "choose_row": noted("Select a row first with ↑ ↓, or click it."),
    "sheet_taken": noted("As shown: {n}"),
    "likely": noted("Likely {mark} (Enter)"),
    "case_empty": noted("Probably blank"),
    "case_faint": noted("Light pencil marks by this person"),
    "case_partly": noted("Half-filled marks by this person"),
    "case_crossed": noted("Crosses, ticks or oversized marks by this person"),
    "case_ringed": noted("Rings by this person"),
    "case_page": noted("The whole sheet is in doubt"),
    "why_several": noted("Several marks. Which ones are meant?"),
    "why_erased": noted("Erased, or meant?"),
    "why_crossed": noted("Crossed, ticked or crossed out"),
    "why_faint": noted("Very light"),
    "why_partly": noted("Partly filled"),
    "why_ringed": noted("A ring around the bubble"),
    "why_hidden": noted("The printed bubble cannot be seen"),
    "why_beside": noted("Nothing is marked, but something is written beside it"),
    "why_page": noted("The whole sheet is in doubt, so clear rows are shown, too"),
    "no_marks": noted("There are no marks to decide."),
    "no_people": noted("There are no candidates to decide."),
    "crop_of": noted("Picture of {what}"),
    "measured": noted("Darkness, 0 to 100: {dark}"),
    "all_rows": noted("Many rows of this page are in doubt, so all rows are shown, including clear ones."),
    "now": noted("Now: {what}"),
    "all_done": noted("Everything is decided. Save it."),
    "left_skipped": noted("The last one is undecided."),
    "no_such": noted("This question has no {letter}."),
    "no_key": noted("{key} has no function here. Press A to E or the Thai letters (? shows the keyboard)."),
    "decides_nothing": noted("Write the candidate number, choose a form, or press No candidate."),
    "no_id": noted("This is not a candidate number."),
    "not_kept": noted("This browser stores nothing. Save before you close the page."),
    "not_kept_framed": noted(
        "The site does not respond. Save a file before you leave the page, and upload it above."
    ),
    "yours_already": noted("{n} of these are not shown, because you decided them yourself."),
    "cut_off": noted("This file is incomplete. Copy it again."),
    "saving_told": noted("{n} decided, {left} undecided."),
    "save_decisions": noted("Save {name}"),
    "save_decisions_told": noted(
        "Give this file to the person who runs `examgen take`. It contains every decision."
    ),
    "save_decisions_told_framed": noted(
        "Needed only if the site could not be reached. Upload it above the frame."
    ),
    "key_letter": noted("the mark"),
    "key_blank": noted("nothing is marked"),
    "key_multiple": noted("several are marked: press their letters, then M or Enter"),
    "key_likely": noted("accept the likely mark shown"),
    "key_accept": noted("a whole sheet: all rows as shown"),
    "key_step": noted("on a whole sheet: go to another row"),
    "key_none": noted("on a whole sheet: no row has a mark"),
    "key_apart": noted("on a whole sheet: decide this row later"),
    "key_rows": noted("on a whole sheet: row by row"),
    "key_skip": noted("skip it for now"),
    "key_undo": noted("undo the last step"),
    "key_move": noted("go to another crop"),
    "key_zoom": noted("show the row enlarged"),
    "key_sheet": noted("show the whole sheet"),
    "key_view": noted("switch between marks and candidates"),
    "key_save": noted("save"),
    "no_script": noted("This page needs JavaScript."),
}


def reason(code: str) -> dict[str, str]:
    """Return why a sheet was set aside, in both languages; an unknown code is returned as it is."""
    text = REASONS.get(code, code)
    return {"en": text, "th": thai_of(text) or text}


def words() -> dict[str, dict[str, str]]:
    """Return each text in English (`en`) and Thai (`th`), with placeholders in braces."""
    return _both(_WORDS)


def _both(texts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {key: {"en": text, "th": thai_of(text) or text} for key, text in texts.items()}
