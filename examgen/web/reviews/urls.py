"""Addresses of rounds of review, of what they came to, and of what is known of items."""

from django.urls import path

from examgen.web.reviews import evidence, rating, views

urlpatterns = [
    path("", views.rounds, name="reviews"),
    path("exam/<str:exam>/cut/", evidence.cut, name="reviews-cut"),
    path("unit/<str:unit>/", views.unit, name="reviews-unit"),
    path("unit/<str:unit>/new/", views.new, name="reviews-new"),
    path("unit/<str:unit>/ratings/", views.ratings, name="reviews-ratings"),
    path("unit/<str:unit>/statistics/", evidence.statistics, name="reviews-statistics"),
    path("unit/<str:unit>/statistics/<str:item>/", evidence.of_item, name="reviews-item"),
    path("unit/<str:unit>/guessability/", evidence.guessability, name="reviews-guessability"),
    path("unit/<str:unit>/round/<int:number>/", views.round_page, name="reviews-round"),
    path("unit/<str:unit>/round/<int:number>/rate/", rating.begin, name="reviews-begin"),
    path("unit/<str:unit>/round/<int:number>/end/", rating.end, name="reviews-end"),
    path("unit/<str:unit>/round/<int:number>/rate/<str:item>/", rating.item, name="reviews-rate"),
    path(
        "unit/<str:unit>/round/<int:number>/rate/<str:item>/picture.png",
        rating.picture,
        name="reviews-picture",
    ),
]
