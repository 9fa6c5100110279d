"""resemotenet-watch on RTSP cameras that break the rules. Each fault is a camera and a process; all of them run at the
same time, since most of what they do is to wait."""
import json
import os
import random
import re
import signal
import subprocess
import tempfile
import time
import unittest

import outcome
from rtsp_camera import FPS, Camera, jpeg_of

WATCH = os.environ['REN_WATCH']
MODEL = os.environ['RESEMOTENET_MODEL']
SANITIZED = 'REN_SANITIZED' in os.environ
# Until something is said: the app gives a camera 10 s to answer and 15 s for a first picture.
PATIENCE = 60
# where it has to break off a server: that is waited for 1 s; the rest is for a busy machine
SIGINT_SECONDS = 10 if SANITIZED else 5
# with a camera that keeps the rules it takes 70 MB, of which 36 are the model
MAX_PEAK_MB = 120
# what the kernel and 250 ms of a flood make of the 64 MiB that are the limit
MAX_FLOOD_MB = 600
# rtspsrc of GStreamer 1.22 says so of itself where a stream breaks off early
RTSPSRC_CRITICAL = "gst_event_set_seqnum: assertion 'seqnum != GST_SEQNUM_INVALID' failed"

tmp = tempfile.TemporaryDirectory()
VIDEO = os.path.join(tmp.name, 'reset.mkv')


# ---- what cameras do: one function a fault, of a connection and its number

def closed(c, i):
    c.handshake()
    c.pictures(5)


def reset(c, i):
    closed(c, i)
    c.reset()


def silent(c, i):
    closed(c, i)
    c.wait()


def reset_at_once(c, i):
    c.reset()


def never_describes(c, i):
    while True:
        method, number = c.request()
        if method == 'DESCRIBE':
            c.wait()
        c.send(c.usual(method, number))


def trickles(c, i):
    """Some hundred bytes a second, until it plays."""
    def drop_by_drop(data):
        for k in range(0, len(data), 8):
            c.send(data[k:k + 8])
            time.sleep(.02)

    c.handshake(drop_by_drop)
    c.pictures(1000)


def answers_late(c, i):
    def late(data):
        c.wait(1)
        c.send(data)

    c.handshake(late)
    c.pictures(1000)


def answers_garbage(c, i):
    c.request()
    c.send(random.Random(i).randbytes(1 << 16))


def endless_line(c, i):
    c.request()
    c.send(b'RTSP/1.0 200 OK\r\nX: ')
    while True:
        c.send(b'x' * 4096)
        c.wait(.004)


def endless_headers(c, i):
    c.request()
    c.send(b'RTSP/1.0 200 OK\r\n')
    while True:
        c.send(b'X: y\r\n' * 100)
        c.wait(.004)


def floods(c, i):
    """Some tens of MB a second."""
    _, number = c.request()
    c.send(f'RTSP/1.0 200 OK\r\nCSeq: {number}\r\nContent-Length: 2000000000\r\n\r\n'.encode())
    while True:
        c.send(bytes(1 << 16))
        c.wait(.001)


def huge_body(c, i):
    """More than there is memory for."""
    _, number = c.request()
    c.send(f'RTSP/1.0 200 OK\r\nCSeq: {number}\r\nContent-Length: 999999999999999999\r\n\r\n'.encode())
    c.wait()


def negative_body(c, i):
    _, number = c.request()
    c.send(f'RTSP/1.0 200 OK\r\nCSeq: {number}\r\nContent-Length: -5\r\n\r\n'.encode())


def describes_garbage(c, i):
    while True:
        method, number = c.request()
        c.send(c.response(number, '200 OK', 'Content-Type: application/sdp\r\n', 'v=0\r\nm=video x RTP/AVP 999\r\n' * 50)
               if method == 'DESCRIBE' else c.usual(method, number))


def plays_garbage(c, i):
    """Packets of RTP, in number and order, with nothing in them."""
    c.handshake()
    r = random.Random(i)
    while True:
        c.packet(r.randbytes(r.randrange(1, 1200)), r.random() < .3)
        c.wait(.01)


def interleaves_garbage(c, i):
    """First pictures; then what is neither RTP nor RTSP."""
    closed(c, i)
    r = random.Random(i)
    while True:
        c.send(r.randbytes(2000))
        c.wait(.02)


def other_channels(c, i):
    """Packets as long as can be, on channels that nobody asked for, between pictures."""
    c.handshake()
    jpeg = jpeg_of(128)
    while True:
        c.picture(jpeg)
        for channel in 2, 77, 255:
            c.packet(bytes(65000), channel=channel)


def changes_size(c, i):
    """In one session."""
    c.handshake()
    while True:
        for size in 128, 192, 64:
            c.pictures(5, size)


def changes_codec(c, i):
    """In one session, to one that was never described."""
    c.handshake()
    c.pictures(5)
    while True:
        c.packet(bytes(600), kind=96)
        c.wait(1 / FPS)


