# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by the Python of .cache/openapi. check_answers.py FILE: FILE has answers of our routes, a JSON object a line (see
tests/plugin/rest/rest_fixture.h), that of /spineseg/openapi.json among them. Prints what the document does not say:
{"Answers": count, "Faults": [sentences], "Unseen": [operations without an answer 200]}."""
import json
import re
import sys

import openapi_spec_validator
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT = "/spineseg/openapi.json"
METHODS = ("get", "post")


def pattern_of(path):
    return re.compile(re.sub(r"\\\{[a-z]+\\\}", "[^/]+", re.escape(path)) + "$")


class Document:
    def __init__(self, document):
        openapi_spec_validator.validate(document)
        self.document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self.registry = Registry().with_resource("urn:document", resource)
        # The first that matches, as in the table of routes: names before ids.
        self.paths = sorted(((pattern_of(path), path) for path in document["paths"]), key=lambda pair: "{" in pair[1])

    def path_of(self, asked):
        return next((path for pattern, path in self.paths if pattern.match(asked)), None)

    def resolved(self, place):
        """The object at these keys, behind its $ref, and the pointer to it."""
        found = self.document
        for key in place:
            found = found[key]
        if "$ref" in found:
            return self.resolved(found["$ref"].removeprefix("#/").split("/"))
        return found, place

    def faults_of(self, answer):
        path = self.path_of(answer["Path"])
        if path is None:
            return [] if answer["Status"] == 404 else ["answers, and is in no document"]
        operation = self.document["paths"][path].get(answer["Method"])
        if operation is None:
            return [] if answer["Status"] == 405 else ["is no method of the document"]
        status = str(answer["Status"])
        if status not in operation["responses"]:
            return [f"status {status} is not documented"]
        response, place = self.resolved(["paths", path, answer["Method"], "responses", status])
        if "content" not in response:
            return []
        if answer["Type"] not in response["content"]:
            return [f"{answer['Type']} is not documented for {status}"]
        if answer["Type"] != "application/json":
            return []
        keys = [*place, "content", answer["Type"], "schema"]
        pointer = "/".join(key.replace("~", "~0").replace("/", "~1") for key in keys)
        validator = Draft202012Validator({"$ref": "urn:document#/" + pointer}, registry=self.registry)
        return [f"{status} at {list(fault.absolute_path)}: {fault.message[:400]}"
                for fault in validator.iter_errors(json.loads(answer["Body"]))]


def main():
    with open(sys.argv[1]) as file:
        answers = [json.loads(line) for line in file]
    served = next(answer for answer in answers if answer["Path"] == DOCUMENT)
    document = Document(json.loads(served["Body"]))
    faults = {f"{answer['Method']} {answer['Path']}: {fault}" for answer in answers for fault in document.faults_of(answer)}
    seen = {(answer["Method"], document.path_of(answer["Path"])) for answer in answers if answer["Status"] == 200}
    unseen = [f"{method} {path}" for path, item in document.document["paths"].items() for method in METHODS
              if method in item and (method, path) not in seen]
    json.dump({"Answers": len(answers), "Faults": sorted(faults), "Unseen": unseen}, sys.stdout)


if __name__ == "__main__":
    main()
