"""A camera on loopback that speaks as much RTSP as a client needs, and breaks the rules where it is told to: JPEG in RTP,
interleaved with RTSP on one connection."""
import io
import random
import socket
import struct
import threading
import time

from PIL import Image

FPS = 10
SDP = ('v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\nc=IN IP4 0.0.0.0\r\n'
       'a=control:track1\r\n')
PACKET = 1200


def jpeg_of(size):
    """A picture's (tables, scan, size) as RFC 2435 has them: baseline, 4:2:0, usual Huffman tables."""
    file = io.BytesIO()
    Image.linear_gradient('L').convert('RGB').resize((size, size)).save(file, 'JPEG', quality=50, subsampling='4:2:0')
    data, at, tables = file.getvalue(), 2, b''
    while data[at + 1] != 0xda:
        length = int.from_bytes(data[at + 2:at + 4], 'big')
        if data[at + 1] == 0xdb:
            segment = data[at + 4:at + 2 + length]
            tables += b''.join(segment[i + 1:i + 65] for i in range(0, len(segment), 65))
        at += 2 + length
    return tables, data[at + 2 + int.from_bytes(data[at + 2:at + 4], 'big'):-2], size


class Gone(Exception):
    """The client is, or the camera is switched off."""


class Connection:
    """One client's, from the side of the camera."""

    def __init__(self, camera, sock):
        self.camera, self.socket = camera, sock
        self.file = sock.makefile('rb')
        self.sequence, self.start = random.randrange(1000), time.monotonic()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            raise Gone from None

    def wait(self, seconds=60):
        if self.camera.off.wait(seconds):
            raise Gone

    # ---- RTSP

    def request(self):
        """(method, number) of the next one."""
        try:
            line = self.file.readline()
            # what the client interleaves is its reports
            while line[:1] == b'$':
                self.file.read(int.from_bytes(line[2:4], 'big') + 4 - len(line))
                line = self.file.readline()
            headers = {}
            while (header := self.file.readline().strip()):
                name, _, value = header.decode().partition(':')
                headers[name.lower()] = value.strip()
            if not line:
                raise Gone
            return line.decode().split()[0], headers.get('cseq', '0')
        except (OSError, ValueError):
            raise Gone from None

    def response(self, number, status='200 OK', headers='', body=''):
        return (f'RTSP/1.0 {status}\r\nCSeq: {number}\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}').encode()

    def usual(self, method, number):
        headers = {'OPTIONS': 'Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n',
                   'DESCRIBE': f'Content-Type: application/sdp\r\nContent-Base: {self.camera.uri}/\r\n',
                   'SETUP': 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n'}
        return self.response(number, '200 OK', headers.get(method, 'Session: 1\r\n'),
                             SDP if method == 'DESCRIBE' else '')

    def handshake(self, send=None):
        """Answers as usual up to PLAY."""
        method = ''
        while method != 'PLAY':
            method, number = self.request()
            (send or self.send)(self.usual(method, number))

    def refuse(self, status, headers=''):
        """Each DESCRIBE."""
        while True:
            method, number = self.request()
            self.send(self.response(number, status, headers) if method == 'DESCRIBE' else self.usual(method, number))

    # ---- RTP

    def packet(self, payload, last=True, kind=26, channel=0):
        self.sequence += channel == 0
        stamp = int((time.monotonic() - self.start) * 90000) & 0xffffffff
        data = struct.pack('>BBHII', 0x80, last << 7 | kind, self.sequence & 0xffff, stamp, 7) + payload
        self.send(struct.pack('>cBH', b'$', channel, len(data)) + data)

    def picture(self, jpeg):
        tables, scan, size = jpeg
        for at in range(0, len(scan), PACKET):
            head = struct.pack('>II', at, 1 << 24 | 255 << 16 | size // 8 << 8 | size // 8)
            if at == 0:
                head += struct.pack('>HH', 0, len(tables)) + tables
            self.packet(head + scan[at:at + PACKET], at + PACKET >= len(scan))
        self.wait(1 / FPS)

    def pictures(self, n, size=128):
        jpeg = jpeg_of(size)
        for _ in range(n):
            self.picture(jpeg)

    # ---- the end

    def close(self):
        self.file.close()
        self.socket.close()

    def reset(self):
        """Without a word: RST in place of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.close()


class Camera:
    """`behave(connection, i)`: what it does with its i-th connection."""

    def __init__(self, behave):
        self.behave = behave
        self.off = threading.Event()
        self.times = []         # when somebody connected
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.uri = f'rtsp://127.0.0.1:{self.listener.getsockname()[1]}/camera'
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.times.append(time.monotonic())
            threading.Thread(target=self.serve, args=(sock, len(self.times) - 1), daemon=True).start()

    def serve(self, sock, i):
        connection = Connection(self, sock)
        try:
            self.behave(connection, i)
        except Gone:
            pass
        connection.close()

    def close(self):
        self.off.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
