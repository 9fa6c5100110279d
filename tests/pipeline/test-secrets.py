"""Passwords and tokens, planted in every way to give them, are in nothing that others may read.

That is: the command line, as ps shows it, of the program and of those it starts; standard output and error; GStreamer's log
at level 9; files of every kind that the app writes; the page; messages and properties of elements; drawings of pipelines.
"""
import base64
import contextlib
import http.server
import os
import re
import socketserver
import subprocess
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

import outcome

WATCH, ROOT = os.environ['REN_WATCH'], os.environ['REN_SOURCE_ROOT']
MODEL = os.environ['REN_DEFAULT_MODEL']
PICTURE = os.path.join(ROOT, 'pipelines/sample/astronaut.jpg')
SANITIZED = bool(os.environ.get('ASAN_OPTIONS'))
# a sanitizer makes all of it take long
LOG = '*:4,rtsp*:9,soup*:9,GST_BUS:9,default:9' if SANITIZED else '*:9'
USER, PASSWORD = 'someone', 'pl4nted:w@rd%?'
QUERY, TOKEN, MQTT, KAFKA = 'qu3ry-s3cret', 'p4ge-t0ken-of-16', 'mq77-s3cret', 'k4fka-s3cret'
# in all forms in which they travel
SECRETS = [s.encode() for s in (
    PASSWORD, urllib.parse.quote(PASSWORD, safe=''), urllib.parse.quote(PASSWORD),
    base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode(), QUERY, TOKEN, MQTT, KAFKA)]
BASIC = b'Basic ' + SECRETS[3]


class Camera(socketserver.StreamRequestHandler):
    """RTSP: wants to know who it is, and then has no stream."""

    def handle(self):
        fields = {}
        for line in self.rfile:
            name, _, value = line.strip().partition(b':')
            fields[name.lower()] = value.strip()
            if line.strip():
                continue
            answer = b'401 Unauthorized'
            if b'authorization' in fields:
                self.server.told.append(fields[b'authorization'])
                answer = b'404 Not Found'
            self.wfile.write(b'RTSP/1.0 %s\r\nCSeq: %s\r\nWWW-Authenticate: %s\r\n\r\n'
                             % (answer, fields.get(b'cseq', b'1'), self.server.scheme))
            fields = {}


class Pictures(http.server.BaseHTTPRequestHandler):
    """HTTP: one picture for who has both the password and the token."""

    def do_GET(self):
        if self.headers.get('Authorization', '').encode() != BASIC or f'token={QUERY}' not in self.path:
            self.send_response(401)
            self.send_header('WWW-Authenticate', 'Basic realm="pictures"')
            self.send_header('Content-Length', '0')
            self.end_headers()
            return
        self.server.told.append(self.path)
        with open(PICTURE, 'rb') as f:
            data = f.read()
        self.send_response(404 if 'gone' in self.path else 200)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Broker(socketserver.BaseRequestHandler):
    """MQTT: hears the password, and does not like it."""

    def handle(self):
        data = self.request.recv(1000)
        self.server.told.append(data)
        if data[:1] == b'\x10':
            self.request.sendall(b'\x20\x02\x00\x05')


