"""What `examgen build` tells of the forms on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from examgen.models.figures import BuildFigures
    from examgen.workflow.exams import Planned


def show_planned(planned: Planned) -> None:
    """An exam just assembled: what the standard says of it, its forms, how they were found."""
    from examgen.cli import screen

    sat = planned.exam
    for problem in planned.problems:
        screen.say(f"{problem.severity}: {problem}", "yellow")
    for notice in sat.notices:
        screen.say(f"notice: {notice}", "cyan")
    if sat.has_drafts:
        screen.say(
            "notice: it holds items that no subject-matter expert has approved; every page says so", "cyan"
        )
    blueprint = sat.blueprint
    at = f", level {blueprint.level}" if blueprint.level is not None else ""
    pilot = f" and {blueprint.pilot.items} pilot items" if blueprint.pilot else ""
    screen.say(f"{blueprint.exam}{at}: {len(sat.forms):,} form(s) of {blueprint.items} items{pilot}", "bold")
    show_figures(planned.figures)
    screen.say(_found(planned))


def _found(planned: Planned) -> str:
    from examgen.workflow.exams import gap

    solution = planned.solution
    text = f"found by {solution.path} in {planned.seconds:.1f} s"
    if solution.objective is None or solution.bound is None:
        return text
    apart = gap(solution)
    near = f" ({apart:.2%} from it)" if apart is not None else ""
    bound = f"which no forms can bring past {solution.bound:.4g}{near}"
    return f"{text}: objective {solution.objective:.4g}, {bound}"


def show_figures(found: BuildFigures) -> None:
    """Demands met, what each form holds, how parallel the forms are; green where all is as asked."""
    from examgen.cli import screen
    from examgen.workflow.build_reports import report_lines

    verdict, *rest = report_lines(found)
    screen.say(verdict, "yellow" if found.missed else "green")
    for line in rest:
        screen.say(line, "yellow" if line.startswith("  not as asked") else "")
