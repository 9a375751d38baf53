# SPDX-License-Identifier: GPL-3.0-or-later
"""What documents name exists: sections that comments cite, test cases, files, and targets of links."""
import os
import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(os.environ.get("SPINESEG_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
TEXTS = (".h", ".cpp", ".in", ".py", ".sh", ".md", ".txt", ".cmake", ".mjs", ".js", ".html", ".yaml", ".json")

# "docs/method.md §2.5 to §2.7", "docs/dicom.md §0.5, §3.1": a page and all sections named after it.
SECTION = r"§(\d+(?:\.\d+)*)"
CITATION = re.compile(r"(\S*?)\b([\w-]+\.md)((?:[\s/,]|and|to)*" + SECTION + r"(?:(?:[\s/,]|and|to)+" + SECTION + r")*)")
SECTIONS = re.compile(SECTION)
# A citation may be broken over two lines of a comment.
COMMENT_BREAK = re.compile(r"\n[ \t]*(?://+[/<!]*|#|\*)?[ \t]*")
HEADING = re.compile(r"^#{2,6}\s+(\d+(?:\.\d+)*)\.?\s", re.MULTILINE)
ITEM = re.compile(r"^(\d+)\.\s", re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def tracked_files():
    """Of a tree without git (an archive of the sources) all files, but for what a build leaves."""
    if shutil.which("git"):
        listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
        if listed.returncode == 0:
            return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not {"build", "demo-out", ".cache", ".git"} & set(path.parts)]


def sections_of(page_text):
    """Numbers of all headings, and heading.item for every item of a numbered list below a heading."""
    numbers = set()
    headings = list(HEADING.finditer(page_text))
    for heading, following in zip(headings, headings[1:] + [None]):
        numbers.add(heading.group(1))
        body = page_text[heading.end():following.start() if following else None]
        numbers.update(f"{heading.group(1)}.{item}" for item in ITEM.findall(body))
    return numbers


def citations_of(text):
    """(prefix, page, section) of every citation: "docs/" or other words before the page's name."""
    joined = COMMENT_BREAK.sub(" ", text)
    for match in CITATION.finditer(joined):
        for section in SECTIONS.findall(match.group(3)):
            yield match.group(1), match.group(2), section


class Citations(unittest.TestCase):
    def test_every_cited_section_of_a_page_exists(self):
        found, missing = 0, []
        for path in tracked_files():
            if path.suffix not in TEXTS or path == pathlib.Path(__file__).resolve():
                continue
            for prefix, page, section in citations_of(path.read_text(encoding="utf-8", errors="replace")):
                found += 1
                cited = f"{path.relative_to(ROOT)}: {prefix}{page} §{section}"
                if not prefix.endswith("docs/"):
                    missing.append(cited + " (write docs/ before the page's name)")
                elif not (ROOT / "docs" / page).is_file():
                    missing.append(cited + " (there is no such page)")
                elif section not in sections_of((ROOT / "docs" / page).read_text(encoding="utf-8")):
                    missing.append(cited + " (the page has no such section)")
        self.assertGreater(found, 0)
        self.assertEqual(missing, [])

    def test_sections_are_headings_and_items_of_numbered_lists(self):
        page = "# Page\n\n## 2 Two\n\n1. one\n2. two\n   goes on\n\n### 2.3 More\n\ntext\n"
        self.assertEqual(sections_of(page), {"2", "2.1", "2.2", "2.3"})

    def test_a_citation_is_found_with_all_its_sections_and_over_the_end_of_a_comments_line(self):
        text = "/// as published (docs/method.md §2.5 to §2.7, and docs/dicom.md\n    ///< §0.5, §3.1).\n"
        self.assertEqual(list(citations_of(text)),
                         [("(docs/", "method.md", "2.5"), ("(docs/", "method.md", "2.7"),
                          ("docs/", "dicom.md", "0.5"), ("docs/", "dicom.md", "3.1")])


class TestCases(unittest.TestCase):
    CPP = re.compile(r"`([A-Z]\w+)\.([A-Z]\w+)`")
    PYTHON = re.compile(r"`(\w+\.py): (test_\w+)`")

    def test_every_test_case_that_a_page_of_docs_names_exists(self):
        cpp, python = set(), set()
        for path in tracked_files():
            if path.suffix == ".cpp":
                cpp.update(re.findall(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", path.read_text(encoding="utf-8")))
            elif path.suffix == ".py":
                text = path.read_text(encoding="utf-8")
                python.update((path.name, case) for case in re.findall(r"^\s+def (test_\w+)\(", text, re.MULTILINE))
        named = 0
        for page in sorted((ROOT / "docs").glob("*.md")):
            text = page.read_text(encoding="utf-8")
            for pattern, known in ((self.CPP, cpp), (self.PYTHON, python)):
                for case in pattern.findall(text):
                    named += 1
                    self.assertTrue(case in known, f"{page.name} names the test {case}, which does not exist")
        self.assertGreater(named, 0)


class Links(unittest.TestCase):
    PATH = re.compile(r"`([a-z][\w.-]*/[\w./-]+\.(?:h|cpp|in|py|sh|md|json|txt|cmake|html))`")

    def test_every_file_that_a_page_for_developers_names_exists(self):
        named, missing = 0, []
        for page in [*sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md"]:
            for path in self.PATH.findall(page.read_text(encoding="utf-8")):
                named += 1
                if not (ROOT / path).exists():
                    missing.append(f"{page.relative_to(ROOT)}: {path}")
        self.assertGreater(named, 0)
        self.assertEqual(missing, [])

    def test_every_relative_link_of_a_markdown_file_leads_to_a_file(self):
        found, broken = 0, []
        for path in tracked_files():
            if path.suffix != ".md":
                continue
            for target in LINK.findall(CODE.sub("", path.read_text(encoding="utf-8"))):
                if re.match(r"[a-z][a-z0-9+.-]*:|#", target):
                    continue
                found += 1
                if not (path.parent / target.partition("#")[0]).exists():
                    broken.append(f"{path.relative_to(ROOT)}: {target}")
        self.assertGreater(found, 0)
        self.assertEqual(broken, [])


if __name__ == "__main__":
    unittest.main()
