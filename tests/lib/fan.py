"""fan: a bare fanotify permission listener, by ctypes. For the tests of kernel facts, and as the
second listener."""
import ctypes
import os
import select
import struct
import threading

from lwtest import Skipped

CLASS_CONTENT, CLOEXEC, NONBLOCK, UNLIMITED_QUEUE, REPORT_TID = 0x4, 0x1, 0x2, 0x10, 0x100
MARK_ADD, MARK_MOUNT, MARK_FILESYSTEM = 0x1, 0x10, 0x100
MARK_IGNORED_MASK = 0x20
OPEN_PERM, OPEN_EXEC_PERM, ON_DIR = 0x10000, 0x40000, 0x40000000
ALLOW, DENY = 1, 2
EVENT = struct.Struct("=IBBHQii")       # struct fanotify_event_metadata

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result


class Event:
    """Holds the fd; must be answered."""

    def __init__(self, group, mask, fd, pid):
        self.group, self.mask, self.fd, self.pid = group, mask, fd, pid
        self.path = os.readlink(f"/proc/self/fd/{fd}")

    def answer(self, response=ALLOW, close=True):
        try:
            os.write(self.group.fd, struct.pack("=iI", self.fd, response))
        finally:
            if close:
                os.close(self.fd)


class Group:
    """A group for EXEC_PERM events."""

    def __init__(self, flags=CLASS_CONTENT | UNLIMITED_QUEUE | REPORT_TID):
        opened = os.O_RDONLY | os.O_LARGEFILE | os.O_CLOEXEC
        self.fd = check(libc.fanotify_init(ctypes.c_uint(flags | CLOEXEC | NONBLOCK),
                                           ctypes.c_uint(opened)), "fanotify_init")

    def mark(self, path, what=MARK_FILESYSTEM, mask=OPEN_EXEC_PERM):
        check(libc.fanotify_mark(self.fd, ctypes.c_uint(MARK_ADD | what), ctypes.c_uint64(mask),
                                 -100, os.fsencode(path)), "fanotify_mark")

    def read(self, seconds=5, size=EVENT.size):
        """Events that wait; [] after `seconds` without one."""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return []
        data = os.read(self.fd, size)
        events = []
        while data:
            length, _, _, _, mask, fd, pid = EVENT.unpack_from(data)
            events.append(Event(self, mask, fd, pid))
            data = data[length:]
        return events

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class Recorder:
    """Answers all events in a thread and remembers their paths."""

    def __init__(self, group, decide=lambda event: ALLOW):
        self.group, self.decide = group, decide
        self.paths = []
        self.ending = False
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self):
        while not self.ending:
            for event in self.group.read(0.1):
                self.paths.append(event.path)
                event.answer(self.decide(event))

    def end(self):
        self.ending = True
        self.thread.join()
        self.group.close()
        return self.paths


class FileHandle(ctypes.Structure):
    """struct file_handle with room for the largest."""
    _fields_ = [("bytes", ctypes.c_uint), ("type", ctypes.c_int), ("data", ctypes.c_ubyte * 128)]


AT_EMPTY_PATH, AT_HANDLE_FID = 0x1000, 0x200


def handle_of(fd):
    """(type, bytes) as name_to_handle_at(2) with AT_HANDLE_FID has it."""
    handle, mount = FileHandle(bytes=128), ctypes.c_int()
    result = libc.name_to_handle_at(fd, b"", ctypes.byref(handle), ctypes.byref(mount),
                                    AT_EMPTY_PATH | AT_HANDLE_FID)
    if result < 0 and ctypes.get_errno() == 22:
        raise Skipped("kernel: name_to_handle_at has no AT_HANDLE_FID here (6.5) or overlayfs no "
                      "such handles (6.6)")
    check(result, "name_to_handle_at")
    return handle.type, bytes(handle.data[:handle.bytes])


def open_handle(mount_fd, kind, data):
    handle = FileHandle(bytes=len(data), type=kind)
    ctypes.memmove(handle.data, data, len(data))
    return check(libc.open_by_handle_at(mount_fd, ctypes.byref(handle), os.O_RDONLY | os.O_CLOEXEC),
                 "open_by_handle_at")
