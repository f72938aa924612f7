"""The starter bank's item models solved once more: by hand, in plain Python, from the values that were drawn.

Nothing of the product's evaluator or of its ways to write values is used: `solved(instance)` says what the right
option must read and what each mistake leads to, as strings, and `text_holds` what must stand in the stem.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction as F
from typing import Any

Solved = dict[str, str]
"""What each option must read: `key`, and the distractors by their mistakes."""

MONTHS = [
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน",
    "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
]  # fmt: skip
WEEKDAYS = ["จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์"]


def fixed(value: F, places: int) -> str:
    """Commas, so many decimals, halves upwards."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,}"


def whole(value: F | int) -> str:
    assert F(value).denominator == 1
    return f"{int(value):,}"


def percent(value: F, places: int) -> str:
    return fixed(value, places) + "%"


def of_hundred(value: F, places: int = 1) -> str:
    return "ร้อยละ " + fixed(value, places)


def baht(value: F) -> str:
    return (f"{int(value):,}" if value.denominator == 1 else fixed(value, 2)) + " บาท"


def day_text(day: datetime.date) -> str:
    return f"วัน{WEEKDAYS[day.weekday()]}ที่ {day.day} {MONTHS[day.month - 1]} {day.year + 543}"


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}.{minutes % 60:02} น."


def duration(minutes: int) -> str:
    hours, rest = minutes // 60, minutes % 60
    parts = [f"{hours} ชั่วโมง"] * (hours > 0) + [f"{rest} นาที"] * (rest > 0 or not hours)
    return " ".join(parts)


def minutes_of(text: str) -> int:
    hours, minutes = text.split(":")[:2]
    return int(hours) * 60 + int(minutes)


def up(value: F) -> int:
    return -((-value.numerator) // value.denominator)


def near(value: F) -> int:
    """Halves upwards."""
    return math.floor(value + F(1, 2))


class Drawn:
    """The values of an instance, by name, as numbers."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    def __getattr__(self, name: str) -> Any:
        return F(self.values[name])


def sample_size(v: Drawn) -> Solved:
    reach = F(100 - v.bounced, 100)
    share = F(v.answers, 100)
    n = v.wanted / share
    first = up(n)
    return {
        "key": f"{whole(up(v.wanted / share / reach))} ราย",
        "forgot_undelivered": f"{whole(first)} ราย",
        "subtracted_rates": f"{whole(up(v.wanted / F(v.answers - v.bounced, 100)))} ราย",
        "added_share": f"{whole(up(first * (1 + v.bounced / 100)))} ราย",
        "undelivered_twice": f"{whole(up(v.wanted / share / reach / reach))} ราย",
        "missing_share_of_wanted": f"{whole(up(v.wanted * (1 + (100 - v.answers) / 100)))} ราย",
        "added_wanted": f"{whole(first + v.wanted)} ราย",
    }


def rank_target(v: Drawn) -> Solved:
    times = sorted(int(v.values[f"x_{n}"]) for n in range(1, 11))
    listed = [times[n - 1] for n in (4, 9, 1, 7, 3, 10, 6, 2, 8, 5)]
    k = int(v.share)
    right = min(t for t in times if sum(other <= t for other in times) >= k)
    return {
        "key": f"{right} นาที",
        "average": f"{near(F(sum(times), 10))} นาที",
        "next_rank": f"{times[k]} นาที" if k < 10 else "",
        "not_sorted": f"{listed[k - 1]} นาที",
        "longest": f"{times[-1]} นาที",
        "share_of_longest": f"{near(F(times[-1] * k, 10))} นาที",
        "counted_from_longest": f"{times[::-1][k - 1]} นาที",
        "median": f"{near(F(times[4] + times[5], 2))} นาที",
    }


def staffing(v: Drawn) -> Solved:
    work, share = v.requests * v.each, v.share / 100
    one = 60 * share
    right = 0
    while right * one < work:
        right += 1
    full = up(work / 60)
    found = {
        "key": right,
        "forgot_share": full,
        "rounded_down": right - 1,
        "rounded_twice": up(full / share),
        "share_twice": up(work / 60 / share / share),
        "added_rest": up(work / 60 * (2 - share)),
        "fifty_minute_hour": up(work / 50 / share),
        "multiplied_by_share": up(work / 60 * share),
    }
    return {name: f"{n} คน" for name, n in found.items()}


def next_working(day: datetime.date, n: int, holiday: datetime.date | None) -> datetime.date:
    while n:
        day += datetime.timedelta(1)
        if day.weekday() < 5 and day != holiday:
            n -= 1
    return day


def due_day(v: Drawn) -> Solved:
    received = datetime.date.fromisoformat(v.values["monday"]) + datetime.timedelta(int(v.day))
    holiday = received + datetime.timedelta(int(v.gap))
    n = int(v.days)
    due = next_working(received, n, holiday)
    monday = due + datetime.timedelta(7 - due.weekday())
    assert holiday.weekday() < 5
    assert holiday < due
    found = {
        "key": due,
        "forgot_holiday": next_working(received, n, None),
        "counted_first_day": next_working(received, n - 1, holiday),
        "began_day_late": next_working(due, 1, None),
        "counted_weekends": received + datetime.timedelta(n),
        "holiday_and_day_late": next_working(due, 2, None),
        "next_week": monday,
    }
    return {name: day_text(day) for name, day in found.items()}


def availability(v: Drawn) -> Solved:
    month = v.days * 24
    agreed = month - v.closed
    down = v.long + v.short
    found = {
        "key": 1 - down / agreed,
        "forgot_closure": 1 - down / month,
        "closure_as_outage": 1 - (down + v.closed) / month,
        "longest_only": 1 - v.long / agreed,
        "closure_twice": 1 - (down + v.closed) / agreed,
        "longest_of_whole": 1 - v.long / month,
        "days_lost": 1 - F(2) / v.days,
        "shortest_only": 1 - v.short / agreed,
    }
    return {name: percent(100 * part, 2) for name, part in found.items()}


def pooled(v: Drawn) -> Solved:
    a, b = v.big * v.rate_big / 100, v.small * v.rate_small / 100
    found = {
        "key": 100 * (a + b) / (v.big + v.small),
        "average_of_rates": (v.rate_big + v.rate_small) / 2,
        "swapped_weights": (v.rate_big * v.small + v.rate_small * v.big) / (v.big + v.small),
        "large_agency_only": v.rate_big,
        "small_agency_only": v.rate_small,
    }
    return {name: percent(value, 1) for name, value in found.items()}


def satisfied(v: Drawn) -> Solved:
    happy = v.app * v.app_liked / 100 + v.desk * v.desk_liked / 100
    answered = v.app_answers * v.app_liked / 100 + v.desk_answers * v.desk_liked / 100
    found = {
        "key": 100 * happy / (v.app + v.desk),
        "weighted_by_answers": 100 * answered / (v.app_answers + v.desk_answers),
        "average_of_rates": (v.app_liked + v.desk_liked) / 2,
        "app_only": v.app_liked,
        "swapped_weights": (v.app * v.desk_liked + v.desk * v.app_liked) / (v.app + v.desk),
        "desk_only": v.desk_liked,
    }
    return {name: of_hundred(value) for name, value in found.items()}


def year_target(v: Drawn) -> Solved:
    left = 12 - v.months
    year, so_far = 12 * v.each * v.target / 100, v.months * v.each * v.so_far / 100
    gap = v.target - v.so_far
    found = {
        "key": 100 * (year - so_far) / (left * v.each),
        "mirrored_gap": v.target + gap,
        "target_itself": v.target,
        "swapped_months": v.target + gap * left / v.months,
        "gap_over_year": v.target + gap * v.months / 12,
        "whole_year_gap": v.target + gap * 12 / left,
        "one_month_gap": v.target + gap / left,
    }
    return {name: of_hundred(value) for name, value in found.items()}


def kept_promise(v: Drawn) -> Solved:
    due = v.in_time + v.late + v.overdue
    found = {
        "key": v.in_time / due,
        "counted_cancelled": v.in_time / (due + v.cancelled),
        "forgot_overdue": v.in_time / (v.in_time + v.late),
        "finished_at_all": 1 - v.overdue / due,
        "took_late_off": (v.in_time - v.late) / due,
        "cancelled_as_done": (v.in_time + v.cancelled) / (due + v.cancelled),
        "took_cancelled_off": (v.in_time - v.cancelled) / due,
    }
    return {name: of_hundred(100 * value) for name, value in found.items()}


def office_hours(v: Drawn) -> Solved:
    at, opens, closes = (minutes_of(v.values[name]) for name in ("at", "open", "close"))
    left = int(v.within) * 60
    minute = at
    while left and minute < closes:  # the first day, a minute at a time
        minute, left = minute + 1, left - 1
    first = minute - at
    minute = opens
    while left:
        minute, left = minute + 1, left - 1
    found = {
        "key": minute,
        "counted_anew": opens + int(v.within) * 60,
        "same_time_next_day": at,
        "hour_early": minute - 60,
        "rest_of_first_day": opens + first,
        "hour_late": minute + 60,
        "at_opening": opens,
    }
    return {name: clock(at) for name, at in found.items()}


def urgency(v: Drawn) -> Solved:
    danger, damage, nuisance, wish = (v.values[f"place_{n}"] for n in range(1, 5))
    found = {
        "key": [danger, damage, nuisance, wish],
        "as_noted": ["1", "2", "3", "4"],
        "property_before_life": [damage, danger, nuisance, wish],
        "nuisance_before_property": [danger, nuisance, damage, wish],
        "wish_before_nuisance": [danger, damage, wish, nuisance],
        "loudest_first": [nuisance, danger, damage, wish],
    }
    return {name: " → ".join(order) for name, order in found.items()}


def service_time(v: Drawn) -> Solved:
    told = minutes_of(v.values["told"])
    noted = told + int(v.to_note)
    came = noted + int(v.to_come)
    back = came + int(v.waiting)
    done = back + int(v.mending)
    found = {
        "key": (came - told) + (done - back),
        "forgot_waiting": done - told,
        "from_register": (came - noted) + (done - back),
        "from_arrival": done - came,
        "until_arrival": came - told,
        "from_register_with_waiting": done - noted,
        "took_travel_off": done - told - (came - noted),
    }
    return {name: duration(minutes) for name, minutes in found.items()}


def building(v: Drawn) -> Solved:
    rates = {n: F(v.values[f"cases_{n}"]) / F(v.values[f"rooms_{n}"]) for n in range(1, 5)}
    best = [n for n in rates if rates[n] == max(rates.values())]
    assert len(best) == 1
    return {"key": f"อาคาร {best[0]}"} | {f"building_{n}": f"อาคาร {n}" for n in rates if n != best[0]}


def settlement(v: Drawn) -> Solved:
    insured = v.damage * v.insurance / 100
    rest = v.damage - insured
    mine, yours = v.upper / (v.upper + v.lower), v.lower / (v.upper + v.lower)
    found = {
        "key": rest * mine - v.paid,
        "forgot_paid": rest * mine,
        "forgot_insurance": v.damage * mine - v.paid,
        "paid_taken_off_first": (rest - v.paid) * mine,
        "equal_parts": rest / 2 - v.paid,
        "swapped_parts": rest * yours - v.paid,
        "share_of_insurance": insured * mine - v.paid,
        "lower_share": rest * yours,
    }
    return {name: baht(value) for name, value in found.items()}


MODELS: dict[str, Callable[[Drawn], Solved]] = {
    "A4011.02-M02": kept_promise, "A4012.01-M03": office_hours, "A4012.02-M01": urgency,
    "A4012.03-M01": service_time, "A4013.01-M01": building, "A4013.03-M01": settlement,
    "DG401.01-M01": sample_size, "DG401.02-M01": rank_target, "DG401.02-M02": staffing, "DG401.03-M01": due_day,
    "DG402.02-M01": availability, "DG402.02-M02": pooled, "DG402.02-M03": satisfied,
    "DG402.03-M01": year_target,
}  # fmt: skip


def faults(data: dict[str, Any]) -> list[str]:
    """What is wrong with an instance, given as data (`bank generate --json`), by these formulas alone."""
    origin = data["model"]
    solved = MODELS[origin["id"]](Drawn(origin["values"]))
    options, key, mistakes = data["options"], data["key"], origin["mistakes"]
    found = []
    if [name for name, text in options.items() if text == solved["key"]] != [key]:
        found.append(f"the right answer is {solved['key']}: {options}, key {key}")
    for name, mistake in mistakes.items():
        if options[name] != solved[mistake]:
            found.append(f"{mistake} leads to {solved[mistake]}, the option says {options[name]}")
    if len(options) != 4 or len(set(options.values())) != 4 or set(mistakes) != set(options) - {key}:
        found.append(f"not four different options with a mistake each: {options}")
    if any(
        "{" in text or "}" in text for text in (data["stem"], *options.values(), *data["rationale"].values())
    ):
        found.append("a place was not filled in")
    found += [f"{value} ({name}) is not in the stem" for name, value in _asked(origin, data["stem"]) if value]
    return found


HIDDEN = {"gap", "day", "monday", "place_1", "place_2", "place_3", "place_4", "room_no", "floor_no",
          "rate_big", "rate_small", "to_note", "to_come", "waiting", "mending"}  # fmt: skip
"""What is drawn and shows only in what is computed of it."""


def _asked(origin: dict[str, Any], stem: str) -> list[tuple[str, str]]:
    """Drawn values that do not stand in the stem."""
    lacking = []
    for name, value in origin["values"].items():
        if name in HIDDEN:
            continue
        try:
            number = F(value)
            shown = {whole(number) if number.denominator == 1 else f"{float(number):,.1f}"}
        except ValueError:
            shown = {value, clock(minutes_of(value)) if ":" in value else value}
        if not any(text in stem for text in shown):
            lacking.append((name, value))
    return lacking
