#!/usr/bin/env python3
"""Posts a notification to a Slack-compatible incoming webhook. Nothing in it is markup, a link or a mention."""

import http.client
import json
import re
import sys
import urllib.error
import urllib.request

MARKS = {"success": "✅", "failure": "❌", "break_glass": "🚨"}


class Refusal(Exception):
    def __init__(self, text, retry=False):
        super().__init__(text)
        self.retry = retry


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def inert(text):
    """One line, with `&<>` escaped as Slack wants it and no word that is a mention, a link or an emphasis."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", str(text))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A zero-width space ends the name that `@` or a scheme would begin.
    text = text.replace("@", "@\u200b").replace("://", ":\u200b//")
    return re.sub(r"([`*_~\[\]|])", "\\1\u200b", text)


def text(message, link):
    lines = [MARKS.get(message["occasion"], "ℹ️") + " " + inert(message["text"])]
    if message.get("reason"):
        lines.append(inert(message["reason"]))
    lines.append("asked for by " + inert(message["requester"]) + " on " + inert(message["host"]))
    lines.append(inert(message["show"]))
    if link and re.fullmatch(r"[0-9a-f]{32}", message.get("run", "")):
        lines.append(link.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E") + message["run"])
    return "\n".join(lines)


def send(settings, message):
    body = {"text": text(message, settings.get("link")), "mrkdwn": False, "link_names": False, "unfurl_links": False}
    if not re.fullmatch(r"https?://[!-~]+", settings["url"]):
        raise Refusal("the secret 'url' is no URL")
    request = urllib.request.Request(
        settings["url"], data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "runbook"}, method="POST")
    try:
        with urllib.request.build_opener(NoRedirects).open(request, timeout=15):
            return {}
    except urllib.error.HTTPError as error:
        retry = error.code in (408, 425, 429) or error.code >= 500
        raise Refusal(f"the receiver answered with status {error.code}", retry) from None
    except (OSError, http.client.HTTPException) as error:
        # Not the exception's text: it may hold the URL.
        raise Refusal(f"the receiver can't be reached ({type(error).__name__})", True) from None


def answer(request):
    if not isinstance(request, dict) or request.get("protocol") != 1:
        raise Refusal("this is no request of protocol 1")
    operation = request.get("operation")
    if operation == "describe":
        return {"protocol": 1, "name": "slack", "kind": "notify"}
    if operation == "send":
        return send(request["settings"], request["message"])
    raise Refusal("this operation is not known here")


try:
    result = answer(json.loads(sys.stdin.buffer.read()))
except Refusal as refusal:
    result = {"error": str(refusal), "retry": refusal.retry}
except (ValueError, KeyError, TypeError) as error:
    result = {"error": f"the request can't be understood ({type(error).__name__})"}
print(json.dumps(result))
