#!/usr/bin/env python3
"""Makes a document at an HTTP API hold a text. Where the server names versions (ETag), a document that somebody else has
changed meanwhile is left as it is."""

import http.client
import json
import sys
import urllib.error
import urllib.request

LIMIT = 1 << 20


class Refusal(Exception):
    pass


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask(settings, method, body=None, headers=None):
    """Status, body and headers of an answer; 404 is one too."""
    headers = dict(headers or {}, **{"User-Agent": "runbook"})
    if "token" in settings:
        headers["Authorization"] = "Bearer " + settings["token"]
    request = urllib.request.Request(settings["url"], data=body, headers=headers, method=method)
    try:
        with urllib.request.build_opener(NoRedirects).open(request, timeout=20) as response:
            text = response.read(LIMIT + 1)
            if len(text) > LIMIT:
                raise Refusal("the document is larger than 1 MiB")
            return response.status, text, response.headers
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return 404, b"", error.headers
        raise Refusal(f"{method} was answered with status {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        # Not the exception's text: it may hold a header.
        raise Refusal(f"the server can't be reached ({type(error).__name__})") from None


def former(settings):
    status, body, headers = ask(settings, "GET")
    if status == 404:
        return {"exists": False}
    state = {"exists": True, "document": body.decode(), "content_type": headers.get("Content-Type", "")}
    if "ETag" in headers:
        state["etag"] = headers["ETag"]
    return state


def same(one, other):
    if one == other:
        return True
    try:
        return json.loads(one) == json.loads(other)
    except ValueError:
        return False


def put(settings, document, content_type, condition):
    ask(settings, "PUT", document.encode(), dict(condition, **{"Content-Type": content_type or "application/json"}))


def check(settings):
    state = former(settings)
    changes = not (state["exists"] and same(state["document"], settings["document"]))
    return {
        "changes": changes, "state": state, "before": state.get("document", "(none)"), "after": settings["document"]}


def apply(settings, state):
    condition = {}
    if not state.get("exists", True):
        condition = {"If-None-Match": "*"}
    elif "etag" in state:
        condition = {"If-Match": state["etag"]}
    put(settings, settings["document"], settings.get("content_type"), condition)
    return {"text": "the document was put"}


def undo(settings, state):
    now = former(settings)
    if now["exists"] == state["exists"] and now.get("document") == state.get("document"):
        return {"text": "it holds its former value already"}
    if now["exists"] and not same(now["document"], settings["document"]):
        raise Refusal("somebody has changed the document since, so it is left as it is")
    condition = {"If-Match": now["etag"]} if "etag" in now else {}
    if state["exists"]:
        put(settings, state["document"], state.get("content_type"), condition)
    else:
        ask(settings, "DELETE", headers=condition)
    return {"text": "the former value was put back"}


def answer(request):
    if not isinstance(request, dict) or request.get("protocol") != 1:
        raise Refusal("this is no request of protocol 1")
    operation = request.get("operation")
    if operation == "describe":
        return {"protocol": 1, "name": "http-put", "kind": "step"}
    if operation == "check":
        return check(request["settings"])
    if operation == "apply":
        return apply(request["settings"], request.get("state") or {})
    if operation == "undo":
        return undo(request["settings"], request["state"])
    raise Refusal("this operation is not known here")


try:
    result = answer(json.loads(sys.stdin.buffer.read()))
except Refusal as refusal:
    result = {"error": str(refusal)}
except (ValueError, KeyError, TypeError) as error:
    result = {"error": f"the request can't be understood ({type(error).__name__})"}
print(json.dumps(result))
