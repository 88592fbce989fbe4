"""Classes of the columns of lists, views and choices of whoever works with Zhike."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("workspace_customerlist", _("Lists put together by hand"), "C1", "person"),
    Table("workspace_listmember", _("Customers on such lists"), "C1", "person"),
    Table("workspace_savedview", _("Views that somebody kept"), "C1", "person", c2="asked"),
    Table("workspace_viewlook", _("How somebody has a view"), "C1", "person"),
    Table("workspace_noticechoice", _("What the bell tells somebody"), "C1", "person"),
    Table("workspace_visit", _("Customers opened lately"), "C1", "person"),
)
