"""eval: what it says about scores, reports to look at, calibration, mirror images, other data sets."""
import base64
import html.parser
import io
import json
import os
import random
import re
import struct
import unittest
import xml.etree.ElementTree as ElementTree

import cli
cli.need('numpy', 'PIL')
import numpy as np
from PIL import Image, ImageOps

DRAWING = os.environ['REN_DRAWING'] == '1'
needs_drawing = unittest.skipUnless(DRAWING, 'built without Cairo and Pango')
N_CLASSES = len(cli.LABELS)


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def nll(scores, true):
    return -np.log(scores[np.arange(len(true)), true]).mean()


def ece(scores, true):
    confidence, right = scores.max(1), scores.argmax(1) == true
    bins = np.clip(np.ceil(confidence * 15) - 1, 0, 14).astype(int)
    return sum(abs(right[bins == b].sum() - confidence[bins == b].sum()) for b in range(15)) / len(true)


class Faces(cli.Case):
    """Faces of which the model recognises some: their labels are what it says, or chance."""
    N = 48
    CLASSES = range(N_CLASSES)
    outputs = {}    # of each model

    def outputs_of(self, folder):
        logits = self.logits(folder)
        return np.array([logits[name] for name in sorted(logits)])

    def setUp(self):
        super().setUp()
        rng = random.Random(5)
        names = [f'{i:02}.png' for i in range(self.N)]
        for i, name in enumerate(names):
            # 64x64 grey: the network reads these very pixels
            cli.picture(64, 64, seed=i).convert('L').save(self.path('faces', name))
        model = self.model()
        if model not in Faces.outputs:   # the same for each test
            Faces.outputs[model] = self.outputs_of(self.path('faces'))
        self.z = Faces.outputs[model]
        among = list(self.CLASSES)
        self.true = np.array([among[int(z[among].argmax())] if rng.random() < .5 else rng.choice(among)
                              for z in self.z])
        self.table = self.write('faces/labels.csv', 'ImageName,Label\n' + ''.join(
            f'{n},{cli.LABELS[t]}\n' for n, t in zip(names, self.true)))

    def eval(self, *args, model=None, **kw):
        return self.run_ok('eval', '-m', model or self.model(), '-d', self.table, *args, **kw)

    def check(self, out, scores):
        n, right = self.N, int((scores.argmax(1) == self.true).sum())
        self.assertEqual((out['pictures'], out['correct']), (n, right))
        # logits are known to five decimals
        self.assertAlmostEqual(out['nll'], nll(scores, self.true), delta=1e-4)
        self.assertAlmostEqual(out['ece'], ece(scores, self.true), delta=1e-4)
        # both ends p of the interval solve (p - right/n)^2 = z^2 p (1 - p) / n
        for p in out['accuracy_interval'].values():
            self.assertAlmostEqual((p - right / n) ** 2, 1.959964 ** 2 * p * (1 - p) / n, delta=1e-5)
        self.assertLess(out['accuracy_interval']['low'], right / n)
        self.assertGreater(out['accuracy_interval']['high'], right / n)


class Floats(Faces):
    """Of models that are written with other metadata, and as they were otherwise."""

    def model(self):
        return cli.float_model()


class Figures(Faces):
    def test_scores(self):
        out = self.eval('--json').json()
        self.check(out, softmax(self.z))
        self.assertEqual((out['tta'], out['temperature']), (False, 1))
        self.assertNotIn('cross', out)
        self.assertNotIn('before_calibration', out)

    def test_text(self):
        scores = softmax(self.z)
        lines = dict(line.split('  ', 1) for line in self.eval().out.splitlines() if '  ' in line)
        self.assertEqual(float(lines['NLL'].strip()), round(nll(scores, self.true), 4))
        self.assertEqual(lines['ECE'].strip(), f'{100 * ece(scores, self.true):.2f} %')

    def test_mirrored(self):
        for i in range(self.N):
            face = Image.open(self.path('faces', f'{i:02}.png'))
            ImageOps.mirror(face).save(self.path('mirrored', f'{i:02}.png'))
        other = self.outputs_of(os.path.dirname(self.path('mirrored', 'x')))
        self.assertGreater(np.abs(other - self.z).max(), .1)
        scores = softmax((self.z + other) / 2)
        # a batch that does not divide the number of faces
        for batch in '7', '64':
            out = self.eval('--json', '--tta', '--batch', batch).json()
            self.check(out, scores)
            self.assertIs(out['tta'], True)
        rows = self.eval('--csv', '--tta').rows()
        written = np.array([[float(row[n]) for n in cli.LABELS] for row in rows])
        # five decimals of logits, five of scores
        np.testing.assert_allclose(written, scores, atol=3e-5)


class Temperature(Floats):
    def test_temperature(self):
        warm = self.path('warm.safetensors')
        cli.write_model(warm, metadata={'temperature': '2.5'})
        out = self.eval('--json', model=warm).json()
        self.check(out, softmax(self.z / 2.5))
        self.assertEqual(out['temperature'], 2.5)


