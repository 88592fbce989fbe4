"""`zhike init`."""

from __future__ import annotations

import click
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from zhike.access.actions import keep_viewer_key
from zhike.access.keys import wrap_first_format
from zhike.access.role_actions import keep_builtin_roles
from zhike.core.installing import install


@click.command()
@click.option("--new-passwords", is_flag=True, help="Give the database roles new passwords (where the secrets folder was lost).")
@click.option("--quiet", is_flag=True, help="Say nothing when all goes well.")
def init(new_passwords: bool, quiet: bool) -> None:
    """Make or upgrade the database, its roles and its secrets. May be run again at any time."""
    installation = settings.INSTALLATION
    wrap_first_format()
    install(installation, new_passwords=new_passwords)
    connection.close()
    connection.settings_dict["PASSWORD"] = installation.parameters("migrate")["password"]  # it may have been made just now
    call_command("migrate", interactive=False, verbosity=0 if quiet else 1)
    keep_viewer_key()
    keep_builtin_roles()
    if not quiet:
        click.echo(f"{installation.home}: ready. / 已就绪。")
