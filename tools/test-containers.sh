#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the images of docker/Dockerfile and runs docker/compose.yaml: a phantom goes in by C-STORE, its results must come back.
set -euo pipefail
{  # read to the end before anything runs: the file may change under a long run

usage() {
    cat <<'USAGE'
usage: tools/test-containers.sh [--release bookworm|trixie] [--cuda] [--store FOLDER] [--no-install]

  --release NAME   Debian release of the base image (bookworm)
  --cuda           build docker/Dockerfile.cuda too and run its programs on the CPU; downloads 2.5 GB
  --store FOLDER   keep images and build layers in FOLDER for the next run; otherwise all is deleted at the end
  --no-install     do not install packages
Needs root, but neither Docker nor a registry: the base image comes from debootstrap, Buildah builds and Podman runs. The
host's own Podman images and containers are not touched. Takes some 4 GB below /var/tmp (or FOLDER). The last line counts
the checks; the exit status is 0 only when none failed.
USAGE
}

release=bookworm cuda=no store='' install=yes
while [ $# -gt 0 ]; do
    case "$1" in
        --release) release=${2:?--release needs a name}; shift 2 ;;
        --cuda) cuda=yes; shift ;;
        --store) store=$(realpath -m -- "${2:?--store needs a folder}"); shift 2 ;;
        --no-install) install=no; shift ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
case "$release" in
    bookworm | trixie) ;;
    *) echo "test-containers: unknown release \"$release\": bookworm or trixie" >&2; exit 2 ;;
esac

cd "$(dirname "$0")/.."
say() { echo "test-containers: $*"; }
die() { echo "test-containers: $*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || die "run me as root or with sudo: containers with users of their own need it."
[ "$install" = no ] || tools/install-packages.sh --containers
. tools/chroot.sh
. tools/containers.sh

passed=0 failed=0
check() {  # NAME COMMAND...
    if "${@:2}"; then passed=$((passed + 1)) && say "ok      $1"; else failed=$((failed + 1)) && say "FAILED  $1"; fi
}
equal() { [ "$1" = "$2" ] || { echo "  expected: $2" && echo "  found:    $1" && return 1; }; }

work=$(mktemp -d /var/tmp/spineseg-containers.XXXXXX)
# shellcheck disable=SC2317  # reached through the trap
clean_up() {
    local status=$?
    trap - EXIT INT TERM
    if [ -n "$store" ]; then containers_stop; else containers_end; fi
    rm -rf --one-file-system "$work"
    exit "$status"
}
containers_start "${store:-$work/store}"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}
export SPINESEG_HTTP_PORT SPINESEG_DICOM_PORT SPINESEG_USERS=$work/users.json SPINESEG_PLUGIN=$work/plugin
SPINESEG_HTTP_PORT=$(free_port) SPINESEG_DICOM_PORT=$(free_port)
project=spineseg-test-$$ file=docker/compose.yaml override=()
compose() { containers_compose -p "$project" -f "$file" "${override[@]}" "$@" 2>>"$work/compose.log"; }
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
status_for() { curl -s -o /dev/null -w '%{http_code}' --max-time 10 "${@:2}" "http://127.0.0.1:$SPINESEG_HTTP_PORT/$1" || true; }
rest() { curl -sS --fail --max-time 30 -u "tester:$password" "http://127.0.0.1:$SPINESEG_HTTP_PORT/$1" "${@:2}"; }
container_of() { podman ps --all --format '{{.Names}}' | grep -E "^${project}[_-]$1[_-]" | head -n 1; }
process_of() { podman inspect --format '{{.State.Pid}}' "$(container_of "$1")"; }

