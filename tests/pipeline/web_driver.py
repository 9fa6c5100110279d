"""The server of resemotenet-watch --http by itself (tests/pipeline/web-driver.c), and what a client of it needs."""
import http.client
import json
import os
import re
import socket
import subprocess
import time
import urllib.parse

DRIVER = os.environ['REN_WEB_DRIVER']


class Driver:
    """A server that shows invented faces; `still` leaves the pipeline out."""

    def __init__(self, *args, still=True, env=None):
        self.process = subprocess.Popen([DRIVER, *(['--still'] if still else []), *args], text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=dict(os.environ, **(env or {})))
        self.url = self.process.stdout.readline().strip()
        if self.url:
            parts = urllib.parse.urlsplit(self.url)
            self.host, self.port = parts.hostname, parts.port
            self.token = urllib.parse.parse_qs(parts.query).get('token', [None])[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def tell(self, line):
        self.process.stdin.write(line + '\n')

    def wants(self):
        """Whether pictures and frames are wanted."""
        self.tell('wants')
        return [bool(int(x)) for x in self.process.stdout.readline().split()]

    def end(self):
        """Ends it as an app ends; returns status, seconds, and what it complained of."""
        start = time.monotonic()
        _, stderr = self.process.communicate(timeout=60)
        return self.process.returncode, time.monotonic() - start, stderr

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.process.pid}/fd'))

    def resident_kib(self):
        with open(f'/proc/{self.process.pid}/status') as f:
            return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))

    def get(self, path='/', method='GET', address='127.0.0.1', **headers):
        """The answer, with its body in `text` and its headers."""
        c = http.client.HTTPConnection(address, self.port, timeout=20)
        c.putrequest(method, path, skip_host='Host' in headers)
        for name, value in headers.items():
            if value is not None:
                c.putheader(name.replace('_', '-'), value)
        c.endheaders()
        answer = c.getresponse()
        answer.text = answer.read()
        c.close()
        return answer

    def open(self, path, **headers):
        """An answer without end, to read from."""
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=20)
        c.request('GET', path, headers={k.replace('_', '-'): v for k, v in headers.items()})
        answer = c.getresponse()
        answer.connection = c  # keeps its socket
        return answer

    def raw(self, request=b'', timeout=20):
        """A connection that has sent some bytes."""
        s = socket.create_connection(('127.0.0.1', self.port), timeout=timeout)
        s.sendall(request)
        return s


def read_all(s):
    """What comes until the other side closes, be it by a reset."""
    data = b''
    try:
        while block := s.recv(1 << 16):
            data += block
    except ConnectionError:
        pass
    return data


def read_event(answer):
    """The next Server-Sent Event: its name, its id and its object."""
    name = last_id = data = None
    while line := answer.readline().decode().rstrip('\n'):
        field, _, value = line.partition(': ')
        if field == 'event':
            name = value
        elif field == 'id':
            last_id = value
        elif field == 'data':
            data = json.loads(value)
    return name, last_id, data


def read_picture(answer):
    """The next part of multipart/x-mixed-replace, without the boundary."""
    length = None
    while line := answer.readline().strip():
        if line.lower().startswith(b'content-length:'):
            length = int(line.split(b':')[1])
    picture = answer.read(length)
    assert answer.readline() == b'\r\n' and answer.readline() == b'--resemotenet-picture\r\n'
    return picture
