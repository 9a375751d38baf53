# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks of the plugin in a real Orthanc, told to real servers on the loopback interface."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ended_jobs import end_job, summary_with  # noqa: E402
from orthanc_server import OrthancServer  # noqa: E402
from worker_by_hand import worker_of  # noqa: E402

KEY = b"thirty-two bytes of a secret key"
ALL = ["done", "review", "rejected", "failed"]


class Receiver:
    """Answers its requests with these statuses, one after the other, the last for all further ones; keeps what it got."""

    def __init__(self, statuses=(204,), certificate=None, headers=None):
        self.requests = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = statuses[min(len(receiver.requests), len(statuses) - 1)]
                receiver.requests.append((self.path, dict(self.headers), body, status))
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def taken(self):
        return [request for request in list(self.requests) if 200 <= request[3] < 300]


def certificate_in(folder, name):
    """A self-signed certificate of 127.0.0.1 with its key, in one file."""
    file = os.path.join(folder, name)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", file + ".crt"], check=True, capture_output=True)
    with open(file, "a") as both, open(file + ".crt") as public:
        both.write(public.read())
    return file


def signature_of(headers, body):
    content = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    return "v1," + base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()


class WebhooksTest(unittest.TestCase):
    def setUp(self):
        self.server = OrthancServer()
        self.addCleanup(self.server.destroy)
        with open(self.server.path("key"), "wb") as file:
            file.write(KEY + b"\n")

    def receiver(self, *arguments, **named):
        receiver = Receiver(*arguments, **named)
        self.addCleanup(receiver.close)
        return receiver

    def begin(self, *webhooks, **orthanc):
        """`webhooks`: (URL, events)."""
        self.server.orthanc = orthanc
        self.server.settings = {**self.server.settings, "Webhooks": [
            {"URL": url, "Events": events, "SecretFile": self.server.path("key")} for url, events in webhooks]}
        self.server.start()

    def end(self, *arguments, **named):
        worker = worker_of(self.server)
        try:
            return end_job(self.server, worker, *arguments, **named)
        finally:
            worker.close()

    def wait(self, what, seconds=20):
        deadline = time.time() + seconds
        while time.time() < deadline:
            if what():
                return
            time.sleep(0.05)
        self.fail("it did not come true: %s\n%s" % (self.server.get("/spineseg/webhooks"), self.server.log()[-2000:]))

    def test_all_ends_are_told_in_their_order_signed_after_failures_and_a_restart(self):
        receiver = self.receiver((503, 500, 204))
        self.begin(("http://user:PASSWORD@127.0.0.1:%d/hook?token=TOKEN" % receiver.port, ALL))
        first, series = self.end(summary=summary_with("pass"))
        self.wait(lambda: len(receiver.requests) == 2)
        self.wait(lambda: self.server.get("/spineseg/webhooks")[0]["LastError"])
        waiting = self.server.get("/spineseg/webhooks")[0]
        self.assertEqual((waiting["URL"], waiting["Waiting"], waiting["Delivered"]), ("http://127.0.0.1:%d/hook" % receiver.port, 1, 0))
        self.assertIn("status 50", waiting["LastError"])
        self.server.stop()
        log = self.server.log()
        self.server.start()
        ended = [first, self.end(summary=summary_with("review"))[0], self.end("rejected", code="too_few_slices")[0],
                 self.end("failed", code="model_invalid")[0]]
        self.wait(lambda: len(receiver.taken()) == 4)
        told = [json.loads(body) for _, _, body, _ in receiver.taken()]
        self.assertEqual([one["Job"]["ID"] for one in told], ended)
        self.assertEqual([one["Type"] for one in told], ["job.done", "job.review", "job.rejected", "job.failed"])
        self.assertEqual([(one["Job"]["State"], one["Job"]["Verdict"], one["Job"]["Code"]) for one in told],
                         [("done", "pass", None), ("done", "review", None), ("rejected", None, "too_few_slices"),
                          ("failed", None, "model_invalid")])
        self.assertEqual((told[0]["Job"]["Series"], told[0]["Job"]["Path"]), (series, "/spineseg/jobs/" + first))
        for path, headers, body, _ in receiver.requests:
            self.assertEqual(path, "/hook?token=TOKEN")
            self.assertEqual(headers["webhook-signature"], signature_of(headers, body))
            self.assertEqual(headers["webhook-id"], json.loads(body)["ID"])
            self.assertLess(abs(int(headers["webhook-timestamp"]) - time.time()), 60)
        self.assertEqual(len({headers["webhook-id"] for _, headers, _, _ in receiver.requests}), 4, "an attempt repeats its id")
        self.assertEqual(len(receiver.requests), 6)
        self.wait(lambda: self.server.get("/spineseg/webhooks")[0]["Delivered"] == 4)
        shown = json.dumps(self.server.get("/spineseg/webhooks"))
        source = self.server.get("/series/" + series)["MainDicomTags"]["SeriesInstanceUID"]
        for secret in ("SECRET", "PASSWORD", "TOKEN", KEY.decode(), source):
            for text in (shown, log, self.server.log(), *(body.decode() for _, _, body, _ in receiver.requests)):
                self.assertNotIn(secret, text)

    def test_a_receiver_that_redirects_hangs_or_cannot_prove_who_it_is_delays_nobody(self):
        trusted = certificate_in(self.server.folder, "trusted")
        elsewhere, good = self.receiver(), self.receiver()
        redirecting = self.receiver((302,), headers={"Location": "http://127.0.0.1:%d/elsewhere" % elsewhere.port})
        known = self.receiver(certificate=trusted)
        unknown = self.receiver(certificate=certificate_in(self.server.folder, "unknown"))
        refusing = self.receiver((422,))
        silent = socket.socket()
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", 0))
        silent.listen()  # the kernel accepts; nobody answers
        ports = [("https", known.port), ("https", unknown.port), ("http", redirecting.port), ("http", refusing.port),
                 ("http", silent.getsockname()[1]), ("http", good.port)]
        self.begin(*(("%s://127.0.0.1:%d/" % port, ["done"]) for port in ports), HttpsCACertificates=trusted + ".crt")
        job, _ = self.end(summary=summary_with("pass"))
        self.end("failed", code="model_invalid")  # of which none of them wants to hear
        began = time.time()
        self.wait(lambda: good.taken() and known.taken())
        self.assertLess(time.time() - began, 3)
        self.wait(lambda: all(one["LastError"] for one in self.server.get("/spineseg/webhooks")[1:4]))
        shown = self.server.get("/spineseg/webhooks")
        self.assertEqual([one["Delivered"] for one in shown], [1, 0, 0, 0, 0, 1])
        self.assertEqual([one["Waiting"] for one in shown], [0, 1, 1, 0, 1, 0])
        self.assertIn("certificate", shown[1]["LastError"])
        self.assertIn("redirects are not followed", shown[2]["LastError"])
        self.assertEqual(shown[3]["GivenUp"], 1)
        self.assertFalse(unknown.requests)
        self.assertFalse(elsewhere.requests)
        told = [entry for entry in self.server.get("/spineseg/jobs/" + job)["Journal"] if entry["Action"] == "not told"]
        self.assertEqual([(one["Subject"], one["Detail"]) for one in told],
                         [("webhook http://127.0.0.1:%d/" % refusing.port, "answers with status 422")])
        began = time.time()
        self.assertEqual(self.server.get("/system")["Name"], "test")
        self.assertLess(time.time() - began, 1)
        self.assertLess(self.server.stop(), 9, "Orthanc alone takes 2.4 to 3.8 s; the call that hangs would last 10 s")

    def test_a_key_that_cannot_be_had_stops_the_start_and_is_not_shown(self):
        with open(self.server.path("key"), "wb") as file:
            file.write(b"short")
        with self.assertRaises(RuntimeError) as refused:
            self.begin(("http://127.0.0.1:1/", ["done"]))
        self.assertIn("Webhooks.SecretFile", str(refused.exception))
        self.assertNotIn("short\n", str(refused.exception))


if __name__ == "__main__":
    unittest.main()
