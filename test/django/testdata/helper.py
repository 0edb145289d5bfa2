"""The Django side of the tests, as one process.

Each line on standard input is a command, ["name", argument, ...] in JSON. The
answer is one line: {"answer": ...} or {"error": "..."}. Session data is passed as
JSON within a string, so that Go does not change what Python wrote.
"""
import io
import json
import os
import sys
import time
import traceback
from datetime import datetime
from unittest import mock

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password, get_hashers, make_password
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db, signed_cookies
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.db import OperationalError, transaction
from django.http import JsonResponse
from django.test import RequestFactory
from online.models import Member

COMMANDS = {}


def command(function):
    COMMANDS[function.__name__] = function
    return function


class SessionStore(db.SessionStore):
    """Keeps a time in JSON as text, which Django cannot do before version 4.1.

    The class must have the name of Django's, because the name is part of the signature's salt.
    """

    def get(self, key, default=None):
        value = super().get(key, default)
        if key == "_session_expiry" and isinstance(value, str):
            value = datetime.fromisoformat(value)
        return value

    def set_expiry(self, value):
        super().set_expiry(value.isoformat() if isinstance(value, datetime) else value)


if django.VERSION >= (4, 1):
    SessionStore = db.SessionStore


@command
def manage(*args):
    """Return what `manage.py` prints. An exit status other than 0 is an error."""
    out = io.StringIO()
    call_command(*args, stdout=out, stderr=out, no_color=True)
    return out.getvalue()


@command
def create(data, expiry=None):
    """Make a session and return its key. If expiry is text, it is a time in ISO 8601."""
    s = SessionStore()
    s.update(json.loads(data))
    s.set_expiry(datetime.fromisoformat(expiry) if isinstance(expiry, str) else expiry)
    s.save()
    return s.session_key


@command
def put(key, data):
    s = SessionStore(key)
    s.update(json.loads(data))
    s.save()


@command
def read(key):
    """Return the session's data, or None if there is no such session."""
    s = SessionStore(key)
    data = json.dumps(dict(s.items()), separators=(",", ":"))
    return data if s.session_key else None


@command
def set_expiry(key, expiry):
    s = SessionStore(key)
    s.set_expiry(expiry)
    s.save()


@command
def expiry(key):
    s = SessionStore(key)
    return {
        "age": s.get_expiry_age(),
        "row": Session.objects.get(pk=key).expire_date.isoformat(),
        "browser_close": s.get_expire_at_browser_close(),
    }


@command
def visit(key):
    """Send a request to the tutorial's counter through Django's middleware."""

    def get_add_session(request):
        res = int(request.session.get("res", 0)) + 1
        request.session["res"] = res
        return JsonResponse({"res": res})

    middleware = SessionMiddleware(get_add_session)
    middleware.SessionStore = SessionStore
    request = RequestFactory().get("/get_add_session/")
    request.COOKIES["sessionid"] = key
    response = middleware(request)
    return {
        "res": json.loads(response.content)["res"],
        "cookie": response.cookies["sessionid"].OutputString(),
    }


@command
def add(key, name):
    """Count in one transaction. Retry if the lab has written meanwhile; return the number of tries."""
    tries = 1
    while True:
        try:
            with transaction.atomic():
                s = SessionStore(key)
                s[name] = s.get(name, 0) + 1
                s.save()
            return tries
        except (OperationalError, UpdateError) as error:
            # SQLite's own error, which save() may turn into an UpdateError.
            if "locked" not in str(error) + str(error.__context__):
                raise
            tries += 1


@command
def signed_cookie_encode(data, age=0):
    """Return the cookie of a session that Django saved age seconds ago."""
    s = signed_cookies.SessionStore()
    s.update(json.loads(data))
    with mock.patch("time.time", return_value=time.time() - age):
        s.save()
    return s.session_key


@command
def signed_cookie_decode(cookie):
    """Return the data in a cookie, or None if Django rejects the cookie."""
    s = signed_cookies.SessionStore(cookie)
    data = json.dumps(dict(s.items()), separators=(",", ":"))
    return None if s.modified else data


@command
@transaction.atomic  # one commit for all of them
def operate(lines):
    """Run operations on one session, each in its own request, as SessionMiddleware would."""
    came, key = [], None
    for line in lines:
        s = SessionStore(key)
        result = None
        try:
            if line.startswith("del ") or "] = " in line:
                exec(line, {"s": s})
            else:
                result = eval(line, {"s": s})
        except KeyError:
            result = KeyError
        modified = s.modified
        if line.endswith((".keys()", ".values()", ".items()")):
            result = list(result)
        if line == "s.session_key" and result is not None:
            result = "a key"
        if s.modified and not s.is_empty():
            s.save()
        result = "KeyError" if result is KeyError else json.dumps(result, separators=(",", ":"))
        key = s.session_key
        s = SessionStore(key)
        data = json.dumps(dict(s.items()), separators=(",", ":"))
        key = s.session_key
        came.append({"Result": result, "Modified": modified, "Data": data if key else ""})
    return came


@command
def execute(script):
    exec(script, {})


@command
def flush(key):
    SessionStore(key).flush()


@command
def exists(key):
    return SessionStore().exists(key)


@command
def keys():
    return sorted(Session.objects.values_list("session_key", flat=True))


@command
def hashers():
    return [hasher.algorithm for hasher in get_hashers()]


@command
def add_user(name, password):
    User.objects.create_user(name, password=password)


@command
def user_is(name, password):
    return authenticate(username=name, password=password) is not None


@command
def add_member(name, password, hasher="default"):
    Member.objects.create(username=name, password=make_password(password, hasher=hasher))


@command
def set_password(name, password):
    Member.objects.filter(username=name).update(password=make_password(password))


@command
def delete_member(name):
    Member.objects.get(username=name).delete()


@command
def encoded(name):
    return Member.objects.get(username=name).password


@command
def member_is(name, password):
    """Check a password as Django's login does, which renews an encoding with other parameters."""
    member = Member.objects.get(username=name)

    def renew(raw):
        member.password = make_password(raw)
        member.save()

    return check_password(password, member.password, renew)


def main():
    for line in sys.stdin:
        name, *args = json.loads(line)
        try:
            answer = {"answer": COMMANDS[name](*args)}
        except (Exception, SystemExit):
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


main()
