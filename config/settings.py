"""All settings, grouped by question. `docs/operators.md` lists the environment variables."""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from kombu import Queue

from config import environment

BASE_DIR = Path(__file__).resolve().parent.parent

# Where does it keep things, and what are its secrets?
DATA_DIR = Path(os.environ.get("COUNTERSIGN_DATA_DIR", "var")).resolve()
SECRET_KEY = environment.secret("COUNTERSIGN_SECRET_KEY", DATA_DIR)
KEY_PEPPER = environment.secret("COUNTERSIGN_KEY_PEPPER", DATA_DIR)
GRANT_KEY = environment.secret("COUNTERSIGN_GRANT_KEY", DATA_DIR)
# Without it, disclosures of the audit log are kept as they are.
DISCLOSURE_KEY = environment.secret("COUNTERSIGN_DISCLOSURE_KEY", DATA_DIR)
DISCLOSURE_KEY_PREVIOUS = environment.secret("COUNTERSIGN_DISCLOSURE_KEY_PREVIOUS", DATA_DIR)
GRANT_KEYS_RETIRED = environment.words("COUNTERSIGN_GRANT_KEYS_RETIRED", "")
LOG_KEY = environment.secret("COUNTERSIGN_LOG_KEY", DATA_DIR)
LOG_KEY_PREVIOUS = environment.secret("COUNTERSIGN_LOG_KEY_PREVIOUS", DATA_DIR)
LOG_HEADS_DIR = Path(os.environ.get("COUNTERSIGN_LOG_HEADS_DIR") or DATA_DIR / "log-heads")

# Who reaches it, and under which address?
DEBUG = environment.flag("COUNTERSIGN_DEBUG")
BASE_URL = os.environ.get("COUNTERSIGN_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = environment.words("COUNTERSIGN_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
HTTPS = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if environment.flag("COUNTERSIGN_BEHIND_PROXY") else None

# What does it consist of?
INSTALLED_APPS = [
    "config.apps.CountersignConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "audit",
    "outbox",
    "accounts",
    "approvals",
    "feedback",
    "compliance",
    "agents_api",
    "console",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The agents' routes pass the first one only; the rest is for pages that people see.
MIDDLEWARE = [
    "config.middleware.plumbing",
    "config.middleware.SecurityForPeople",
    "config.middleware.GzipForPeople",
    "config.middleware.SessionForPeople",
    "config.middleware.CommonForPeople",
    "config.middleware.CsrfForPeople",
    "config.middleware.AuthenticationForPeople",
    "config.middleware.MessagesForPeople",
    "config.middleware.CspForPeople",
]

# Where are the data, and who wakes whom?
DATABASES = {"default": environment.database(os.environ.get("DATABASE_URL", ""), DATA_DIR)}
DATABASES["default"]["CONN_MAX_AGE"] = environment.number("COUNTERSIGN_CONN_MAX_AGE", 0)
if environment.flag("COUNTERSIGN_DB_POOL"):
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 2,
        "max_size": environment.number("COUNTERSIGN_DB_POOL_MAX", 10),
    }
REDIS_URL = os.environ.get("REDIS_URL", "")
CHANNEL_LAYERS: dict[str, Any] = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
    if REDIS_URL
    else {"BACKEND": "config.layer.ThreadSafeLayer"}
}
CELERY_BROKER_URL = os.environ.get("COUNTERSIGN_BROKER_URL") or REDIS_URL or "memory://localhost/"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2} if REDIS_URL else {"polling_interval": 0.01}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A worker takes all three, in turns, unless it is told which (--queues): long work and receivers that do not answer are
# then kept apart from what people wait for.
QUEUE_OF_DELIVERIES, QUEUE_OF_RETRIES, QUEUE_OF_JOBS = "deliveries", "retries", "jobs"
CELERY_TASK_QUEUES = [Queue(name) for name in (QUEUE_OF_DELIVERIES, QUEUE_OF_RETRIES, QUEUE_OF_JOBS)]
CELERY_TASK_DEFAULT_QUEUE = QUEUE_OF_DELIVERIES

# Who is told? The outbox knows sinks by name and never imports them.
OUTBOX_SINKS = {
    "live": "console.live.deliver.send",
    "feedback": "feedback.capture.capture",
    "incidents": "approvals.services.suspicions.capture",
    "mail": "console.mail.deliver.send",
    "anchors": "compliance.services.anchoring.deliver",
    "siem": "compliance.services.carrying.deliver",
    "webhook": "agents_api.webhooks.deliver",
}
# Sinks that the pulse serves itself, because they only pass a word on; the others go through Celery.
OUTBOX_DIRECT_SINKS = {"live"}
# Sinks that take several messages of one workspace in one go, and by which function.
OUTBOX_GATHERED_SINKS = {"feedback": "feedback.capture.capture_all"}
# Sinks that leave the house: what arrived is remembered for a week, so that an admin can look it up.
OUTBOX_REMEMBERED_SINKS = {"mail", "siem", "webhook"}
# Those whose messages say only where to look, so that one which arrived can be kept and sent once more.
OUTBOX_REPLAYED_SINKS = {"webhook"}
# Who has something to say about a policy before it is saved? Functions of a document and a workspace, by name.
POLICY_ADVISERS = ["feedback.queries.confidence.advice"]
# Long work that workers do, by name.
OUTBOX_JOBS = {
    "backtest": "approvals.services.backtests.run",
    "erasure": "compliance.services.executing.run",
    "export": "compliance.services.exports.run",
    "verify": "compliance.services.verifying.run",
    "freeze": "feedback.services.freezing.run",
    "sweep": "feedback.services.sweeping.run",
    "gate": "feedback.services.planning.run",
    "dataset_export": "feedback.services.exporting.run",
    "retention": "compliance.services.retaining.run",
}

