"""What resemotenet-watch --http answers, to whom, and how little a client can do to it."""
import concurrent.futures
import io
import os
import re
import socket
import tempfile
import time
import unittest

import outcome
from web_driver import Driver, read_all, read_event, read_picture

LONG = bool(os.environ.get('REN_LONG'))
SANITIZED = bool(os.environ.get('ASAN_OPTIONS'))
ASSETS = {'/': 'text/html', '/style.css': 'text/css', '/app.js': 'text/javascript', '/faces.js': 'text/javascript',
          '/timeline.js': 'text/javascript', '/icon.svg': 'image/svg+xml'}
HEADERS = {
    'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer',
    'X-Frame-Options': 'DENY', 'Cross-Origin-Resource-Policy': 'same-origin',
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                               "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
TOKEN = 'a-token-of-16-or-more'


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.d = Driver()

    @classmethod
    def tearDownClass(cls):
        status, _, stderr = cls.d.end()
        assert status == 0, stderr

    def check_headers(self, answer):
        for name, value in HEADERS.items():
            self.assertEqual(answer.getheader(name), value, name)
        self.assertIsNone(answer.getheader('Access-Control-Allow-Origin'))

    def test_page(self):
        self.assertEqual(self.d.url, f'http://127.0.0.1:{self.d.port}/')
        for path, kind in ASSETS.items():
            a = self.d.get(path)
            self.assertEqual((a.status, a.getheader('Content-Type').split(';')[0]), (200, kind), path)
            self.check_headers(a)
            text = a.text.decode().replace('http://www.w3.org/2000/svg', '')
            self.assertIsNone(re.search('https?:|//[a-z]+\\.', text), f'{path} leads elsewhere')
            self.assertNotRegex(text, r'(?i)\sstyle=|\son[a-z]+="|<script>|innerHTML|<style')
            head = self.d.get(path, 'HEAD')
            self.assertEqual((head.status, head.text), (200, b''))
            self.assertEqual(head.getheader('Content-Length'), str(len(a.text)))
        for path in ('/pictures', '/events'):
            self.assertEqual(self.d.get(path, 'HEAD').status, 200)

    def test_loopback_of_ipv6(self):
        try:
            socket.create_server(('::1', 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest('no ::1 here')
        self.assertEqual(self.d.get(address='::1').status, 200)

    def test_other_methods(self):
        for method in ('POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'get'):
            a = self.d.get('/', method)
            self.assertEqual(a.status, 405, method)
            self.assertEqual(a.getheader('Allow'), 'GET, HEAD')
            self.check_headers(a)

    def test_hosts(self):
        for host in ('localhost', f'localhost:{self.d.port}', 'LOCALHOST:1', '127.0.0.1', '127.0.0.1:9000', '[::1]:80'):
            self.assertEqual(self.d.get(Host=host).status, 200, host)
        for host in ('evil.example', f'evil.example:{self.d.port}', '127.0.0.1.evil.example', 'localhost.evil.example',
                     '10.0.0.1', '0.0.0.0', 'localhost, evil.example', 'localhost@evil.example', '', '[::1'):
            self.assertIn(self.d.get(Host=host).status, (400, 403), host)
        s = self.d.raw(b'GET / HTTP/1.0\r\n\r\n')
        self.assertIn(b' 403 ', read_all(s).split(b'\r\n')[0])
        s = self.d.raw(b'GET http://localhost/ HTTP/1.1\r\nHost: evil.example\r\n\r\n')
        self.assertIn(b' 403 ', read_all(s).split(b'\r\n')[0])
        s = self.d.raw(b'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n')
        self.assertIn(b' 403 ', read_all(s).split(b'\r\n')[0])

    def test_other_sites(self):
        own = f'http://127.0.0.1:{self.d.port}'
        for origin in 'https://evil.example', 'null', 'http://127.0.0.1:1', own + '.evil.example', 'http://', own[7:]:
            self.assertEqual(self.d.get('/events', 'HEAD', Origin=origin).status, 403, origin)
        self.assertEqual(self.d.get('/events', 'HEAD', Origin=own).status, 200)
        for site in ('cross-site', 'same-site'):
            self.assertEqual(self.d.get('/events', Sec_Fetch_Site=site, Sec_Fetch_Mode='no-cors').status, 403)
            self.assertEqual(self.d.get('/', Sec_Fetch_Site=site, Sec_Fetch_Mode='navigate').status, 200)
        self.assertEqual(self.d.get('/app.js', Sec_Fetch_Site='same-origin', Sec_Fetch_Mode='cors').status, 200)

    def test_paths(self):
        for path in ('/etc/passwd', '/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/page/index.html', '/index.html',
                     '//', '/app.js/', '/app.js%00', '/%', '/org/resemotenet/watch/app.js', '/style.css;x', '/EVENTS'):
            a = self.d.get(path)
            self.assertIn(a.status, (400, 404), path)
            self.check_headers(a)
        self.assertEqual(self.d.get('/?x=1&x=2&token=').status, 200)

    def test_bodies_and_ranges(self):
        for request in (b'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc',
                        b'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n'):
            self.check_raw(request, '413')
        a = self.d.get('/app.js', Range='bytes=' + ','.join(['0-'] * 1000))
        self.assertEqual((a.status, a.text), (200, self.d.get('/app.js').text))

    def test_headers_of_refusals(self):
        """Whatever is wrong with a request."""
        for request, status in ((b'GET / HTTP/1.0\r\n\r\n', '403'),
                                (b'GET / HTTP/1.1\r\n\r\n', '400'),
                                (b'GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n', '400'),
                                (b'GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n', '400'),
                                (b'GET * HTTP/1.1\r\nHost: localhost\r\n\r\n', '404'),
                                (b'BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n', '405'),
                                (b'CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n', '405'),
                                (b'GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: a\r\nOrigin: b\r\n\r\n', '403')):
            self.check_raw(request, status)

    def check_raw(self, request, status):
        with self.d.raw(request) as s:
            head, _, _ = read_all(s).decode().partition('\r\n\r\n')
        first, *lines = head.split('\r\n')
        self.assertEqual(first.split(' ')[1:2], [status], (request, head))
        found = [line.partition(': ')[::2] for line in lines]
        for name, value in HEADERS.items():
            self.assertEqual([v for n, v in found if n.lower() == name.lower()], [value], (request, name))

    def test_one_request_a_connection(self):
        request = b'GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n'
        self.assertEqual(read_all(self.d.raw(request * 2)).count(b'HTTP/1.1 404'), 1)
        # however it comes
        s = self.d.raw()
        for byte in request:
            s.sendall(bytes([byte]))
            time.sleep(.002)
        self.assertIn(b' 404 ', read_all(s))

    def test_hostile_requests(self):
        before = self.d.resident_kib()
        for request in (b'\r\n' * 100, b'\0' * 1000 + b'\r\n\r\n', b'GET\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n',
                        b'\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03' + b'A' * 500 + b'\r\n\r\n',
                        b'GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
                        b'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
                        b'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n',
                        b'GET /' + b'a' * 300000 + b' HTTP/1.1\r\nHost: localhost\r\n\r\n',
                        b'GET / HTTP/1.1\r\nHost: localhost\r\n' + b'X: y\r\n' * 60000 + b'\r\n',
                        b'A' * (4 << 20)):
            try:
                s = self.d.raw(request)
                s.shutdown(socket.SHUT_WR)
                self.assertNotIn(b' 200 ', read_all(s).split(b'\r\n')[0])
            except OSError:
                pass  # it need not hear it out
            self.assertEqual(self.d.get().status, 200, request[:80])
        if not SANITIZED:
            self.assertLess(self.d.resident_kib() - before, 8 << 10)


class Token(unittest.TestCase):
    """Who is let in where others can reach it."""
    def check_locked(self, d, cookie):
        for path in (*ASSETS, '/pictures', '/events', '/nothing'):
            for method in ('GET', 'HEAD'):
                self.assertEqual(d.get(path, method).status, 403, path)
        for wrong in ('', 'x', d.token[:-1], d.token + 'x', d.token[:-1] + '!', d.token.swapcase(), '%00', '0' * 5000):
            self.assertEqual(d.get('/?token=' + wrong).status, 403, wrong)
            self.assertEqual(d.get('/', Cookie=f'{cookie}={wrong}').status, 403, wrong)
        self.assertEqual(d.get('/', Cookie=f'other={d.token}').status, 403)

    def check(self, d):
        cookie = f'resemotenet-{d.port}'
        self.check_locked(d, cookie)
        a = d.get('/?token=' + d.token)
        self.assertEqual((a.status, a.getheader('Refresh')), (200, '0; url=/'))
        self.assertEqual(a.getheader('Set-Cookie'), f'{cookie}={d.token}; Path=/; HttpOnly; SameSite=Strict')
        self.assertNotIn(d.token.encode(), a.text)
        for path in ASSETS:
            a = d.get(path, Cookie=f'theme=dark; {cookie}={d.token};x=y')
            self.assertEqual(a.status, 200)
            self.assertIsNone(a.getheader('Set-Cookie'))
            self.assertNotIn(d.token.encode(), a.text)
        # players have no cookies
        self.assertEqual(d.get('/pictures?token=' + d.token, 'HEAD').status, 200)

    def test_elsewhere(self):
        tokens = []
        for _ in range(2):
            with Driver('--listen', '0.0.0.0:0') as d:
                self.assertRegex(d.token, '^[0-9a-f]{32}$')
                self.assertNotIn(d.host, ('0.0.0.0', None))
                tokens.append(d.token)
                self.check(d)
                # whoever has the token may come by any name
                self.assertEqual(d.get('/?token=' + d.token, Host='camera.example').status, 200)
        self.assertNotEqual(*tokens)

    def test_given(self):
        with Driver(env={'RESEMOTENET_HTTP_TOKEN': TOKEN}) as d:
            self.assertEqual(d.url, f'http://127.0.0.1:{d.port}/?token=…')
            d.token = TOKEN
            self.check(d)
            self.assertEqual(d.get('/?token=' + TOKEN, Host='evil.example').status, 403)

    def check_file(self, path, text, mode, **env):
        with open(path, 'w') as f:
            f.write(text)
        os.chmod(path, mode)
        with Driver('--listen', '127.0.0.1:0', env=env) as d:
            self.assertTrue(d.url.endswith('/?token=…'), d.url)
            self.assertEqual(d.get('/?token=' + TOKEN).status, 200)
            self.assertEqual(d.get('/').status, 403)

    def test_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'http-token')
            self.check_file(path, TOKEN + '\nmore than that\n', 0o600, RESEMOTENET_HTTP_TOKEN_FILE=path)
            # of systemd: its access control lists show as bits of the group
            self.check_file(path, TOKEN, 0o440, CREDENTIALS_DIRECTORY=folder)

    def test_no_file_of_service(self):
        with tempfile.TemporaryDirectory() as folder:
            for text in None, '\n':
                if text:
                    with open(os.path.join(folder, 'http-token'), 'w') as f:
                        f.write(text)
                with Driver(env={'CREDENTIALS_DIRECTORY': folder}) as d:
                    self.assertIsNone(d.token)

    def test_nothing_is_said_of_it(self):
        """Neither by the program nor by what it logs, also of requests that have it."""
        with tempfile.NamedTemporaryFile('r') as log:
            d = Driver('--listen', '0.0.0.0:0', env={'RESEMOTENET_HTTP_TOKEN': TOKEN, 'GST_DEBUG': '*:9',
                                                     'GST_DEBUG_FILE': log.name})
            for token in TOKEN, TOKEN[:-1]:
                d.get('/?token=' + token)
            d.get('/', Cookie=f'resemotenet-{d.port}={TOKEN}')
            with open(f'/proc/{d.process.pid}/cmdline') as f:
                self.assertNotIn(TOKEN[:-1], f.read())
            status, _, stderr = d.end()
            self.assertEqual(status, 0)
            self.assertNotIn(TOKEN[:-1], d.url + stderr + log.read())


class Errors(unittest.TestCase):
    def check(self, reason, *args, **env):
        with Driver(*args, env=env) as d:
            self.assertEqual(d.url, '')
            status, _, stderr = d.end()
            self.assertEqual(status, 1)
            self.assertIn(reason, stderr)

    def test_port_in_use(self):
        with Driver() as d:
            self.check(f'port {d.port} is in use', '--listen', str(d.port))
            self.check(f'port {d.port} is in use', '--listen', f'127.0.0.1:{d.port}')
        try:
            six = socket.create_server(('::1', 0), family=socket.AF_INET6)
        except OSError:
            return
        with six:
            self.check('is in use', '--listen', str(six.getsockname()[1]))

    def test_addresses(self):
        for spec in ('', 'x', '-1', '65536', '80x', ' 80', ':80', '1.2.3:80', 'example.org:80', '::1:80', '[::1]', '[::1]80',
                     '[]:80', '127.0.0.1:', '127.0.0.1'):
            self.check('is no PORT', '--listen', spec)
        self.check('cannot listen on 192.0.2.1:0', '--listen', '192.0.2.1:0')

    def test_tokens(self):
        for token in ('', 'short', 'x' * 129, 'a token with spaces', 'semicolon;semicolon', 'ümlaut-ümlaut-ümlaut'):
            self.check('a token has 16 to 128', RESEMOTENET_HTTP_TOKEN=token)
        self.check('/no/such/file', RESEMOTENET_HTTP_TOKEN_FILE='/no/such/file')
        self.check('a token has 16 to 128', RESEMOTENET_HTTP_TOKEN_FILE='/dev/zero')
        with tempfile.NamedTemporaryFile('w') as f:
            f.write('x' * 1000)
            f.flush()
            self.check('is too long', RESEMOTENET_HTTP_TOKEN_FILE=f.name)
            for mode in 0o640, 0o604, 0o620:
                os.chmod(f.name, mode)
                self.check('chmod 600', RESEMOTENET_HTTP_TOKEN_FILE=f.name)


def wait_for_frame(d):
    """Until the pipeline runs: the server is there before, and plugins may take seconds to load."""
    a = d.open('/events')
    while read_event(a)[0] != 'frame':
        pass
    a.connection.close()
    a.close()


class Streams(unittest.TestCase):
    def test_pictures(self):
        from PIL import Image
        with Driver(still=False) as d:
            time.sleep(.5)
            self.assertEqual(d.wants()[0], False, 'nobody watches')
            a = d.open('/pictures')
            self.assertEqual(a.readline(), b'--resemotenet-picture\r\n')
            for _ in range(5):
                self.assertEqual(Image.open(io.BytesIO(read_picture(a))).size, (640, 360))
            a.connection.close()
            a.close()
            time.sleep(2)
            self.assertEqual(d.wants()[0], False, 'nobody watches any more')

    def test_events(self):
        with Driver('--faces', '2', still=False) as d:
            wait_for_frame(d)
            time.sleep(2.2)
            a = d.open('/events')
            start = time.monotonic()
            name, _, hello = read_event(a)
            self.assertEqual((name, hello['span']), ('hello', 300000))
            name, _, colors = read_event(a)
            self.assertEqual((name, colors['happy'], colors['sad']), ('colors', '#e69f00', '#0072b2'))
            name, _, status = read_event(a)
            self.assertEqual((name, status['state'], status['latency_ms']), ('status', 'playing', 38))
            frames = []
            while time.monotonic() < start + 2:
                name, last_id, data = read_event(a)
                if name == 'frame':
                    frames.append((last_id, data))
            times = [f['t'] for _, f in frames]
            earlier = sum(t < hello['now'] for t in times)
            self.assertTrue(3 <= earlier <= 6, f'{earlier} frames of two seconds before')
            steps = [b - a for a, b in zip(times, times[1:])]
            self.assertTrue(all(s >= 99 for s in steps), steps)
            self.assertGreaterEqual(len(times) - earlier, 10)
            self.assertEqual([o['id'] for o in frames[-1][1]['frame']['objects']], [1, 2])
            # a page that comes back has these already
            a = d.open('/events', Last_Event_ID=frames[-1][0])
            events = [read_event(a) for _ in range(5)]
            self.assertGreater(min(e[2]['t'] for e in events if e[0] == 'frame'), times[-1])
            # unless they were of another run
            a = d.open('/events', Last_Event_ID='0-999999')
            self.assertEqual([read_event(a)[0] for _ in range(3)], ['hello', 'colors', 'status'])
            self.assertLessEqual(read_event(a)[2]['t'], times[0])

    def test_old_protocol(self):
        with Driver(still=False) as d:
            s = d.raw(b'GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n')
            time.sleep(.5)
            data = s.recv(1 << 16)
            head, _, body = data.partition(b'\r\n\r\n')
            self.assertNotIn(b'chunked', head)
            self.assertTrue(body.startswith(b'retry: '), body[:40])

    def test_too_many_viewers(self):
        with Driver(still=False) as d:
            wait_for_frame(d)
            for path in ('/pictures', '/events'):
                viewers = [d.open(path) for _ in range(16)]
                self.assertTrue(all(v.status == 200 for v in viewers))
                for method in ('GET', 'HEAD'):
                    a = d.get(path, method)
                    self.assertEqual((a.status, a.getheader('Retry-After')), (503, '5'))
                self.assertEqual(d.get('/').status, 200)
                viewers[0].connection.close()
                viewers[0].close()
                time.sleep(2)
                self.assertEqual(d.open(path).status, 200)
                for v in viewers[1:]:
                    v.connection.close()
                    v.close()


class Burden(unittest.TestCase):
    """Clients that mean no good."""
    def test_slow_clients(self):
        with Driver() as d:
            before = d.descriptors()
            slow = [d.raw(b'GET / HTTP/1.1\r\nHo') for _ in range(200)]
            last = slow[-1]
            waited = time.monotonic()
            for _ in range(20):
                start = time.monotonic()
                self.assertEqual(d.get('/app.js').status, 200)
                self.assertLess(time.monotonic() - start, 2)
            self.assertLessEqual(d.descriptors() - before, 96 + 4, 'those that go, too')
            # one byte now and then does not keep a connection
            try:
                while True:
                    last.settimeout(.5)
                    try:
                        if not last.recv(10):
                            break
                    except TimeoutError:
                        last.sendall(b'x')
            except ConnectionError:
                pass
            self.assertTrue(3 < time.monotonic() - waited < 9)
            time.sleep(1.5)
            self.assertLessEqual(d.descriptors(), before + 2)

    def test_client_that_never_reads(self):
        with Driver() as d:
            before = d.resident_kib()
            request = b'GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n'
            stuck = [d.raw(request % path) for path in (b'/pictures', b'/pictures', b'/events', b'/events')]
            time.sleep(.3)
            d.tell('burst 400000')
            a = d.open('/pictures')
            a.readline()
            start, n, peak = time.monotonic(), 0, 0
            while time.monotonic() < start + 3:
                self.assertEqual(len(read_picture(a)), 400000)
                n += 1
                peak = max(peak, d.resident_kib())
                if n % 10 == 0:
                    self.assertEqual(d.get().status, 200)
            self.assertGreater(n, 30, 'others are not kept waiting')
            print(f'{n} pictures of 400 kB in 3 s, {peak - before} KiB more')
            if not SANITIZED:
                self.assertLess(peak - before, 16 << 10)
            a.connection.close()
            a.close()
            if not LONG:
                return
            # who takes nothing for ten seconds is let go
            stuck[0].settimeout(30)
            time.sleep(max(0, start + 13 - time.monotonic()))
            d.tell('burst 0')
            read_all(stuck[0])
            self.assertLess(time.monotonic() - start, 25)

    def test_reconnections(self):
        with Driver(still=False) as d:
            wait_for_frame(d)
            before = None
            for i in range(330 if LONG else 90):
                a = d.open(('/events', '/pictures', '/')[i % 3])
                self.assertEqual(a.status, 200, f'{i} before have gone')
                a.readline()
                a.connection.close()
                a.close()
                if i % 30 == 29:
                    time.sleep(4 if SANITIZED else 1.2)  # 16 of a kind at a time
                    before = before or d.descriptors()
            time.sleep(2)
            self.assertLessEqual(d.descriptors(), before)

    def test_end_with_clients(self):
        d = Driver(still=False)
        events = [d.open('/events') for _ in range(3)]
        # these read all the time; read() raises where what comes is not complete
        pictures = concurrent.futures.ThreadPoolExecutor()
        all_read = [pictures.submit(d.open('/pictures').read) for _ in range(2)]
        stuck = d.raw(b'GET /pictures HTTP/1.1\r\nHost: localhost\r\n\r\n')
        half = d.raw(b'GET / HTT')
        first = d.open('/pictures')
        first.readline()
        read_picture(first)
        time.sleep(.2)
        status, seconds, stderr = d.end()
        self.assertEqual((status, stderr), (0, ''))
        self.assertLess(seconds, 10 if SANITIZED else 2)
        for e in events:
            self.assertTrue(e.read().endswith(b'event: end\ndata: 0\n\n'))
        self.assertTrue(all(len(r.result()) > 1000 for r in all_read))
        self.assertEqual(read_all(half), b'')
        read_all(stuck)


if __name__ == '__main__':
    outcome.main()
