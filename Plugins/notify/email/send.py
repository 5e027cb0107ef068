#!/usr/bin/env python3
"""Sends a notification as a mail. Texts of the message can't become headers: control characters are taken out of the
subject, and the library refuses any that are left."""

import json
import re
import smtplib
import ssl
import subprocess
import sys
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]*@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class Refusal(Exception):
    def __init__(self, text, retry=False):
        super().__init__(text)
        self.retry = retry


def line(text):
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", str(text)).strip()


def address(text):
    if not ADDRESS.fullmatch(text):
        raise Refusal("a setting holds what is no mail address")
    return text


def mail(settings, message):
    made = EmailMessage(policy=SMTP)
    made["From"] = address(settings["from"])
    made["To"] = ", ".join(address(to) for to in settings["to"])
    made["Subject"] = line("[runbook] " + message["text"])[:200]
    made["Date"] = formatdate(message["time"] / 1000)
    # The same for each try, so that a second copy can be told.
    made["Message-ID"] = "<" + re.sub(r"[^0-9a-f]", "", message["id"]) + "@runbook.invalid>"
    made["Auto-Submitted"] = "auto-generated"
    counts = ", ".join(f"{count} {line(name)}" for name, count in sorted(message.get("outcomes", {}).items()))
    parts = [
        ("What", message["text"]), ("Why", message.get("reason") or ""), ("Runbook", message["runbook"]),
        ("Nodes", message["nodes"]), ("Outcomes", counts), ("Asked for by", message["requester"]),
        ("Controller", message["host"]), ("More", message["show"]),
    ]
    made.set_content("".join(f"{name}: {line(text)}\n" for name, text in parts if text))
    return made


def over_smtp(settings, made):
    tls = settings.get("tls", "none")
    if not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}", settings["server"]):
        raise Refusal("the setting 'server' is no HOST:PORT")
    host, _, port = settings["server"].rpartition(":")
    host = host.strip("[]")
    try:
        if tls == "tls":
            server = smtplib.SMTP_SSL(host, int(port), timeout=20, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(host, int(port), timeout=20)
        with server:
            if tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if "user" in settings:
                if tls == "none":
                    raise Refusal("a password is only sent over TLS")
                server.login(settings["user"], settings["password"])
            server.send_message(made)
    except smtplib.SMTPResponseException as error:
        retry = 400 <= error.smtp_code < 500
        raise Refusal(f"the mail server answered with code {error.smtp_code}", retry) from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        raise Refusal(f"the mail server refused the recipients ({sorted(codes)})", min(codes) < 500) from None
    except (OSError, smtplib.SMTPException) as error:
        raise Refusal(f"the mail server can't be used ({type(error).__name__})", True) from None


def by_program(settings, made):
    program = settings.get("program", "/usr/sbin/sendmail")
    # Recipients are read from the mail itself; `-oi`: a line with a single dot does not end it.
    text = made.as_bytes(policy=SMTP.clone(linesep="\n"))
    try:
        ended = subprocess.run(
            [program, "-t", "-oi"], input=text, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=50)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refusal(f"{program} can't be used ({type(error).__name__})", True) from None
    if ended.returncode != 0:
        raise Refusal(f"{program} ended with status {ended.returncode}", ended.returncode == 75)


def answer(request):
    if not isinstance(request, dict) or request.get("protocol") != 1:
        raise Refusal("this is no request of protocol 1")
    operation = request.get("operation")
    if operation == "describe":
        return {"protocol": 1, "name": "email", "kind": "notify"}
    if operation != "send":
        raise Refusal("this operation is not known here")
    settings = request["settings"]
    made = mail(settings, request["message"])
    if "server" in settings:
        over_smtp(settings, made)
    else:
        by_program(settings, made)
    return {}


try:
    result = answer(json.loads(sys.stdin.buffer.read()))
except Refusal as refusal:
    result = {"error": str(refusal), "retry": refusal.retry}
except (ValueError, KeyError, TypeError, AttributeError) as error:
    result = {"error": f"the request can't be understood ({type(error).__name__})"}
print(json.dumps(result))