class Calibration(Floats):
    def test_best(self):
        out_path = self.path('calibrated.safetensors')
        r = self.eval('--json', '--calibrate', out_path)
        out = r.json()
        # no temperature nearby is better
        losses = {t: nll(softmax(self.z / (out['temperature'] * t)), self.true) for t in (.98, 1, 1.02)}
        self.assertEqual(min(losses, key=losses.get), 1, losses)
        self.assertAlmostEqual(out['nll'], losses[1], delta=1e-4)
        before = out['before_calibration']
        self.assertEqual(before['temperature'], 1)
        self.assertAlmostEqual(before['nll'], nll(softmax(self.z), self.true), delta=1e-4)
        self.assertAlmostEqual(before['ece'], ece(softmax(self.z), self.true), delta=1e-4)
        self.assertLess(out['nll'], before['nll'])

        # the file has it, and is the same otherwise
        again = self.eval('--json', model=out_path).json()
        for key in 'nll', 'ece', 'temperature':
            self.assertAlmostEqual(again[key], out[key], delta=2e-6)
        self.assertEqual(again['confusion'], out['confusion'])
        with open(out_path, 'rb') as f:
            header = json.loads(f.read(struct.unpack('<Q', f.read(8))[0]))
        self.assertAlmostEqual(float(header['__metadata__']['temperature']), out['temperature'], delta=1e-5)
        self.assertEqual(header['conv1.weight']['dtype'], 'F16')

        # whatever temperature was before, the same one is found; the file may be the model's own
        cli.write_model(out_path, metadata={'temperature': '3'})
        again = self.eval('--json', '--calibrate', out_path, model=out_path).json()
        self.assertAlmostEqual(again['temperature'], out['temperature'], delta=2e-6)
        self.assertEqual(again['before_calibration']['temperature'], 3)
        self.assertAlmostEqual(self.eval('--json', model=out_path).json()['temperature'], out['temperature'],
                               delta=1e-5)

    def test_text(self):
        out = self.eval('--calibrate', self.path('out.safetensors')).out
        self.assertRegex(out, r'Calibrated: temperature \d+\.\d{4}, was 1\.0000')
        self.assertRegex(out, r'NLL       \d\.\d{4}, was \d\.\d{4}')

    def test_trimmed(self):
        small = self.path('small.safetensors')
        self.run_ok('convert', self.model(), small, '--trim')
        self.eval('--calibrate', small, model=small)
        self.assertLess(os.path.getsize(small), .5 * os.path.getsize(self.model()))

    def test_impossible(self):
        """Where each face is recognised, the lower the temperature, the better."""
        all_right = self.write('faces/right.csv', ''.join(
            f'{i:02}.png,{cli.LABELS[z.argmax()]}\n' for i, z in enumerate(self.z)))
        out = self.path('out.safetensors')
        r = self.run_fails(1, 'eval', '-m', self.model(), '-d', all_right, '--calibrate', out)
        self.assertIn('no temperature fits', r.err)
        self.assertFalse(os.path.exists(out))

    def test_usage(self):
        for args, message in ((['--calibrate', 'a.pth'], 'must end in .safetensors'),
                              (['--calibrate', 'a.safetensors', '--tta'], 'exclude each other')):
            r = self.run_fails(2, 'eval', '-m', self.model(), '-d', self.table, *args)
            self.assertIn(message, r.err)
        self.run_fails(1, 'eval', '-m', self.model(), '-d', self.table, '--calibrate',
                       os.path.join(self.dir, 'no', 'a.safetensors'))


