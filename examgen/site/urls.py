"""The addresses of the site, app by app; each view says who may open it (`access`)."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

from examgen.site import body, finding, handbook, views
from examgen.site.access import public as for_everybody
from examgen.site.accounts import views as accounts
from examgen.site.analyses import views as analyses
from examgen.site.audit import views as record
from examgen.site.bank import drafting, exchange, history, many, reviewing, worth, writing
from examgen.site.bank import views as bank
from examgen.site.blueprints import views as blueprints
from examgen.site.certificates import views as certificates
from examgen.site.exams import views as exams
from examgen.site.jobs import views as jobs
from examgen.site.openings import views as openings
from examgen.site.operation import views as operation
from examgen.site.papers import settings as paper_settings
from examgen.site.papers import views as papers
from examgen.site.public import views as public
from examgen.site.results import analysis, committee, exports
from examgen.site.results import views as results
from examgen.site.reviews import evidence, rating
from examgen.site.reviews import views as reviews
from examgen.site.sittings import (
    answers,
    assessing,
    cases,
    corrections,
    moderation,
    persons,
    plan,
    quarantine,
    returns,
    roster,
    rules,
    runs,
    scans,
)
from examgen.site.sittings import (
    sitting_confirmation as held,
)
from examgen.site.standards import views as standards

ACCOUNTS = [
    path("me/", accounts.me, name="me"),
    path("accounts/password/reset/", accounts.lost_password, name="lost-password"),
    path("me/sessions/", accounts.end_own, name="end-own-sessions"),
    path("people/", accounts.people, name="people"),
    path("people/sessions/", accounts.end_all, name="end-all-sessions"),
    path("people/several/", accounts.several, name="several-people"),
    path("people/links/", accounts.new_links, name="new-links"),
    path("people/waiting/<int:waiting>/", accounts.second, name="second-administrator"),
    path("people/<int:person>/", accounts.person, name="person"),
    path("people/<int:person>/roles/<int:grant>/", accounts.take_role, name="take-role"),
    path("accounts/email/", accounts.no_addresses, name="no-addresses"),
    path("accounts/confirm-email/", accounts.no_addresses, name="no-address-confirmed"),
    path("accounts/confirm-email/<str:key>/", accounts.no_addresses, name="no-address-confirmed-by"),
    path("people/<int:person>/address/", accounts.address, name="address"),
    path("people/<int:person>/close/", accounts.close, name="close-account"),
    path("people/<int:person>/link/", accounts.new_link, name="new-link"),
    path("people/<int:person>/sessions/", accounts.end_of, name="end-sessions"),
    path("people/<int:person>/factor/", accounts.forget_factor, name="forget-factor"),
]
BODY = [
    path("body/", body.body, name="body"),
    path("body/logo/", body.logo, name="logo"),
]
OPERATION = [
    path("health/", operation.health, name="health"),
    path(".well-known/security.txt", operation.security_txt, name="security-txt"),
]
"""Addresses for the people who run the site."""
RECORD = [
    path("", record.entries, name="record"),
    path("record.csv", record.export, {"kind": "csv"}, name="record-csv"),
    path("record.jsonl", record.export, {"kind": "jsonl"}, name="record-jsonl"),
]
BLUEPRINTS = [
    path("", blueprints.blueprints, name="blueprints"),
    path("<str:unit>/", blueprints.new, name="blueprint-new"),
    path("<str:unit>/<str:blueprint>/", blueprints.blueprint, name="blueprint"),
    path("<str:unit>/<str:blueprint>/draft/", blueprints.draft, name="blueprint-draft"),
    path("<str:unit>/<str:blueprint>/copy/", blueprints.copy, name="blueprint-copy"),
    path("<str:unit>/<str:blueprint>/build/", blueprints.build, name="blueprint-build"),
]
EXAMS = [
    path("", exams.exams, name="exams"),
    path("<str:exam>/", exams.exam, name="exam"),
    path("<str:exam>/figures/", exams.figures, name="exam-figures"),
    path("<str:exam>/verify/", exams.verify, name="exam-verify"),
]
PAPERS = [
    path("<str:exam>/papers/", papers.papers, name="papers"),
    path("<str:exam>/papers/list/", papers.candidates, name="papers-list"),
    path("<str:exam>/papers/list/blank/", papers.blank_list, name="papers-list-blank"),
    path("<str:exam>/papers/print/", papers.printing, name="papers-print"),
    path("<str:exam>/papers/settings/", paper_settings.paper_settings, name="papers-settings"),
    path(
        "<str:exam>/papers/settings/look/<uuid:look>/pages.png", paper_settings.picture, name="papers-picture"
    ),
    path("<str:exam>/papers/files/<str:file>/", papers.file, name="papers-file"),
    path("<str:exam>/papers/rooms/<str:room>/", papers.room, name="papers-room"),
    path("<str:exam>/papers/everything/", papers.everything, name="papers-everything"),
]
OPENINGS = [
    path("openings/", openings.waiting, name="openings-waiting"),
    path("exams/<str:exam>/openings/", openings.openings, name="openings"),
    path("exams/<str:exam>/openings/<uuid:opening>/answer/", openings.answer, name="opening-answer"),
    path("exams/<str:exam>/openings/<uuid:opening>/close/", openings.close, name="opening-close"),
    path("exams/<str:exam>/openings/<uuid:opening>/<int:number>/", openings.take, name="opening-take"),
]
JOBS = [
    path("", jobs.jobs, name="jobs"),
    path("<uuid:job>/", jobs.job, name="job"),
    path("<uuid:job>/stop/", jobs.stop, name="job-stop"),
]
REVIEWS = [
    path("", reviews.rounds, name="reviews"),
    path("exam/<str:exam>/cut/", evidence.cut, name="reviews-cut"),
    path("unit/<str:unit>/", reviews.unit, name="reviews-unit"),
    path("unit/<str:unit>/new/", reviews.new, name="reviews-new"),
    path("unit/<str:unit>/ratings/", reviews.ratings, name="reviews-ratings"),
    path("unit/<str:unit>/statistics/", evidence.statistics, name="reviews-statistics"),
    path("unit/<str:unit>/statistics/<str:item>/", evidence.of_item, name="reviews-item"),
    path("unit/<str:unit>/round/<int:number>/", reviews.round_page, name="reviews-round"),
    path("unit/<str:unit>/round/<int:number>/rate/", rating.begin, name="reviews-begin"),
    path("unit/<str:unit>/round/<int:number>/end/", rating.end, name="reviews-end"),
    path("unit/<str:unit>/round/<int:number>/rate/<str:item>/", rating.item, name="reviews-rate"),
    path(
        "unit/<str:unit>/round/<int:number>/rate/<str:item>/picture.png",
        rating.picture,
        name="reviews-picture",
    ),
]
"""Addresses of review rounds and their results, and of evidence on items."""
STANDARDS = [
    path("", standards.units, name="standards"),
    path("read/", standards.read, name="standards-read"),
    path("read/<uuid:document>/", standards.reading, name="standards-reading"),
    path("unit/<str:unit>/", standards.unit, name="standards-unit"),
    path("unit/<str:unit>/<str:edition>/", standards.edition, name="standards-edition"),
]
"""Addresses of units and their editions."""
BANK = [
    path("", bank.units, name="bank"),
    path("<str:unit>/", bank.items, name="bank-unit"),
    path("<str:unit>/review/", reviewing.review, name="bank-review"),
    path("<str:unit>/statuses/", many.statuses, name="bank-statuses"),
    path("<str:unit>/new/", writing.new, name="bank-new"),
    path("<str:unit>/typed/", drafting.typed, name="bank-typed"),
    path("<str:unit>/insert/", drafting.insert, name="bank-insert"),
    path("<str:unit>/preview/", drafting.preview, name="bank-preview"),
    path("<str:unit>/coverage/", worth.coverage, name="bank-coverage"),
    path("<str:unit>/media/<path:name>", worth.picture, name="bank-picture"),
    path("<str:unit>/files/", exchange.exchange, name="bank-exchange"),
    path("<str:unit>/export/<str:format>/", exchange.export, name="bank-export"),
    path("<str:unit>/import/", exchange.upload, name="bank-upload"),
    path("<str:unit>/import/<uuid:upload>/", exchange.read, name="bank-read"),
    path("<str:unit>/<str:item>/", writing.item, name="bank-item"),
    path("<str:unit>/<str:item>/pdf/", writing.pdf, name="bank-pdf"),
    path("<str:unit>/<str:item>/status/", writing.status, name="bank-status"),
    path("<str:unit>/<str:item>/history/", history.item, name="bank-history"),
]
SITTINGS = [
    path("exams/<str:exam>/held/", held.held, name="held"),
    path("exams/<str:exam>/held/take-back/", held.take_back, name="held-take-back"),
    path("exams/<str:exam>/roster/", roster.roster, name="roster"),
    path("exams/<str:exam>/roster/list/", roster.roster_file, name="roster-file"),
    path("exams/<str:exam>/roster/all/", roster.attendance, name="attendance"),
    path("exams/<str:exam>/roster/<int:number>/", roster.room, name="room"),
    path("exams/<str:exam>/returns/", returns.returns, name="returns"),
    path("exams/<str:exam>/returns/incident/", returns.incident, name="returns-incident"),
    path("exams/<str:exam>/returns/back/", returns.back, name="returns-back"),
    path("exams/<str:exam>/returns/explained/", returns.explained, name="returns-explained"),
    path("exams/<str:exam>/returns/form/<int:number>/", returns.form_file, name="returns-form"),
    path("exams/<str:exam>/returns/files/<str:file>", returns.held_file, name="returns-file"),
    path("exams/<str:exam>/assess/", assessing.assess, name="assess"),
    path("exams/<str:exam>/assess/<path:candidate>/save/", assessing.save, name="assess-save"),
    path("exams/<str:exam>/assess/<path:candidate>/", assessing.candidate, name="assess-candidate"),
    path("exams/<str:exam>/moderate/", moderation.moderate, name="moderate"),
    path("exams/<str:exam>/answers/", answers.answers, name="answers"),
    path("exams/<str:exam>/answers/remove/", answers.remove, name="answers-remove"),
    path("exams/<str:exam>/answers/reading/", answers.reading, name="answers-reading"),
    path("exams/<str:exam>/answers/columns/", answers.forget_columns, name="answers-forget-columns"),
    path("exams/<str:exam>/answers/columns/<int:number>/", answers.columns, name="answers-columns"),
    path("exams/<str:exam>/scans/", scans.scans, name="scans"),
    path("exams/<str:exam>/scans/<int:scan>/", scans.gallery, name="gallery"),
    path("exams/<str:exam>/scans/<int:scan>/page/", scans.gallery_page, name="gallery-page"),
    path("exams/<str:exam>/scans/<int:scan>/decided/", scans.keep_decided, name="gallery-keep"),
    path("exams/<str:exam>/scans/<int:scan>/decide/", scans.decide, name="gallery-decide"),
    path("exams/<str:exam>/scans/<int:scan>/remove/", scans.remove, name="scan-remove"),
    path("exams/<str:exam>/rules/", rules.rules, name="rules"),
    path("exams/<str:exam>/rules/remove/", rules.remove, name="rules-remove"),
    path("exams/<str:exam>/score/", runs.score, name="score"),
    path("exams/<str:exam>/runs/", runs.runs, name="runs"),
    path("exams/<str:exam>/runs/compare/", runs.compare, name="runs-compare"),
    path("exams/<str:exam>/runs/<int:run>/", runs.run, name="run"),
    path("exams/<str:exam>/runs/<int:run>/files/<str:file>", runs.run_file, name="run-file"),
    path("exams/<str:exam>/runs/<int:run>/row/", quarantine.scored, name="row-scored"),
    path("exams/<str:exam>/runs/<int:run>/release/", runs.release, name="release"),
    path("exams/<str:exam>/persons/", persons.persons, name="persons"),
    path("exams/<str:exam>/cases/", cases.cases, name="cases"),
    path("exams/<str:exam>/cases/<str:number>/", cases.case, name="case"),
    path("exams/<str:exam>/cases/<str:number>/add/", cases.add, name="case-add"),
    path("exams/<str:exam>/cases/<str:number>/read/", cases.read, name="case-read"),
    path("exams/<str:exam>/cases/<str:number>/sheet/<int:page>/", cases.sheet, name="case-sheet"),
    path("exams/<str:exam>/cases/<str:number>/decide/", cases.decide, name="case-decide"),
    path("exams/<str:exam>/cases/<str:number>/answer/", cases.answer, name="case-answer"),
    path("exams/<str:exam>/cases/<str:number>/close/", cases.close, name="case-close"),
    path("exams/<str:exam>/cases/<str:number>/files/<int:n>/", cases.case_file, name="case-file"),
    path("exams/<str:exam>/plan/", plan.plan, name="plan"),
    path("exams/<str:exam>/plan/sitting.yaml", plan.plan_file, name="plan-file"),
    path("exams/<str:exam>/aside/", quarantine.quarantine, name="quarantine"),
    path("exams/<str:exam>/aside/same/", quarantine.same, name="quarantine-same"),
    path("exams/<str:exam>/aside/take-back/", quarantine.take_back, name="take-back"),
    path("exams/<str:exam>/aside/<int:run>/<int:number>/", quarantine.row, name="row"),
    path(
        "exams/<str:exam>/aside/<int:run>/<int:number>/scan/<int:picture>/",
        quarantine.picture,
        name="row-scan",
    ),
    path("exams/<str:exam>/corrections/", corrections.corrections, name="corrections"),
    path("exams/<str:exam>/corrections/back/", corrections.back, name="corrections-back"),
    path("exams/<str:exam>/corrections/<str:proposal>/", corrections.proposal, name="proposal"),
    path(
        "exams/<str:exam>/corrections/<str:proposal>/moved.csv", corrections.moved_file, name="proposal-moved"
    ),
    path("exams/<str:exam>/corrections/<str:proposal>/make/", corrections.make, name="proposal-make"),
    path("exams/<str:exam>/corrections/<str:proposal>/drop/", corrections.drop, name="proposal-drop"),
]
"""Addresses of a sitting, below that of its exam; the list of sittings is separate."""
RESULTS = [
    path("exams/<str:exam>/results/", results.results, name="results"),
    path("exams/<str:exam>/results/committee/", committee.committee, name="results-committee"),
    path("exams/<str:exam>/results/make/", results.make, name="results-make"),
    path("exams/<str:exam>/results/candidates/", results.candidates, name="results-candidates"),
    path("exams/<str:exam>/results/candidate/", results.candidate, name="results-candidate"),
    path(
        "exams/<str:exam>/results/candidate/report/",
        results.candidate_document,
        name="results-candidate-document",
    ),
    path("exams/<str:exam>/results/reports/<str:kind>/", results.report, name="results-report"),
    path("exams/<str:exam>/results/reports/<str:kind>/page/", results.document, name="results-document"),
    path("exams/<str:exam>/results/reports/<str:kind>/<str:file>", results.file, name="results-file"),
    path("exams/<str:exam>/results/analysis/", analysis.analysis, name="results-analysis"),
    path("exams/<str:exam>/results/analysis/make/", analysis.analyse, name="results-analyse"),
    path("exams/<str:exam>/results/analysis/write-back/", analysis.write_back, name="results-write-back"),
    path("exams/<str:exam>/results/analysis/page/", analysis.analysis_document, name="results-analysis-page"),
    path(
        "exams/<str:exam>/results/analysis/<str:file>", analysis.analysis_file, name="results-analysis-file"
    ),
    path("exams/<str:exam>/results/exports/", exports.exports, name="results-exports"),
    path("exams/<str:exam>/results/exports/<str:format>/", exports.export_file, name="results-export-file"),
]
"""Addresses of results, below that of their exam."""
ANALYSES = [
    path("", analyses.analyses, name="analyses"),
    path("unit/<str:unit>/", analyses.of_unit, name="analyses-unit"),
    path("unit/<str:unit>/files/<uuid:upload>/remove/", analyses.give_up, name="analyses-give-up"),
    path("unit/<str:unit>/<str:kind>/", analyses.ask, name="analyses-ask"),
    path("<uuid:result>/", analyses.kept, name="analysis-kept"),
    path("<uuid:result>/use/", analyses.use, name="analysis-use"),
    path("<uuid:result>/remove/", analyses.remove, name="analysis-remove"),
    path("<uuid:result>/<str:file>", analyses.file, name="analysis-kept-file"),
]
CERTIFICATES = [
    path("certificates/", certificates.certificates, name="certificates"),
    path("certificates/list.csv", certificates.listed, name="certificates-list"),
    path("certificates/<int:n>/", certificates.certificate, name="certificate"),
    path("certificates/<int:n>/pdf/", certificates.printed, name="certificate-pdf"),
    path("exams/<str:exam>/certificates/", certificates.of_exam, name="certificates-exam"),
]
PUBLIC = [path("", public.verify, name="verify")]
"""The address that everybody may open."""

urlpatterns = [
    path("", views.home, name="home"),
    path("places/", views.places, name="places"),
    path("letters/", views.letters, name="letters"),
    path("find/", finding.find, name="find"),
    path("handbook/", handbook.start, name="handbook"),
    path("handbook/<str:name>/", handbook.page, name="handbook-page"),
    path("language/", for_everybody(set_language), name="language"),
    path("", include(ACCOUNTS)),
    path("", include(BODY)),
    path("", include(OPERATION)),
    path("record/", include(RECORD)),
    path("blueprints/", include(BLUEPRINTS)),
    path("exams/", include(EXAMS)),
    path("exams/", include(PAPERS)),
    path("", include(OPENINGS)),
    path("work/", include(JOBS)),
    path("reviews/", include(REVIEWS)),
    path("standards/", include(STANDARDS)),
    path("bank/", include(BANK)),
    path("", include(SITTINGS)),
    path("", include(RESULTS)),
    path("analyses/", include(ANALYSES)),
    path("", include(CERTIFICATES)),
    path("verify/", include(PUBLIC)),
    path("accounts/", include("allauth.urls")),
]
