"""Addresses of results, below that of their exam."""

from django.urls import path

from examgen.web.results import analysis, committee, exports, views

urlpatterns = [
    path("exams/<str:exam>/results/", views.results, name="results"),
    path("exams/<str:exam>/results/committee/", committee.committee, name="results-committee"),
    path("exams/<str:exam>/results/make/", views.make, name="results-make"),
    path("exams/<str:exam>/results/candidates/", views.candidates, name="results-candidates"),
    path("exams/<str:exam>/results/candidate/", views.candidate, name="results-candidate"),
    path(
        "exams/<str:exam>/results/candidate/report/",
        views.candidate_document,
        name="results-candidate-document",
    ),
    path("exams/<str:exam>/results/reports/<str:kind>/", views.report, name="results-report"),
    path("exams/<str:exam>/results/reports/<str:kind>/page/", views.document, name="results-document"),
    path("exams/<str:exam>/results/reports/<str:kind>/<str:file>", views.file, name="results-file"),
    path("exams/<str:exam>/results/analysis/", analysis.analysis, name="results-analysis"),
    path("exams/<str:exam>/results/analysis/make/", analysis.analyse, name="results-analyse"),
    path("exams/<str:exam>/results/analysis/write-back/", analysis.write_back, name="results-write-back"),
    path("exams/<str:exam>/results/analysis/page/", analysis.analysis_document, name="results-analysis-page"),
    path(
        "exams/<str:exam>/results/analysis/<str:file>", analysis.analysis_file, name="results-analysis-file"
    ),
    path("exams/<str:exam>/results/exports/", exports.exports, name="results-exports"),
    path("exams/<str:exam>/results/exports/<str:format>/", exports.export_file, name="results-export-file"),
    path("compare/", analysis.comparisons, name="comparisons"),
    path("compare/<str:unit>/", analysis.comparison, name="comparison"),
]
