"""info and convert."""
import json
import os
import signal
import subprocess
import time

import cli
cli.need('numpy', 'PIL')
import numpy as np

PARAMETERS = 80238599


def header(path):
    with open(path, 'rb') as f:
        return json.loads(f.read(int.from_bytes(f.read(8), 'little')))


class Info(cli.Case):
    def test_json(self):
        out = self.run_ok('info', '--json', cli.float_model()).json()
        self.assertEqual(out['file'], cli.float_model())
        self.assertEqual(out['kind'], 'safetensors')
        self.assertEqual(out['bytes'], os.path.getsize(cli.float_model()))
        self.assertEqual(out['parameters'], PARAMETERS)
        self.assertEqual(out['precision'], 'fp16')
        self.assertEqual(out['labels'], cli.LABELS)
        self.assertEqual((out['labels_assumed'], out['trimmed'], out['temperature']), (False, False, 1))
        self.assertEqual(out['metadata']['format'], 'resemotenet')
        self.run_ok('info', '--json', cli.float_model(), '-o', self.path('i.json'))
        with open(self.path('i.json')) as f:
            self.assertEqual(json.load(f), out)

    def test_text(self):
        out = self.run_ok('info', env={'RESEMOTENET_MODEL': cli.float_model()}).out
        for text in 'safetensors', '80,238,599', 'fp16', ', '.join(cli.LABELS), 'Temperature':
            self.assertIn(text, out)
        self.assertNotIn('assumed', out)
        self.assertLessEqual(max(map(len, out.splitlines())), 100)

    def test_plain_file_with_evil_metadata(self):
        """As Python's safetensors writes it: no labels of ours; and texts that would steer the terminal."""
        path = self.path('plain.safetensors')
        cli.write_model(path, labels=None, metadata={'a\x1b[2J': 'b\x1b[31m\r\nfake  line', 'license': 'MIT'})
        r = self.run_ok('info', path)
        self.assertNotRegex(r.out, '[\x00-\x09\x0b-\x1f]')
        self.assertNotRegex(r.out, r'(?m)^fake')
        self.assertIn('assumed', r.out)
        out = self.run_ok('info', '--json', path).json()
        self.assertEqual(out['labels_assumed'], True)
        self.assertEqual(out['metadata']['a\x1b[2J'], 'b\x1b[31m\r\nfake  line')
        self.assertNotIn('assumed', self.run_ok('info', path, '--labels', 'a,b,c,d,e,f,g').out)

    def test_not_a_model(self):
        for data in b'', b'x', b'PK\3\4', b'PK\3\4' + bytes(1000), b'\xff' * 100, bytes(8) + b'{}', b'\2' + bytes(7) + b'{}':
            path = self.write('x.pth', data)
            r = self.run_fails(1, 'info', path)
            self.assertIn(path, r.err)
            self.assertEqual(r.out, '')
        self.run_fails(1, 'info', self.dir)

    def test_truncated(self):
        with open(cli.float_model(), 'rb') as f:
            path = self.write('short.safetensors', f.read(10 ** 6))
        self.assertIn(path, self.run_fails(1, 'info', path).err)


