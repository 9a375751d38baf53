#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Starts Orthanc with the configuration folder $1, but only when its users.json names a user with a password.
# Without one Orthanc would create the user "orthanc" with the password "orthanc" and let everybody in.
set -eu

folder=${1:?the folder of configuration files is missing}
users=$folder/users.json

refuse() {
    echo "orthanc-entrypoint: $*" >&2
    echo "orthanc-entrypoint: Orthanc is not started. Mount a file at $users with the content" >&2
    echo "    {\"RegisteredUsers\": {\"NAME\": \"PASSWORD\"}}" >&2
    exit 1
}

[ -e "$users" ] || refuse "there is no $users, so nobody could log in."
[ -f "$users" ] || refuse "$users is no file. Where a mounted file is missing, Docker may have made a folder of its name:" \
    "delete it on the host."
[ -r "$users" ] || refuse "$users cannot be read by user $(id -u): on the host, chmod 644 or chown it to that number."
# --slurp: to jq 1.6 an empty file is no error, and nothing at all.
jq --slurp -e 'length == 1' "$users" >/dev/null || refuse "$users is not JSON (comments are not allowed in it)."
jq --slurp -e '[.[0].RegisteredUsers? | objects | .[] | strings | select(. != "")] | length > 0' "$users" >/dev/null ||
    refuse "$users names no user with a password."
exec /usr/sbin/Orthanc "$@"