class Cross(Faces):
    CLASSES = [0, 2, 5]

    def test_restricted(self):
        out = self.eval('--json', '--cross').json()
        cross = out['cross']
        self.assertEqual(cross['common'], [cli.LABELS[i] for i in self.CLASSES])
        self.assertEqual(cross['left_out'], [n for n in cli.LABELS if n not in cross['common']])
        among = np.array(self.CLASSES)
        every = (self.z.argmax(1) == self.true).mean()
        restricted = (among[self.z[:, among].argmax(1)] == self.true).mean()
        self.assertNotEqual(every, restricted)
        self.assertAlmostEqual(cross['accuracy_all_outputs'], every, delta=1e-6)
        self.assertAlmostEqual(out['accuracy'], every, delta=1e-6)
        self.assertAlmostEqual(cross['accuracy_common_outputs'], restricted, delta=1e-6)

        text = self.eval('--cross').out
        self.assertIn(f"3 of the model's {N_CLASSES} classes", text)
        self.assertIn('Left out  surprise, anger, disgust, neutral', text)
        self.assertIn(f'{100 * restricted:.2f} %', text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_one_class(self):
        table = self.write('faces/one.csv', '00.png,happy\n01.png,happy\n')
        r = self.run_fails(1, 'eval', '-m', cli.model(), '-d', table, '--cross')
        self.assertIn('nothing to tell apart', r.err)


class Parser(html.parser.HTMLParser):
    """Every element that is opened is closed; what it refers to."""
    VOID = {'meta', 'img', 'br'}

    def __init__(self, text):
        super().__init__()
        self.open, self.images, self.tags, self.text = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        names = dict(attributes)
        assert not any(n.startswith('on') or n == 'href' for n in names), names
        if tag == 'img':
            assert names['alt']
            self.images.append(names['src'])
        else:
            assert 'src' not in names
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text.append(data)


@needs_drawing
class Report(Faces):
    def report(self, *args, **kw):
        path = self.path('out', 'r.html')
        r = self.eval('--report', path, *args, **kw)
        self.assertIn('wrote', r.err)
        self.assertEqual(sorted(os.listdir(os.path.join(self.dir, 'out'))), ['r.html', 'r.png'])
        with open(path, encoding='utf-8') as f:
            return f.read()

    def test_self_contained(self):
        text = self.report()
        for word in 'http', '//', '<script', 'url(', '@import', '<link', '<iframe', 'javascript':
            # not in the drawings, whose base64 may hold any letters
            self.assertNotIn(word, re.sub('base64,[A-Za-z0-9+/=]*', '', text))
        page = Parser(text)
        self.assertEqual(len(page.images), 3)
        self.assertIn('table', page.tags)
        for source in page.images:
            kind, data = source.split(',', 1)
            self.assertEqual(kind, 'data:image/svg+xml;base64')
            drawing = ElementTree.fromstring(base64.b64decode(data, validate=True))
            self.assertEqual(drawing.tag, '{http://www.w3.org/2000/svg}svg')
            for element in drawing.iter():
                self.assertNotIn('script', element.tag)
                for name, value in element.attrib.items():
                    if name.endswith('href'):
                        self.assertRegex(value, '^(#|data:image/png;base64,)')

    def test_content(self):
        out = self.eval('--json').json()
        page = Parser(self.report())
        for text in (f"{100 * out['accuracy']:.2f} %", f"{out['nll']:.4f}", f"{100 * out['ece']:.2f} %",
                     f"{100 * out['macro_f1']:.2f} %", *cli.LABELS):
            self.assertIn(text, page.text)

    def test_faces(self):
        """The worst mistakes come with their pictures, worst first."""
        page = Parser(self.report())
        scores = softmax(self.z)
        wrong = np.flatnonzero(scores.argmax(1) != self.true)
        order = sorted(wrong, key=lambda i: scores[i, self.true[i]])
        svg = base64.b64decode(page.images[-1].split(',', 1)[1]).decode()
        pictures = [np.array(Image.open(io.BytesIO(base64.b64decode(d))).convert('L'))
                    for d in re.findall('data:image/png;base64,([A-Za-z0-9+/=]*)', svg)]
        pictures = [p for p in pictures if p.shape == (64, 64)]
        self.assertEqual(len(pictures), min(len(wrong), 32))
        wanted = [Image.open(self.path('faces', f'{i:02}.png')).tobytes() for i in order[:32]]
        self.assertEqual([p.tobytes() for p in pictures], wanted)

    def test_picture(self):
        self.report()
        with Image.open(self.path('out', 'r.png')) as picture:
            picture.load()
            self.assertEqual(picture.width, 1500)
            self.assertGreater(picture.height, 2500)
            pixels = np.array(picture.convert('RGB'))
        # a white margin, and something within
        for strip in pixels[:40], pixels[-40:], pixels[:, :40], pixels[:, -40:]:
            self.assertTrue((strip == 255).all())
        self.assertGreater((pixels != 255).mean(), .1)

    def test_same_again(self):
        first = self.report()
        self.assertEqual(self.report(), first)

    def test_facts(self):
        model = self.path('m<b>&.safetensors')
        cli.write_model(model, metadata={'trained_on': '<script>alert(1)</script>', 'license': 'MIT & "more"'})
        text = self.report('--tta', '--cross', model=model)
        self.assertNotIn('<script', text)
        self.assertNotIn('<b>&', text)
        page = Parser(text)
        for fact in '<script>alert(1)</script>', 'MIT & "more"', 'm<b>&', self.table:
            self.assertIn(fact, page.text)
        self.assertTrue(any('mirror' in t for t in page.text))
        self.assertIn('Accuracy, common outputs', page.text)

    def test_whole_or_not(self):
        path = self.path('out', 'r.html')
        os.mkdir(self.path('out', 'r.png'))
        self.run_fails(1, 'eval', '-m', cli.model(), '-d', self.table, '--report', path)
        self.assertEqual(os.listdir(os.path.join(self.dir, 'out')), ['r.png'])
        self.run_fails(1, 'eval', '-m', cli.model(), '-d', self.table, '--report', os.path.join(self.dir, 'out', 'no', 'r.html'))
        # said before any picture is read
        r = self.run_fails(2, 'eval', '-m', cli.model(), '-d', self.table, '--report', self.path('r.pdf'))
        self.assertIn('does not end in .html', r.err)


@unittest.skipIf(DRAWING, 'built with Cairo and Pango')
class NoDrawing(Faces):
    def test_said(self):
        r = self.run_fails(2, 'eval', '-m', cli.model(), '-d', self.table, '--report', self.path('r.html'))
        self.assertIn('built without reports', r.err)


cli.main()
