"""DL Streamer's own code as the judge of our metadata: it reads what the elements write, and they read what it writes.

REN_DLSTREAMER names a checkout of DL Streamer, of which only the readers are compiled (include/dlstreamer/gst and
src/gst/metadata), into a program of ours: dlstreamer-reader.cc, which does the comparing.
"""
import json
import os
import re
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

import outcome

HERE = Path(__file__).resolve().parent
ROOT = Path(os.environ['REN_SOURCE_ROOT'])
CHECKOUT = os.environ.get('REN_DLSTREAMER')
READERS = Path(CHECKOUT or '.').resolve() / 'include/dlstreamer/gst'
SIZE = 512
# what dlstreamer-reader.cc marks, and as what
BOXES = [(0, 0, 8, 8), (160, 60, 130, 130), (300, 300, 100, 120)]
EMOTION = {'label': 'surprise', 'label_id': 3, 'confidence': .625, 'model': {'name': 'theirs'}}

tmp = tempfile.TemporaryDirectory()


def which_metadata():
    """Where readers look: in regions; in detections alone, where there are any (and they do not know ours); in both."""
    frame = (READERS / 'videoanalytics/video_frame.h').read_text()
    if 'analytics' not in frame:
        return 'regions'
    return 'both' if 'get_video_region_of_interest_meta_id' in frame else 'either'


def flags(*packages):
    return shlex.split(subprocess.run(['pkg-config', '--cflags', '--libs', *packages], text=True, check=True,
                                      stdout=subprocess.PIPE).stdout)


def compile_reader():
    """The path of the program, or why this GStreamer is too old for it (or too new)."""
    # included, but not used
    stub = Path(tmp.name, 'include/opencv2')
    stub.mkdir(parents=True)
    (stub / 'opencv.hpp').touch()
    sources = [HERE / 'dlstreamer-reader.cc']
    for header in sorted(READERS.glob('metadata/*.h')):
        included = f'metadata/{header.name}"' in ''.join(h.read_text() for h in READERS.glob('videoanalytics/*.h'))
        source = READERS.parents[2] / f'src/gst/metadata/{header.stem}.c'
        if included and source.exists():
            sources.append(source)
    packages = ['gstresemotenet-1.0', 'gstreamer-video-1.0']
    options = []
    if which_metadata() != 'regions':
        packages.append('gstreamer-analytics-1.0')
        if subprocess.run(['pkg-config', '--exists', *packages]).returncode != 0:
            return None, 'these readers need gstreamer-analytics-1.0'
    if which_metadata() == 'both':
        options.append('-DREADER_ANALYTICS')
    objects = []
    include = [f'-isystem{d}' for d in [stub.parent, *READERS.glob('*/'), READERS, READERS.parents[1]]]
    for source in sources:
        objects.append(f'{tmp.name}/{source.name}.o')
        # warnings are of our code
        language = 'c++ -std=c++17 -Wall -Wextra -Wno-unused-parameter -Werror' if source.suffix == '.cc' else 'cc -w'
        done = subprocess.run([*language.split(), '-g', *options, *shlex.split(os.environ['REN_SANITIZE']), '-c', source,
                               '-o', objects[-1], *include, *flags(*packages)], text=True, stderr=subprocess.PIPE)
        if 'gst/analytics/' in done.stderr and 'No such file' in done.stderr:
            return None, 'these readers need a newer GStreamer'
        if done.returncode:
            raise RuntimeError(done.stderr)
    program = f'{tmp.name}/dlstreamer-reader'
    subprocess.run(['c++', *shlex.split(os.environ['REN_SANITIZE']), '-o', program, *objects, *flags(*packages),
                    '-Wl,-rpath,' + os.environ['REN_METADATA_LIBDIR']], check=True)
    return program, None


