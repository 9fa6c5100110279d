"""Cameras that fail by a timetable, resemotenet-watch on each of them, and what is seen of it from outside."""
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import time

from rows import Row

# a camera's faults, in turn: what it does, and what it sends from then on
ROTA = (('restart', 'jpeg', 256), ('gone', 'h264', 192), ('silent', None, None),
        ('restart', 'vp8', 160), ('gone', 'jpeg', 192), ('silent', None, None))
FIRST = 'vp8', 192
GONE_SECONDS = 4
# The last seconds have no faults: what was begun is to be mended.
QUIET_SECONDS = 15
STATUS = re.compile(r'(?:\d+:)+\d\d  \d+ faces?  [\d.]+ fps  latency (\d+) ms  \d+ skipped  (\d+) reconnects?$')
SUMMARY = re.compile(r'(\d+) frames?, \d+ faces?; .*, (\d+) reconnects?; JSON lines in -$')
STOP_SECONDS = 20


class Cameras:
    """`program`: the process of cameras.c."""

    def __init__(self, program, n, fps, pictures, env):
        self.process = subprocess.Popen([program, str(n), str(fps), pictures], env=env, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def order(self, *words):
        print(*words, file=self.process.stdin, flush=True)

    def on(self, i, codec, width):
        """Its address."""
        self.order('on', i, codec, width)
        uri = self.process.stdout.readline().strip()
        if not uri:
            raise SystemExit(f'soak: the cameras ended with status {self.process.wait()}')
        return uri

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


class Faults:
    """The timetable: each `step` seconds one fault of each camera, one camera after another."""

    def __init__(self, cameras, n, step, seconds):
        self.cameras = cameras
        # begun when all have come to be
        self.todo = sorted((step * (k + 1 + i / n), i, *ROTA[k % len(ROTA)])
                           for i in range(n) for k in range(int(seconds // step))
                           if step * (k + 1 + i / n) < seconds - QUIET_SECONDS)
        self.absent = []    # (until when, camera, codec, width)

    def run(self, now):
        """What began: [(camera, name)]."""
        begun = []
        while self.absent and self.absent[0][0] <= now:
            _, i, codec, width = self.absent.pop(0)
            self.cameras.on(i, codec, width)
        while self.todo and self.todo[0][0] <= now:
            _, i, fault, codec, width = self.todo.pop(0)
            begun.append((i, fault))
            if fault == 'silent':
                self.cameras.order('silent', i)
                continue
            self.cameras.order('off', i)
            if fault == 'gone':
                self.absent.append((now + GONE_SECONDS, i, codec, width))
            else:
                self.cameras.on(i, codec, width)
        return begun


class Visitor:
    """A browser that looks at a page's pictures or events for some seconds, goes, and comes again."""
    SECONDS = 10

    def __init__(self, selector, port, path):
        self.selector, self.port, self.path = selector, port, path
        self.socket, self.until, self.bytes = None, 0, 0

    def tick(self, now):
        if now < self.until:
            return
        self.leave()
        self.until = now + self.SECONDS
        try:
            self.socket = socket.create_connection(('127.0.0.1', self.port), 1)
        except OSError:
            return
        self.socket.sendall(f'GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n'.encode())
        self.socket.setblocking(False)
        self.selector.register(self.socket, selectors.EVENT_READ, self.read)

    def read(self):
        try:
            data = self.socket.recv(1 << 16)
        except OSError:
            data = b''
        self.bytes += len(data)
        if not data:
            self.leave()

    def leave(self):
        if self.socket:
            self.selector.unregister(self.socket)
            self.socket.close()
            self.socket = None


class Stream:
    """A process of resemotenet-watch. Lines of JSON are counted; what it says of latency and reconnects is read from the
    status line that it shows on a terminal, four times a second."""

    def __init__(self, i, command, env, log, selector):
        self.i, self.selector, self.log = i, selector, log
        self.frames = self.reconnects = 0
        self.latencies, self.seen = [], 0   # since the last row; frames when the last one was taken
        self.errors, self.port, self.fault, self.summary = [], None, '', None
        self.parts = {}
        terminal, slave = os.openpty()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave, stdin=subprocess.DEVNULL,
                                        env={**env, 'TERM': 'xterm'}, start_new_session=True)
        os.close(slave)
        self.open = [(self.process.stdout.fileno(), b'\n', self.take_json), (terminal, b'\r', self.take_text)]
        for fd, end, take in self.open:
            os.set_blocking(fd, False)
            self.parts[fd] = b''
            selector.register(fd, selectors.EVENT_READ, lambda fd=fd, end=end, take=take: self.read(fd, end, take))

    def read(self, fd, end, take):
        try:
            data = os.read(fd, 1 << 16)
        except BlockingIOError:
            return True
        except OSError:     # a terminal that nobody writes to any more
            data = b''
        *whole, self.parts[fd] = (self.parts[fd] + data).split(end)
        for part in whole:
            take(part)
        if not data:
            self.selector.unregister(fd)
            if self.parts[fd].strip():
                self.fail(f'its last line is not whole: {self.parts[fd][:200]!r}')
        return bool(data)

    def fail(self, what):
        self.errors.append(what)
        print(f'[{self.i}] {what}', file=self.log, flush=True)

    def take_json(self, line):
        try:
            json.loads(line)['objects']
            self.frames += 1
        except (ValueError, KeyError) as e:
            self.fail(f'a line that is not JSON of a frame: {e}: {line[:200]!r}')

    def take_text(self, part):
        text = part.decode(errors='replace').replace('\x1b[K', '').strip()
        status = STATUS.match(text)
        if status:
            self.reconnects = int(status[2])
            # none came since: the same again
            if self.frames > self.seen:
                self.latencies.append(int(status[1]))
            self.seen = self.frames
        elif text:
            print(f'[{self.i}] {text}', file=self.log, flush=True)
            page = re.search(r'watch it at http://[\d.]+:(\d+)', text)
            self.port = int(page[1]) if page else self.port
            self.summary = SUMMARY.match(text) or self.summary

    def look(self, second):
        """A row, or None when it has ended."""
        base = f'/proc/{self.process.pid}/'
        try:
            with open(base + 'smaps_rollup') as f:
                memory = sum(int(line.split()[1]) for line in f if line.startswith(('Anonymous:', 'Swap:'))) * 1024
            with open(base + 'status') as f:
                threads = int(re.search(r'^Threads:\s+(\d+)', f.read(), re.M)[1])
            descriptors = len(os.listdir(base + 'fd'))
        except (OSError, TypeError):
            if not self.errors:
                self.fail(f'it ended by itself, with status {self.process.poll()}')
            return None
        row = Row(second, self.i, memory, descriptors, threads, self.frames, self.reconnects, self.fault,
                  self.latencies)
        self.latencies, self.fault = [], ''
        return row

    def stop(self):
        """As Ctrl-C does. It is to end by itself, with nothing lost."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def wait(self):
        end = time.monotonic() + STOP_SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            for key, _ in self.selector.select(.1):
                key.data()
        if self.process.poll() is None:
            self.fail(f'it does not end within {STOP_SECONDS} s of SIGINT')
            self.process.kill()
            self.process.wait()
        for fd, end, take in self.open:
            while fd in self.selector.get_map() and self.read(fd, end, take):
                time.sleep(.01)
        if self.process.returncode != 0:
            self.fail(f'its exit status is {self.process.returncode}')
        if not self.summary:
            self.fail('it did not sum up')
        elif int(self.summary[1]) != self.frames:
            self.fail(f'it had {self.summary[1]} frames, but wrote {self.frames} lines')
        else:
            self.reconnects = int(self.summary[2])
