# SPDX-License-Identifier: GPL-3.0-or-later
"""A network namespace with nothing but loopback, and strace's record of whom a program calls."""
import ctypes
import fcntl
import os
import pathlib
import re
import socket
import struct

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
CALLS = "connect,sendto,sendmsg,sendmmsg"


def leave_the_network():
    """This process and its children see loopback only from now on. Raises OSError where the kernel forbids it."""
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWNET if user == 0 else CLONE_NEWNET | CLONE_NEWUSER
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if user != 0:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            pathlib.Path("/proc/self", name).write_text(text, encoding="ascii")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        [interface_flags] = struct.unpack("16xh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", interface_flags | IFF_UP))


def command_of(record):
    """What stands in front of a command so that its calls, and those of its threads and children, are written to `record`.
    With -D the traced program, not strace, is the child that the test starts and ends."""
    return ["strace", "-D", "-f", "-qq", "-s", "256", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(record)]


def peers_in(record):
    """Everybody that the program called: a path for a Unix socket, "address:port" for the Internet, else what strace shows.
    Netlink is the kernel itself, asked for the names of the network interfaces."""
    peers = set()
    for line in pathlib.Path(record).read_text(encoding="utf-8", errors="replace").splitlines():
        for address in re.findall(r"\{(sa_family=[^}]*)\}", line):
            if "sa_family=AF_NETLINK" not in address:
                peers.add(_name_of(address))
    return peers


def _name_of(address):
    path = re.search(r'sun_path=(@?"[^"]*")', address)
    if path:
        return path.group(1).replace('"', "")
    port = re.search(r"sin6?_port=htons\((\d+)\)", address)
    host = re.search(r'(?:inet_addr|inet_pton)\((?:AF_INET6, )?"([^"]*)"', address)
    return f"{host.group(1)}:{port.group(1)}" if port and host else address
