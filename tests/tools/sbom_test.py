# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/sbom.py: what a bill of materials names. The package is made here, its dependencies are those of this machine."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VALIDATOR = ROOT / ".cache" / "oracles" / "python" / "bin" / "python"
STRICT = """
import pathlib, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_5).validate_str(pathlib.Path(sys.argv[1]).read_text())
sys.exit(None if error is None else str(error))
"""


def installed_version(package):
    return subprocess.run(["dpkg-query", "--show", "--showformat", "${Version}", package], capture_output=True, text=True,
                          check=True).stdout


class BillOfMaterials(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="spineseg bill ")
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)

    def package(self, name, depends):
        control = self.work / name / "DEBIAN" / "control"
        control.parent.mkdir(parents=True)
        control.write_text(f"Package: {name}\nVersion: 1.2.3+deb12\nArchitecture: amd64\nMaintainer: nobody <n@invalid>\n"
                           f"Depends: {depends}\nDescription: for a test\n", encoding="utf-8")
        file = self.work / f"{name}.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", str(control.parents[1]), str(file)], check=True,
                       capture_output=True)
        return file

    def run_on(self, *packages):
        out = self.work / "bill.cdx.json"
        done = subprocess.run(["/usr/bin/python3", str(ROOT / "tools" / "sbom.py"), "--out", str(out), *map(str, packages)],
                              capture_output=True, text=True, check=False, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
        return done, json.loads(out.read_text(encoding="utf-8")) if done.returncode == 0 else None

    def bill_of(self, *packages):
        done, bill = self.run_on(*packages)
        self.assertEqual(done.returncode, 0, done.stderr)
        return bill

    def test_what_a_package_depends_on_is_named_with_the_installed_version_also_indirectly(self):
        bill = self.bill_of(self.package("orthanc-spineseg", "libsqlite3-0 (>= 3.37), no-such-package | another"))
        named = {component["name"]: component.get("version") for component in bill["components"]}
        self.assertEqual(named["orthanc-spineseg"], "1.2.3+deb12")
        self.assertEqual(named["libsqlite3-0"], installed_version("libsqlite3-0"))
        self.assertEqual(named["libc6"], installed_version("libc6"))
        self.assertEqual(named["nlohmann-json3-dev"], installed_version("nlohmann-json3-dev"))
        self.assertIsNone(named["no-such-package"])

    def test_the_scripts_of_the_page_are_named_with_the_digest_of_their_package(self):
        bill = self.bill_of(self.package("orthanc-spineseg", "libc6"))
        scripts = {component["name"]: component for component in bill["components"] if component.get("purl", "").startswith("pkg:npm/")}
        listed = [line.split() for line in (ROOT / "plugin" / "web" / "vendor" / "VERSIONS").read_text().splitlines() if not line.startswith("#")]
        self.assertEqual({name: script["version"] for name, script in scripts.items()}, {name: version for name, version, _, _ in listed})
        self.assertTrue(all(len(script["hashes"][0]["content"]) == 128 for script in scripts.values()))

    def test_packages_of_one_build_depend_on_each_other_and_every_reference_leads_to_a_component(self):
        bill = self.bill_of(self.package("spineseg-worker", "spineseg-models (= 1.2.3+deb12), libc6"),
                            self.package("spineseg-models", "libc6"))
        known = {component["bom-ref"]: component for component in bill["components"]}
        self.assertEqual(len(known), len(bill["components"]))
        edges = {entry["ref"]: entry["dependsOn"] for entry in bill["dependencies"]}
        self.assertEqual(set(edges), set(known) | {"spineseg"})
        self.assertLessEqual({target for targets in edges.values() for target in targets}, set(known))
        worker = next(reference for reference in edges if "/spineseg-worker@" in reference)
        self.assertIn("spineseg-models", [known[target]["name"] for target in edges[worker]])

    def test_the_models_are_named_with_the_digests_of_their_weights(self):
        bill = self.bill_of(self.package("spineseg-models", "libc6"))
        model = next(component for component in bill["components"] if component["type"] == "machine-learning-model")
        manifest = json.loads((ROOT / "models" / model["name"] / "manifest.json").read_text(encoding="utf-8"))
        digests = {file["hashes"][0]["content"] for file in model["components"]}
        self.assertEqual(model["version"], manifest["version"])
        self.assertIn(manifest["anchor"]["sha256"], digests)

    def test_the_same_packages_give_the_same_bill(self):
        package = self.package("spineseg", "libcairo2")
        self.assertEqual(self.bill_of(package), self.bill_of(package))

    def test_a_package_that_is_not_there_is_named_with_the_remedy(self):
        done, _ = self.run_on(self.work / "none.deb")
        self.assertEqual(done.returncode, 1)
        self.assertIn("none.deb: run tools/package.sh first", done.stderr)

    @unittest.skipUnless(VALIDATOR.exists(), "tests/conformance/oracles/install.sh was not run")
    def test_the_bill_is_valid_by_the_schema_of_cyclonedx(self):
        self.bill_of(self.package("orthanc-spineseg", "orthanc, libsqlite3-0"), self.package("spineseg-models", "libc6"))
        done = subprocess.run([str(VALIDATOR), "-c", STRICT, str(self.work / "bill.cdx.json")], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
