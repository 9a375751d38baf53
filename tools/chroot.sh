# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the scripts that need a clean Debian 12 or 13: makes, runs and removes a chroot of it. Needs root, debootstrap
# and unshare.
#
#   . tools/chroot.sh
#   trap chroot_clean_up EXIT
#   chroot_make trixie /tmp/debian13           # a fresh minimal Debian
#   chroot_run /tmp/debian13 apt-get update    # a command in it, as root
#   chroot_boot /tmp/debian13 600 /script.sh   # a script in it, under its own systemd
#   chroot_remove /tmp/debian13                # ends what still runs in it, then deletes it
#
# Nothing is mounted outside the mount namespace of one chroot_run, so an interrupted script leaves no mount behind and
# deleting a chroot cannot delete what was mounted in it. Processes that chroot_run leaves running go on until chroot_remove.
# Chroots share the network of the machine: use ports of your own.
#
# Variables that a caller may set:
#   CHROOT_NEEDS_MB   free disk space that chroot_make asks for at its folder (2000)
#   CHROOT_READ_ONLY  array of SOURCE:TARGET; chroot_run shows the folder SOURCE read-only at TARGET in the chroot
# Every function returns 1 after a sentence on stderr when it fails; chroot_run returns the status of the command.

. "${BASH_SOURCE[0]%/*}/chroot_base.sh"
chroot_made=()

chroot_say() { echo "chroot: $*" >&2; }

# chroot_check: whether this machine can make chroots at all.
chroot_check() {
    if [ "$(id -u)" -ne 0 ]; then
        chroot_say "making a chroot needs root: run this script as root or with sudo."
        return 1
    fi
    local program package
    for program in debootstrap:debootstrap unshare:util-linux chroot:coreutils tar:tar; do
        package=${program#*:}
        program=${program%%:*}
        if ! command -v "$program" >/dev/null; then
            chroot_say "$program is not installed: 'apt-get install $package', then try again."
            return 1
        fi
    done
    if ! unshare --mount true 2>/dev/null; then
        chroot_say "this machine does not allow mounts (a container without CAP_SYS_ADMIN?): run it on the host, or in a privileged container."
        return 1
    fi
}

# chroot_make RELEASE FOLDER: a fresh minimal Debian of that release. FOLDER must not exist, or must be empty.
chroot_make() {
    local release=${1:-} folder=${2:-}
    case "$release" in
        bookworm | trixie) ;;
        *)
            chroot_say "unknown release \"$release\": bookworm (Debian 12) and trixie (Debian 13) are known."
            return 1
            ;;
    esac
    if [ -z "$folder" ]; then
        chroot_say "chroot_make RELEASE FOLDER: the folder is missing."
        return 1
    fi
    chroot_check || return 1
    if [ -e "$folder" ] && [ -n "$(ls -A "$folder")" ]; then
        chroot_say "$folder is not empty: name another folder, or remove it."
        return 1
    fi
    mkdir -p "$folder" || return 1
    chroot_has_space "$folder" "${CHROOT_NEEDS_MB:-2000}" || return 1
    local base
    base=$(chroot_base "$release") || return 1
    mkdir -p "$folder/etc"
    echo "$release" >"$folder/etc/spineseg-chroot" # chroot_remove deletes only what has this file
    chroot_made+=("$folder")
    if ! tar -C "$folder" --numeric-owner -xpf "$base"; then
        chroot_say "cannot unpack $base into $folder (see above): delete the file if it is damaged, free disk space if the disk is full."
        return 1
    fi
    if ! (: >"$folder/dev/null") 2>/dev/null; then
        chroot_say "devices do not work in $folder: its file system is mounted nodev; name a folder on another one."
        return 1
    fi
    chroot_copy_configuration "$folder"
}

