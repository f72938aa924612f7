"""The address that everybody may open."""

from django.urls import path

from examgen.web.public import views

urlpatterns = [path("", views.verify, name="verify")]