def refuses_later(status):
    """Plays first; refuses every other time."""
    def behave(c, i):
        if i % 2 == 0:
            closed(c, i)
        else:
            c.refuse(status)
    return behave


def unavailable(c, i):
    c.refuse('503 Service Unavailable')


def not_found(c, i):
    c.refuse('404 Not Found')


def unauthorized(c, i):
    c.refuse('401 Unauthorized', 'WWW-Authenticate: Basic realm="x"\r\n')


def redirects_to_itself(c, i):
    c.refuse('302 Found', f'Location: {c.camera.uri}\r\n')


# ---- runs

class Run:
    def __init__(self, name, behave, *options):
        self.name = name
        self.camera = Camera(behave)
        self.json, self.stderr = (os.path.join(tmp.name, f'{name}.{kind}') for kind in ('jsonl', 'txt'))
        with open(self.stderr, 'w') as err:
            self.process = subprocess.Popen(
                [WATCH, '--threads', '1', '--rtsp-transport', 'tcp', '--json', self.json, *options, self.camera.uri],
                stdout=subprocess.DEVNULL, stderr=err,
                # malloc is not to touch what GStreamer asks for and never fills
                env={**os.environ, 'G_DEBUG': '', 'MALLOC_PERTURB_': '0'})

    def said(self):
        with open(self.stderr) as f:
            return f.read()

    def lines(self):
        """Those that are whole, of a file that may not be there yet."""
        if not os.path.exists(self.json):
            return []
        with open(self.json) as f:
            return [json.loads(line) for line in f.read().split('\n')[:-1]]

    def peak_mb(self):
        with open(f'/proc/{self.process.pid}/status') as f:
            return int(re.search(r'VmHWM:\s+(\d+)', f.read())[1]) / 1024

    def stop(self):
        """Seconds from SIGINT to the end."""
        start = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self.camera.close()
        return time.monotonic() - start


# Of these a sanitizer, in which each process takes seconds to begin, would see GStreamer only.
GSTREAMERS_ONLY = () if not SANITIZED or 'REN_LONG' in os.environ else (
    'answers_garbage', 'answers_late', 'changes_codec', 'describes_garbage', 'endless_headers', 'huge_body',
    'negative_body', 'never_describes', 'other_channels', 'plays_garbage', 'refuses_401', 'refuses_404', 'silent',
    'trickles', 'unavailable')
RUNS = {
    'closed': (closed,), 'reset': (reset, '--annotate', VIDEO), 'silent': (silent,),
    'reset_at_once': (reset_at_once,), 'never_describes': (never_describes,), 'trickles': (trickles,),
    'answers_late': (answers_late,), 'answers_garbage': (answers_garbage,), 'endless_line': (endless_line,),
    'endless_headers': (endless_headers,), 'floods': (floods,), 'huge_body': (huge_body,), 'negative_body': (negative_body,),
    'describes_garbage': (describes_garbage,), 'plays_garbage': (plays_garbage,),
    'interleaves_garbage': (interleaves_garbage,), 'other_channels': (other_channels,),
    'changes_size': (changes_size,), 'changes_codec': (changes_codec,),
    'refuses_401': (refuses_later('401 Unauthorized'),), 'refuses_404': (refuses_later('404 Not Found'),),
    'refuses_503': (refuses_later('503 Service Unavailable'),),
    'unavailable': (unavailable,), 'not_found': (not_found,), 'unauthorized': (unauthorized,),
    'redirects': (redirects_to_itself,),
}


def setUpModule():
    """First one that finds nobody: where GStreamer has no registry of plugins yet, it makes one."""
    global runs
    subprocess.run([WATCH, '--quiet', '--duration', '.1', 'rtsp://127.0.0.1:1/'], stderr=subprocess.DEVNULL, timeout=60)
    runs = {name: Run(name, *how) for name, how in RUNS.items() if name not in GSTREAMERS_ONLY}


def tearDownModule():
    for run in runs.values():
        run.process.kill()
        run.process.wait()


