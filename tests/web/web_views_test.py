# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every view of the page: accessibility, languages, colours, phones, strangers' texts, prefixes; and how one gets there from
Orthanc Explorer."""
import http.client
import http.server
import json
import re
import threading
import unittest

from deployment import SOURCE
from page_fixture import HOSTILE, VIEWS, PageTest


class Prefix(http.server.BaseHTTPRequestHandler):
    """A proxy that serves Orthanc below /pacs, as sites do it."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        if not self.path.startswith("/pacs/"):
            self.send_error(404)
            return
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        upstream.request("GET", self.path[len("/pacs"):])
        try:
            answer = upstream.getresponse()
        except ConnectionError:
            self.close_connection = True  # Orthanc ends
            return
        body = answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "Content-Security-Policy", "ETag", "Cache-Control"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(body)))
        try:
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True  # the browser left while it waited for a change


class Views(PageTest):
    def test_texts_of_strangers_stay_texts(self):
        page = self.open()
        page.waitForSelector("table.jobs >> text=" + HOSTILE[:10])
        self.assertIn(HOSTILE, page.text("table.jobs tr:has(.is-failed) .remark"))
        page.click("table.jobs tr:has(.is-failed) a")
        page.waitForSelector(".attempts")
        page.wait("() => document.querySelector('h1').textContent.includes('onerror')")
        self.assertIn(HOSTILE, page.text("h1"))
        self.assertEqual(page.evaluate("() => [document.images.length, window.hit ?? null]"), [0, None])

    def test_axe_finds_nothing_on_any_view_in_either_colours(self):
        waits = self.queued()
        for scheme in ("light", "dark"):
            page = self.open(colorScheme=scheme)
            for view in VIEWS + ("#/job/" + waits,):
                with self.subTest(view=view, scheme=scheme):
                    page.goto(self.server.url + "/spineseg/app" + view.format(**self.ended))
                    page.waitForSelector("section")
                    page.waitForTimeout(250)
                    self.assertEqual(page.axe(), [])
        page.click("button:text-is('Cancel')")
        self.assertEqual(page.axe(), [], "a question")

    def test_every_view_fits_a_phone_in_both_languages(self):
        for locale in ("en-GB", "de-DE"):
            page = self.open(viewport={"width": 360, "height": 740}, locale=locale)
            for view in VIEWS:
                page.goto(self.server.url + "/spineseg/app" + view.format(**self.ended))
                page.waitForSelector("section")
                page.waitForTimeout(150)
                self.assertLessEqual(page.evaluate("() => document.documentElement.scrollWidth"), 360, (view, locale))

    def test_it_speaks_the_language_of_the_browser_and_the_one_that_is_chosen(self):
        page = self.open(locale="de-DE")
        self.assertEqual(page.text("h1"), "Warteschlange")
        self.assertEqual(page.evaluate("() => document.documentElement.lang"), "de")
        page.click("text=English")
        self.assertEqual(page.text("h1"), "Queue")
        page.reload()
        page.waitForSelector("h1:text-is('Queue')")

    def test_dark_and_light_follow_the_system_and_the_switch(self):
        ground = "() => getComputedStyle(document.body).backgroundColor"
        light, dark = self.open(colorScheme="light"), self.open(colorScheme="dark")
        bright, black = light.evaluate(ground), dark.evaluate(ground)
        self.assertNotEqual(bright, black)
        dark.click("button:text-is('Auto')")
        self.assertEqual(dark.evaluate(ground), bright)
        dark.click("button:text-is('Light')")
        self.assertEqual(dark.evaluate(ground), black)
        dark.reload()
        dark.waitForSelector("button:text-is('Dark')")
        self.assertEqual(dark.evaluate(ground), black)

    def test_all_of_it_is_reached_by_keyboard(self):
        page = self.open()
        page.waitForSelector("table.jobs a")
        seen, without = set(), []
        for _ in range(60):
            page.press("Tab")
            name, outline = page.evaluate("""() => { const e = document.activeElement;
                const shown = e.matches('.chip input') ? e.nextSibling : e;
                return [e.tagName + ' ' + (e.textContent || e.getAttribute('aria-label') || e.type || '').trim().slice(0, 30), getComputedStyle(shown).outlineStyle]; }""")
            seen.add(name)
            if outline == "none" and not name.startswith("BODY"):
                without.append(name)
        for name in ("A Skip to the content", "A Queue", "A Why not", "BUTTON Deutsch", "SELECT anypassreviewrejected"):
            self.assertIn(name, seen)
        self.assertEqual(without, [], "without a visible focus")

    def test_no_request_leaves_the_origin(self):
        page = self.open()
        for view in VIEWS:
            page.goto(self.server.url + "/spineseg/app" + view.format(**self.ended))
            page.waitForSelector("section")
            page.waitForTimeout(200)
        requests = page.requests()
        self.assertGreater(len(requests), 30)
        self.assertEqual([one for one in requests if not one.split()[1].startswith(self.server.url + "/")], [])
        self.assertEqual({one.split()[0] for one in requests}, {"GET"}, "looking changes nothing")

    def test_it_works_behind_a_prefix(self):
        proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Prefix)
        proxy.upstream, proxy.asked = self.server.url.split("//")[1], []
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        page = self.browser.open()
        page.goto("http://127.0.0.1:%d/pacs/spineseg/app#/job/%s" % (proxy.server_address[1], self.ended["job"]))
        page.waitForSelector("text=t2_tse_sag")
        link = page.evaluate("() => document.querySelector('nav.links a').getAttribute('href')")
        self.assertTrue(link.startswith("/pacs/app/explorer.html"), link)
        page.close()
        self.assertEqual([path for path in proxy.asked if not path.startswith("/pacs/")], [])

    # ---- elsewhere -----------------------------------------------------------------------------------------------------
    def test_orthanc_explorers_buttons_lead_here(self):
        page = self.browser.open()
        self.addCleanup(page.close)
        page.goto(self.server.url + "/app/explorer.html#study?uuid=" + self.ended["study"])
        page.click("#spineseg-study:visible")
        page.waitForSelector("h1:text-is('Series of the study')")
        page.waitForSelector("tr:has-text('t2_tse_sag') .is-done")
        page.goto(self.server.url + "/app/explorer.html#series?uuid=" + self.ended["refused"])
        page.click("#spineseg-series:visible")
        page.waitForSelector("text=The rules refuse this series")

    def test_the_buttons_for_orthanc_explorer_2_keep_its_schema(self):
        """Its DefaultConfiguration.json documents CustomButtons: lists by level; HttpMethod, Id, Tooltip, Icon and Url in every button, Target
        with GET, Payload and Refresh with POST and PUT. {UUID} in Url is Orthanc's id; Url is relative to /ui/app/."""
        text = (SOURCE / "packaging" / "orthanc" / "orthanc-explorer-2.json").read_text()
        buttons = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.M))["OrthancExplorer2"]["UiOptions"]["CustomButtons"]
        self.assertLessEqual(set(buttons), {"study", "series", "instance", "bulk-studies"})
        ids = [button["Id"] for level in buttons.values() for button in level]
        self.assertEqual(len(ids), len(set(ids)))
        kinds = {"GET": {"Target"}, "POST": {"Payload", "Refresh"}, "PUT": {"Payload", "Refresh"}}
        for level, listed in buttons.items():
            for button in listed:
                self.assertEqual(set(button), {"HttpMethod", "Id", "Tooltip", "Icon", "Url"} | kinds[button["HttpMethod"]])
                self.assertTrue(button["Icon"].startswith("bi bi-"))
                self.assertTrue(button["Url"].startswith("../../"))
                resource = self.ended["study" if level == "study" else "refused"]
                path = button["Url"].replace("../..", "").replace("{UUID}", resource)
                status = self.server.request(button["HttpMethod"], path.split("#")[0], json.dumps(button.get("Payload")).encode() if button["HttpMethod"] == "POST" else None)[0]
                self.assertEqual(status, 400 if button["HttpMethod"] == "POST" else 200, "the rules refuse that series")

    def test_every_text_is_in_both_languages(self):
        folder = SOURCE / "plugin" / "web"
        page = self.open()
        texts = page.evaluate("async () => (await import(location.pathname + '/texts.js')).texts")
        self.assertEqual(set(texts["de"]), set(texts["en"]))
        for key, text in texts["en"].items():
            self.assertEqual(set(re.findall(r"\{\w+\}", text)), set(re.findall(r"\{\w+\}", texts["de"][key])), key)
        used = set()
        for file in folder.glob("*.js"):
            used |= set(re.findall(r"\bt\('([\w.]+)'", file.read_text()))
        self.assertGreater(len(used), 100)
        self.assertEqual(used - set(texts["en"]), set())


if __name__ == "__main__":
    unittest.main()
