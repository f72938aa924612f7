"""Addresses of analyses."""

from django.urls import path

from examgen.web.analyses import views

urlpatterns = [
    path("", views.analyses, name="analyses"),
    path("unit/<str:unit>/", views.of_unit, name="analyses-unit"),
    path("unit/<str:unit>/files/<uuid:upload>/remove/", views.give_up, name="analyses-give-up"),
    path("unit/<str:unit>/<str:kind>/", views.ask, name="analyses-ask"),
    path("<uuid:result>/", views.kept, name="analysis-kept"),
    path("<uuid:result>/use/", views.use, name="analysis-use"),
    path("<uuid:result>/remove/", views.remove, name="analysis-remove"),
    path("<uuid:result>/<str:file>", views.file, name="analysis-kept-file"),
]