class Faults(unittest.TestCase):
    def run_of(self, name):
        if name in GSTREAMERS_ONLY:
            self.skipTest('of a sanitized build only with REN_LONG')
        return runs[name]

    def until(self, run, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertIsNone(run.process.poll(), f'it ended: {run.said()}')
            self.assertLess(time.monotonic(), end, f'{what} never came: {run.said()}')
            time.sleep(.05)

    def finish(self, run, status, max_mb=MAX_PEAK_MB):
        peak = run.peak_mb()
        seconds = run.stop()
        said = run.said()
        print(f'{run.name}: {len(run.camera.times)} connections, {peak:.0f} MB, ended in {seconds:.1f} s: {said}')
        self.assertEqual(run.process.returncode, status, said)
        self.assertEqual([c for c in re.findall('.*CRITICAL.*', said) if RTSPSRC_CRITICAL not in c], [])
        self.assertLess(seconds, SIGINT_SECONDS, said)
        with open(run.json) as f:
            text = f.read()
        self.assertTrue(not text or text.endswith('\n'))
        run.lines()
        if not SANITIZED:
            self.assertLess(peak, max_mb)

    def check_lost(self, name, reason, max_mb=MAX_PEAK_MB):
        """Never a picture: it says why, and tries again after ever longer times."""
        run = self.run_of(name)
        self.until(run, lambda: re.search(reason + '; next try in', run.said()), reason)
        self.until(run, lambda: len(run.camera.times) > 1, 'another try')
        waits = [float(s) for s in re.findall(r'next try in ([\d.]+) s', run.said())]
        for a, b in zip(waits, waits[1:]):
            # twice as long, each by chance a quarter more or less
            self.assertGreater(b, 2 * a * .75 / 1.25 - .1, run.said())
        self.finish(run, 1, max_mb)

    def check_again(self, name, *reasons):
        """It was there: it says why it is lost, and finds it again."""
        run = self.run_of(name)
        for reason in reasons:
            self.until(run, lambda: re.search(reason + '; next try in', run.said()), reason)
        self.until(run, lambda: 'it is there again' in run.said(), 'the camera')
        self.finish(run, 3)
        return run

    def check_plays(self, name, widths):
        run = self.run_of(name)
        self.until(run, lambda: {line['resolution']['width'] for line in run.lines()} >= widths, f'{widths}')
        self.finish(run, 3)
        self.assertIn('0 reconnects', run.said())
        self.assertEqual(len(run.camera.times), 1)

    # ---- gone

    def test_closed(self):
        self.check_again('closed', 'it came to an end')

    def test_reset(self):
        run = self.check_again('reset', 'the connection was lost')
        # the recording goes over the breaks, and is whole
        frames = int(re.search(r'(\d+) frames', run.said())[1])
        self.assertEqual(len(run.lines()), frames)
        # by GStreamer's own program, into which a sanitized plugin of ours does not load
        env = {k: v for k, v in os.environ.items() if k != 'GST_PLUGIN_PATH'}
        self.assertEqual(subprocess.run(['gst-launch-1.0', '-q', 'filesrc', f'location={VIDEO}', '!', 'decodebin', '!',
                                         'fakesink'], env={**env, 'GST_REGISTRY': os.path.join(tmp.name, 'registry')},
                                        timeout=60).returncode, 0)

    def test_silent(self):
        self.check_again('silent', 'it is silent')

    def test_reset_at_once(self):
        self.check_lost('reset_at_once', 'it gives no answer, or none that makes sense')

    def test_never_describes(self):
        self.check_lost('never_describes', 'it gives no answer, or none that makes sense')

    # ---- slow

    def test_trickles(self):
        self.check_plays('trickles', {128})

    def test_answers_late(self):
        self.check_plays('answers_late', {128})

    # ---- garbage

    def test_answers_garbage(self):
        self.check_lost('answers_garbage', 'it gives no answer, or none that makes sense')

    def test_endless_line(self):
        self.check_lost('endless_line', 'no picture came')

    def test_endless_headers(self):
        self.check_lost('endless_headers', 'no picture came')

    def test_floods(self):
        self.check_lost('floods', 'it sends much, and no picture', MAX_FLOOD_MB)

    def test_huge_body(self):
        self.check_lost('huge_body', 'it gives no answer, or none that makes sense')

    def test_negative_body(self):
        self.check_lost('negative_body', 'it gives no answer, or none that makes sense')

    def test_describes_garbage(self):
        self.check_lost('describes_garbage', '.*')

    def test_plays_garbage(self):
        self.check_lost('plays_garbage', 'no picture came')

    def test_interleaves_garbage(self):
        self.check_again('interleaves_garbage', 'the connection was lost')

    def test_other_channels(self):
        self.check_plays('other_channels', {128})

    # ---- changing

    def test_changes_size(self):
        self.check_plays('changes_size', {64, 128, 192})

    def test_changes_codec(self):
        self.check_again('changes_codec', 'it is silent')

    # ---- refusing

    def test_refuses_later(self):
        """What was there once is waited for."""
        self.check_again('refuses_503', 'it came to an end', 'it answers with status 503')
        self.check_again('refuses_401', 'it came to an end', 'Unauthorized')
        self.check_again('refuses_404', 'it came to an end', 'Not found')

    def test_unavailable(self):
        self.check_lost('unavailable', 'it answers with status 503')

    def test_refused(self):
        """What never was there is not: each try could lock an account."""
        for name, reason in ('not_found', 'Not found'), ('unauthorized', 'Unauthorized .set RESEMOTENET_RTSP_USER'):
            run = self.run_of(name)
            self.assertEqual(run.process.wait(PATIENCE), 1)
            self.assertRegex(run.said(), reason)
            self.assertEqual(len(run.camera.times), 1)

    def test_redirects(self):
        self.check_lost('redirects', 'it leads from address to address')
        # 250 ms of them, a few times
        self.assertLess(len(runs['redirects'].camera.times), 3000)


outcome.main()