# Where do exports lie until they are fetched, and for how long?
EXPORTS_DIR = Path(os.environ.get("COUNTERSIGN_EXPORTS_DIR") or DATA_DIR / "exports").resolve()
EXPORT_DAYS = environment.number("COUNTERSIGN_EXPORT_DAYS", 7)
# Fonts for what the built-in one cannot draw in reports, tried in this order.
PDF_FONTS = environment.words("COUNTERSIGN_PDF_FONTS", "")

# How do people prove who they are?
AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # The address is unique without regard to case, by a constraint that this check does not see.
    # These three look for Django's own names in MIDDLEWARE, not for what is derived from them.
    "security.W001",
    "security.W002",
    "security.W003",
]
AUTHENTICATION_BACKENDS = ["accounts.backend.EmailBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "console.web.errors.csrf_failure"
PASSWORD_RESET_TIMEOUT = 3600

# What may a page do? Nothing that we did not write.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["htmx", "countersign"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = HTTPS
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# How does it look and speak?
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
            "builtins": ["console.templatetags.console"],
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.storage.HashedStaticFiles"
    },
}
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"

# Whom does it write to?
EMAIL_BACKEND = os.environ.get("COUNTERSIGN_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = os.environ.get("COUNTERSIGN_EMAIL_HOST", "localhost")
EMAIL_PORT = environment.number("COUNTERSIGN_EMAIL_PORT", 25)
EMAIL_HOST_USER = os.environ.get("COUNTERSIGN_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = environment.secret("COUNTERSIGN_EMAIL_PASSWORD", DATA_DIR)
EMAIL_USE_TLS = environment.flag("COUNTERSIGN_EMAIL_TLS")
DEFAULT_FROM_EMAIL = os.environ.get("COUNTERSIGN_EMAIL_FROM", "countersign@localhost")

# Who outside holds the checkpoints of the audit logs?
WITNESS_POLICY = os.environ.get("COUNTERSIGN_WITNESS_POLICY", "")
ANCHOR_DIR = os.environ.get("COUNTERSIGN_ANCHOR_DIR", "")
ANCHOR_WEBHOOK = os.environ.get("COUNTERSIGN_ANCHOR_WEBHOOK", "")
ANCHOR_MAIL = environment.words("COUNTERSIGN_ANCHOR_MAIL", "")
ANCHOR_S3_URL = os.environ.get("COUNTERSIGN_ANCHOR_S3_URL", "")
ANCHOR_S3_REGION = os.environ.get("COUNTERSIGN_ANCHOR_S3_REGION", "us-east-1")
ANCHOR_S3_ACCESS_KEY = os.environ.get("COUNTERSIGN_ANCHOR_S3_ACCESS_KEY", "")
ANCHOR_S3_SECRET_KEY = environment.secret("COUNTERSIGN_ANCHOR_S3_SECRET_KEY", DATA_DIR)
ANCHOR_S3_DAYS = environment.number("COUNTERSIGN_ANCHOR_S3_DAYS", 2557)
ANCHOR_TSA_URL = os.environ.get("COUNTERSIGN_ANCHOR_TSA_URL", "")
ANCHOR_TSA_CA_FILE = os.environ.get("COUNTERSIGN_ANCHOR_TSA_CA_FILE", "")

# Whom may it send to that is not on the public Internet, and whose certificates are good beside the machine's own?
OUTWARD_HOSTS = environment.words("COUNTERSIGN_OUTWARD_HOSTS", "")
OUTWARD_CA_FILE = os.environ.get("COUNTERSIGN_OUTWARD_CA_FILE", "")

# Which Slack app is ours? Without a signing secret (HTTP) or an app token (Socket Mode) nothing of Slack is loaded.
SLACK_API_URL = os.environ.get("COUNTERSIGN_SLACK_API_URL", "https://slack.com/api/")
SLACK_SIGNING_SECRET = environment.secret("COUNTERSIGN_SLACK_SIGNING_SECRET", DATA_DIR)
SLACK_APP_TOKEN = environment.secret("COUNTERSIGN_SLACK_APP_TOKEN", DATA_DIR)
SLACK_CLIENT_ID = os.environ.get("COUNTERSIGN_SLACK_CLIENT_ID", "")
SLACK_CLIENT_SECRET = environment.secret("COUNTERSIGN_SLACK_CLIENT_SECRET", DATA_DIR)
if SLACK_SIGNING_SECRET or SLACK_APP_TOKEN:
    OUTBOX_SINKS["slack"] = "console.slack.deliver.send"

# Who watches it? Without a token there is no /metrics; without an address nobody is told that all is well.
METRICS_TOKEN = environment.secret("COUNTERSIGN_METRICS_TOKEN", DATA_DIR)
HEARTBEAT_URL = os.environ.get("COUNTERSIGN_HEARTBEAT_URL", "")

# What does the API look like from outside?
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Countersign",
    "DESCRIPTION": "Agents ask; policy and people answer; what was signed runs once.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "POSTPROCESSING_HOOKS": ["agents_api.schema.add_components"],
}

# What does it say while it runs?
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("COUNTERSIGN_LOG_LEVEL", "INFO")},
    "loggers": {
        # Without the handlers of Django's own, which would say everything twice.
        "django": {"handlers": []},
        "django.server": {"level": "WARNING"},
        "uvicorn.access": {"level": "WARNING"},
        # At INFO it tells signatures and whole bodies of requests that it refuses.
        "slack_bolt": {"level": "WARNING"},
        # A refusal is an answer: it is told to whoever asked, not to the log.
        "django.request": {"level": "ERROR"},
    },
}
