# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by test-containers.sh: a Podman of its own that needs no daemon and no registry, and images built on a base made by
# debootstrap. Needs root, the packages of `install-packages.sh --containers`, and tools/chroot.sh.
#
#   containers_start FOLDER       everything (images, volumes, networks) lies in FOLDER; the host's Podman is not touched
#   containers_base RELEASE       the image localhost/spineseg-base:RELEASE
#   containers_build NAME BASE OPTION...   the image localhost/NAME, with options of buildah bud
#   containers_compose ...        podman-compose with these arguments
#   containers_stop               ends all containers; images stay
#   containers_end                ends all containers and deletes FOLDER

containers_start() {
    containers_folder=$1
    mkdir -p "$containers_folder"/{graph,run,tmp,volumes,networks}
    local nofile nproc
    nofile=$(ulimit -Hn) nproc=$(ulimit -Hu)
    cat >"$containers_folder/storage.conf" <<CONFIGURATION
[storage]
driver = "$(containers_driver)"
graphroot = "$containers_folder/graph"
runroot = "$containers_folder/run"
CONFIGURATION
    # Limits: Podman's defaults are higher than some machines allow, even to root. runc: crun refuses a machine that has both
    # versions of control groups.
    cat >"$containers_folder/containers.conf" <<CONFIGURATION
[containers]
default_ulimits = ["nofile=1024:${nofile/unlimited/1048576}", "nproc=$(containers_at_most 2048 "$nproc")"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
static_dir = "$containers_folder/graph/libpod"
tmp_dir = "$containers_folder/tmp"
volume_path = "$containers_folder/volumes"
[network]
network_backend = "netavark"
network_config_dir = "$containers_folder/networks"
CONFIGURATION
    export CONTAINERS_STORAGE_CONF=$containers_folder/storage.conf CONTAINERS_CONF=$containers_folder/containers.conf
    export BUILDAH_ISOLATION=chroot
}

# From PyPI: Debian 12's podman-compose (1.0.3) adds a network to a service that has network_mode: none.
containers_compose() {
    local environment=$containers_folder/podman-compose
    if [ ! -x "$environment/bin/podman-compose" ]; then
        /usr/bin/python3 -m venv "$environment" &&
            "$environment/bin/pip" install -q --disable-pip-version-check podman-compose==1.6.0 || return 1
    fi
    "$environment/bin/podman-compose" "$@"
}

containers_stop() {
    buildah rm --all >/dev/null 2>&1 || true  # of an interrupted build
    podman rm --all --force --time 10 >/dev/null 2>&1 || true
    podman pod rm --all --force >/dev/null 2>&1 || true
    podman volume prune --force >/dev/null 2>&1 || true
    podman network prune --force >/dev/null 2>&1 || true
}

containers_end() {
    containers_stop
    ! mountpoint -q "$containers_folder/graph/overlay" || umount "$containers_folder/graph/overlay"
    rm -rf --one-file-system "$containers_folder"
}

# The base image: what debootstrap makes, with the security updates' archive. Nothing of the host's configuration gets in.
containers_base() {
    local release=$1 base container
    ! podman image exists "localhost/spineseg-base:$release" || return 0
    base=$(chroot_base "$release") || return 1
    container=$(buildah from scratch)
    buildah add -q "$container" "$base" / >/dev/null
    printf 'deb %s %s main\n' "$(chroot_mirror Debian)" "$release" "$(chroot_mirror Debian)" "$release-updates" \
        "$(chroot_mirror Debian-Security)" "$release-security" >"$containers_folder/sources.list"
    buildah add -q "$container" "$containers_folder/sources.list" /etc/apt/sources.list >/dev/null
    # As in Docker's image of Debian: without it dpkg waits for the disk after every file.
    echo force-unsafe-io >"$containers_folder/unsafe-io"
    buildah add -q "$container" "$containers_folder/unsafe-io" /etc/dpkg/dpkg.cfg.d/unsafe-io >/dev/null
    buildah commit -q "$container" "localhost/spineseg-base:$release" >/dev/null
    buildah rm "$container" >/dev/null
}

# The proxies and certificates of this machine serve the build and are not kept in the image.
containers_build() {
    local name=$1 base=$2 arguments=() proxy certificates=/etc/ssl/certs/ca-certificates.crt
    for proxy in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
        [ -z "${!proxy:-}" ] || arguments+=(--build-arg "$proxy=${!proxy}")
    done
    if [ -f $certificates ]; then
        printf '[global]\ncert = /run/host-certificates.crt\n' >"$containers_folder/pip.conf"
        arguments+=(-v "$certificates:/run/host-certificates.crt:ro" -v "$containers_folder/pip.conf:/etc/pip.conf:ro")
    fi
    buildah bud --isolation chroot --network host --layers --build-arg BASE="$base" "${arguments[@]}" "${@:3}" \
        -t "localhost/$name" .
}

# The rest is internal.

containers_driver() {  # overlay where this file system can carry it; else vfs, which copies every layer
    local trial=$containers_folder/trial
    mkdir -p "$trial"/{lower,upper,work,merged}
    if unshare --mount mount -t overlay -o "lowerdir=$trial/lower,upperdir=$trial/upper,workdir=$trial/work" overlay \
        "$trial/merged" 2>/dev/null; then echo overlay; else echo vfs; fi
    rm -rf "$trial"
}

containers_at_most() {
    if [ "$2" = unlimited ] || [ "$2" -gt "$1" ]; then echo "$1:$1"; else echo "$2:$2"; fi
}
