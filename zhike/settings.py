"""Django's settings, made from the environment (docs/settings.md). A process says which it is by ZHIKE_PROCESS."""

from __future__ import annotations

import os
from pathlib import Path

from zhike.core.connections import PROCESSES, Installation
from zhike.core.env import Environment
from zhike.core.secret_files import secret_or_new

ROOT = Path(__file__).resolve().parent.parent

ENV = Environment(os.environ)

HOME = ENV.path("ZHIKE_HOME", ".zhike", "the data folder: embedded server, warehouse, secrets")
DATABASE_URL = ENV.url(
    "DATABASE_URL", "", "the owner's address of the bank's own PostgreSQL 15 or newer; empty: the embedded server", schemes=("postgresql", "postgres")
)  # fmt: skip
ROLE_PREFIX = ENV.text("ZHIKE_ROLE_PREFIX", "zhike", "what the names of the database roles begin with; one per installation on a server")
POSTGRES_PORT = ENV.whole(
    "ZHIKE_POSTGRES_PORT", 0, "where the embedded server also listens on 127.0.0.1, for BI tools; 0: only on its socket", most=65535
)  # fmt: skip
PROCESS = ENV.choice("ZHIKE_PROCESS", "web", PROCESSES, "which of the database roles this process uses")
DEMO = ENV.flag("ZHIKE_DEMO", False, "the log-in page offers the demo people by one click, without a password; never in a bank")
DEBUG = ENV.flag("ZHIKE_DEBUG", False, "error pages with source code; only while developing")
SECRET_KEY = ENV.text("ZHIKE_SECRET_KEY", "", "signs sessions; empty: made once and kept in ZHIKE_HOME/secrets")
KEY_FILE = ENV.text(
    "ZHIKE_KEY_FILE", "", "the file with the master keys, best on another disk; empty: secrets/master.key, made when it is missing"
)
KEY_COMMAND = ENV.text(
    "ZHIKE_KEY_COMMAND", "", "a command that prints the master keys, the newest first, for instance from a key-management service; instead of a file"
)  # fmt: skip
HOST = ENV.text("ZHIKE_HOST", "127.0.0.1", "the address that `zhike serve` listens on")
PORT = ENV.whole("ZHIKE_PORT", 8000, "the port that `zhike serve` listens on", least=1, most=65535)
ALLOWED_HOSTS = list(ENV.words("ZHIKE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", "the host names people use for it, separated by commas"))
HTTPS = ENV.flag("ZHIKE_HTTPS", False, "people come over HTTPS (a proxy in front): cookies are sent over it only")
ZHIKE_CALENDAR = ENV.text("ZHIKE_CALENDAR", "CN", "which calendar of the feed `calendar` counts the bank's working days")
ZHIKE_COUNTRY = ENV.text(
    "ZHIKE_COUNTRY", "CN", "the bank's country (ISO 3166-1, two letters); data leave it only under an entry of the register of sharing"
)
ZHIKE_BANK_NAME = ENV.text("ZHIKE_BANK_NAME", "", "the bank's name in the frame of every page")
TIME_ZONE = ENV.text("ZHIKE_TIME_ZONE", "Asia/Shanghai", "the bank's time zone: business dates are days in it")
ENGINE = ENV.choice("ZHIKE_ENGINE", "duckdb", ("duckdb",), "what reads the warehouse")
SCORES = ENV.flag("ZHIKE_SCORES", True, "builds of a month end score customers by all predictors")
BUILD_AFTER_LOAD = ENV.flag("ZHIKE_BUILD_AFTER_LOAD", True, "the worker computes what customers are worth a minute after files were loaded")
PROFILE_DAYS = ENV.whole(
    "ZHIKE_PROFILE_DAYS", 35, "so many days each computed day is kept; of older ones the last of each month", least=1, most=36_500
)
MEMORY = ENV.text("ZHIKE_MEMORY", "4GB", "how much memory DuckDB may use, as DuckDB writes it")
DATA = ENV.path("ZHIKE_DATA", ROOT.parent / "shared" / "data", "the folder with real data that tests read", shown="../shared/data")
FILE_MB = ENV.whole("ZHIKE_FILE_MB", 10, "how large a file attached to a note may be, in megabytes", least=1, most=500)
UNPACKED_RATIO = ENV.whole(
    "ZHIKE_UNPACKED_RATIO", 200, "how many times as large as itself a packed file of the bank's may unpack, beyond 64 MB; more is refused", least=2, most=100_000
)  # fmt: skip
UNPACKED_GB = ENV.whole(
    "ZHIKE_UNPACKED_GB", 500, "how large a packed file of the bank's may unpack in any case, in gigabytes", least=1, most=100_000
)
CONNECTIONS = ENV.whole("ZHIKE_CONNECTIONS", 16, "how many database connections a web process keeps at most", least=1, most=500)
PREPARED = ENV.flag(
    "ZHIKE_PREPARED",
    True,
    "pages' own statements are planned once per connection; 0 behind a PgBouncer that cannot keep prepared statements",
)
WEBHOOK_NETWORKS = ENV.networks(
    "ZHIKE_WEBHOOK_NETWORKS", "", "networks of the bank's own that calls may go out to, such as 10.0.0.0/8,127.0.0.0/8; empty: public addresses only"
)  # fmt: skip
WEBHOOK_PLAIN = ENV.flag("ZHIKE_WEBHOOK_PLAIN", False, "calls may go out over plain HTTP; without it only to this machine itself")
API_RATE = ENV.whole("ZHIKE_API_RATE", 600, "how many requests a minute one token may make, in each web process", least=1, most=1_000_000)
IMPORT_DAYS = ENV.whole("ZHIKE_IMPORT_DAYS", 30, "how many days a table that somebody brought is kept, sealed", least=1, most=3650)
BREACHED_PASSWORDS = ENV.text(
    "ZHIKE_BREACHED_PASSWORDS", "", "a file of passwords that nobody may choose: SHA-1 in hex, sorted, one a line (as haveibeenpwned.com gives them), or plain"
)  # fmt: skip
ZHIKE_IDLE_MINUTES = ENV.wholes(
    "ZHIKE_IDLE_MINUTES", "30", "after how many minutes without a click a session ends; roles may differ: 30, administrator=15", least=1, most=24 * 60
)  # fmt: skip
ZHIKE_SESSION_HOURS = ENV.wholes(
    "ZHIKE_SESSION_HOURS", "10", "after how many hours a session ends in any case; roles may differ: 10, administrator=8", least=1, most=24 * 7
)  # fmt: skip
ZHIKE_SECOND_FACTOR = ENV.words(
    "ZHIKE_SECOND_FACTOR", "", "which roles must have a second factor: names of roles, or all; without one they get no further than setting it up"
)  # fmt: skip
ZHIKE_NETWORKS = ENV.networks_of_each(
    "ZHIKE_NETWORKS", "", "from where people may come: 10.0.0.0/8, administrator=10.1.2.0/24 10.1.3.7; empty: from anywhere"
)  # fmt: skip
ZHIKE_PROXIES = ENV.networks(
    "ZHIKE_PROXIES", "", "networks of the bank's own proxies, such as 10.9.0.1/32: their X-Forwarded-For is believed, nobody else's"
)  # fmt: skip
ZHIKE_GROUP_ROLES = ENV.pairs(
    "ZHIKE_GROUP_ROLES", "", "which group of the directory or the bank's log-in gives which role, the first that fits: zhike-admins=administrator; empty: none"
)  # fmt: skip
ZHIKE_SSO_CREATES = ENV.flag("ZHIKE_SSO_CREATES", False, "whoever has a role by her group gets an account at her first log-in")
ZHIKE_LDAP_URL = ENV.text(
    "ZHIKE_LDAP_URL", "", "the bank's directory, such as ldaps://ldap.bank.example; empty: people log in with passwords of Zhike's own"
)
ZHIKE_LDAP_TLS = ENV.choice(
    "ZHIKE_LDAP_TLS", "start", ("start", "none"), "over ldap://: start TLS before anything is said, or say it in clear (never in a bank)"
)  # fmt: skip
ZHIKE_LDAP_CA = ENV.text("ZHIKE_LDAP_CA", "", "a file with the certificates that sign the directory's; empty: the system's")
ZHIKE_LDAP_BIND = ENV.text("ZHIKE_LDAP_BIND", "", "as whom people are looked up in the directory, a DN; empty: anonymously")
ZHIKE_LDAP_PASSWORD = ENV.text("ZHIKE_LDAP_PASSWORD", "", "its password")
ZHIKE_LDAP_BASE = ENV.text("ZHIKE_LDAP_BASE", "", "below which DN people and groups stand")
ZHIKE_LDAP_PERSON = ENV.text(
    "ZHIKE_LDAP_PERSON", "(uid={login})", "how a person is found by what she types; Active Directory: (sAMAccountName={login})"
)
ZHIKE_LDAP_GROUP = ENV.text("ZHIKE_LDAP_GROUP", "(member={dn})", "how the groups of a person are found")
ZHIKE_LDAP_STAFF_NO = ENV.text("ZHIKE_LDAP_STAFF_NO", "employeeNumber", "the attribute with a person's staff number")
ZHIKE_OIDC_ISSUER = ENV.text(
    "ZHIKE_OIDC_ISSUER", "", "the bank's own log-in by OpenID Connect: its issuer, an https address; empty: there is none"
)
ZHIKE_OIDC_CLIENT = ENV.text("ZHIKE_OIDC_CLIENT", "zhike", "under which name Zhike is known there; it comes back to /login/bank/back/")
ZHIKE_OIDC_SECRET = ENV.text("ZHIKE_OIDC_SECRET", "", "its secret; empty: a public client (PKCE alone)")
ZHIKE_OIDC_SCOPES = ENV.text("ZHIKE_OIDC_SCOPES", "openid profile", "what is asked for there")
ZHIKE_OIDC_LOGIN = ENV.text("ZHIKE_OIDC_LOGIN", "preferred_username", "the claim that is the log-in name here")
ZHIKE_OIDC_GROUPS = ENV.text("ZHIKE_OIDC_GROUPS", "groups", "the claim with a person's groups")
ZHIKE_OIDC_STAFF_NO = ENV.text("ZHIKE_OIDC_STAFF_NO", "employee_number", "the claim with a person's staff number")
ZHIKE_JOINERS = ENV.pairs(
    "ZHIKE_JOINERS", "", "whom the personnel file lets in by herself: post=role, such as relationship_manager=relationship_manager; empty: nobody"
)  # fmt: skip
ZHIKE_ADDRESS = ENV.text("ZHIKE_ADDRESS", "http://127.0.0.1:8000", "under which address people open it: links in e-mails begin so").rstrip(
    "/"
)
ZHIKE_MAIL_HOST = ENV.text("ZHIKE_MAIL_HOST", "", "the bank's mail server for reports by e-mail; empty: none are sent")
ZHIKE_MAIL_PORT = ENV.whole("ZHIKE_MAIL_PORT", 25, "its port", least=1, most=65535)
ZHIKE_MAIL_TLS = ENV.choice(
    "ZHIKE_MAIL_TLS", "starttls", ("starttls", "tls", "none"), "how the way to it is encrypted; none: only within one machine"
)
ZHIKE_MAIL_USER = ENV.text("ZHIKE_MAIL_USER", "", "the name under which mail is handed in there; empty: none is asked")
ZHIKE_MAIL_PASSWORD = ENV.text("ZHIKE_MAIL_PASSWORD", "", "its password")
ZHIKE_MAIL_FROM = ENV.text("ZHIKE_MAIL_FROM", "zhike@localhost", "from whom e-mails come")
ZHIKE_MAIL_DOMAINS = ENV.words("ZHIKE_MAIL_DOMAINS", "", "the bank's own mail domains, separated by commas: to no other anything is sent")
ZHIKE_MAIL_FILES = ENV.flag("ZHIKE_MAIL_FILES", False, "whether a report's workbook may go along; else its link alone")
EXPORT_MOST = ENV.whole("ZHIKE_EXPORT_MOST", 200_000, "how many customers one exported file may hold", least=1, most=1_000_000)
EXPORT_APPROVAL = ENV.whole(
    "ZHIKE_EXPORT_APPROVAL", 1000, "above how many customers an export needs a second person, until the page of rules says otherwise", most=1_000_000
)  # fmt: skip
ROLE_APPROVAL = ENV.flag(
    "ZHIKE_ROLE_APPROVAL", True, "giving somebody a role, and more rights to a composed role, needs a second person, until the page of rules says otherwise"
)  # fmt: skip

