"""The examples without a window: what they print of the sample."""
import os
import re
import tempfile
import unittest

import outcome
from example import SANITIZED, Example, make_sample
from PIL import Image

LABELS = ['happy', 'surprise', 'sad', 'anger', 'disgust', 'fear', 'neutral']
# her face in the sample picture
FACE = (177, 64, 103, 103)
YELLOW = (0xf0, 0xe4, 0x42)  # of happy


class Apps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.tmp.cleanup)
        cls.clip = os.path.join(cls.tmp.name, 'sample.webm')
        make_sample(cls.clip)

    def example(self, path):
        e = Example(path)
        self.addCleanup(e.close)
        os.symlink(self.clip, e.path('talk.mp4'))
        return e

    def output(self, example, command):
        r = example.run(command)
        self.assertEqual((r.returncode, r.stderr), (0, ''), command)
        return r.stdout.splitlines()

    def check_clip(self, example):
        """She smiles in every frame."""
        lines = self.output(example, example.runs[0])
        faces = []
        for line in lines:
            m = re.fullmatch(r' *([\d.]+) s  person (\d+)  (\w+) +(\d+) ?%  at (\d+),(\d+)  (\d+)x(\d+)', line)
            self.assertIsNotNone(m, line)
            faces.append((float(m[1]), m[3], *map(int, m.group(2, 4, 5, 6, 7, 8))))
        self.assertGreaterEqual(len(faces), 58)
        for i, (time, label, person, percent, x, y, w, h) in enumerate(faces):
            self.assertEqual((label, person), ('happy', 1))
            self.assertGreaterEqual(percent, 85)
            self.assertTrue(100 <= x <= 250 and 20 <= y <= 120 and 70 <= w <= 140 and 70 <= h <= 140, faces[i])
        times = [f[0] for f in faces]
        self.assertEqual(times, sorted(set(times)))
        self.assertAlmostEqual(times[-1], 59 / 15, delta=.04)
        return faces

    def check_errors(self, example, command, name):
        """An error is one line, and an exit status."""
        r = example.run(command)
        self.assertEqual(r.returncode, 1)
        self.assertEqual(r.stdout, '')
        self.assertRegex(r.stderr, rf'\A{name}: .+\n\Z')

    def test_appsink(self):
        e = self.example('appsink.c')
        self.check_clip(e)
        self.check_errors(e, './appsink appsink.c', 'appsink')

    @unittest.skipIf(SANITIZED, "Python does not load a plugin with a sanitizer")
    def test_python(self):
        """Messages and metadata say the same."""
        messages, probe = self.example('bus-messages.py'), self.example('pad-probe.py')
        self.assertEqual(self.check_clip(messages), self.check_clip(probe))
        for e, name in ((messages, 'bus-messages'), (probe, 'pad-probe')):
            self.check_errors(e, f'python3 {name}.py nothing.mp4', name)

    def test_core(self):
        e = self.example('core.c')
        of_boxes, of_picture = e.runs
        self.assertIn(','.join(map(str, FACE)), of_boxes)
        lines = self.output(e, of_boxes)
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], r'^happy (8[5-9]|9\d) %: ')
        for line in lines:
            head, scores = line.split(': ')
            scores = re.findall(r'(\w+) ([\d.]+)', scores)
            self.assertEqual([label for label, _ in scores], LABELS)
            values = [float(v) for _, v in scores]
            self.assertAlmostEqual(sum(values), 1, delta=7 * .005 + 1e-6)  # as many roundings
            best = max(range(7), key=values.__getitem__)
            self.assertRegex(head, rf'^{LABELS[best]} \d+ %$')
            self.assertAlmostEqual(int(head.split()[1]) / 100, values[best], delta=.011)

        # a picture of the face alone is read in the same way
        x, y, w, h = FACE
        Image.open(e.path('people.jpg')).crop((x, y, x + w, y + h)).save(e.path('face.png'))
        self.assertEqual(self.output(e, of_picture), lines[:1])

        self.assertEqual(self.output(e, './core people.jpg 900,900,10,10'), ['outside of the picture'])
        for arguments in ('nothing.jpg', 'people.jpg 1,2,3', ''):
            self.check_errors(e, './core ' + arguments, 'core')

    def test_cplusplus(self):
        e = self.example('cplusplus.cc')
        command, = e.runs
        lines = self.output(e, command)
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], r'^happy (8[5-9]|9\d) %$')

        # the box is drawn around her face, and not in the picture as it was
        x, y, w, h = FACE

        def frame(name):
            picture = Image.open(e.path(name)).convert('RGB')
            edge = [(i, j) for i in range(x, x + w) for j in (y, y + h - 1)]
            near = [max(abs(a - b) for a, b in zip(picture.getpixel(p), YELLOW)) < 60 for p in edge]
            return sum(near) / len(near)
        self.assertGreater(frame('labelled.jpg'), .9)
        self.assertLess(frame('people.jpg'), .1)

        for arguments in ('nothing.jpg out.jpg 1,2,3,4', 'people.jpg out.jpg 1,2,3', ''):
            self.check_errors(e, './cplusplus ' + arguments, 'cplusplus')


if __name__ == '__main__':
    outcome.main()
