"""What a whole pipeline takes of memory: gst-launch-1.0, from a file to the metadata, with the default model.

The most that was resident at once. In int8 36 MB of it are the model; the rest are GStreamer with a decoder, dlib's
detector and its pictures, and what the network calculates with.
"""
import os
import subprocess
import tempfile
import unittest

import outcome

ROOT = os.environ['REN_SOURCE_ROOT']
CLIP = os.path.join(os.environ['REN_SHARED'], 'data', 'two-people.webm')
MODEL = os.environ['REN_INT8_MODEL']
LIMIT = 150e6

tmp = tempfile.TemporaryDirectory()
ENVIRONMENT = dict(os.environ, GST_REGISTRY=os.path.join(tmp.name, 'registry.bin'))
# meson has malloc write to all that it hands out
ENVIRONMENT.pop('MALLOC_PERTURB_', None)


@unittest.skipUnless(os.path.exists(MODEL), 'there is no models/resemotenet.safetensors')
class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # looking through all plugins there are takes memory of its own, and is done once
        subprocess.run(['gst-inspect-1.0', 'resemotenet'], env=ENVIRONMENT, check=True, timeout=120,
                       stdout=subprocess.DEVNULL)

    def check(self, clip, precision):
        out = os.path.join(tmp.name, 'out')
        command = ['gst-launch-1.0', '-m', 'filesrc', f'location={clip}', '!', 'decodebin', '!', 'faceroi', '!',
                   'resemotenet', f'model={MODEL}', f'precision={precision}', 'post-messages=true', '!', 'fakesink']
        with open(out, 'w') as f:
            process = subprocess.Popen(command, env=ENVIRONMENT, stdout=f)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        with open(out) as f:
            self.assertGreaterEqual(f.read().count('emotion, '), 50, 'frames with a face')
        most = usage.ru_maxrss << 10
        print(f'{most / 1e6:.0f} MB', end=' ', flush=True)
        self.assertLess(most, LIMIT)

    def test_sample(self):
        """One face, 60 frames; fp16 has the packed weights beside the file, but never both as a whole."""
        clip = os.path.join(tmp.name, 'sample.webm')
        subprocess.run([os.path.join(ROOT, 'pipelines', 'make-sample'), clip], env=ENVIRONMENT, check=True, timeout=120)
        for precision in 'int8', 'fp16':
            with self.subTest(precision):
                self.check(clip, precision)

    @unittest.skipUnless(os.path.exists(CLIP), 'two-people.webm is not at hand')
    def test_clip(self):
        """Two faces, 56 frames."""
        self.check(CLIP, 'int8')


outcome.main()