class Convert(cli.Case):
    def setUp(self):
        super().setUp()
        cli.picture(90, 90).save(self.path('a.png'))

    def outputs(self, model):
        row, = self.run_ok('classify', '-m', model, '--csv', '--logits', self.path('a.png')).rows()
        return np.array([float(row[n]) for n in cli.LABELS])

    def convert(self, source, name, *args):
        out = self.path(name)
        self.run_ok('convert', source, out, *args)
        return out

    def test_precisions(self):
        expected = self.outputs(cli.float_model())
        scale = np.abs(expected).max()
        sizes = {'fp32': 4, 'fp16': 2, 'bf16': 2}
        # of bfloat16 8 bits of a weight are left, 2^-9 off each; in a sum they average out
        bounds = {'fp32': 1e-4, 'fp16': 1e-4, 'bf16': 5e-2}
        for precision, size in sizes.items():
            out = self.convert(cli.float_model(), precision + '.safetensors', '--precision', precision)
            info = self.run_ok('info', '--json', out).json()
            self.assertEqual((info['precision'], info['labels'], info['checksum']), (precision, cli.LABELS, 'right'))
            self.assertFalse(info['labels_assumed'])
            self.assertAlmostEqual(info['bytes'] / (PARAMETERS * size), 1, delta=.01)
            self.assertLess(np.abs(self.outputs(out) - expected).max() / scale, bounds[precision], precision)

    def test_trim_and_back(self):
        expected = self.outputs(cli.float_model())
        small = self.convert(cli.float_model(), 'small.safetensors', '--trim')
        self.assertLess(os.path.getsize(small), os.path.getsize(cli.float_model()) / 2)
        info = self.run_ok('info', '--json', small).json()
        self.assertEqual((info['trimmed'], info['precision'], info['parameters']), (True, 'fp16', PARAMETERS))
        self.assertIn('trimmed', self.run_ok('info', small).out)
        self.assertLess(np.abs(self.outputs(small) - expected).max(), 2e-3)
        back = self.convert(small, 'back.safetensors')
        shapes = {n: tuple(t['shape']) for n, t in header(back).items() if n != '__metadata__'}
        for name, shape in cli.tensors(7):
            self.assertEqual(shapes[name], shape, name)
        self.assertLess(np.abs(self.outputs(back) - expected).max(), 2e-3)

    def test_metadata(self):
        out = self.convert(cli.float_model(), 'n.safetensors', '--metadata', 'license=MIT', '--metadata', 'note=a=b')
        noted = self.run_ok('info', '--json', out).json()['metadata']
        self.assertEqual((noted['license'], noted['note']), ('MIT', 'a=b'))
        again = self.convert(out, 'm.safetensors', '--metadata', 'note=')
        self.assertNotIn('note', self.run_ok('info', '--json', again).json()['metadata'])
        for wrong, status in ('license', 2), ('precision=fp8', 1), ('=x', 1):
            self.run_fails(status, 'convert', cli.float_model(), self.path('x.safetensors'), '--metadata', wrong)

    def test_labels(self):
        labels = 'one,two,three,four,five,six,seven'
        out = self.convert(cli.float_model(), 'l.safetensors', '--trim', '--labels', labels)
        self.assertEqual(self.run_ok('info', '--json', out).json()['labels'], labels.split(','))
        r = self.run_fails(2, 'convert', cli.float_model(), self.path('m.safetensors'), '--labels', 'a,b')
        self.assertIn('2 classes', r.err)

    def test_wrong(self):
        before = os.listdir(self.dir)
        self.run_fails(2, 'convert', cli.float_model(), self.path('x.safetensors'), '--precision', 'int8')
        self.run_fails(1, 'convert', cli.float_model(), '/proc/x.safetensors')
        self.run_fails(1, 'convert', cli.float_model(), os.path.join(self.dir, 'no', 'such', 'x.safetensors'))
        self.assertEqual(os.listdir(self.dir), before)

    def test_over_itself(self):
        out = self.convert(cli.float_model(), 'x.safetensors', '--trim')
        expected = self.outputs(out)
        self.run_ok('convert', out, out, '--precision', 'fp32')
        self.assertLess(np.abs(self.outputs(out) - expected).max(), 2e-3)

    def test_interrupted(self):
        """Whenever the signal comes, the file is whole or not there, and no other is."""
        folder = self.path('out', 'x')[:-2]
        out = os.path.join(folder, 'x.safetensors')
        start = time.monotonic()
        self.run_ok('convert', cli.float_model(), out)
        took = time.monotonic() - start
        size = os.path.getsize(out)
        ends = set()
        for i in range(12):
            if os.path.exists(out):
                os.unlink(out)
            process = subprocess.Popen([cli.COMMAND, 'convert', cli.float_model(), out], env=cli.ENVIRONMENT,
                                       stderr=subprocess.PIPE)
            time.sleep(took * (i + .5) / 12)
            process.send_signal(signal.SIGINT if i % 2 else signal.SIGTERM)
            error = process.communicate()[1]
            self.assertIn(process.returncode, (0, -signal.SIGINT, -signal.SIGTERM), error)
            files = os.listdir(folder)
            self.assertIn(files, ([], ['x.safetensors']))
            if files:
                self.assertEqual(os.path.getsize(out), size)
            ends.add(process.returncode)
        self.assertTrue(ends - {0}, 'no signal came in time')


cli.main()
