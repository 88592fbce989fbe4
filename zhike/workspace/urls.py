"""Addresses of the home page, the customer list and one customer."""

from __future__ import annotations

from django.urls import path

from zhike.workspace import (
    brief_views,
    bulk_views,
    condition_views,
    export_views,
    finding_views,
    home_views,
    list_views,
    timeline_views,
    view_pages,
    views,
)

urlpatterns = [
    path("", home_views.home, name="home"),
    path("home/recent/", home_views.recent, name="home-recent"),
    path("home/maturing/", home_views.maturing, name="home-maturing"),
    path("home/birthdays/", home_views.birthdays, name="home-birthdays"),
    path("home/documents/", home_views.documents, name="home-documents"),
    path("home/books/", home_views.books, name="home-books"),
    path("home/data/", home_views.data, name="home-data"),
    path("home/people/", home_views.people, name="home-people"),
    path("customers/", list_views.customers, name="customers"),
    path("customers/columns/", list_views.columns, name="customer-columns"),
    path("customers/bulk/", bulk_views.many, name="bulk"),
    path("customers/bulk/<int:work_id>/undo/", bulk_views.undo, name="bulk-undo"),
    path("customers/export/", export_views.export, name="customer-export"),
    path("customers/exports/<int:work_id>/", export_views.file, name="export-file"),
    path("customers/views/", view_pages.views, name="customer-views"),
    path("customers/views/save/", view_pages.save, name="view-save"),
    path("customers/views/move/", view_pages.move, name="view-move"),
    path("customers/views/<int:view_id>/", view_pages.change, name="view-change"),
    path("customers/views/<int:view_id>/away/", view_pages.throw_away, name="view-away"),
    path("customers/lists/<int:list_id>/", view_pages.change_list, name="list-change"),
    path("customers/lists/<int:list_id>/away/", view_pages.throw_list_away, name="list-away"),
    path("customers/count/", condition_views.count, name="customer-count"),
    path("customers/conditions/", condition_views.editor, name="conditions"),
    path("customers/conditions/read/", condition_views.read, name="condition-read"),
    path("customers/conditions/choices/", condition_views.choices, name="condition-choices"),
    path("customers/<int:party_id>/", views.customer, name="customer"),
    path("customers/<int:party_id>/pin/", finding_views.pin, name="customer-pin"),
    path("customers/<int:party_id>/brief/", brief_views.page, name="customer-brief"),
    path("customers/<int:party_id>/brief.pdf", brief_views.as_pdf, name="customer-brief-pdf"),
    path("customers/<int:party_id>/beside/", views.beside, name="customer-beside"),
    path("customers/<int:party_id>/timeline/", timeline_views.panel, name="customer-timeline"),
    path("find/", finding_views.find, name="find"),
]