AUDIT_HEADS = ENV.text(
    "ZHIKE_AUDIT_HEADS", "", "the folder that signed heads of the audit are appended to, best on another machine; empty: ZHIKE_HOME/audit"
)
NIGHT = (
    ENV.whole("ZHIKE_NIGHT_FROM", 22, "the hour at which night begins, for unusual access", least=12, most=23),
    ENV.whole("ZHIKE_NIGHT_TO", 6, "the hour at which night ends", least=0, most=11),
)
UNUSUAL_OUTSIDE = ENV.whole("ZHIKE_UNUSUAL_OUTSIDE", 50, "from how many customers of others opened in a day access is unusual", least=1)
UNUSUAL_NIGHT = ENV.whole("ZHIKE_UNUSUAL_NIGHT", 5, "from how many customers opened or numbers revealed at night", least=1)
UNUSUAL_REVEALS = ENV.whole("ZHIKE_UNUSUAL_REVEALS", 40, "from how many numbers revealed in a day", least=1)
UNUSUAL_EXPORTED = ENV.whole("ZHIKE_UNUSUAL_EXPORTED", 2000, "from how many customers exported in a day", least=1)
UNUSUAL_LEAVING = ENV.whole(
    "ZHIKE_UNUSUAL_LEAVING", 30, "from how many customers opened or exported in a day by somebody who leaves", least=1
)
UNUSUAL_LEAVING_DAYS = ENV.whole(
    "ZHIKE_UNUSUAL_LEAVING_DAYS", 30, "so many days before the last one she counts as leaving", least=1, most=365
)
SEARCHES_A_MINUTE = ENV.whole("ZHIKE_SEARCHES_A_MINUTE", 600, "how often one person may search in a minute, in each web process", least=1)
WRONG_LOGINS = ENV.whole(
    "ZHIKE_WRONG_LOGINS", 200, "how many wrong passwords may come from one address within half an hour, in each web process", least=1
)
AUDIT_EXPORT_APPROVAL = ENV.whole(
    "ZHIKE_AUDIT_EXPORT_APPROVAL",
    1000,
    "above how many entries an export of the audit needs a second person, until the page of rules says otherwise",
    most=1_000_000,
)
FORGET_FORMER = ENV.flag(
    "ZHIKE_FORGET_FORMER", False, "the nightly retention deletes former customers ten years after the end; off: it only counts them"
)
BULK_REVEALS_A_DAY = ENV.whole(
    "ZHIKE_BULK_REVEALS_A_DAY",
    500,
    "how many numbers may leave in clear in files of one person within a day; each file needs a second person",
    least=1,
)
REVEALS_AN_HOUR = ENV.whole("ZHIKE_REVEALS_AN_HOUR", 30, "how many numbers one person may reveal in an hour", least=1)

