#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts what checks the OpenAPI document (openapi-spec-validator, jsonschema and schemathesis from PyPI; pinned with digests) under
# .cache/openapi, where openapi_test and orthanc_openapi_test look for them. Without them those tests are skipped. Needs python3-venv.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../../.." && pwd)/.cache/openapi
mkdir -p "$target"

. "$here/../../support/pip-install.sh"
pip_install "$here" "$target/python" --require-hashes --only-binary :all:
