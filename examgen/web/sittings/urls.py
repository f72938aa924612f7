"""Addresses of a sitting, below that of its exam; the list of sittings stands by itself."""

from django.urls import path

from examgen.web.sittings import answers, corrections, held, quarantine, roster, rules, runs, scans

urlpatterns = [
    path("sittings/", runs.sittings, name="sittings"),
    path("exams/<str:exam>/sitting/", runs.overview, name="sitting"),
    path("exams/<str:exam>/held/", held.held, name="held"),
    path("exams/<str:exam>/held/take-back/", held.take_back, name="held-take-back"),
    path("exams/<str:exam>/roster/", roster.roster, name="roster"),
    path("exams/<str:exam>/roster/list/", roster.roster_file, name="roster-file"),
    path("exams/<str:exam>/roster/<int:number>/", roster.room, name="room"),
    path("exams/<str:exam>/answers/", answers.answers, name="answers"),
    path("exams/<str:exam>/answers/remove/", answers.remove, name="answers-remove"),
    path("exams/<str:exam>/answers/reading/", answers.reading, name="answers-reading"),
    path("exams/<str:exam>/answers/columns/", answers.forget_columns, name="answers-forget-columns"),
    path("exams/<str:exam>/answers/columns/<int:number>/", answers.columns, name="answers-columns"),
    path("exams/<str:exam>/scans/", scans.scans, name="scans"),
    path("exams/<str:exam>/scans/<int:scan>/", scans.gallery, name="gallery"),
    path("exams/<str:exam>/scans/<int:scan>/page/", scans.gallery_page, name="gallery-page"),
    path("exams/<str:exam>/scans/<int:scan>/decide/", scans.decide, name="gallery-decide"),
    path("exams/<str:exam>/scans/<int:scan>/remove/", scans.remove, name="scan-remove"),
    path("exams/<str:exam>/rules/", rules.rules, name="rules"),
    path("exams/<str:exam>/rules/remove/", rules.remove, name="rules-remove"),
    path("exams/<str:exam>/score/", runs.score, name="score"),
    path("exams/<str:exam>/runs/", runs.runs, name="runs"),
    path("exams/<str:exam>/runs/compare/", runs.compare, name="runs-compare"),
    path("exams/<str:exam>/runs/<int:run>/", runs.run, name="run"),
    path("exams/<str:exam>/runs/<int:run>/files/<str:file>", runs.run_file, name="run-file"),
    path("exams/<str:exam>/runs/<int:run>/release/", runs.release, name="release"),
    path("exams/<str:exam>/aside/", quarantine.quarantine, name="quarantine"),
    path("exams/<str:exam>/aside/take-back/", quarantine.take_back, name="take-back"),
    path("exams/<str:exam>/aside/<int:run>/<int:number>/", quarantine.row, name="row"),
    path(
        "exams/<str:exam>/aside/<int:run>/<int:number>/scan/<int:picture>/",
        quarantine.picture,
        name="row-scan",
    ),
    path("exams/<str:exam>/corrections/", corrections.corrections, name="corrections"),
    path("exams/<str:exam>/corrections/<str:proposal>/", corrections.proposal, name="proposal"),
    path(
        "exams/<str:exam>/corrections/<str:proposal>/moved.csv", corrections.moved_file, name="proposal-moved"
    ),
    path("exams/<str:exam>/corrections/<str:proposal>/make/", corrections.make, name="proposal-make"),
    path("exams/<str:exam>/corrections/<str:proposal>/drop/", corrections.drop, name="proposal-drop"),
]
