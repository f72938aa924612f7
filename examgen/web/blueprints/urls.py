"""Addresses of blueprints."""

from django.urls import path

from examgen.web.blueprints import views

urlpatterns = [
    path("", views.blueprints, name="blueprints"),
    path("<str:unit>/", views.new, name="blueprint-new"),
    path("<str:unit>/<str:blueprint>/", views.blueprint, name="blueprint"),
    path("<str:unit>/<str:blueprint>/draft/", views.draft, name="blueprint-draft"),
    path("<str:unit>/<str:blueprint>/order/", views.order, name="blueprint-order"),
    path("<str:unit>/<str:blueprint>/order/<uuid:upload>/", views.order_file, name="blueprint-order-file"),
    path("<str:unit>/<str:blueprint>/build/", views.build, name="blueprint-build"),
]
