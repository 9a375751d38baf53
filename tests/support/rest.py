# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain client of Orthanc's REST API, and waiting with a deadline instead of sleeping and hoping."""
import http.client
import json
import time
import urllib.error
import urllib.request


class Rest:
    def __init__(self, base):
        self.base = base

    def request(self, method, path, body=None, timeout=30, content_type="application/json"):
        """Returns (status, bytes). HTTP errors are answers; only a connection that fails raises (OSError)."""
        request = urllib.request.Request(self.base + path, data=body, method=method, headers={"Content-Type": content_type})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except http.client.HTTPException as error:  # the server was killed within its answer
            raise ConnectionError(f"the answer broke off: {error!r}") from error

    def get(self, path):
        status, body = self.request("GET", path)
        if status != 200:
            raise AssertionError(f"GET {path}: {status} {body[:500]!r}")
        return body

    def get_json(self, path):
        return json.loads(self.get(path))

    def post_json(self, path, value):
        """Returns (status, decoded answer or None)."""
        status, body = self.request("POST", path, json.dumps(value).encode())
        try:
            return status, json.loads(body)
        except ValueError:
            return status, None

    def store(self, dicom):
        """POST /instances. Returns (status, answer)."""
        status, body = self.request("POST", "/instances", dicom, content_type="application/dicom")
        return status, json.loads(body) if status == 200 else None


def wait_for(what, condition, seconds, interval=0.05):
    """Polls until condition() is true and returns its value; says what it waited for and what it last saw otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}; last: {value!r}")
        time.sleep(interval)