# ---- build -----------------------------------------------------------------------------------------------------------
base=localhost/spineseg-base:$release
containers_base "$release"
build() {  # NAME OPTION...
    local started=$SECONDS
    containers_build "$1" "$base" "${@:2}" >"$work/$1.log" 2>&1 ||
        { tail -n 60 "$work/$1.log" >&2; die "the image $1 could not be built."; }
    grep '^build: done' "$work/$1.log" || true
    say "built $1 in $((SECONDS - started)) s, $(podman images --format '{{.Size}}' "localhost/$1")"
}
for target in orthanc worker plugin; do build "spineseg-$target" -f docker/Dockerfile --target "$target"; done
mkdir "$work/plugin"
container=$(buildah from localhost/spineseg-plugin)
cp "$(buildah mount "$container")"/lib*.so* "$work/plugin/"
buildah rm "$container" >/dev/null
kept_proxies() { podman inspect localhost/spineseg-orthanc localhost/spineseg-worker | grep -ic _proxy= || true; }
check "no proxy of this machine is kept in an image" equal "$(kept_proxies)" 0
# Buildah leaves an empty file where a build step had one mounted; containers_build mounts these two.
kept_files() {
    local image
    for image in orthanc worker; do
        podman run --rm --entrypoint find "localhost/spineseg-$image" /run/host-certificates.crt /etc/pip.conf -size +0 2>/dev/null || true
    done
}
check "no certificate of this machine either" equal "$(kept_files)" ""

# ---- without a password, nobody gets in ------------------------------------------------------------------------------
refuses() {  # EXPECTED-WORDS [PODMAN-OPTION...]
    local answer
    answer=$(podman run --rm "${@:2}" localhost/spineseg-orthanc 2>&1) && { echo "  it ended without an error" && return 1; }
    [[ "$answer" == *"$1"* ]] || { echo "  it said: $answer" && return 1; }
}
users_file() {  # CONTENT
    printf '%s' "$1" >"$work/trial.json"
    chmod 644 "$work/trial.json"
    echo "$work/trial.json:/etc/orthanc-spineseg/users.json:ro"
}
check "without users.json Orthanc is not started" refuses "so nobody could log in"
check "with no user in users.json it is not started" refuses "names no user" -v "$(users_file '{"RegisteredUsers": {}}')"
check "with an empty password it is not started" refuses "names no user" -v "$(users_file '{"RegisteredUsers": {"a": ""}}')"
check "with a users.json that is not JSON it is not started" refuses "is not JSON" -v "$(users_file 'me: secret')"
check "with the password orthanc for orthanc it is not started" refuses "the user's own name" \
    -v "$(users_file '{"RegisteredUsers": {"orthanc": "orthanc"}}')"
mkdir "$work/users-folder"
check "where Docker made a folder of a missing users.json it is not started" refuses "is no file" \
    -v "$work/users-folder:/etc/orthanc-spineseg/users.json:ro"
past_the_entry_point() {
    local answer
    answer=$(podman run --rm --entrypoint /usr/sbin/Orthanc localhost/spineseg-orthanc /etc/orthanc-spineseg 2>&1) && return 1
    [[ "$answer" == *"RegisteredUsers names nobody"* ]] || { echo "  it said: $answer" && return 1; }
}
check "with another entry point it is not started without users either" past_the_entry_point

does_not_start() { ! SPINESEG_USERS=$work/no-such-file.json compose up -d --no-build >/dev/null; }
check "$file: nothing is started where the file of users is missing" does_not_start

# ---- docker/compose.yaml ---------------------------------------------------------------------------------------------
printf '{"RegisteredUsers": {"tester": "%s"}}' "$password" >"$SPINESEG_USERS"
chmod 644 "$SPINESEG_USERS"
comes_true() {  # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    until "${@:2}"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.5
    done
}
answers() { [ "$(status_for system -u "tester:$password")" = 200 ]; }
connected() { [ "$(rest spineseg/health | jq '.Workers | length')" = 1 ]; }
bring_up() {
    compose up -d --no-build >/dev/null || { tail -n 20 "$work/compose.log" >&2; die "podman-compose could not start $file."; }
    comes_true 60 answers ||
        { podman logs "$(container_of orthanc)" 2>&1 | tail -n 20 >&2; die "Orthanc of $file does not answer."; }
    check "$file: the worker connects to the plugin" comes_true 60 connected
}
check_passwords() {
    check "$file: 401 without a password" equal "$(status_for system)" 401
    check "$file: 401 for orthanc:orthanc" equal "$(status_for system -u orthanc:orthanc)" 401
    check "$file: 200 with the password of users.json" equal "$(status_for system -u "tester:$password")" 200
}
bring_up
check_passwords