@contextlib.contextmanager
def serve(handler, **attributes):
    server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), handler)
    server.daemon_threads = True
    server.told = []
    vars(server).update(attributes)
    thread = threading.Thread(target=server.serve_forever, args=(.05,))
    thread.start()
    try:
        yield server, '127.0.0.1:%d' % server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Secrets(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.given, self.out = os.path.join(folder.name, 'given'), os.path.join(folder.name, 'out')
        os.mkdir(self.given)
        os.mkdir(self.out)

    def give(self, name, text):
        path = os.path.join(self.given, name)
        with open(path, 'w') as f:
            f.write(text)
        os.chmod(path, 0o600)
        return path

    def find(self, what, data):
        for secret in SECRETS:
            at = data.find(secret)
            if at >= 0:
                self.fail(f'{secret} is in {what}: {data[max(0, at - 200):at + 100]}')

    def look_at_files(self):
        n = 0
        for folder, _, names in os.walk(self.out):
            for name in names:
                with open(os.path.join(folder, name), 'rb') as f:
                    self.find(name, name.encode() + f.read())
                n += 1
        return n

    def look_at_processes(self, pid):
        """Its own command line, and those of its children."""
        with open(f'/proc/{pid}/cmdline', 'rb') as f:
            line = f.read()
        with contextlib.suppress(OSError), open(f'/proc/{pid}/task/{pid}/children') as f:
            for child in f.read().split():
                with contextlib.suppress(OSError), open(f'/proc/{child}/cmdline', 'rb') as g:
                    line += g.read()
        self.find('a command line', line)
        return line

    def watch(self, *args, log=LOG, **env):
        """Its status, and what it said and logged, where there is nothing of them."""
        process = subprocess.Popen(
            [WATCH, '--model', MODEL, *args], cwd=self.out, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            env=dict(os.environ, GST_DEBUG=log, GST_DEBUG_DUMP_DOT_DIR=self.out, G_MESSAGES_DEBUG='all', **env))
        # its first line, if there is one to warn of what is on the command line, comes when that is hidden
        said = process.stderr.read(1)
        self.assertIn(b'resemotenet-watch', self.look_at_processes(process.pid))
        out, err = process.communicate(timeout=120)
        self.find('standard output', out)
        self.find('standard error', said + err)
        return process.returncode, (said + err).decode(errors='replace')

    def test_stream(self):
        login = self.give('rtsp', f'{USER}:{PASSWORD}\n')
        ways = {
            'environment': ([], {'RESEMOTENET_RTSP_USER': USER, 'RESEMOTENET_RTSP_PASSWORD': PASSWORD}, ''),
            'file': (['--credentials', login], {}, ''),
            'service': ([], {'CREDENTIALS_DIRECTORY': self.given}, ''),
            'address': ([], {}, f'{USER}:{urllib.parse.quote(PASSWORD, safe="")}@'),
        }
        for scheme in (b'Basic realm="camera"', b'Digest realm="camera", nonce="1234"'):
            for way, (args, env, login) in ways.items():
                if scheme.startswith(b'Digest') and way != 'environment':
                    continue
                with self.subTest(scheme=scheme, way=way), serve(Camera, scheme=scheme) as (server, place):
                    log = os.path.join(self.out, 'log')
                    status, _ = self.watch('--json', 'faces.jsonl', '--rtsp-transport', 'tcp', '--duration', '.5', *args,
                                           f'rtsp://{login}{place}/live?user=admin&password={QUERY}', GST_DEBUG_FILE=log, **env)
                    self.assertEqual(status, 1)
                    self.assertTrue(server.told, 'it was asked who it is')
                    self.assertEqual(BASIC in server.told, scheme.startswith(b'Basic'))
                    # it was logged, and without the password
                    with open(log) as f:
                        self.assertRegex(f.read(), r'rtspsrc .*404|Not Found')
                    self.look_at_files()
                    os.remove(log)

    def test_outputs(self):
        """A picture by HTTP, and everything that can be made of it."""
        login = f'{USER}:{urllib.parse.quote(PASSWORD, safe="")}@'
        # what Kafka does not take is waited for, so once
        ways = {'seen.mkv': (login, ['--kafka', 'kafka://127.0.0.1:1/faces'], {'RESEMOTENET_HTTP_TOKEN': TOKEN, 'RESEMOTENET_MQTT_USERNAME': USER,
                                     'RESEMOTENET_MQTT_PASSWORD': MQTT, 'RESEMOTENET_KAFKA_USERNAME': USER,
                                     'RESEMOTENET_KAFKA_PASSWORD': KAFKA}),
                'seen.mp4': ('', [], {'CREDENTIALS_DIRECTORY': self.given})}
        for name, text in (('rtsp', f'{USER}:{PASSWORD}'), ('http-token', TOKEN), ('mqtt', f'username={USER}\npassword={MQTT}'),
                           ('kafka', f'sasl.username={USER}\nsasl.password={KAFKA}')):
            self.give(name, text + '\n')
        for recording, (login, args, env) in ways.items():
            with self.subTest(recording), serve(Pictures) as (pictures, place), serve(Broker) as (broker, address):
                status, said = self.watch(
                    '--annotate', recording, '--json', 'faces.jsonl', '--report', 'report.html', '--faces', 'faces',
                    '--http', '0', '--mqtt', f'mqtt://{address}/faces', '--spool', 'spool', *args,
                    f'http://{login}{place}/a.jpg?token={QUERY}', log=LOG.replace('*:9', '*:6'), **env)
                if 'built without' in said:
                    self.skipTest('built without MQTT or Kafka')
                self.assertEqual(status, 0, said[-3000:])
                self.assertRegex(said, r'watch it at http://[\d.:]+/\?token=…')
                self.assertTrue(pictures.told)
                self.assertTrue(any(MQTT.encode() in data for data in broker.told), 'the broker was told')
                self.assertTrue({recording, 'faces.jsonl', 'report.html', 'faces', 'spool'} <= set(os.listdir(self.out)))
                self.assertGreater(self.look_at_files(), 4)
                with open(os.path.join(self.out, 'faces.jsonl')) as f:
                    self.assertIn(f'"source":"http://{place}/a.jpg?token=***"', f.read())

    def test_page(self):
        """What it serves, to who has the token."""
        with serve(Camera, scheme=b'Basic realm="camera"') as (_, place):
            process = subprocess.Popen([WATCH, '--model', MODEL, '--http', '0', f'rtsp://{USER}:{QUERY}@{place}/?token={QUERY}'],
                                       stderr=subprocess.PIPE, env=dict(os.environ, RESEMOTENET_HTTP_TOKEN=TOKEN))
            self.addCleanup(process.stderr.close)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            said = b''
            while b'watch it at' not in said:
                line = process.stderr.readline()
                self.assertTrue(line, said)
                said += line
            self.find('standard error', said)
            url = re.search(rb'http://[\d.:]+/', said)[0].decode()
            cookie = {'Cookie': 'resemotenet-%s=%s' % (url.split(':')[2].strip('/'), TOKEN)}
            for path in '', 'app.js', 'nothing', 'events':
                try:
                    answer = urllib.request.urlopen(urllib.request.Request(url + path, headers=cookie), timeout=20)
                except urllib.error.HTTPError as error:
                    answer = error
                with answer:
                    data = str(answer.headers).encode() + (answer.read1() if path == 'events' else answer.read())
                self.find('/' + path, data)
                self.assertNotEqual(answer.status, 403)
                if path == 'events':
                    self.assertIn(f'rtsp://{place}/?token=***'.encode(), data)

    def test_errors(self):
        """What is wrong is said without it."""
        secret = f'rtsp://{USER}:{urllib.parse.quote(PASSWORD, safe="")}@camera.invalid/?token={QUERY}'
        short = self.give('short', f'{QUERY}\n')
        long = self.give('long', f'{USER}:{QUERY}' * 1000)
        for status, args in ((2, [secret, secret]), (2, ['--threads', secret, secret]), (2, ['--detector', secret, secret]),
                             (2, ['--nonsense=' + secret, secret]), (2, ['--' + secret]),
                             (2, ['--credentials', short, secret]), (2, ['--credentials', long, secret]),
                             (2, ['--annotate', secret, secret]), (0, ['--help', secret]), (0, ['--help-all', secret]),
                             (1, ['--json', '/nonexistent/faces.jsonl', secret]), (1, ['--http', '1.2.3', secret]),
                             (1, ['--mqtt', secret.replace('rtsp', 'mqtt'), '-d', '.1', PICTURE]),
                             (1, ['--kafka', secret.replace('rtsp', 'kafka'), '-d', '.1', PICTURE])):
            with self.subTest(args=args):
                r = subprocess.run([WATCH, '--model', MODEL, *args], capture_output=True, timeout=60,
                                   env=dict(os.environ, RESEMOTENET_HTTP_TOKEN=TOKEN))
                self.assertEqual(r.returncode, status, r.stderr)
                self.find('what it says', r.stdout + r.stderr)

    def test_redirections(self):
        """Errors of elements name addresses that nobody gave."""
        with serve(Pictures) as (server, place):
            status, said = self.watch(f'http://{USER}:{urllib.parse.quote(PASSWORD, safe="")}@{place}/gone?token={QUERY}',
                                      log=LOG.replace('*:9', '*:7'))
        self.assertEqual(status, 1)
        self.assertTrue(server.told)
        self.assertIn(f'{place}/gone?token=***', said)

    @unittest.skipIf(SANITIZED, 'a sanitized plugin does not load into gst-launch-1.0')
    def test_elements(self):
        """Properties, messages and drawings of emotionpublish, whose files have the passwords."""
        mqtt = self.give('mqtt', f'username={USER}\npassword={MQTT}\n')
        kafka = self.give('kafka', f'sasl.username={USER}\nsasl.password={KAFKA}\n')
        with serve(Broker) as (broker, place):
            r = subprocess.run(
                ['gst-launch-1.0', '-v', '-m', 'videotestsrc', 'num-buffers=3', '!', 'emotionpublish',
                 f'mqtt=mqtt://{place}/faces', f'mqtt-credentials={mqtt}', 'kafka=kafka://127.0.0.1:1/faces',
                 f'kafka-config={kafka}', 'drain-timeout=500000000', '!', 'fakesink', 'silent=false'],
                capture_output=True, timeout=60,
                env=dict(os.environ, GST_DEBUG='*:9', GST_DEBUG_DUMP_DOT_DIR=self.out, G_MESSAGES_DEBUG='all'))
        self.assertEqual(r.returncode, 0, r.stderr[-3000:])
        self.find('what it says', r.stdout + r.stderr)
        self.assertTrue(any(MQTT.encode() in data for data in broker.told), 'the broker was told')
        drawings = [name for name in os.listdir(self.out) if name.endswith('.dot')]
        self.assertTrue(drawings)
        with open(os.path.join(self.out, drawings[-1])) as f:
            self.assertIn('mqtt-credentials', f.read(), 'the drawing shows properties')
        self.look_at_files()


outcome.main()