# chroot_run FOLDER COMMAND...: runs as root in FOLDER, with /proc, /sys, /dev/shm and /dev/pts, and with no environment
# but the host's proxies and the settings that reach PyPI and npm.
chroot_run() {
    local folder
    folder=$(realpath "$1") || return 1
    shift
    local environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
        DEBIAN_FRONTEND=noninteractive TERM="${TERM:-dumb}") name value
    while IFS= read -r name; do
        value=${!name}
        # A path of the host that the chroot lacks would only cause errors there.
        [[ "$value" != /* || -e "$folder$value" ]] && environment+=("$name=$value")
    done < <(compgen -e | grep -iE '^((https?|ftp|all|no)_proxy|pip_.*|npm_config_.*|node_extra_ca_certs|ssl_cert_(file|dir)|curl_ca_bundle|requests_ca_bundle)$')
    # shellcheck disable=SC2016  # the inner shell expands it
    unshare --mount --propagation private bash -euc '
        folder=$1 pairs=$2
        shift 2
        mount -t proc proc "$folder/proc"
        mount -t sysfs -o ro sysfs "$folder/sys"
        mkdir -p "$folder/dev/shm" "$folder/dev/pts"
        mount -t tmpfs -o mode=1777 tmpfs "$folder/dev/shm"
        mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$folder/dev/pts"
        [ -e "$folder/dev/ptmx" ] || ln -s pts/ptmx "$folder/dev/ptmx"
        while IFS= read -r pair; do
            [ -n "$pair" ] || continue
            mkdir -p "$folder${pair#*:}"
            mount --bind "${pair%%:*}" "$folder${pair#*:}"
            mount -o remount,bind,ro "$folder${pair#*:}"
        done <<<"$pairs"
        exec env -i -C / "$@"
    ' chroot_run "$folder" "$(printf '%s\n' "${CHROOT_READ_ONLY[@]-}")" "${environment[@]}" chroot "$folder" "$@"
}

# chroot_boot FOLDER SECONDS SCRIPT [ARGUMENT...]: boots FOLDER's systemd as the first process of namespaces of its own, without
# network, and runs SCRIPT (a path in FOLDER) with bash as a service of it, after multi-user.target. Everything ends with the
# script, or after SECONDS. Its output is FOLDER/boot.log, systemd's journal FOLDER/boot-journal.log. Returns 1 where the script
# failed or systemd did not come up. Arguments are words without spaces.
chroot_boot() {
    local folder seconds=$2 script=$3 status=0
    folder=$(realpath "$1") || return 1
    shift 3
    rm -f "$folder"/boot.log "$folder"/boot-journal.log "$folder"/boot-status
    cat >"$folder/etc/systemd/system/spineseg-boot.service" <<UNIT
[Unit]
After=multi-user.target
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
TimeoutStartSec=$seconds
ExecStart=/bin/bash $script $*
ExecStopPost=/bin/sh -c 'echo \$EXIT_STATUS >/boot-status; journalctl --no-pager >/boot-journal.log'
StandardOutput=file:/boot.log
StandardError=inherit
UNIT
    # A control group of its own, in a mount that ends with this namespace: systemd makes its groups beneath it.
    # shellcheck disable=SC2016  # the inner shells expand it
    timeout -k 10 "$((seconds + 60))" unshare --mount --propagation private bash -euc '
        folder=$1 group=/sys/fs/cgroup/spineseg-boot.$$
        mount -t tmpfs tmpfs /sys/fs/cgroup
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
        mkdir "$group"
        trap "find $group -depth -type d -exec rmdir {} + || true" EXIT
        (
            echo "$BASHPID" >"$group/cgroup.procs"
            exec unshare --cgroup --pid --mount --net --uts --ipc --fork --kill-child bash -euc "
                mount --bind \"\$1\" \"\$1\"
                cd \"\$1\"
                mount -t proc proc proc
                mount --bind proc/sys proc/sys
                mount -o remount,bind,ro proc/sys  # it is the settings of the whole machine
                mount -t sysfs -o ro sysfs sys
                mount -t cgroup2 cgroup2 sys/fs/cgroup
                mount -t tmpfs -o mode=755 tmpfs run
                mkdir -p dev/shm dev/pts .host
                mount -t tmpfs -o mode=1777 tmpfs dev/shm
                mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
                pivot_root . .host
                exec chroot . sh -c \"umount -l /.host
                    exec env -i container=chroot PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
                        setpriv --bounding-set=-sys_module /lib/systemd/systemd --unit=spineseg-boot.service\"
            " boot "$folder" </dev/null
        ) || true
        ' chroot_boot "$folder" || status=$?
    rm -f "$folder/etc/systemd/system/spineseg-boot.service"
    [ "$status" -eq 0 ] && [ "$(cat "$folder/boot-status" 2>/dev/null)" = 0 ]
}

# chroot_remove FOLDER: ends the processes that run in it and deletes it. Refuses a folder that chroot_make did not make.
chroot_remove() {
    local folder=$1
    [ -e "$folder" ] || return 0
    if [ ! -f "$folder/etc/spineseg-chroot" ]; then
        chroot_say "$folder was not made by chroot_make: not deleted."
        return 1
    fi
    local mounted
    mounted=$(chroot_mounts_under "$folder")
    if [ -n "$mounted" ]; then
        chroot_say "$folder is not deleted, because something is mounted in it. umount first:" "${mounted//$'\n'/ }"
        return 1
    fi
    local signal
    for signal in TERM KILL; do
        [ -n "$(chroot_processes "$folder")" ] || break
        chroot_processes "$folder" | xargs -r kill -s "$signal" 2>/dev/null || true
        sleep 1
    done
    rm -rf --one-file-system "$folder"
}

# chroot_clean_up: for a trap on EXIT; removes every chroot that this shell made. chroot_keep FOLDER takes one out.
chroot_clean_up() {
    local folder
    for folder in "${chroot_made[@]}"; do
        chroot_remove "$folder" || true
    done
    chroot_made=()
}

chroot_keep() {
    local folder kept=()
    for folder in "${chroot_made[@]}"; do
        [ "$folder" = "$1" ] || kept+=("$folder")
    done
    chroot_made=("${kept[@]}")
}

# chroot_copy_tree CHROOT FOLDER: this tree to FOLDER in the chroot: what git knows of, with changes that are not committed, and
# new files that it does not ignore. The folders build and .cache of an earlier copy stay. A changed file gets the present time,
# because its own may be older than the objects that an earlier run compiled from it.
chroot_copy_tree() {
    local old=$1$2 new=$1$2.new kept
    rm -rf "$new"
    mkdir -p "$old" "$new"
    git -c safe.directory="$PWD" ls-files -z --cached --others --exclude-standard |
        while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done | # what is deleted but not committed is listed
        tar --no-recursion --null --files-from=- -cf - | tar -C "$new" --no-same-owner -xf - ||
        { chroot_say "cannot copy this tree to $new (see above)."; return 1; }
    (cd "$new" && find . -type f -print0) | while IFS= read -r -d '' file; do
        if cmp -s "$old/$file" "$new/$file"; then touch -r "$old/$file" "$new/$file"; else touch "$new/$file"; fi
    done
    for kept in build .cache; do
        [ ! -e "$old/$kept" ] || mv "$old/$kept" "$new/$kept"
    done
    rm -rf "$old"
    mv "$new" "$old" || { chroot_say "cannot move $new to $old (see above)."; return 1; }
}

# The rest is internal.

chroot_has_space() {
    local folder=$1 needed_mb=$2 free_mb
    free_mb=$(df --output=avail -BM "$folder" | tail -n 1 | tr -dc 0-9)
    if [ "$free_mb" -lt "$needed_mb" ]; then
        chroot_say "$folder has $free_mb MB free and $needed_mb MB are needed: free some, or name a folder on another disk."
        return 1
    fi
}

chroot_mounts_under() {
    local folder
    folder=$(realpath "$1")
    awk -v under="$folder/" 'index($5, under) == 1 {print $5}' /proc/self/mountinfo
}

chroot_processes() {
    local folder root
    folder=$(realpath "$1")
    for root in /proc/[0-9]*/root; do
        [ "$(readlink "$root" 2>/dev/null)" != "$folder" ] || basename "$(dirname "$root")"
    done
}
