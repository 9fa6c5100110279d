"""eval: data sets of every form, and metrics as another implementation has them."""
import os
import random

import cli
cli.need('numpy', 'PIL')


class Sets(cli.Case):
    N = 42

    def setUp(self):
        super().setUp()
        rng = random.Random(3)
        self.labels = {}
        os.mkdir(self.path('images'))
        for i in range(self.N):
            cli.picture(20, 20, seed=i).save(self.path('images', f'{i:02}.png'))
            # one class that no picture has
            self.labels[f'{i:02}.png'] = rng.choice([n for n in cli.LABELS if n != 'fear'])

    def folders(self, names):
        """A folder for each class, under other names."""
        root = self.path('set', 'x')[:-2]
        for file, label in self.labels.items():
            os.makedirs(os.path.join(root, names[label]), exist_ok=True)
            os.link(self.path('images', file), os.path.join(root, names[label], file))
        return root

    def eval(self, *args, **kw):
        return self.run_ok('eval', '-m', cli.model(), *args, **kw)

    def table(self, text, name='images/labels.csv'):
        return self.write(name, text)

    def expected(self):
        """Metrics from predictions that classify made."""
        rows = self.run_ok('classify', '-m', cli.model(), '--csv', self.path('images')).rows()
        predicted = {os.path.basename(r['file']): r['label'] for r in rows}
        pairs = [(self.labels[f], predicted[f]) for f in self.labels]
        f1 = []
        for n in cli.LABELS:
            both = sum(t == p == n for t, p in pairs)
            either = sum(t == n for t, _ in pairs) + sum(p == n for _, p in pairs)
            if either:
                f1.append(2 * both / either)
        return {'accuracy': sum(t == p for t, p in pairs) / len(pairs), 'macro_f1': sum(f1) / len(f1),
                'confusion': [[sum(t == a and p == b for t, p in pairs) for b in cli.LABELS] for a in cli.LABELS]}

    def check(self, out):
        expected = self.expected()
        self.assertEqual(out['pictures'], self.N)
        self.assertEqual(out['confusion'], expected['confusion'])
        for key in 'accuracy', 'macro_f1':
            self.assertAlmostEqual(out[key], expected[key], delta=1e-6)     # printed with six decimals
        for i, c in enumerate(out['classes']):
            row, column = out['confusion'][i], [r[i] for r in out['confusion']]
            self.assertEqual((c['label'], c['pictures'], c['predicted']), (cli.LABELS[i], sum(row), sum(column)))
            for key, n in ('recall', sum(row)), ('precision', sum(column)):
                if n:
                    self.assertAlmostEqual(c[key], row[i] / n, delta=1e-6)
                else:
                    self.assertIsNone(c[key])
        self.assertIsNone(out['classes'][cli.LABELS.index('fear')]['recall'])

    def test_folder(self):
        self.check(self.eval('--json', '-d', self.folders({n: n for n in cli.LABELS})).json())

    def test_without_twins(self):
        """What the model may have learnt from is counted out: identical, and nearly so (a level brighter)."""
        import numpy as np
        from PIL import Image
        data = self.folders({n: n for n in cli.LABELS})
        for file, change in ('00.png', 0), ('01.png', 0), ('02.png', 1):
            os.makedirs(self.path('learnt', 'train', 'happy'), exist_ok=True)
            pixels = np.asarray(Image.open(self.path('images', file))).astype(int) + change
            Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(
                self.path('learnt', 'train', 'happy', file))
        learnt = self.path('learnt', 'x')[:-2]
        out = self.eval('--json', '-d', data, '--twins-in', learnt).json()
        self.check(out)  # the whole is measured as ever
        self.assertEqual(out['without_twins']['identical']['pictures'], self.N - 2)
        self.assertEqual(out['without_twins']['near']['pictures'], self.N - 3)
        rows = self.eval('--csv', '-d', data).rows()
        for kind, left_out in ('identical', ('00.png', '01.png')), ('near', ('00.png', '01.png', '02.png')):
            kept = [r for r in rows if os.path.basename(r['file']) not in left_out]
            self.assertEqual(out['without_twins'][kind]['correct'], sum(r['label'] == r['predicted'] for r in kept))
        self.assertRegex(self.eval('-d', data, '--twins-in', learnt).out,
                         rf'nearly identical .* of {self.N - 3} faces')

    def test_splits(self):
        """Measured together, which is seldom what was meant, and said."""
        for split, file in ('train', '00.png'), ('valid', '01.png'):
            os.makedirs(self.path('set', split, 'happy'))
            os.link(self.path('images', file), self.path('set', split, 'happy', 'a.png'))
        root = self.path('set', 'x')[:-2]
        self.assertIn('measured together (train 1, validation 1)', self.eval('-d', root).err)
        self.assertNotIn('together', self.eval('-d', root, '-s', 'validation').err)
        self.assertNotIn('together', self.eval('-d', root, '-s', 'any').err)
        # and which one it was
        self.assertEqual(self.eval('-d', root, '-s', 'valid', '--json').json()['split'], 'validation')
        self.assertNotIn('split', self.eval('-d', root, '-s', 'any', '--json').json())
        self.assertNotIn('split', self.eval('-d', os.path.join(root, 'train'), '-s', 'valid', '--json').json())

    def test_aliases(self):
        root = self.folders({'happy': 'Happiness', 'surprise': 'SURPRISED', 'sad': 'sadness', 'anger': 'Angry',
                             'disgust': 'disgusted', 'fear': 'scared', 'neutral': 'Neutral'})
        os.mkdir(os.path.join(root, 'FEARFUL'))
        self.check(self.eval('--json', '-d', root).json())

    def test_unknown_folders(self):
        root = self.folders({n: n for n in cli.LABELS})
        for name in 'bored', 'b\x1b[2Jad':
            os.mkdir(os.path.join(root, name))
        r = self.run_fails(1, 'eval', '-m', cli.model(), '-d', root)
        self.assertIn('bored', r.err)
        self.assertIn(', '.join(cli.LABELS), r.err)
        self.assertNotIn('\x1b', r.err)
        # one level too high
        r = self.run_fails(1, 'eval', '-m', cli.model(), '-d', self.dir)
        self.assertIn('Is the data set in one of these', r.err)

    def test_no_folders(self):
        os.mkdir(self.path('empty'))
        self.assertIn('no folders', self.run_fails(1, 'eval', '-m', cli.model(), '-d', self.path('empty')).err)
        os.mkdir(self.path('empty', 'happy'))
        self.assertIn('no pictures', self.run_fails(1, 'eval', '-m', cli.model(), '-d', self.path('empty')).err)
        self.run_fails(1, 'eval', '-m', cli.model(), '-d', self.path('missing'))
        self.run_fails(2, 'eval', '-m', cli.model(), '-d', self.path('empty'), '--images', self.dir)

    def test_table(self):
        rows = list(self.labels.items())
        for text in ('ImageName,Label\n' + ''.join(f'{f},{n}\n' for f, n in rows),
                     '\ufeffLabel,other,ImageName\r\n' + ''.join(f'{n.upper()},"a,b","{f}"\r\n' for f, n in rows),
                     ''.join(f'{f},{n}\n' for f, n in rows)):
            r = self.eval('--json', '-d', self.table(text))
            self.check(r.json())
            self.assertNotIn('numbers', r.err)

    def test_numbers(self):
        text = 'ImageName,Label\n' + ''.join(f'{f},{cli.LABELS.index(n)}\n' for f, n in self.labels.items())
        r = self.eval('--json', '-d', self.table(text))
        self.check(r.json())
        self.assertIn("labels are numbers, taken in the model's order: happy, surprise", r.err)

    def test_images_elsewhere(self):
        text = 'ImageName,Label\n' + ''.join(f'{f},{n}\n' for f, n in self.labels.items())
        table = self.table(text, 'tables/t.csv')
        self.run_fails(1, 'eval', '-m', cli.model(), '-d', table)
        self.check(self.eval('--json', '-d', table, '--images', self.path('images')).json())

    def test_missing_files(self):
        rows = list(self.labels.items())
        text = 'ImageName,Label\n' + ''.join(f'{f},{n}\n' for f, n in [*rows[:5], ('gone,.png', 'happy'), *rows[5:]]
                                             ).replace('gone,.png', '"gone,.png"')
        r = self.eval('--json', '-d', self.table(text))
        out = r.json()
        self.check(out)
        self.assertEqual([s['file'] for s in out['skipped']], ['gone,.png'])
        self.assertIn('1 of 43 pictures', r.err)

    def test_wrong_tables(self):
        for text, message in {'ImageName,Label\n00.png,bored\n': "line 2: 'bored'", '00.png,7\n': "line 1: '7'",
                              '00.png,-1\n': "'-1'", '00.png\n': 'line 1', 'ImageName,Label\n00.png\n': 'line 2',
                              'ImageName,Label\n': 'no pictures', '': 'no pictures', '\0': 'text',
                              'picture,kind\n00.png,happy\n': "'kind'"}.items():
            r = self.run_fails(1, 'eval', '-m', cli.model(), '-d', self.table(text))
            self.assertIn(message, r.err, repr(text))

    def test_report(self):
        root = self.folders({n: n for n in cli.LABELS})
        expected = self.expected()
        r = self.eval('-d', root)
        self.assertIn(f"Accuracy  {100 * expected['accuracy']:.2f} %", r.out)
        self.assertIn(f"Macro F1  {100 * expected['macro_f1']:.2f} %", r.out)
        self.assertLessEqual(max(map(len, r.out.splitlines())), 80)
        matrix = r.out.splitlines()[-len(cli.LABELS):]
        self.assertEqual([[int(v.replace('·', '0')) for v in line.split()[1:]] for line in matrix],
                         expected['confusion'])
        # nothing but ASCII where the terminal has nothing else
        self.eval('-d', root, env={'LC_ALL': 'C'}).out.encode('ascii')

    def test_predictions(self):
        root = self.folders({n: n for n in cli.LABELS})
        expected = self.expected()
        r = self.eval('-d', root, '--csv')
        rows = r.rows()
        self.assertEqual(len(rows), self.N)
        self.assertEqual({os.path.basename(row['file']): row['label'] for row in rows}, self.labels)
        for row in rows:
            self.assertEqual(row['predicted'], max(cli.LABELS, key=lambda n: float(row[n])))
        self.assertAlmostEqual(sum(row['label'] == row['predicted'] for row in rows) / len(rows), expected['accuracy'])
        # with a file for it, the report has standard output
        r2 = self.eval('-d', root, '--csv', '-o', self.path('out.csv'))
        self.assertIn('Accuracy', r2.out)
        with open(self.path('out.csv'), 'rb') as f:
            self.assertEqual(f.read(), r.bytes)

    def test_all_unreadable(self):
        r = self.run_fails(1, 'eval', '-m', cli.model(), '-d', self.table('a.png,happy\nb.png,sad\n'), '--json',
                           '-o', self.path('out.json'))
        self.assertIn('none of 2 pictures', r.err)
        self.assertFalse(os.path.exists(self.path('out.json')))


cli.main()
