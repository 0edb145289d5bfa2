"""A Django project with the tutorial's app, on the file that the lab uses."""
import django
import os

SECRET_KEY = os.environ["PROJECT_SECRET_KEY"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["PROJECT_DB"],
        "OPTIONS": {"timeout": 20},  # seconds to wait while the lab writes
    }
}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "online",
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
]
if django.VERSION >= (4, 0):
    PASSWORD_HASHERS.append("django.contrib.auth.hashers.ScryptPasswordHasher")
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
ROOT_URLCONF = "settings"
urlpatterns = []
ALLOWED_HOSTS = ["*"]
USE_TZ = True
