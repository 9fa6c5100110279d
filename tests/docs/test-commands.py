"""The commands of README.md and docs/: each is run, as blocks.py says, and has to do what the page says."""
import concurrent.futures
import os
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import unittest

import blocks
import outcome

ROOT, BUILD = os.environ['REN_SOURCE_ROOT'], os.environ['REN_BUILD_ROOT']
LIMIT = 120   # seconds a command; a loaded machine is slow
ELEMENTS = ('faceroi', 'emotionoverlay', 'facedetect', 'openh264enc', 'avenc_aac', 'mp4mux')
# of these, the page says that they see a face
SEES = re.compile(r'gst-launch-1\.0.* ! resemotenet\b')
SEEN = re.compile(r'emotion, .*faces=\(structure\)<.*label')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Unauthorized(socketserver.StreamRequestHandler):
    """A camera that knows nobody."""
    def handle(self):
        sequence = b'1'
        for line in self.rfile:
            if line.lower().startswith(b'cseq:'):
                sequence = line.split(b':')[1].strip()
            elif not line.strip():
                self.wfile.write(b'RTSP/1.0 401 Unauthorized\r\nCSeq: %s\r\nWWW-Authenticate: Basic realm="camera"\r\n\r\n'
                                 % sequence)


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        missing = [e for e in ELEMENTS if subprocess.run(['gst-inspect-1.0', '--exists', '--atleast-version=0.0', e]).returncode]
        if missing:
            raise unittest.SkipTest('there is no element ' + ', '.join(missing))
        cls.tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.tmp.cleanup)
        cls.given = os.path.join(cls.tmp.name, 'given')
        os.makedirs(os.path.join(cls.given, 'clips'))
        cls.environment = dict(os.environ, HOME=cls.tmp.name, LC_ALL='C.UTF-8', PKG_CONFIG_PATH='', PATH=':'.join(
            [os.path.join(BUILD, 'trainer'), os.path.join(BUILD, 'pipelines', 'watch'), os.environ['PATH']]))
        for name in ('DISPLAY', 'WAYLAND_DISPLAY', 'MALLOC_PERTURB_'):
            cls.environment.pop(name, None)
        cls.make_files()
        cls.start_camera()
        cls.start_broker()
        cls.passed = set()

    @classmethod
    def make_files(cls):
        """A clip of a second with sound, a picture of its face, a data set, a checkpoint, a file of settings."""
        clip = os.path.join(cls.given, 'talk.mp4')
        picture = os.path.join(ROOT, 'pipelines', 'sample', 'astronaut.jpg')
        subprocess.run(
            f'gst-launch-1.0 -q filesrc location={picture} ! jpegdec ! imagefreeze num-buffers=2 '
            '! video/x-raw,framerate=2/1 ! videoconvert ! video/x-raw,format=I420 ! openh264enc bitrate=2000000 ! h264parse '
            f'! mp4mux name=m ! filesink location={clip} audiotestsrc num-buffers=40 ! audioconvert ! avenc_aac ! m.',
            shell=True, check=True, env=cls.environment, stderr=subprocess.DEVNULL, timeout=LIMIT)
        os.link(clip, os.path.join(cls.given, 'clips', 'one.mp4'))
        os.symlink(picture, os.path.join(cls.given, 'face.jpg'))
        os.symlink(os.environ['REN_RANDOM_MODEL'], os.path.join(cls.given, 'checkpoint.pth'))
        os.symlink(picture, os.path.join(cls.given, 'checkpoint.jpg'))
        for split in 'train', 'validation':
            for label in 'happy', 'sad':
                folder = os.path.join(cls.given, 'fer2013', split, label)
                os.makedirs(folder)
                for i in range(3):
                    os.symlink(picture, os.path.join(folder, f'{i}.jpg'))
        os.makedirs(os.path.join(cls.given, 'faces', 'happy'))
        os.symlink(picture, os.path.join(cls.given, 'faces', 'happy', '1.jpg'))
        for name, text in (('mqtt-credentials', 'username=me\npassword=secret\n'),
                           ('kafka-config', 'test.mock.num.brokers=1\n')):
            path = os.path.join(cls.given, name)
            with open(path, 'w') as f:
                f.write(text)
            os.chmod(path, 0o600)

    @classmethod
    def start_camera(cls):
        server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), Unauthorized)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        cls.camera = f'127.0.0.1:{server.server_address[1]}'

    @classmethod
    def start_broker(cls):
        """mosquitto, and a client that notes the topics of what it gets."""
        cls.ports = {'mqtt': free_port(), 'kafka': free_port()}
        cls.topics = None
        program = shutil.which('mosquitto', path=os.environ['PATH'] + ':/usr/sbin')
        if not program or not shutil.which('mosquitto_sub'):
            return
        config = os.path.join(cls.tmp.name, 'mosquitto.conf')
        with open(config, 'w') as f:
            f.write(f'listener {cls.ports["mqtt"]} 127.0.0.1\nallow_anonymous true\n')
        cls.topics = os.path.join(cls.tmp.name, 'topics')
        port = str(cls.ports['mqtt'])
        broker = subprocess.Popen([program, '-c', config], stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(('127.0.0.1', cls.ports['mqtt'])) == 0:
                    break
            time.sleep(0.05)
        with open(cls.topics, 'w') as f:
            client = subprocess.Popen(['mosquitto_sub', '-p', port, '-h', '127.0.0.1', '-t', '#', '-F', '%t', '-q', '1'],
                                      stdout=f, stderr=subprocess.DEVNULL)
        for process in broker, client:
            cls.addClassCleanup(process.wait)
            cls.addClassCleanup(process.kill)

    def run_command(self, command, folder, environment):
        process = subprocess.Popen(['bash', '-c', command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            output, late = process.communicate(timeout=LIMIT)[0], ''
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, late = process.communicate()[0], f'\nstopped: not done within {LIMIT} s'
        return process.returncode, output.decode(errors='replace') + late

    def lacks(self, command):
        """What the build or the machine has not that the command needs, or None."""
        for name in 'mqtt', 'kafka':
            if f'{name}://' in command and name not in os.environ['REN_DESTINATIONS']:
                return f'this build has no {name}'
        return 'there is no mosquitto' if f':{self.ports["mqtt"]}/' in command and not self.topics else None

    def folder(self):
        folder = tempfile.mkdtemp(dir=self.tmp.name)
        subprocess.run(['cp', '-rs', self.given + '/.', folder], check=True)
        return folder

    def check_sh(self, block):
        folder, environment, notes = self.folder(), dict(self.environment), []
        for command in blocks.commands(block.text):
            why = blocks.skipped(command)
            if why or command.startswith('cc '):
                notes.append(f'skipped: {block}: {command[:60]}: {why or "test-programs.py runs it"}')
                continue
            run = blocks.runnable(command, **self.ports)
            if self.lacks(run):
                notes.append(f'skipped: {block}: {command[:60]}: {self.lacks(run)}')
                continue
            sees = SEES.search(run)
            if sees and 'post-messages=true' not in run:
                run = re.sub(r'(! resemotenet)\b', r'\1 post-messages=true', run)
            if sees:
                run = re.sub(r'gst-launch-1\.0( -[qem])*', 'gst-launch-1.0 -m', run)
            export = re.match(r'export (\w+)=(\S+)$', run)
            if export:
                environment[export[1]] = export[2].replace('$PWD', folder)
                continue
            if run in self.passed:   # on another page
                continue
            status, output = self.run_command(run, folder, environment)
            if status:
                return notes, f'{block}: status {status} of {run}\n{output}'
            if sees and not SEEN.search(output):
                return notes, f'{block}: no face was seen by {run}\n{output[-3000:]}'
            # not data sets and models, which the next command may need
            if run.startswith(('gst-launch-1.0', 'resemotenet-watch')):
                self.passed.add(run)
        shutil.rmtree(folder)
        return notes, None

    def check_console(self, block):
        folder, notes = self.folder(), []
        for command, expected in blocks.transcript(block.text):
            run = command.replace('camera.local', self.camera)
            run = blocks.runnable(run, **self.ports) if run == command else run
            if self.lacks(run):
                notes.append(f'skipped: {block}: {command[:60]}: {self.lacks(run)}')
                continue
            _, output = self.run_command(run, folder, self.environment)
            output = output.replace(self.camera, 'camera.local').split('\n')
            at = 0
            for line in expected:
                pattern = '.*'.join(re.escape(part) for part in line.split('…'))
                at = next((i for i in range(at, len(output)) if re.fullmatch(pattern, output[i].rstrip())), None)
                if at is None:
                    return notes, f'{block}: {command}\ndid not print, or not in this order: {line}\n' + '\n'.join(output)
                at += 1
        shutil.rmtree(folder)
        return notes, None

    def test_all(self):
        found = [b for page in blocks.find(ROOT, 'sh', 'console').values() for b in page]
        self.assertGreater(len(found), 40)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = pool.map(lambda b: (b, *(self.check_sh if b.language == 'sh' else self.check_console)(b)), found)
            for block, notes, failure in results:
                for note in notes:
                    print(note, flush=True)
                with self.subTest(str(block)):
                    self.assertIsNone(failure, failure)
        if self.topics:
            with open(self.topics) as f:
                topics = set(f.read().split())
            self.assertIn('cameras/door', topics, 'nothing came to the broker')


if __name__ == '__main__':
    outcome.main()
