#!/usr/bin/env python3
"""Posts a notification as JSON, signed with HMAC-SHA256 over `TIMESTAMP.BODY`. Redirects are not followed."""

import hashlib
import hmac
import http.client
import json
import sys
import time
import urllib.error
import urllib.request


class Refusal(Exception):
    def __init__(self, text, retry=False):
        super().__init__(text)
        self.retry = retry


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def canonical(message):
    return json.dumps(message, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def send(settings, message):
    body = canonical(message)
    stamp = str(int(time.time()))
    signature = hmac.new(settings["key"].encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "runbook",
        "X-Runbook-Delivery": message["id"],
        "X-Runbook-Timestamp": stamp,
        "X-Runbook-Signature": "sha256=" + signature,
    }
    if "token" in settings:
        headers["Authorization"] = "Bearer " + settings["token"]
    request = urllib.request.Request(settings["url"], data=body, headers=headers, method="POST")
    try:
        with urllib.request.build_opener(NoRedirects).open(request, timeout=15):
            return {}
    except urllib.error.HTTPError as error:
        retry = error.code in (408, 425, 429) or error.code >= 500
        raise Refusal(f"the receiver answered with status {error.code}", retry) from None
    except (OSError, http.client.HTTPException) as error:
        # Not the exception's text: it may hold the URL or a header.
        raise Refusal(f"the receiver can't be reached ({type(error).__name__})", True) from None


def answer(request):
    if not isinstance(request, dict) or request.get("protocol") != 1:
        raise Refusal("this is no request of protocol 1")
    operation = request.get("operation")
    if operation == "describe":
        return {"protocol": 1, "name": "webhook", "kind": "notify"}
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
