"""Classes of the columns of the outbox, and of the libraries' own tables."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.data_classes import Table, declare

declare(
    Table("core_event", _("What happened and is still to be told, by keys only"), "C1", "once"),
    Table("django_content_type", _("Names of the program's tables"), "C1", "bank", area="core"),
    Table("django_migrations", _("Changes made to the database, and when"), "C1", "bank", area="core"),
    Table("django_session", _("Unused: sessions stand in access_session"), "C1", "unused", area="core"),
    Table("auth_group", _("Unused: roles stand in access_role"), "C1", "unused", area="core"),
    Table("auth_group_permissions", _("Unused: roles stand in access_role"), "C1", "unused", area="core"),
    Table("auth_permission", _("Unused: roles stand in access_role"), "C1", "unused", area="core"),
    Table("procrastinate_jobs", _("Background work to be done, by keys only"), "C1", "once", area="core"),
    Table("procrastinate_events", _("What became of background work"), "C1", "once", area="core"),
    Table("procrastinate_periodic_defers", _("When work of the clock was last begun"), "C1", "once", area="core"),
    Table("procrastinate_workers", _("Workers that run"), "C1", "once", area="core"),
)
