#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which folder of the sources includes which: read from the include lines of all tracked .h, .cpp and .in files.

usage: tools/include-graph.py [--write FILE | --check FILE | --lines | --repeated]

  (nothing)       folders by level, folder -> folder with the number of include lines, cycles of folders and of files
  --write FILE    replaces the section between the two markers in FILE (docs/architecture.md) by the same without numbers
  --check FILE    exit status 1 when that section is not what --write would write
  --lines         files and lines of each folder, and every file of more than 300 lines; tests and tools included
  --repeated      blocks of six or more lines that occur in two places; tests and tools included

Tests and tools are left out of the graph: they may include everything. A header and its source count as one file.
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN = "<!-- include-graph: written by tools/include-graph.py --write -->"
END = "<!-- include-graph: end -->"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
SOURCES = (".h", ".cpp", ".inl", ".h.in", ".cpp.in")
LONGEST_FILE = 300
REPEATED_LINES = 6


def tracked_sources():
    """Path from the root -> text."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [name for name in names.split("\0") if name.endswith(SOURCES)]
    return {path: (ROOT / path).read_text(encoding="utf-8") for path in paths if (ROOT / path).is_file()}


def folder_of(path):
    return path.rpartition("/")[0]


def unit_of(path):
    """A header and its source are one unit."""
    return path.removesuffix(".in").rpartition(".")[0]


def is_product(path):
    return not path.startswith(("tests/", "tools/"))


def edges_between(sources, name_of):
    """Counter of (from, to) over all include lines, without those that stay within one name."""
    edges = collections.Counter()
    for path, text in sources.items():
        for included in INCLUDE.findall(text):
            pair = name_of(path), name_of(included)
            if pair[0] != pair[1] and (included in sources or included + ".in" in sources):
                edges[pair] += 1
    return edges


def strongly_connected(names, uses):
    """Groups of names that reach each other (Tarjan 1972), each before the groups that use it."""
    index, low, stack, groups = {}, {}, [], []

    def visit(name):
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(uses[name]):
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            cut = stack.index(name)
            groups.append(sorted(stack[cut:]))
            del stack[cut:]

    for name in sorted(names):
        if name not in index:
            visit(name)
    return groups


class Graph:
    def __init__(self, sources):
        product = {path: text for path, text in sources.items() if is_product(path)}
        self.folders = {folder_of(path) for path in product}
        self.counts = edges_between(product, folder_of)
        self.uses = self._uses(self.counts)
        groups = strongly_connected(self.folders, self.uses)
        self.folder_cycles = sorted(group for group in groups if len(group) > 1)
        file_uses = self._uses(edges_between(product, unit_of))
        files = strongly_connected({unit_of(path) for path in product}, file_uses)
        self.file_cycles = sorted(group for group in files if len(group) > 1)
        self.levels = self._levels(groups)

    @staticmethod
    def _uses(edges):
        uses = collections.defaultdict(set)
        for user, used in edges:
            uses[user].add(used)
        return uses

    def _levels(self, groups):
        """Level 0 uses nothing; every folder is one above the highest that it uses. A cycle has one level."""
        level = {}
        for group in groups:
            below = {used for name in group for used in self.uses[name]} - set(group)
            for name in group:
                level[name] = 1 + max((level[used] for used in below), default=-1)
        return level

    def text(self, numbers):
        lines = ["Every folder uses only folders on lower levels, but for those of a cycle, which share a level.", ""]
        for height in sorted(set(self.levels.values()), reverse=True):
            names = sorted(name for name, value in self.levels.items() if value == height)
            lines += wrapped(f"level {height}   ", names)
        lines += ["", "folder -> folders that it includes" + (" (include lines)" if numbers else "")]
        for name in sorted(self.folders):
            used = [f"{other} ({self.counts[name, other]})" if numbers else other
                    for other in sorted(self.uses[name])]
            lines += wrapped(f"{name} -> ", used or ["nothing"])
        for title, cycles in (("folders", self.folder_cycles), ("files", self.file_cycles)):
            lines += ["", f"cycles of {title}: " + ("none" if not cycles else "")]
            for cycle in cycles:
                lines += wrapped("  ", cycle, " <-> ")
        return "\n".join(line.rstrip() for line in lines) + "\n"


def wrapped(head, words, between=", ", width=108):
    lines, row = [], head
    for i, word in enumerate(words):
        part = word + (between if i + 1 < len(words) else "")
        if len(row) + len(part.rstrip()) > width:
            lines.append(row)
            row = "    "
        row += part
    return lines + [row]


def section(graph):
    return f"{BEGIN}\n```text\n{graph.text(numbers=False)}```\n{END}"


def split_at_markers(path):
    text = path.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        sys.exit(f"{path}: needs the line {BEGIN} and after it the line {END}, each once")
    head, _, rest = text.partition(BEGIN)
    body, _, tail = rest.partition(END)
    return head, BEGIN + body + END, tail


def show_lines(sources):
    files, lines = collections.Counter(), collections.Counter()
    long_files = []
    for path, text in sources.items():
        count = text.count("\n")
        files[folder_of(path)] += 1
        lines[folder_of(path)] += count
        if count > LONGEST_FILE:
            long_files.append(f"{count:6} {path}")
    print(" files  lines  folder")
    for folder in sorted(files):
        print(f"{files[folder]:6} {lines[folder]:6}  {folder}")
    print(f"{sum(files.values()):6} {sum(lines.values()):6}  all; in the product "
          f"{sum(count for folder, count in lines.items() if is_product(folder + '/'))}")
    print(f"\nfiles of more than {LONGEST_FILE} lines: {len(long_files) or 'none'}")
    print("\n".join(sorted(long_files, reverse=True)))


def repeated_blocks(sources):
    """[(lines, place, other place)], the longest first. Blank lines, includes and lone brackets do not count as lines."""
    rows = {}
    for path, text in sources.items():
        numbered = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
        rows[path] = [(number, line) for number, line in numbered
                      if re.search(r"\w", line) and not line.startswith(("#include", "//", "namespace", "using"))]
    first_seen, found, done = {}, [], set()
    for path, kept in rows.items():
        for i in range(len(kept) - REPEATED_LINES + 1):
            key = tuple(line for _, line in kept[i:i + REPEATED_LINES])
            other_path, j = first_seen.setdefault(key, (path, i))
            overlaps = other_path == path and abs(i - j) < REPEATED_LINES
            if overlaps or (path, i, other_path) in done:
                continue
            length = 0
            while (i + length < len(kept) and j + length < len(rows[other_path])
                   and kept[i + length][1] == rows[other_path][j + length][1]):
                done.add((path, i + length, other_path))
                length += 1
            found.append((length, f"{other_path}:{rows[other_path][j][0]}", f"{path}:{kept[i][0]}"))
    return sorted(found, reverse=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=True)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--write", type=pathlib.Path)
    choice.add_argument("--check", type=pathlib.Path)
    choice.add_argument("--lines", action="store_true")
    choice.add_argument("--repeated", action="store_true")
    options = parser.parse_args()
    sources = tracked_sources()
    if options.lines:
        show_lines(sources)
    elif options.repeated:
        for length, place, other in repeated_blocks(sources):
            print(f"{length:4} lines  {place}  {other}")
    elif options.write:
        head, _, tail = split_at_markers(options.write)
        options.write.write_text(head + section(Graph(sources)) + tail, encoding="utf-8")
    elif options.check:
        if split_at_markers(options.check)[1] != section(Graph(sources)):
            sys.exit(f"{options.check}: the include graph is out of date; run tools/include-graph.py --write {options.check}")
    else:
        print(Graph(sources).text(numbers=True), end="")


if __name__ == "__main__":
    main()
