#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts what checks the OpenAPI document (openapi-spec-validator, jsonschema and schemathesis from PyPI; pinned with digests) under
# .cache/openapi, where openapi_test and orthanc_openapi_test look for them. Without them those tests are skipped. Needs python3-venv.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../../.." && pwd)/.cache/openapi
mkdir -p "$target"

if ! cmp -s "$here/requirements.txt" "$target/python/installed"; then
    rm -rf "$target/python"
    /usr/bin/python3 -m venv "$target/python"
    "$target/python/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
        --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$target/python/installed"
fi
