"""Django's settings, for the site that the environment variables describe."""

from __future__ import annotations

from csp.constants import NONE, SELF

from examgen.core.resources import fonts
from examgen.site.site import site_of

SITE = site_of()
WORKSPACE = SITE.workspace
SECRET_KEY = SITE.secret()
DEBUG = False
ALLOWED_HOSTS = [*SITE.hosts]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in SITE.hosts] if SITE.is_secure else []
ROOT_URLCONF = "examgen.site.urls"
WSGI_APPLICATION = "examgen.site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "examgen.site.accounts",
    "examgen.site.audit",
    "examgen.site.jobs",
    "examgen.site.reviews",
    "examgen.site.openings",
    "examgen.site.sittings",
]
MIDDLEWARE = [
    "examgen.site.middleware.Safety",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "examgen.site.middleware.Lives",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "examgen.site.accounts.factors.SecondFactor",
    "examgen.site.abuse.Limits",
    "examgen.site.middleware.Outcomes",
]
_CONTEXT = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "examgen.site.navigation.context",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [__file__.rsplit("/", 1)[0] + "/templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "examgen.site.language.environment", "context_processors": _CONTEXT},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [__file__.rsplit("/", 1)[0] + "/django_templates"],  # pages of allauth in our frame
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": _CONTEXT, "builtins": ["examgen.site.language"]},
    },
]

DATABASES = {"default": SITE.connection()}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
    "limits": {  # of each process by itself, so that reading a page writes nothing (abuse.py)
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "limits",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

# ── who people are ───────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "examgen.site.accounts.sessions.NoWordsOfHere"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "examgen.site.accounts.factors.Adapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are invited, none signs up
MFA_ALLOW_UNVERIFIED_EMAIL = True  # administrators set addresses, and nothing is sent there to confirm them
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # with a second factor, that is asked for as well
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/5m/key", "verify": "20/m/ip,300/h/ip"}
PASSWORD_RESET_TIMEOUT = 24 * 3600
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if SITE.is_secure else 0
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # links are handed over by administrators
MFA_ADAPTER = "examgen.site.accounts.factors.Factors"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "examgen"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = False

# ── sessions, cookies, headers ───────────────────────────────────────────────────────────────
SESSION_COOKIE_AGE = 12 * 3600  # when a session ends before that: middleware.py
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SITE.is_secure
_HOST = "__Host-" if SITE.is_secure else ""
SESSION_COOKIE_NAME = f"{_HOST}session-{SITE.mark()}"
CSRF_COOKIE_NAME = f"{_HOST}csrf-{SITE.mark()}"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SITE.is_secure else None
SECURE_SSL_REDIRECT = SITE.is_secure
SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # asked by machines, from this one
SECURE_HSTS_SECONDS = 31_536_000 if SITE.is_secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SITE.is_secure
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "frame-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 200
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_TEMP_DIR = str(SITE.uploads)
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "examgen.site.uploads.OnDisk",
]
FILE_UPLOAD_PERMISSIONS = 0o600

# ── languages ────────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "th"
LANGUAGES = [("th", "Thai"), ("en", "English")]
LANGUAGE_COOKIE_NAME = f"{_HOST}language"
LANGUAGE_COOKIE_HTTPONLY = True
LOCALE_PATHS = [str(SITE.locale())]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Bangkok"

# ── files that everybody may have ────────────────────────────────────────────────────────────
STATIC_URL = "static/"
STATICFILES_DIRS = [__file__.rsplit("/", 1)[0] + "/static", ("fonts", str(fonts() / "web"))]
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "examgen.site.operation.logs.Lines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"examgen": {"level": "INFO"}},
}
FORM_RENDERER = "django.forms.renderers.Jinja2"
