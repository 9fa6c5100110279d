"""The unit resemotenet-watch@.service: systemd reads it, finds it confined, and the app works when it is."""
import configparser
import functools
import http.server
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

import outcome

UNIT, WATCH, ROOT = os.environ['REN_UNIT'], os.environ['REN_WATCH'], os.environ['REN_SOURCE_ROOT']
MODEL = os.environ['REN_DEFAULT_MODEL']
CONFINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'confine.py')
# of 10; 0 would be a service without network
MAX_EXPOSURE = 1.5


def analyze(*args, **options):
    return subprocess.run(['systemd-analyze', *args], capture_output=True, text=True, timeout=60, **options)


def read_unit():
    with open(UNIT) as f:
        text = f.read()
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str
    unit.read_string(text.replace('\\\n', ''))
    return text, unit


@unittest.skipUnless(shutil.which('systemd-analyze'), 'systemd-analyze is not installed')
class Unit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(tmp.cleanup)
        # verify wants the program to be there
        cls.path = os.path.join(tmp.name, 'resemotenet-watch@door.service')
        text, _ = read_unit()
        program = re.search(r'^ExecStart=(\S+)', text, re.M)[1]
        cls.text = text.replace(program, WATCH)
        with open(cls.path, 'w') as f:
            f.write(cls.text)

    def test_verify(self):
        r = analyze('verify', '--man=no', self.path)
        self.assertEqual((r.returncode, r.stderr), (0, ''))

    def test_verify_sees_mistakes(self):
        with open(self.path, 'w') as f:
            f.write(self.text.replace('ProtectSystem=strict', 'ProtectSytem=strict').replace('SetCredential=rtsp:', 'SetCredential=rtsp'))
        r = analyze('verify', '--man=no', self.path)
        with open(self.path, 'w') as f:
            f.write(self.text)
        self.assertIn('ProtectSytem', r.stderr)
        self.assertIn('rtsp', r.stderr)

    def test_security(self):
        r = analyze('security', '--offline=true', f'--threshold={10 * MAX_EXPOSURE:.0f}', self.path)
        level = re.search(r'Overall exposure level for .*: ([\d.]+)', r.stdout)
        self.assertTrue(level, r.stderr)
        print('exposure', level[1])
        self.assertEqual(r.returncode, 0, r.stdout)
        self.assertLessEqual(float(level[1]), MAX_EXPOSURE)

    @unittest.skipIf(os.environ.get('ASAN_OPTIONS'), 'sanitizers ask for more than the program')
    def test_confined(self):
        """Everything it does for a camera, also the first look for plugins, with what the unit allows."""
        with tempfile.TemporaryDirectory(dir='/var/tmp') as folder:
            handler = functools.partial(Pictures, directory=os.path.join(ROOT, 'pipelines', 'sample'))
            with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
                threading.Thread(target=server.serve_forever, daemon=True).start()
                r = self.run_confined(folder, 'http://127.0.0.1:%d/astronaut.jpg' % server.server_address[1])
                server.shutdown()
            self.assertEqual(r.returncode, 0, r.stderr)
            self.assertNotRegex(r.stderr, '(?i)orc|not permitted|denied|cannot')
            with open(os.path.join(folder, 'faces.jsonl')) as f:
                faces = json.loads(f.read())['objects']
            self.assertEqual([face['emotion']['label'] for face in faces], ['happy'])
            names = os.listdir(folder)
            self.assertTrue({'cache', 'faces.jsonl', 'seen.mkv', 'report.html'} <= set(names), names)
            self.assertGreater(os.path.getsize(os.path.join(folder, 'seen.mkv')), 1000)

    def run_confined(self, folder, source):
        options = '--http 0 --json faces.jsonl --annotate seen.mkv --report report.html'
        command = re.search(r'^ExecStart=\S+ (.*)$', self.text, re.M)[1].replace('$OPTIONS', options).replace('${SOURCE}', source)
        e = {name: value for name, value in os.environ.items() if not name.startswith('GST_REGISTRY')}
        e.update(HOME=folder, XDG_CACHE_HOME=os.path.join(folder, 'cache'), RESEMOTENET_MODEL=MODEL)
        return subprocess.run([sys.executable, CONFINE, UNIT, folder, WATCH, *shlex.split(command)], env=e,
                              capture_output=True, text=True, timeout=100)


class Pictures(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Contents(unittest.TestCase):
    """What does not need systemd to be seen."""

    def test_program(self):
        _, unit = read_unit()
        program, *words = unit['Service']['ExecStart'].split()
        self.assertTrue(program.startswith('/') and program.endswith('/bin/resemotenet-watch'))
        usage = subprocess.run([WATCH, '--help-all'], capture_output=True, text=True, check=True).stdout
        for option in words:
            if option.startswith('--') and option != '--':
                self.assertIn(option, usage)

    def test_secrets(self):
        """Each that is handed over is one that the program asks for, and may be missing."""
        text, _ = read_unit()
        loaded = re.findall(r'^LoadCredential=([\w-]+):/etc/resemotenet/%i\.\1$', text, re.M)
        self.assertEqual(loaded, ['rtsp', 'http-token', 'mqtt', 'kafka'])
        self.assertEqual(re.findall(r'^SetCredential=([\w-]+):\\n$', text, re.M), loaded)
        # a password has no business in an environment, which systemctl show prints
        self.assertNotRegex(text, r'(?im)^Environment=.*(password|token|user)')

    def test_source_is_no_option(self):
        _, unit = read_unit()
        self.assertTrue(unit['Service']['ExecStart'].endswith(' -- ${SOURCE}'))
        r = subprocess.run([WATCH, '--quiet', '--', '--version'], capture_output=True, text=True)
        self.assertIn('there is no such file', r.stderr)


outcome.main()
