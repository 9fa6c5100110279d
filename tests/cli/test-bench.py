"""bench: what it counts, against the shapes in PyTorch's state dict; that its figures belong together; wrong usage.
How fast this machine is is not looked at."""
import os
import unittest

import cli
cli.need('numpy')

PLUGIN_DIR = os.environ['REN_PLUGIN_DIR'] # empty: built without GStreamer

# rows and columns of each convolution's input, and its stride; all else is in the state dict
SIZES = {'conv1': (64, 1), 'conv2': (32, 1), 'conv3': (16, 1)}
for _i, _size in enumerate([8, 4, 2]):
    SIZES[f'res_block{_i + 1}.conv1'] = SIZES[f'res_block{_i + 1}.shortcut.0'] = _size, 2
    SIZES[f'res_block{_i + 1}.conv2'] = _size // 2, 1


def meetings(size, stride, kernel):
    """Along one axis: for each output, the taps that meet a pixel."""
    pad = kernel // 2
    return [[t for t in range(kernel) if 0 <= o * stride + t - pad < size] for o in range((size - 1) // stride + 1)]


def counts():
    """Multiplications of a step for an image; floats of the parameters that take part."""
    products = parameters = 0
    for name, shape in cli.tensors(7):
        layer, part = name.rsplit('.', 1)
        if part.startswith('running'):
            continue
        if len(shape) == 1:
            parameters += shape[0]
            continue
        pairs = live = 1
        if layer in SIZES:
            axis = meetings(*SIZES[layer], shape[2])
            # conv1's pixels are gathered first, zeros of the border among them
            pairs = sum(map(len, axis)) ** 2 if layer != 'conv1' else 64 * 64 * 9
            live = len({t for taps in axis for t in taps}) ** 2
        # forward, gradient of weights and of the input; but pictures need none
        products += pairs * shape[0] * shape[1] * (2 if layer == 'conv1' else 3)
        parameters += live * shape[0] * shape[1]
    return products, parameters


class Bench(cli.Case):
    def bench(self, *args):
        return self.run_ok('bench', '--train', '--batch', '2', '--seconds', '0', '--threads', '1', *args)

    def test_figures(self):
        data = self.bench('--json').json()
        self.assertEqual(data['threads'], 1)
        r, = data['runs']
        products, parameters = counts()
        self.assertEqual(r['batch'], 2)
        self.assertGreaterEqual(r['steps'], 3)
        self.assertEqual(r['multiply_adds_per_image'], products)
        self.assertAlmostEqual(products, .72e9, delta=.005e9)
        speed = r['images_per_second']
        self.assertLessEqual(speed['min'], speed['median'])
        self.assertLessEqual(speed['median'], speed['max'])
        self.assertAlmostEqual(r['gflops'], 2e-9 * products * speed['median'], delta=1e-3)
        self.assertAlmostEqual(r['peak_share'], r['gflops'] / r['peak_gflops'], delta=1e-3)
        self.assertGreater(r['peak_gflops'], 0)
        traffic = r['bytes']
        self.assertEqual(r['bytes_per_step'], sum(traffic.values()))
        self.assertAlmostEqual(r['gigabytes_per_second'], 1e-9 * r['bytes_per_step'] * speed['median'] / 2, delta=1e-3)
        # parameters are padded to cache lines and panels: a thousandth
        self.assertAlmostEqual(traffic['weights_forward'] / 4 / parameters, 1, delta=1e-3)
        self.assertEqual(traffic['update_read'], 3 * traffic['weights_forward'])
        self.assertEqual(traffic['update_written'], 2 * traffic['weights_forward'])
        self.assertGreaterEqual(traffic['gradient'], traffic['weights_forward'])
        # weights, gradient and momentum at least, and no more than a small batch needs
        self.assertGreater(r['peak_memory_bytes'], 3 * 4 * parameters)
        self.assertLess(r['peak_memory_bytes'], 1.2e9)

    def test_text(self):
        r = self.bench('-o', self.path('bench.txt'))
        self.assertEqual(r.out, '')
        with open(self.path('bench.txt')) as f:
            text = f.read()
        for part in 'batch 2, 1 thread\n', 'images/s', '0.72 G multiply-adds', 'processor can do', "weights' gradient", 'MB a step':
            self.assertIn(part, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def infer(self, model, *args):
        r, = self.run_ok('bench', '-m', model, '--batch', '3', '--seconds', '0', '--threads', '1', '--json',
                         *args).json()['runs']
        return r

    def test_inference(self):
        r = self.infer(cli.float_model())
        stem = 64 * 64 * 9 * 64 + (32 * 32 * 64 * 128 + 16 * 16 * 128 * 256) * 36 // 16
        blocks = weights = 0
        for name, shape in cli.tensors(7):
            layer, part = name.rsplit('.', 1)
            if part != 'weight' or len(shape) == 1 or layer in ('conv1', 'conv2', 'conv3', 'fc4') or 'se.' in layer:
                continue
            pairs = live = 1
            if layer in SIZES:
                axis = meetings(*SIZES[layer], shape[2])
                pairs = sum(map(len, axis)) ** 2
                live = len({t for taps in axis for t in taps}) ** 2
            blocks += pairs * shape[0] * shape[1]
            weights += live * shape[0] * shape[1]
        self.assertEqual(r['multiply_adds_per_face'], stem + blocks)
        # the random model is fp16, tiles of conv2 and conv3 are fp32
        tiles = 4 * 36 * (64 * 128 + 128 * 256)
        self.assertEqual((r['precision'], r['weight_bytes_per_turn']), ('fp16', 2 * weights + tiles))
        wide = self.infer(cli.float_model(), '--precision', 'fp32')
        # of three faces, 36 values for 9 taps in res_block1.conv2, instead of 100 products; in res_block2.conv2 9 for 9, of 16
        self.assertEqual((wide['precision'], wide['weight_bytes_per_turn']), ('fp32', 4 * (weights + 27 * 512 * 512) + tiles))
        self.assertEqual(wide['multiply_adds_per_face'], stem + blocks - 64 * 512 * 512 - 7 * 1024 * 1024)
        self.assertEqual((r['batch'], r['threads']), (3, 1))
        self.assertGreaterEqual(r['turns'], 3)
        ms = r['face_ms']
        self.assertTrue(0 < ms['min'] <= ms['median'] <= ms['max'])
        per_second = 1e3 / ms['median']
        self.assertAlmostEqual(r['multiply_adds_per_second'] / (r['multiply_adds_per_face'] * per_second), 1, delta=1e-4)
        self.assertAlmostEqual(r['read_bytes_per_second'] / (r['weight_bytes_per_turn'] * per_second / 3), 1, delta=1e-4)
        self.assertGreater(r['multiply_adds_limit'], r['multiply_adds_per_second'] / 2)
        self.assertGreater(r['read_limit'], 1e8)
        layers = r['layers']
        self.assertEqual([layer['name'] for layer in layers][:3] + [layers[-1]['name']], ['conv1', 'conv2', 'conv3', 'fc4'])
        self.assertEqual(len(layers), 14)
        seconds = [1e-6 * 3 * layer['face_us'] for layer in layers]
        self.assertGreater(min(seconds), 0)
        for key, total in ('multiply_adds_per_second', 3 * r['multiply_adds_per_face']), ('read_bytes_per_second', r['weight_bytes_per_turn']):
            self.assertAlmostEqual(sum(layer[key] * s for layer, s in zip(layers, seconds)) / total, 1, delta=1e-4)

    def test_inference_text(self):
        out = self.run_ok('bench', '-m', cli.float_model(), '--batch', '1', '--seconds', '0', '--threads', '1').out
        for part in 'batch 1, 1 thread, fp16\n', 'faces/s', 'that this processor can do', 'read from memory':
            self.assertIn(part, out)
        self.assertLessEqual(max(map(len, out.splitlines())), 80)
        self.assertNotIn('res_block3.conv2', out)
        out = self.run_ok('bench', '-m', cli.float_model(), '--batch', '1', '--seconds', '0', '--layers').out
        self.assertRegex(out, r'\n  res_block3.conv2 +[0-9.]+ +[0-9.]+ G/s +[0-9]+ % +[0-9.]+ GB/s +[0-9]+ %\n')
        self.assertLessEqual(max(map(len, out.splitlines())), 80)

    def pipeline(self, *args, env=None):
        return self.run_ok('bench', '--pipeline', '-m', cli.float_model(), '--seconds', '0', '--threads', '1', *args,
                           env=self.plugins(PLUGIN_DIR, **(env or {})))

    def plugins(self, folder, **env):
        """The environment in which GStreamer has the plugins of a folder and nothing else. It looks at them itself: its
        helper has no sanitizer."""
        return {'GST_PLUGIN_PATH': folder, 'GST_PLUGIN_SYSTEM_PATH': self.dir, 'GST_REGISTRY': self.path('registry'),
                'GST_REGISTRY_FORK': 'no', **env}

    @unittest.skipUnless(PLUGIN_DIR, 'built without GStreamer')
    def test_pipeline(self):
        data = self.pipeline('--json', '-b', '4', '-p', 'fp32').json()
        self.assertEqual(data['threads'], 1)
        self.assertEqual([r['faces'] for r in data['runs']], [1, 8, 32])
        for r in data['runs']:
            self.assertEqual((r['batch_size'], r['precision']), (4, 'fp32'))
            self.assertGreaterEqual(r['frames'], 3)
            for name in 'frame_ms', 'network_ms', 'crop_ms', 'metadata_ms', 'rest_ms', 'beside_network':
                self.assertGreater(r[name]['min'], 0, name)
                self.assertLessEqual(r[name]['min'], r[name]['median'])
                self.assertLessEqual(r[name]['median'], r[name]['max'])
            self.assertEqual(r['beside_network_aim'], .03)
            # each frame is the sum of its parts, and shares are of frames: within their extremes
            parts = 'network_ms', 'crop_ms', 'metadata_ms', 'rest_ms'
            self.assertLess(sum(r[p]['min'] for p in parts), r['frame_ms']['min'] * 1.001)
            self.assertGreater(sum(r[p]['max'] for p in parts), r['frame_ms']['max'] * .999)
            self.assertLess(r['beside_network']['max'], 1)
        # the network has 32 times as much to do
        self.assertGreater(data['runs'][2]['network_ms']['median'], 4 * data['runs'][0]['network_ms']['median'])

    @unittest.skipUnless(PLUGIN_DIR, 'built without GStreamer')
    def test_pipeline_text(self):
        out = self.pipeline().out
        self.assertIn('NV12, fp16, batch-size 8, 1 thread:', out)
        for faces in 1, 8, 32:
            self.assertRegex(out, rf'(?m)^ +{faces}( +[0-9]+\.[0-9]{{3}}){{5}} +[0-9.]+ % \(aim: under 3 %\)$')
        self.assertLessEqual(max(map(len, out.splitlines())), 80)

    @unittest.skipUnless(PLUGIN_DIR, 'built without GStreamer')
    def test_pipeline_without_plugin(self):
        r = self.run_fails(1, 'bench', '--pipeline', '-m', cli.float_model(), env=self.plugins(self.dir))
        self.assertIn('GST_PLUGIN_PATH', r.err)

    @unittest.skipUnless(PLUGIN_DIR, 'built without GStreamer')
    def test_pipeline_that_does_not_start(self):
        r = self.run_fails(1, 'bench', '--pipeline', '-m', cli.float_model(), '-p', 'int8', env=self.plugins(PLUGIN_DIR))
        self.assertIn('precision=int8', r.err)

    @unittest.skipIf(PLUGIN_DIR, 'built with GStreamer')
    def test_no_pipeline(self):
        self.assertIn('without GStreamer', self.run_fails(2, 'bench', '--pipeline', '-m', cli.float_model()).err)

    def test_wrong(self):
        for args, message in {('--batch', '257'): '1 to 256', ('--batch', '-1'): '1 to 256', ('--train', 'x'): "'x' is too much",
                              ('--train', '-m', 'x'): 'exclude', ('--train', '-p', 'fp32'): 'exclude', ('--train', '--layers'): '--layers',
                              ('--pipeline', '--layers'): '--layers', ('--pipeline', '--train'): 'exclude',
                              ('--pipeline', '--batch', '257'): '1 to 256',
                              ('--precision', 'bf16'): 'none of auto, fp32, fp16, int8', ('--train', '--batch', '1'): '2 to 1024',
                              ('--train', '--batch', '1025'): '2 to 1024', ('--train', '--threads', '65'): '1 to 64',
                              ('--train', '--seconds', 'nan'): '--seconds', ('--train', '--seconds', '-1'): '--seconds',
                              ('--train', '--seconds', '4000'): '0 to 3600'}.items():
            self.assertIn(message, self.run_fails(2, 'bench', *args).err, args)


cli.main()