restrictions() {  # SERVICE: user, privileges and capabilities as the kernel has them, and whether / can be written to
    local process
    process=$(pgrep -P "$(process_of "$1")" | head -n 1)  # the child of init
    awk '/^(Uid|CapBnd|NoNewPrivs):/ {printf "%s %s ", $1, $2}' "/proc/$process/status"
    podman exec "$(container_of "$1")" sh -c \
        'touch /tmp/x && echo -n "tmp "; touch /x /var/x 2>/dev/null || echo root-read-only'
}
check "Orthanc runs without privileges" equal "$(restrictions orthanc)" \
    "Uid: 10011 CapBnd: 0000000000000000 NoNewPrivs: 1 tmp root-read-only"
check "the worker runs without privileges" equal "$(restrictions worker)" \
    "Uid: 10010 CapBnd: 0000000000000000 NoNewPrivs: 1 tmp root-read-only"
interfaces() { tail -n +3 "/proc/$(process_of worker)/net/dev" | grep -cvE '^ *lo:' || true; }
check "the worker's cage is whole" equal "$(rest spineseg/health | jq '.Workers[0].Cage.Whole')" true
check "the worker has no network" equal "$(interfaces)" 0

mkdir -m 777 "$work/phantom"
podman run --rm --network none -v "$work/phantom:/out" --entrypoint /usr/local/bin/spineseg localhost/spineseg-worker \
    phantom --contrast t2 --seed 7 --out /out/phantom >/dev/null
