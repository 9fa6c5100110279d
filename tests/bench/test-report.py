"""Tables and chart of a measurement that is made up, of round numbers: example.json."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    from PIL import Image, ImageFont
    ImageFont.truetype('DejaVuSans-Bold.ttf')
except (ImportError, OSError) as e:
    print(f'skipped: no Pillow, or no fonts: {e}')
    sys.exit(77)
import chart
import documents
import report
from turns import HERE

EXAMPLE = os.path.join(HERE, 'example.json')


def content(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def bars(image, column, color):
    """Of the bars of that colour that begin at a column of the picture: (row, how long), from the top."""
    found, last = [], None
    for y in range(image.height):
        x = column
        while x < image.width and image.getpixel((x, y)) == color:
            x += 1
        if x > column and y - 1 != last:
            found.append([y, 0])
        if x > column:
            found[-1][1], last = max(found[-1][1], x - column), y
    return found


class Report(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)
        self.results = documents.read_results(EXAMPLE)

    def path(self, name):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def test_files(self):
        out = subprocess.run([sys.executable, os.path.join(HERE, 'run'), '--from', EXAMPLE,
                              '--json', self.path('a.json'), '--markdown', self.path('a.md'),
                              '--chart', self.path('a.png')],
                             check=True, stdout=subprocess.PIPE).stdout.decode()
        self.assertEqual(out, content(os.path.join(HERE, 'example.txt')))
        for ending in 'json', 'md':
            self.assertEqual(content(self.path('a.' + ending)), content(os.path.join(HERE, 'example.' + ending)))
        with Image.open(self.path('a.png')) as image:
            self.assertEqual((image.format, image.width), ('PNG', 1800))

    def test_figures(self):
        """By hand, for one of each kind."""
        first, second = self.results['runs']
        ours = report.figures(first, 'fp32')
        self.assertEqual((ours.median, ours.least, ours.most, ours.megabytes), (10, 9, 11, 200))
        self.assertEqual((ours.exported, ours.trimmed, ours.fastest, ours.fastest_name), (2, 1.5, 1.25, 'torchscript'))
        # 100 M in 10 ms, of 100 G/s; 150 MB in 10 ms, of 20 GB/s
        self.assertAlmostEqual(ours.arithmetic, .1)
        self.assertAlmostEqual(ours.memory, .75)
        # 8 faces share the weights: 36 MB in 8 ms, of 40 GB/s
        self.assertAlmostEqual(report.figures(second, 'int8').memory, .1125)
        # fp32 is at least as exact as int8, not the other way round: int8's 3.5 ms are nothing to fp32
        self.assertEqual(report.figures(second, 'fp32').fastest_name, 'torchscript')
        second['rows']['torchscript']['face_ms'] = [3, 3, 3]
        self.assertEqual(report.figures(second, 'int8').fastest_name, 'torchscript')
        self.assertIsNone(report.figures(second, 'int8').trimmed)
        self.assertIsNone(report.figures(first, 'pytorch').exported)

    def test_not_results(self):
        """Files of another kind are refused, whatever is wrong with them."""
        def without(key, run=False):
            results = documents.read_results(EXAMPLE)
            del (results['runs'][0] if run else results)[key]
            return results

        empty, other = (documents.read_results(EXAMPLE) for _ in range(2))
        empty['runs'][0]['rows']['fp32']['face_ms'] = []
        other['runs'][0]['rows']['a stranger'] = other['runs'][0]['rows'].pop('fp32')
        for results in ({}, [], 7, {'runs': []}, {'runs': 'x'}, {'runs': [1]}, without('processor'), without('runs'),
                        without('rows', True), without('limits', True), empty, other):
            documents.write(self.path('a.json'), documents.json_of(results))
            with self.assertRaises(SystemExit, msg=results) as e:
                documents.read_results(self.path('a.json'))
            self.assertIn('is not what --json wrote', e.exception.code)

    def test_refused(self):
        """Before anything is measured, in a line."""
        missing, there = os.path.join(self.dir, 'missing', 'a.json'), self.dir
        for args, why in ((['--seconds', '-1'], '-1 is not from 0 to 3600'), (['--seconds', 'nan'], 'nan is not'),
                          (['--threads', '65'], '65 is more than 64'), (['--batch', '257'], 'more than 256'),
                          (['--json', missing], 'cannot be written'), (['--markdown', missing], 'cannot be written'),
                          (['--chart', missing], 'cannot be written'), (['--json', there], 'is a folder')):
            r = subprocess.run([sys.executable, os.path.join(HERE, 'run'), *args], stderr=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
            self.assertEqual((r.returncode, r.stdout), (2, ''), args)
            self.assertIn(why, r.stderr.splitlines()[-1], args)

    def test_alone(self):
        """Without any peer there is still a table, and a chart."""
        for run in self.results['runs']:
            run['rows'] = {name: run['rows'][name] for name in ('fp32', 'fp16', 'int8')}
        self.assertRegex(report.text(self.results),
                         r'resemotenet, fp32 +10.00 \(9.00–11.00\) +200 +– +– +– +10 % +75 %')
        self.assertIn('10.00 ms, **–** (–)', report.summary(self.results))
        chart.draw(self.results, self.path('a.png'))
        with Image.open(self.path('a.png')) as image:
            image.load()

    def test_bars(self):
        chart.draw(self.results, self.path('a.png'))
        with Image.open(self.path('a.png')) as image:
            image = image.convert('RGB')
        column = chart.SCALE * (chart.MARGIN + chart.NAMES)
        color = {kind: tuple(bytes.fromhex(c[1:])) for kind, c in chart.COLORS.items()}
        (_, ours), (_, fp16), (_, int8) = bars(image, column, color['ours'])
        (first, exported), (second, trimmed), (_, quantized) = bars(image, column, color['onnxruntime'])
        self.assertEqual(second - first, chart.ROW * chart.SCALE)
        # 10, 5, 2, 20, 15, 8 ms: whole pixels
        for length, ms in (fp16, 5), (int8, 2), (exported, 20), (trimmed, 15), (quantized, 8):
            self.assertAlmostEqual(length, ours * ms / 10, delta=1.5)
        (_, script), (_, eager) = bars(image, column, color['pytorch'])
        self.assertAlmostEqual(script, ours * 1.25, delta=1.5)
        # 100 ms are not drawn to scale, but longer than all that is
        self.assertTrue(exported * 24 / 20 < eager < exported * 2, eager)

    def test_documents(self):
        self.path('docs/x')
        for name in 'README.md', 'docs/speed.md':
            documents.write(self.path(name), f'before\n{documents.BEGIN}old\n{documents.END}after\n')
        for _ in range(2):      # the second time, nothing changes
            documents.update(self.results, self.dir)
            self.assertEqual(content(self.path('docs/speed.json')), content(EXAMPLE))
            self.assertEqual(content(self.path('docs/speed.md')), f'before\n{documents.BEGIN}\n'
                             f'{content(os.path.join(HERE, "example.md"))}\n{documents.END}after\n')
            self.assertIn('\n| fp32, 1 thread | 10.00 ms, **2.0×** (1.2×) | – |\n', content(self.path('README.md')))
        documents.write(self.path('README.md'), 'nowhere')
        with self.assertRaises(SystemExit) as e:
            documents.update(self.results, self.dir)
        self.assertIn('README.md does not have', e.exception.code)
        self.assertEqual(content(self.path('README.md')), 'nowhere')


unittest.main()
