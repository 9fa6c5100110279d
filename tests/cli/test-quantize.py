"""quantize: models of 8 bits."""
import os

import cli
cli.need('numpy', 'PIL')

# Of the spread of logits. Rounding to fp16 changes a weight by 2^-11 of it at most, differently each.
FP16_ERROR = 2**-9


class Quantize(cli.Case):
    def setUp(self):
        super().setUp()
        for i in range(14):
            folder = self.path('faces', cli.LABELS[i % 7])
            os.makedirs(folder, exist_ok=True)
            cli.picture(60, 60, seed=i).convert('L').save(os.path.join(folder, f'{i}.png'))
        self.faces = self.path('faces')

    def quantize(self, *args):
        out = self.path('q.safetensors')
        r = self.run_ok('quantize', cli.float_model(), out, '--data', self.faces, *args)
        return out, r

    def test_whole_way(self):
        out, r = self.quantize()
        self.assertIn('calibrated with 14 faces', r.err)
        self.assertLess(os.path.getsize(out), 37 << 20)
        info = self.run_ok('info', '--json', out).json()
        self.assertEqual((info['precision'], info['labels'], info['trimmed']), ('int8', cli.LABELS, False))
        self.assertEqual(info['metadata']['quantized_with'], '14 faces of faces')
        self.assertIn('int8', self.run_ok('info', out).out)

        face = os.path.join(self.faces, cli.LABELS[0], '0.png')
        row, = self.run_ok('classify', '-m', out, '--csv', '--logits', face).rows()
        before, = self.run_ok('classify', '-m', cli.float_model(), '--csv', '--logits', face).rows()
        spread = max(float(before[c]) for c in cli.LABELS) - min(float(before[c]) for c in cli.LABELS)
        for c in cli.LABELS:
            self.assertLess(abs(float(row[c]) - float(before[c])), .15 * spread)

        back = self.path('back.safetensors')
        self.run_ok('convert', out, back, '--precision', 'fp32')
        self.assertEqual(self.run_ok('info', '--json', back).json()['precision'], 'fp32')
        again = self.path('again.safetensors')
        self.run_ok('convert', out, again)
        self.assertEqual(self.run_ok('info', '--json', again).json()['precision'], 'int8')
        if os.environ['REN_DRAWING'] == '1':
            self.run_ok('explain', '-m', out, face, '-o', self.path('e.png'))

    def logits(self, model, *args):
        rows = self.run_ok('classify', '-m', model, '--csv', '--logits', *args, self.faces).rows()
        self.assertEqual(len(rows), 14)
        return [float(row[c]) for row in rows for c in cli.LABELS]

    def test_precision(self):
        """What a model runs in is asked for, and is what a converted file would have run in."""
        out, _ = self.quantize()
        auto = self.logits(out)
        self.assertEqual(self.logits(out, '--precision', 'auto'), auto)
        self.assertEqual(self.logits(out, '--precision', 'int8'), auto)
        back = {}
        for precision in 'fp32', 'fp16':
            back[precision] = self.path(precision + '.safetensors')
            self.run_ok('convert', out, back[precision], '--precision', precision)
        wide = self.logits(out, '-p', 'fp32')
        self.assertNotEqual(wide, auto)
        self.assertEqual(self.logits(back['fp32']), wide)
        half = self.logits(out, '-p', 'fp16')
        self.assertNotEqual(half, wide)
        self.assertEqual(self.logits(back['fp32'], '-p', 'fp16'), half)
        # the file has the first three layers' weights in fp16 as well
        worst = max(abs(a - b) for a, b in zip(self.logits(back['fp16']), half))
        self.assertLess(worst, FP16_ERROR * (max(wide) - min(wide)))
        self.assertGreater(max(abs(a - b) for a, b in zip(auto, wide)), 3 * worst)
        # and eval measures what classify tells
        accuracy = {p: self.run_ok('eval', '-m', out, '-p', p, '-d', self.faces, '--json').json()['nll']
                    for p in ('fp32', 'int8')}
        self.assertNotEqual(accuracy['fp32'], accuracy['int8'])
        self.assertEqual(self.run_ok('eval', '-m', back['fp32'], '-d', self.faces, '--json').json()['nll'],
                         accuracy['fp32'])

    def test_no_int8(self):
        """A model of floats: nothing says what its activations come to."""
        face = os.path.join(self.faces, cli.LABELS[0], '0.png')
        for args in ('classify', face), ('eval', '-d', self.faces), ('bench', '--seconds', '0', '--batch', '1'):
            err = self.run_fails(1, *args, '-m', cli.float_model(), '--precision', 'int8').err
            self.assertIn(cli.float_model(), err)
            self.assertIn('resemotenet quantize', err)

    def test_faces(self):
        _, r = self.quantize('--faces', '5')
        self.assertIn('calibrated with 5 faces', r.err)

    def test_mistakes(self):
        out = self.path('q.safetensors')
        for args, text in (
                ((cli.float_model(), out), '--data'),
                ((cli.float_model(), '--data', self.faces), 'two files'),
                ((cli.float_model(), self.path('q.pth'), '--data', self.faces), '.safetensors'),
                ((cli.float_model(), out, '--data', self.faces, '--faces', '-3'), '--faces'),
                ((cli.float_model(), out, '--data', self.faces, '--split', 'odd'), 'odd')):
            self.assertIn(text, self.run_fails(2, 'quantize', *args).err)
        self.assertIn(self.path('none'), self.run_fails(1, 'quantize', cli.float_model(), out, '--data', self.path('none')).err)
        self.assertFalse(os.path.exists(out))
        self.quantize('--faces', '3')
        self.assertIn('int8 already', self.run_fails(1, 'quantize', out, self.path('r.safetensors'), '--data', self.faces).err)


cli.main()
