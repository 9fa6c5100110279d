"""Runs a command as restricted as a unit of systemd says, without systemd: confine.py UNIT FOLDER COMMAND…

System calls, kinds of sockets, memory that is both written and executed, capabilities, new privileges, and, as root, files:
all but FOLDER and /tmp are read-only. What the unit says of users, devices and kernel files is left out.
"""
import ctypes
import ctypes.util
import os
import re
import socket
import subprocess
import sys

ALLOW, ERRNO = 0x7fff0000, 0x00050000
EPERM, EAFNOSUPPORT = 1, 97
PROT_WRITE, PROT_EXEC, SHM_EXEC = 2, 4, 0o100000
MASKED_EQ, EQ = 7, 4
CLONE_NEWNS, MS_BIND, MS_REMOUNT, MS_PRIVATE = 0x20000, 4096, 32, 1 << 18
libc = ctypes.CDLL(None, use_errno=True)
seccomp = ctypes.CDLL(ctypes.util.find_library('seccomp') or 'libseccomp.so.2')
seccomp.seccomp_init.restype = ctypes.c_void_p
seccomp.seccomp_init.argtypes = [ctypes.c_uint32]
seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
seccomp.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]


class Compare(ctypes.Structure):
    _fields_ = [('argument', ctypes.c_uint), ('how', ctypes.c_int), ('a', ctypes.c_uint64), ('b', ctypes.c_uint64)]


def check(result, what):
    if result < 0:
        raise OSError(-result if result < -1 else ctypes.get_errno(), what)


def settings(path):
    """{key: [value]} of a unit's section [Service]; an empty value forgets those before it."""
    found = {}
    with open(path) as f:
        text = re.search(r'^\[Service\]\n(.*?)(?=^\[|\Z)', f.read(), re.M | re.S)[1]
    for key, value in re.findall(r'^(\w+)=(.*)$', text.replace('\\\n', ' '), re.M):
        found.setdefault(key, []).append(value)
    return found


def calls(names):
    """Names of system calls, with systemd's groups taken apart."""
    found = set()
    for name in names:
        if not name.startswith('@'):
            found.add(name)
            continue
        lines = subprocess.run(['systemd-analyze', 'syscall-filter', name], check=True, capture_output=True, text=True).stdout
        found |= calls(line.strip() for line in lines.splitlines()[1:] if line.strip() and not line.strip().startswith('#'))
    return found


def rule(context, action, name, *compares):
    number = seccomp.seccomp_syscall_resolve_name(name.encode())
    array = (Compare * len(compares))(*compares)
    # other architectures' calls have no number here
    if number >= 0:
        check(seccomp.seccomp_rule_add_array(context, action, number, len(compares), array), name)


def filter_calls(unit):
    allowed = calls(['@default'])
    for value in unit['SystemCallFilter']:
        names = calls(value.lstrip('~').split())
        allowed = allowed - names if value.startswith('~') else allowed | names
    context = seccomp.seccomp_init(ERRNO | EPERM)
    for name in sorted(allowed):
        rule(context, ALLOW, name)
    return context


def filter_memory():
    context = seccomp.seccomp_init(ALLOW)
    both = PROT_WRITE | PROT_EXEC
    rule(context, ERRNO | EPERM, 'mmap', Compare(2, MASKED_EQ, both, both))
    for name in 'mprotect', 'pkey_mprotect':
        rule(context, ERRNO | EPERM, name, Compare(2, MASKED_EQ, PROT_EXEC, PROT_EXEC))
    rule(context, ERRNO | EPERM, 'shmat', Compare(2, MASKED_EQ, SHM_EXEC, SHM_EXEC))
    return context


def filter_sockets(unit):
    allowed = {getattr(socket, name) for name in ' '.join(unit['RestrictAddressFamilies']).split()}
    context = seccomp.seccomp_init(ALLOW)
    for family in range(64):
        if family not in allowed:
            rule(context, ERRNO | EAFNOSUPPORT, 'socket', Compare(0, EQ, family, 0))
    return context


def mount(source, target, flags):
    check(libc.mount(source, target, None, ctypes.c_ulong(flags), None), f'mount {target}')


def write_only_to(folder):
    """In a mount namespace of its own."""
    attributes = (ctypes.c_uint64 * 4)(1, 0, MS_PRIVATE, 0)   # read-only
    check(libc.unshare(CLONE_NEWNS), 'unshare')
    check(libc.syscall(ctypes.c_long(442), -100, b'/', 0x8000, attributes, ctypes.c_size_t(32)), 'mount_setattr')
    for place in {folder, '/tmp', '/dev/shm'}:
        mount(place.encode(), place.encode(), MS_BIND)
        mount(None, place.encode(), MS_BIND | MS_REMOUNT)


def main():
    path, folder, *command = sys.argv[1:]
    unit = settings(path)
    filters = [filter_calls(unit)]
    if unit.get('MemoryDenyWriteExecute') == ['yes']:
        filters.append(filter_memory())
    if 'RestrictAddressFamilies' in unit:
        filters.append(filter_sockets(unit))
    if os.geteuid() == 0:
        write_only_to(folder)
        for capability in range(64):
            libc.prctl(24, capability, 0, 0, 0)   # which ends at the kernel's last one
    check(libc.prctl(38, 1, 0, 0, 0), 'no new privileges')
    os.chdir(folder)
    for context in reversed(filters):
        check(seccomp.seccomp_load(context), 'seccomp')
    os.execvp(command[0], command)


main()
