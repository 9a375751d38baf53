#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a software bill of materials (CycloneDX 1.5, JSON) for the Debian packages that tools/package.sh made.

usage: tools/sbom.py --out FILE PACKAGE.deb...

It names the packages, with their digests, and every package of the release that they depend on, directly or not, with the version
that is installed here; the libraries of which only headers are used, and which are therefore compiled in; the scripts of the
web page (plugin/web/vendor); and the model bundles. A dependency that is not installed here is listed without a version.
"""
import argparse
import base64
import collections
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Compiled in, because only their headers are used; package of ours: names in Debian 12 and 13.
COMPILED_IN = {
    "orthanc-spineseg": ("nlohmann-json3-dev", "libexpected-dev", "libboost1.81-dev", "libboost1.83-dev", "orthanc-dev"),
    "spineseg-worker": ("nlohmann-json3-dev", "libexpected-dev", "libboost1.81-dev", "libboost1.83-dev", "libcli11-dev"),
    "spineseg": ("nlohmann-json3-dev", "libexpected-dev", "libboost1.81-dev", "libboost1.83-dev", "libcli11-dev"),
}
FIELDS = ("Package", "Version", "Architecture", "Source", "Depends", "Pre-Depends", "Provides")


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def names_in(relations):
    """The alternatives of each relation: "a (>= 1) | b, c" is [["a", "b"], ["c"]]."""
    return [[re.split(r"[ (:\[]", one.strip(), maxsplit=1)[0] for one in relation.split("|")]
            for relation in (relations or "").split(",") if relation.strip()]


def installed_packages():
    """By name, and by the name of what a package provides."""
    form = "\x1f".join("${source:Package}" if field == "Source" else "${%s}" % field for field in FIELDS) + "\x1f${db:Status-Status}\x1e"
    packages = {}
    provided = collections.defaultdict(list)
    for record in output_of("dpkg-query", "--show", "--showformat", form).split("\x1e"):
        values = record.split("\x1f")
        if len(values) != len(FIELDS) + 1 or values[-1] != "installed":
            continue
        package = dict(zip(FIELDS, values))
        packages[package["Package"]] = package
        for names in names_in(package["Provides"]):
            provided[names[0]].append(package["Package"])
    return packages, provided


def release():
    text = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    values = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))
    return f"{values['ID']}-{values['VERSION_ID']}"


def licence_of(package):
    """The licence of most files, where the package's copyright file says it in the machine-readable form."""
    path = pathlib.Path("/usr/share/doc") / package / "copyright"
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = re.search(r"^Files: \*\n(?:(?!\n\n).)*?^License: *([^\n]+)$", text, re.MULTILINE | re.DOTALL)
    return [{"license": {"name": found.group(1).strip()[:200]}}] if found else []


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Bill:
    def __init__(self):
        self.packages, self.provided = installed_packages()
        self.distribution = release()
        self.components = {}
        self.depends_on = collections.defaultdict(set)

    def add(self, reference, **component):
        self.components[reference] = {"bom-ref": reference, **component}
        self.depends_on[reference]  # pylint: disable=pointless-statement  # a component without dependencies is listed too
        return reference

    def package_url(self, name, version, architecture):
        return f"pkg:deb/debian/{name}@{version}?arch={architecture}&distro={self.distribution}".replace("+", "%2B")

    def chosen(self, alternatives):
        """The alternative that is installed here; else the first."""
        for name in alternatives:
            if name in self.packages:
                return name
            if self.provided.get(name):
                return self.provided[name][0]
        return alternatives[0]

    def add_debian(self, name, scope="required"):
        """A package of the release with all that it depends on."""
        package = self.packages.get(name)
        if package is None:
            reference = f"pkg:deb/debian/{name}?distro={self.distribution}"
            if reference not in self.components:
                self.add(reference, type="library", name=name, purl=reference, scope=scope)
            return reference
        reference = self.package_url(name, package["Version"], package["Architecture"])
        if reference in self.components:
            return reference
        self.add(reference, type="library", name=name, version=package["Version"], purl=reference, scope=scope,
                 licenses=licence_of(name), properties=[{"name": "debian:source", "value": package["Source"]}])
        for alternatives in names_in(package["Depends"]) + names_in(package["Pre-Depends"]):
            self.depends_on[reference].add(self.add_debian(self.chosen(alternatives)))
        return reference

    def add_ours(self, path, ours):
        fields = dict(zip(FIELDS, (output_of("dpkg-deb", "--field", str(path), field).strip() for field in FIELDS)))
        reference = ours[fields["Package"]]
        self.add(reference, type="application", name=fields["Package"], version=fields["Version"], purl=reference,
                 hashes=[{"alg": "SHA-256", "content": sha256(path)}],
                 licenses=[{"license": {"id": "CC-BY-4.0" if fields["Package"] == "spineseg-models" else "GPL-3.0-or-later"}}])
        for alternatives in names_in(fields["Depends"]) + names_in(fields["Pre-Depends"]):
            own = next((ours[name] for name in alternatives if name in ours), None)
            self.depends_on[reference].add(own or self.add_debian(self.chosen(alternatives)))
        for name in COMPILED_IN.get(fields["Package"], ()):
            if name in self.packages:
                self.depends_on[reference].add(self.add_compiled_in(name))
        if fields["Package"] == "orthanc-spineseg":
            self.depends_on[reference].update(self.add_scripts())
        if fields["Package"] == "spineseg-models":
            self.depends_on[reference].update(self.add_models())

    def add_compiled_in(self, name):
        package = self.packages[name]
        reference = self.package_url(name, package["Version"], package["Architecture"])
        if reference not in self.components:
            self.add(reference, type="library", name=name, version=package["Version"], purl=reference, scope="required",
                     licenses=licence_of(name), properties=[{"name": "debian:source", "value": package["Source"]},
                                                            {"name": "spineseg:linked", "value": "headers only, compiled in"}])
        return reference

    def add_scripts(self):
        added = []
        for line in (ROOT / "plugin" / "web" / "vendor" / "VERSIONS").read_text(encoding="utf-8").splitlines():
            if not line or line.startswith("#"):
                continue
            name, version, licence, digest = line.split()
            reference = f"pkg:npm/{name}@{version}"
            added.append(self.add(reference, type="library", name=name, version=version, purl=reference, scope="required",
                                  licenses=[{"license": {"id": licence}}],
                                  hashes=[{"alg": "SHA-512", "content": base64.b64decode(digest.removeprefix("sha512-")).hex()}]))
        return added

    def add_models(self):
        added = []
        for manifest in sorted((ROOT / "models").glob("*/manifest.json")):
            plan = json.loads(manifest.read_text(encoding="utf-8"))
            weights = [{"type": "file", "name": path.name, "hashes": [{"alg": "SHA-256", "content": sha256(path)}]}
                       for path in sorted(manifest.parent.glob("*.safetensors"))]
            added.append(self.add(f"model:{manifest.parent.name}", type="machine-learning-model", name=manifest.parent.name,
                                  version=str(plan["version"]), licenses=[{"license": {"id": "CC-BY-4.0"}}], components=weights))
        return added

    def document(self, version):
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        moment = (datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc) if epoch
                  else datetime.datetime.now(datetime.timezone.utc))
        components = [self.components[reference] for reference in sorted(self.components)]
        content = json.dumps(components, sort_keys=True)
        return {
            "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
            "metadata": {"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "component": {"bom-ref": "spineseg", "type": "application", "name": "spineseg", "version": version,
                                       "licenses": [{"license": {"id": "GPL-3.0-or-later"}}]}},
            "components": components,
            "dependencies": [{"ref": reference, "dependsOn": sorted(self.depends_on[reference])}
                             for reference in sorted(self.depends_on)],
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=pathlib.Path, help="the file to write")
    parser.add_argument("packages", nargs="+", type=pathlib.Path, help="the packages")
    options = parser.parse_args()
    missing = [str(path) for path in options.packages if not path.is_file()]
    if missing:
        sys.exit(f"sbom: there is no file {missing[0]}: run tools/package.sh first")
    sys.setrecursionlimit(10_000)
    bill = Bill()
    ours, version = {}, ""
    for path in options.packages:
        name, version, architecture = (output_of("dpkg-deb", "--field", str(path), field).strip()
                                       for field in ("Package", "Version", "Architecture"))
        ours[name] = bill.package_url(name, version, architecture)
    for path in options.packages:
        bill.add_ours(path, ours)
    bill.depends_on["spineseg"].update(ours.values())
    document = bill.document(version)
    options.out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"sbom: {options.out} ({len(document['components'])} components)")


if __name__ == "__main__":
    main()
