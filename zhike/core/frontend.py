"""What the pages are made of: packages' files copied into `static/vendor`, one icon sprite, compiled words.

Run by set-up after `npm ci` as `python -m zhike.core.frontend`; it may run any number of times. Everything it writes is
ignored by git. A bank's intranet reaches no CDN, so every file a page asks for is served by the app itself.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django
import polib
from django.conf import settings
from django.core.management import call_command
from fontTools import subset

CORE = Path(__file__).resolve().parent
PACKAGE = CORE.parent
REPOSITORY = PACKAGE.parent
VENDOR = CORE / "static" / "vendor"
CHARTS = CORE / "echarts.js"  # names the parts of ECharts that are used

# node_modules path -> path under static/vendor
FILES: dict[str, str] = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@alpinejs/csp/dist/cdn.min.js": "alpine/alpine-csp.min.js",
    "cytoscape/dist/cytoscape.min.js": "cytoscape/cytoscape.min.js",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter/inter-latin-wght-normal.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter/inter-latin-ext-wght-normal.woff2",
}

FONT_FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "cv11", "ss03"]  # the last two: app.css

# Tabler outline icons, by what they mean on a page: one meaning, one icon. A test holds every {% icon %} to this table.
ICONS: tuple[str, ...] = (
    # acts
    "phone", "phone-call", "pencil", "calendar-plus", "message-2", "hand-stop", "bolt", "eye", "eye-off", "copy", "plus", "download",
    "upload", "arrow-back-up", "refresh", "search", "filter", "sort-descending", "sort-ascending", "arrow-down", "arrow-up", "x", "check",
    "dots", "logout", "login-2", "external-link", "printer", "trash", "tag", "share", "columns", "list", "table",
    "paperclip", "pin", "at",
    # places
    "home", "users", "user", "user-plus", "user-circle", "target-arrow", "calendar", "calendar-event", "headset", "message-exclamation", "speakerphone",
    "chart-bar", "chart-line", "building-bank", "building", "building-store", "chart-dots-3", "report", "database-import", "settings", "sitemap", "briefcase",
    "map-pin", "route", "book",
    # things
    "credit-card", "wallet", "coin", "coins", "home-dollar", "receipt", "receipt-2", "transfer", "arrows-exchange", "arrow-up-right", "arrow-down-left",
    "arrow-right", "chart-pie", "shield", "shield-check", "shield-lock", "lock", "key", "id", "mail", "message", "brand-wechat", "device-mobile", "file-text",
    "file-import", "file-check", "files", "database", "diamond", "crown", "umbrella", "plant-2", "trending-up", "flask", "keyboard", "bulb", "certificate",
    "friends", "link", "network", "heart-handshake", "gift", "star", "flag",
    # states
    "circle", "circle-check", "circle-x", "circle-minus", "alert-triangle", "alert-circle", "clock", "clock-pause", "loader-2", "ban", "info-circle", "wifi-off",
    "hourglass", "history", "point", "rotate",
    # frame
    "chevron-left", "chevron-right", "chevron-down", "chevron-up", "selector", "help", "bell", "sun", "moon", "device-desktop", "language",
    "menu-2", "layout-sidebar-left-collapse", "layout-sidebar-left-expand", "world", "adjustments", "palette",
)  # fmt: skip


SOURCE_MAP = re.compile(r"^(/\*|//)# sourceMappingURL=.*$", re.MULTILINE)


def copy_files(node_modules: Path, vendor: Path = VENDOR) -> int:
    """Copies the declared files of `FILES`; returns how many. Raises FileNotFoundError naming the missing one."""
    for source, target in FILES.items():
        found = node_modules / source
        if not found.is_file():
            raise FileNotFoundError(f"{found} is missing: run `npm ci` first")
        destination = vendor / target
        destination.parent.mkdir(parents=True, exist_ok=True)
        if found.suffix in (".css", ".js"):  # their maps stay behind, and a file that names a missing one cannot be collected
            destination.write_text(SOURCE_MAP.sub("", found.read_text("utf-8")), "utf-8")
        elif found.suffix == ".woff2":
            pare(found, destination)
        else:
            shutil.copyfile(found, destination)
    return len(FILES)


def pare(font: Path, target: Path) -> None:
    """Writes a font with all its characters, and of its features those that pages use: a tenth less to send on a first visit."""
    options = subset.Options(flavor="woff2", layout_features=FONT_FEATURES, hinting=False, notdef_outline=True)
    whole = subset.load_font(str(font), options)
    pared = subset.Subsetter(options)
    pared.populate(unicodes=list(whole.getBestCmap()))
    pared.subset(whole)
    subset.save_font(whole, str(target), options)


def bundle_charts(node_modules: Path, vendor: Path = VENDOR) -> Path:
    """Bundles the parts of ECharts that `CHARTS` names, as the global `echarts`. Raises CalledProcessError with esbuild's words on stderr."""
    target = vendor / "echarts" / "echarts.min.js"
    command = [str(node_modules / ".bin" / "esbuild"), str(CHARTS), "--bundle", "--minify", "--format=iife", "--global-name=echarts"]
    command += ["--legal-comments=none", "--log-level=warning", f"--outfile={target}"]
    subprocess.run(command, check=True, env={**os.environ, "NODE_PATH": str(node_modules)})
    return target


def sprite(icon_folder: Path, names: tuple[str, ...] = ICONS) -> str:
    """One SVG with a symbol per icon; stroke and size come from the page's CSS. Raises FileNotFoundError for an unknown name."""
    symbols = [_symbol(name, (icon_folder / f"{name}.svg").read_text("utf-8")) for name in sorted(set(names))]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _symbol(name: str, svg: str) -> str:
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    body = re.sub(r'<path stroke="none"[^>]*/>', "", body)
    body = re.sub(r"\s+", " ", body).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>'


def compile_words(package: Path = PACKAGE) -> int:
    """Compiles every hand-kept django.po below `package` to .mo; returns how many."""
    found = sorted(package.glob("**/locale/*/LC_MESSAGES/*.po"))
    for path in found:
        polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))
    return len(found)


def main() -> int:
    """Builds everything under static/vendor and all .mo files; tells what it did in one line."""
    node_modules = REPOSITORY / "node_modules"
    try:
        copied = copy_files(node_modules)
        bundle_charts(node_modules)
        text = sprite(node_modules / "@tabler" / "icons" / "icons" / "outline")
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 1
    (VENDOR / "icons.svg").write_text(text, "utf-8")
    words = compile_words()
    collect()
    print(f"{copied} files and the charts, {len(set(ICONS))} icons, {words} word lists")
    return 0


def collect() -> None:
    """Puts every area's static files under build/static, named by their content and packed, for `zhike serve` to hand out."""
    with tempfile.TemporaryDirectory() as home:  # collecting needs settings, but no installation
        os.environ.update(ZHIKE_HOME=home, ZHIKE_PROCESS="job", DJANGO_SETTINGS_MODULE="zhike.settings", DATABASE_URL="")
        django.setup()
        settings.STORAGES["staticfiles"]["BACKEND"] = "servestatic.storage.CompressedManifestStaticFilesStorage"
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)


if __name__ == "__main__":
    raise SystemExit(main())
