"""What the lab's stand-ins around the real Kubernetes API have in common: a client of it, and a log in a file."""

import base64
import datetime
import http.client
import json
import re
import ssl
import tempfile
import time
import urllib.parse

ADMIN = "/etc/kubernetes/admin.conf"


def stamp():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:300]}")
        self.status = status


class Cluster:
    """The API as the administrator sees it, over one connection."""

    def __init__(self, path=ADMIN):
        while True:
            try:
                text = open(path).read()
                break
            except OSError:
                time.sleep(0.3)
        self.address = urllib.parse.urlparse(re.search(r"server: (\S+)", text)[1])
        files = {}
        for name in ("certificate-authority-data", "client-certificate-data", "client-key-data"):
            file = tempfile.NamedTemporaryFile()
            file.write(base64.b64decode(re.search(name + r": (\S+)", text)[1]))
            file.flush()
            files[name] = file
        self.context = ssl.create_default_context(cafile=files["certificate-authority-data"].name)
        self.context.load_cert_chain(files["client-certificate-data"].name, files["client-key-data"].name)
        self.connection = None

    def call(self, method, path, body=None, kind="application/json"):
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPSConnection(
                        self.address.hostname, self.address.port, timeout=10, context=self.context)
                data = None if body is None else json.dumps(body)
                self.connection.request(method, path, data, {"Content-Type": kind, "Accept": "application/json"})
                answer = self.connection.getresponse()
                text = answer.read().decode()
                break
            except (OSError, http.client.HTTPException):
                self.connection = None
                if attempt == 2:
                    raise
        if answer.status >= 400:
            raise Refused(answer.status, text)
        return json.loads(text)

    def get(self, path):
        """The object, or None where there is none."""
        try:
            return self.call("GET", path)
        except Refused as refusal:
            if refusal.status == 404:
                return None
            raise

    def items(self, path):
        found = self.get(path)
        return (found or {}).get("items") or []

    def patch(self, path, body):
        return self.call("PATCH", path, body, "application/merge-patch+json")


def forever(step, every=0.5):
    """Does it again and again. While the API is away, what was is what stays."""
    while True:
        try:
            step()
        except (OSError, http.client.HTTPException, Refused) as error:
            print(f"the API does not answer: {error}", flush=True)
        time.sleep(every)