if not ROLE_PREFIX.isidentifier() or not ROLE_PREFIX.islower() or len(ROLE_PREFIX) > 40:
    ENV.wrong.append(
        f"ZHIKE_ROLE_PREFIX={ROLE_PREFIX}: write small letters, digits and _, starting with a letter. / "
        f"ZHIKE_ROLE_PREFIX={ROLE_PREFIX}：请用小写字母、数字和下划线，以字母开头。"
    )
ENV.refuse_if_wrong()

INSTALLATION = Installation(HOME, DATABASE_URL, ROLE_PREFIX, POSTGRES_PORT)
SECRET_KEY = SECRET_KEY or secret_or_new(INSTALLATION.secrets / "session.key", length=48)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "allauth.account",  # allauth.mfa wants it; nothing of it is used, and its tables are out of the web's reach
    "allauth.mfa",  # second factors: access.second_factor
    "procrastinate.contrib.django",
    "zhike.core",
    "zhike.access",
    "zhike.parties",
    "zhike.products",
    "zhike.holdings",
    "zhike.engagement",
    "zhike.insight",
    "zhike.risk",
    "zhike.ingestion",
    "zhike.duplicates",
    "zhike.audit",
    "zhike.privacy",
    "zhike.samplebank",
    "zhike.workspace",
    "zhike.audiences",
    "zhike.reports",
    "zhike.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # outside the transaction; Django pads what it compresses, so that lengths tell nothing
    "zhike.access.middleware.transaction_and_viewer",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "zhike.core.context.content_security_policy",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "zhike.access.middleware.person_of_the_request",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "zhike.core.context.frame",
            ],
        },
    },
]

