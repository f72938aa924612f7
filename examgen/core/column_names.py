"""The tables that flow between capture, scoring and reports: column names, types and meaning."""

from __future__ import annotations

RESPONSE_ROWS = {"file": str, "line": int, "candidate_id": str, "form": str}
_QUESTIONS = {
    "form": str,
    "question": int,
    "item": str,
    "unit": str,
    "element": str,
    "pc": str,
}
FORMS = {**_QUESTIONS, "options": str}
KEY = {**_QUESTIONS, "key": str, "points": int}
ANCHORS = "anchors"
"""The column of key.csv of an exam that assessors rate: the points of each option as printed, `0|1|2|3`."""
DEALT = dict.fromkeys(("candidate_id", "name", "room", "seat", "form", "serial", "base"), str)
"""Whose booklet is which: `form` as in forms.csv, `base` the form it was drawn from."""

CENTRE = "centre"
"""What a list, a roster and a run call the column of centres, which is there where any is named."""

CANDIDATES = {
    "candidate_id": str,
    "form": str,
    "score": int,
    "max_score": int,
    "percent": str,
    "decision": str,
    "answered": int,
    "blank": int,
    "multiple": int,
    "invalid": int,
}
"""`decision` is `pass`, `fail` or empty (no pass rule); the last four add up to the form's items."""

ASKED_RESULTS = (
    *("second_look", "scaled", "rank", "percentile", "t_score"),
    *("criteria_met", "met_of_asked", "met_of_all"),
)
"""Columns of candidates.csv that a blueprint may ask for: no column of an answer file has their names."""

CANDIDATE_NAMES = (
    ("candidate_id",),
    (
        "candidate",
        "candidate-id",
        "candidate_no",
        "candidate_number",
        "examinee",
        "examinee_id",
        "เลขประจำตัวสอบ",
        "เลขประจำตัวผู้สอบ",
        "เลขประจำตัวผู้เข้าสอบ",
        "รหัสผู้สอบ",
        "รหัสผู้เข้าสอบ",
        "รหัสประจำตัวสอบ",
        "รหัสประจำตัวผู้เข้าสอบ",
        "เลขที่นั่งสอบ",
        "เลขที่สอบ",
        "เลขที่ผู้เข้าสอบ",
        "หมายเลขผู้สอบ",
        "หมายเลขผู้เข้าสอบ",
        "หมายเลขประจำตัวสอบ",
        "หมายเลขประจำตัวผู้เข้าสอบ",
    ),
    (
        "เลขประจำตัว",
        "หมายเลขประจำตัว",
        "รหัสประจำตัว",
        "student_id",
        "student",
        "เลขประจำตัวประชาชน",
        "หมายเลขประจำตัวประชาชน",
        "เลขบัตรประชาชน",
        "เลขบัตรประจำตัวประชาชน",
        "เลขที่บัตรประชาชน",
        "เลขที่บัตรประจำตัวประชาชน",
        "หมายเลขบัตรประชาชน",
        "หมายเลขบัตรประจำตัวประชาชน",
        "national_id",
        "citizen_id",
        "id_card",
        "id_card_number",
    ),
    (
        "รหัสผู้สมัคร",
        "เลขที่ผู้สมัคร",
        "หมายเลขผู้สมัคร",
        "เลขประจำตัวผู้สมัคร",
        "เลขที่สมัคร",
        "เลขที่ใบสมัคร",
        "หมายเลขใบสมัคร",
        "applicant_id",
        "application_number",
    ),
    ("id", "รหัส"),
)
"""What columns of candidates are called in the files that people bring, the surest names first."""
CENTRE_HEADS = (
    *("centre", "center", "exam_centre", "exam_center", "test_centre", "test_center"),
    *("ศูนย์สอบ", "ชื่อศูนย์สอบ", "ศูนย์ทดสอบ", "สนามสอบ", "สถานที่สอบ", "ศูนย์", "site"),
)
"""The same of centres."""