class DLStreamer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not CHECKOUT:
            raise unittest.SkipTest('REN_DLSTREAMER does not name a checkout of DL Streamer')
        if not READERS.is_dir():
            raise RuntimeError(f'REN_DLSTREAMER: there is no {READERS}: name a checkout of DL Streamer, 2023.0 or later')
        print(f'readers of {READERS}, which look in: {which_metadata()}', flush=True)
        cls.program, why = compile_reader()
        if why:
            raise unittest.SkipTest(why)

    def run_reader(self, how, marks, *elements):
        pipeline = ' ! '.join([f'filesrc location={ROOT}/pipelines/sample/astronaut.jpg', 'jpegdec', 'videoconvert',
                               'video/x-raw,format=RGB', *elements])
        done = subprocess.run([self.program, how, marks, pipeline], text=True, timeout=120, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)
        print(done.stdout, end='', flush=True)
        return done.stdout.splitlines()

    def compare(self, marks, *elements, options=''):
        how = 'analytics' if which_metadata() == 'both' else 'regions'
        model = os.environ['REN_DEFAULT_MODEL']
        if which_metadata() == 'either':
            options += ' meta-mode=emotion-meta+roi-param'
        return self.run_reader(how, marks, *elements, f'resemotenet model={model} min-size=16 {options}',
                               'fakesink name=sink')

    def test_our_detector(self):
        """From picture to emotion without DL Streamer."""
        if which_metadata() == 'either':
            self.skipTest('versions from 2024.1 to 2025.1 read only detections that their own detector adds')
        self.assertEqual(len(self.compare('none', 'faceroi')), 1)

    def test_plain_regions(self):
        """Regions without ids: one that is too small, and two with an emotion."""
        self.assertEqual(len(self.compare('plain', 'identity name=mark')), 2)

    def test_their_regions(self):
        """Our emotions on their detections, which keep their ids and tracks."""
        lines = self.compare('theirs', 'identity name=mark')
        self.assertEqual([re.sub('.*object ', '', line) for line in lines], ['42', '43'])

    def test_threshold(self):
        """A face that is too uncertain has no label, but a confidence."""
        for line in self.compare('theirs', 'identity name=mark', options='threshold=1'):
            self.assertRegex(line, '^unknown ')

    def published(self, *elements):
        out = Path(tmp.name, 'out.jsonl')
        self.run_reader('nothing', 'classified', 'identity name=mark', *elements, f'emotionpublish location={out}',
                        'fakesink name=sink')
        return json.loads(out.read_text())['objects']

    def test_publish(self):
        """What their classifier writes is published, field by field."""
        for box, o in zip(BOXES, self.published(), strict=True):
            self.assertEqual((o['x'], o['y'], o['w'], o['h']), box)
            self.assertEqual(o['emotion'], EMOTION)
            self.assertEqual(o['detection']['confidence'], .875)
            self.assertEqual(o['roi_type'], 'face')
        self.assertEqual([o['id'] for o in self.published()], [41, 42, 43])

    def test_publish_converted(self):
        """Conversion drops the params of regions, and leaves the classes of detections."""
        if which_metadata() != 'both':
            self.skipTest('this version writes regions only')
        for box, o in zip(BOXES, self.published('videoconvert', 'video/x-raw,format=I420'), strict=True):
            self.assertEqual((o['x'], o['y'], o['w'], o['h']), box)
            self.assertEqual((o['emotion']['label'], o['emotion']['confidence']), ('surprise', .625))

    def test_overlay(self):
        """What their classifier writes is drawn."""
        frames = []
        for overlay in 'identity', 'emotionoverlay':
            out = Path(tmp.name, overlay)
            self.run_reader('nothing', 'classified', 'identity name=mark', overlay, f'filesink name=sink location={out}')
            frames.append(out.read_bytes())
        self.assertEqual(len(frames[0]), 3 * SIZE * SIZE)
        for x, y, w, h in BOXES[1:]:
            at = 3 * (SIZE * (y + h // 2) + x)
            self.assertNotEqual(frames[0][at:at + 3], frames[1][at:at + 3], f'the left side at {x},{y}')


if __name__ == '__main__':
    outcome.main()