ROOT_URLCONF = "zhike.urls"
ASGI_APPLICATION = "zhike.asgi.application"

_WORDS = INSTALLATION.parameters(PROCESS)  # type: ignore[arg-type]
if PROCESS == "web" and PREPARED:  # what is prepared is written so that one plan serves any value (core.prepared)
    _WORDS["options"] = "-c plan_cache_mode=force_generic_plan"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _WORDS.pop("dbname"),
        "USER": _WORDS.pop("user"),
        "PASSWORD": _WORDS.pop("password", ""),
        "HOST": _WORDS.pop("host", ""),
        "PORT": _WORDS.pop("port", ""),
        "ATOMIC_REQUESTS": False,  # transaction_and_viewer opens it, around middleware and rendering too (decision 16)
        "CONN_MAX_AGE": 0,  # a request's thread ends with it; connections are kept by the pool
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**_WORDS, **({"pool": {"min_size": 1, "max_size": CONNECTIONS, "timeout": 20}} if PROCESS == "web" else {})},
    }
}
ZHIKE_DEMO = DEMO
ZHIKE_DATA_AS_OF = "zhike.ingestion.queries.data_as_of"  # what the top bar of every page says
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""  # the worker finds jobs by itself (core.jobs); a request need not know them
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.Person"
AUTHENTICATION_BACKENDS = ["zhike.access.backends.Passwords"]
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}" for name in (
    "Argon2PasswordHasher",  # makes every new one; those below are only read, and renewed at the next log-in
    "PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "BCryptSHA256PasswordHasher", "ScryptPasswordHasher",
)]  # fmt: skip
ZHIKE_BREACHED_PASSWORDS = Path(BREACHED_PASSWORDS).expanduser().absolute() if BREACHED_PASSWORDS else None
ACCOUNT_USER_MODEL_USERNAME_FIELD, ACCOUNT_USER_MODEL_EMAIL_FIELD = "login", None
ACCOUNT_EMAIL_VERIFICATION, ACCOUNT_SIGNUP_FIELDS = "none", ["username*", "password1*"]
MFA_ADAPTER = "zhike.access.second_adapter.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds by which a telephone's clock may be wrong
MFA_WEBAUTHN_USER_VERIFICATION = "required"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
SESSION_ENGINE = "zhike.access.session_store"
SESSION_COOKIE_AGE = (
    max(ZHIKE_SESSION_HOURS.values()) * 60 * 60
)  # of the role that may stay longest; `access.session_rules` ends the others
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CSRF_FAILURE_VIEW = "zhike.core.pages.csrf_failure"
if HTTPS:  # names that a browser takes from this very host and over HTTPS only; and it never asks over HTTP again
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

USE_TZ = True
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_COOKIE_NAME = "zhike_language"

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "build" / "static"  # made by `make setup`: names with a hash of the content, and packed copies beside the files
_IS_BUILT = (STATIC_ROOT / "staticfiles.json").exists() and not DEBUG
_HASHED = "servestatic.storage.CompressedManifestStaticFilesStorage"
STORAGES = {"staticfiles": {"BACKEND": _HASHED if _IS_BUILT else "django.contrib.staticfiles.storage.StaticFilesStorage"}}
SERVESTATIC_USE_FINDERS = not _IS_BUILT
SERVESTATIC_USE_MANIFEST = _IS_BUILT
SERVESTATIC_AUTOREFRESH = DEBUG

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "zhike.core.logs.Masked",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "granian.access": {"level": "WARNING"},
        "psycopg.pool": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
    },
}
