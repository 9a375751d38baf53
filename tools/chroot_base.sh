# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by tools/chroot.sh: the base system that its chroots start from, and what they take from this machine.

# The base system as a tar file, made on first use and again after a week. Prints its path.
chroot_base() {
    local release=$1 cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/spineseg
    local base=$cache/$release-base.tar
    mkdir -p "$cache" || return 1
    (
        flock 9 # two scripts that start together make it once
        [ -z "$(find "$base" -mtime -7 2>/dev/null)" ] || exit 0
        chroot_has_space "$cache" 1000 || exit 1
        chroot_debootstrap "$release" "$base" && exit 0
        [ -e "$base" ] || exit 1
        chroot_say "continuing with the base system of $(date -r "$base" +%F)."
    ) 9>"$cache/$release-base.lock" || return 1
    echo "$base"
}

chroot_debootstrap() (
    local release=$1 base=$2 mirror proxy=
    local work=$base.work log=${2%.tar}.log
    trap 'rm -rf --one-file-system "$work" "$base.partial"' EXIT
    rm -rf --one-file-system "$work"
    mirror=$(chroot_mirror Debian)
    chroot_say "making the base system of $release from $mirror (log: $log)"
    eval "$(apt-config shell proxy Acquire::http::Proxy 2>/dev/null)"
    [ -z "$proxy" ] || export http_proxy=$proxy
    if ! unshare --mount --propagation private debootstrap --variant=minbase "$release" "$work" "$mirror" >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        [ ! -e "$work/debootstrap/debootstrap.log" ] || tail -n 5 "$work/debootstrap/debootstrap.log" >&2
        chroot_say "debootstrap could not fetch or unpack $release from $mirror: check the network, the proxy and /etc/apt of this machine, then try again."
        exit 1
    fi
    rm -f "$work"/var/cache/apt/archives/*.deb "$work"/var/lib/apt/lists/*_* "$work/etc/hostname" "$work/etc/resolv.conf"
    if ! tar -C "$work" --numeric-owner --one-file-system -cf "$base.partial" .; then
        chroot_say "cannot write $base (see above)."
        exit 1
    fi
    mv "$base.partial" "$base"
)

# The address of the archive that this machine's apt uses; LABEL is Debian or Debian-Security.
chroot_mirror() {
    local label=$1 address=
    # shellcheck disable=SC2016  # apt-get expands it
    address=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        awk -F'|' -v label="$label" '$1 == "Debian" && $2 == label && !found++ {print $3}') || true
    [ -n "$address" ] || address=http://deb.debian.org/$(tr '[:upper:]' '[:lower:]' <<<"$label")/
    echo "$address"
}

# What the network needs here: name server, archive, proxies, certificates, the configuration of pip and npm.
chroot_copy_configuration() {
    local folder=$1 release mirror home=${HOME:-/root} file target
    mirror=$(chroot_mirror Debian)
    release=$(cat "$folder/etc/spineseg-chroot")
    printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d" # no service starts by itself in the chroot
    chmod 755 "$folder/usr/sbin/policy-rc.d"
    cat /etc/resolv.conf >"$folder/etc/resolv.conf"
    cat /etc/hosts >"$folder/etc/hosts"
    echo "$release" >"$folder/etc/hostname"
    printf 'deb %s %s main\n' "$mirror" "$release" "$mirror" "$release-updates" \
        "$(chroot_mirror Debian-Security)" "$release-security" >"$folder/etc/apt/sources.list"
    apt-config dump 2>/dev/null | grep -E '^Acquire::((http|https)::(Proxy|CaInfo|Verify)|Check-Valid-Until|Check-Date|Retries)' \
        >"$folder/etc/apt/apt.conf.d/90host" || true
    echo 'Acquire::Languages "none";' >>"$folder/etc/apt/apt.conf.d/90host" # translations are not needed
    echo force-unsafe-io >"$folder/etc/dpkg/dpkg.cfg.d/unsafe-io" # nobody misses a chroot after a power cut
    mkdir -p "$folder/usr/local/share/ca-certificates" "$folder/etc/ssl/certs"
    cp -rL /usr/local/share/ca-certificates/. "$folder/usr/local/share/ca-certificates/" 2>/dev/null || true
    [ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"
    for file in .npmrc .config/pip/pip.conf .pip/pip.conf; do
        [ -f "$home/$file" ] || continue
        for target in "$folder/root" "$folder/etc/skel"; do # skel: users made later get it too
            mkdir -p "$target/$(dirname "$file")"
            cp "$home/$file" "$target/$file"
        done
    done
    for file in /etc/pip.conf /etc/npmrc; do
        [ ! -f "$file" ] || cp "$file" "$folder$file"
    done
}
