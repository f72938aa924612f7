"""Addresses of units and their editions."""

from django.urls import path

from examgen.web.standards import views

urlpatterns = [
    path("", views.units, name="standards"),
    path("read/", views.read, name="standards-read"),
    path("read/<uuid:document>/", views.reading, name="standards-reading"),
    path("unit/<str:unit>/", views.unit, name="standards-unit"),
    path("unit/<str:unit>/<str:edition>/", views.edition, name="standards-edition"),
]