instances=("$work"/phantom/phantom/dicom/*)
storescu -aec ORTHANC 127.0.0.1 "$SPINESEG_DICOM_PORT" "${instances[@]}"
sent=$SECONDS
source=$(rest series | jq -r '.[0]')
result() { rest "spineseg/series/$source"; }
finished() { [[ "$(result | jq -r .State)" =~ ^(done|failed|rejected|ineligible|canceled)$ ]]; }
comes_true 900 finished || die "no result within a quarter of an hour: $(result)"
say "$((SECONDS - sent)) s from the last instance to the result, Orthanc's StableAge (60 s) included"
check "the series is done" equal "$(result | jq -r .State)" "done"
modalities() {
    for id in $(rest series | jq -r '.[]'); do rest "series/$id" | jq -r .MainDicomTags.Modality; done | sort | paste -sd' '
}
check "segmentation, uncertainty map and report are in the study" equal "$(modalities)" "MR OT SEG SR"
for id in $(rest series | jq -r '.[]'); do
    rest "series/$id" | jq -r '"  \(.MainDicomTags.Modality)\t\(.Instances | length) instances\t\(.MainDicomTags.SeriesDescription)"'
done
podman restart "$(container_of orthanc)" >/dev/null 2>&1
comes_true 60 answers || die "Orthanc does not answer after a restart."
check "the worker connects again after a restart of Orthanc" comes_true 60 connected
check "the archive outlives the container" equal "$(modalities)" "MR OT SEG SR"
compose down --volumes >/dev/null

# ---- the plugin in another image -------------------------------------------------------------------------------------
needs() { objdump -p "$SPINESEG_PLUGIN" | awk '/NEEDED/ {print $2}' | sort | paste -sd' '; }
newest() { objdump -T "$SPINESEG_PLUGIN" | grep -oE "\\(?$1_[0-9.]+" | tr -d '(' | sort -Vu | tail -n 1; }
not_newer() { [ "$(printf '%s\n' "$@" | sort -V | tail -n 1)" = "$2" ] || { echo "  $1 is newer than $2" && return 1; }; }
check "the plugin links SQLite and the C and C++ libraries only" equal "$(needs)" \
    "ld-linux-x86-64.so.2 libc.so.6 libcurl.so.4 libgcc_s.so.1 libm.so.6 libprometheus-cpp-core.so.1.0 libsqlite3.so.0 libstdc++.so.6"
say "the plugin asks for $(newest GLIBC), $(newest GLIBCXX), $(newest CXXABI)"
if [ "$release" = bookworm ]; then
    check "Debian 12's C library is new enough for the plugin" not_newer "$(newest GLIBC)" GLIBC_2.36
    check "Debian 12's C++ library is new enough for the plugin" not_newer "$(newest GLIBCXX)" GLIBCXX_3.4.30
fi

# ---- docker/compose.orthancteam.yaml, as far as it goes without that image -------------------------------------------
# Its ports, mounts and worker as they are; Debian's Orthanc as root instead of the image's, with the configuration that the
# image would make of the environment variables by the rule that it documents.
file=docker/compose.orthancteam.yaml override=(-f "$work/override.yaml")
cat >"$work/override.yaml" <<OVERRIDE
services:
  orthanc:
    image: spineseg-orthanc
    user: "0:0"
    entrypoint: [/usr/sbin/Orthanc, /etc/variant]
    volumes: ["$work/variant:/etc/variant:ro"]
OVERRIDE
mkdir "$work/variant"
cp "$SPINESEG_USERS" "$work/variant/users.json"
compose config | "$containers_folder/podman-compose/bin/python" -c '
import json, sys, yaml
settings = {"StorageDirectory": "/var/lib/orthanc/db", "RemoteAccessAllowed": True, "AuthenticationEnabled": True,
            "Plugins": ["/usr/share/orthanc/plugins/"]}  # as orthanc-defaults.json of the image has them
for name, text in yaml.safe_load(sys.stdin)["services"]["orthanc"]["environment"].items():
    parts = ["".join(word.capitalize() for word in part.split("_")) for part in name.split("__")[1:]]
    place = settings
    for part in parts[:-1]:
        place = place.setdefault(part, {})
    try:
        place[parts[-1]] = json.loads(text)
    except ValueError:
        place[parts[-1]] = text
json.dump(settings, sys.stdout, indent=2)' >"$work/variant/orthanc.json"
bring_up
check_passwords
compose down --volumes >/dev/null

# ---- docker/Dockerfile.cuda ------------------------------------------------------------------------------------------
if [ "$cuda" = yes ]; then
    build spineseg-worker-cuda -f docker/Dockerfile.cuda
    model=/usr/local/share/spineseg/models/lumbar-fast
    of_cuda() {  # PROGRAM ARGUMENT...
        podman run --rm --network none -v "$work/phantom:/phantom" --entrypoint "$1" localhost/spineseg-worker-cuda "${@:2}" 2>&1
    }
    loads_cuda() {
        of_cuda ldd /usr/local/bin/spineseg-worker |
            awk '/not found/ {print; wrong = 1} /libtorch_cuda.so/ {found = 1} END {exit wrong || !found}'
    }
    refuses_without_gpu() {
        of_cuda /usr/local/bin/spineseg-worker --socket /tmp/none --model "$model" --device cuda | grep -E 'no NVIDIA driver is loaded|shows LibTorch no GPU'
    }
    check "the programs for CUDA find all their libraries, libtorch_cuda.so among them" loads_cuda
    check "spineseg for CUDA segments the phantom on the CPU" of_cuda /usr/local/bin/spineseg segment /phantom/phantom/dicom \
        --device cpu --model "$model" --out /phantom/results
    [ -e /dev/nvidiactl ] || check "the worker for CUDA says that there is no GPU" refuses_without_gpu
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
exit
}
