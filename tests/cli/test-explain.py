"""Where the network looks, drawn: what is in the picture, and where."""
import io
import os
import stat
import unittest

import cli
cli.need('numpy', 'PIL')
import numpy as np
from PIL import Image

# Of the picture that is drawn, in pixels.
PANEL, GAP, MARGIN, HEAD, CAPTION, LEGEND = 320, 22, 26, 66, 40, 24

if os.environ['REN_DRAWING'] != '1':
    r = cli.run('explain', '/nonexistent', '-o', 'x.png')
    assert r.status == 2 and 'without drawings' in r.err, r.err
    cli.skip('the command was built without Cairo')


def place(i, columns):
    """Left and top of a panel; the first is the face."""
    return MARGIN + i % columns * (PANEL + GAP), MARGIN + HEAD + i // columns * (PANEL + CAPTION)


def panel(image, i, columns=2):
    x, y = place(i, columns)
    return np.asarray(image)[y:y + PANEL, x:x + PANEL].astype(int)


def quarters(width=200, height=200):
    """Red, green; blue, white."""
    a = np.zeros((height, width, 3), np.uint8)
    a[:height // 2, :width // 2] = 255, 0, 0
    a[:height // 2, width // 2:] = 0, 255, 0
    a[height // 2:, :width // 2] = 0, 0, 255
    a[height // 2:, width // 2:] = 255, 255, 255
    return Image.fromarray(a)


def corners(a):
    """Colours in the middles of a panel's quarters."""
    n = PANEL // 4
    return [tuple(a[y, x]) for y in (n, 3 * n) for x in (n, 3 * n)]


RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


class Explain(cli.Case):
    def setUp(self):
        super().setUp()
        self.face = self.path('a face.png')
        cli.picture(90, 90).save(self.face)
        self.out = self.path('why.png')

    def explain(self, picture, *args, model=None):
        r = self.run_ok('explain', picture, '-o', self.out, '-m', model or cli.float_model(), *args)
        with Image.open(self.out) as image:
            self.assertEqual(image.format, 'PNG')
            image.load()
        return image, r

    def size(self, columns, rows):
        return (2 * MARGIN + columns * (PANEL + GAP) - GAP,
                2 * MARGIN + HEAD + rows * (PANEL + CAPTION) + LEGEND)


class Panels(Explain):
    def test_answer(self):
        image, r = self.explain(self.face)
        self.assertEqual(image.size, self.size(2, 1))
        row = self.run_ok('classify', '--csv', '-m', cli.float_model(), self.face).rows()[0]
        score = float(row['confidence'])
        self.assertRegex(r.err, f"a face.png: {row['label']} ")
        # the two ways through the network round differently
        self.assertAlmostEqual(int(r.err.split(' %')[0].split()[-1]), 100 * score, delta=1)
        named, _ = self.explain(self.face, '--class', row['label'])
        self.assertEqual(named.tobytes(), image.tobytes())

    def test_all(self):
        image, r = self.explain(self.face, '--all')
        self.assertEqual(image.size, self.size(4, 2))
        answer = r.err.split('a face.png: ')[1].split()[0]
        for i, label in enumerate(cli.LABELS):
            # a frame is around the answer and no other
            x, y = place(i + 1, 4)
            self.assertEqual(image.getpixel((x - 3, y + 100)) != WHITE, label == answer, label)
        for i in 0, 3, 6:
            one, _ = self.explain(self.face, '--class', cli.LABELS[i])
            np.testing.assert_array_equal(panel(one, 0), panel(image, 0, 4))
            np.testing.assert_array_equal(panel(one, 1), panel(image, i + 1, 4), cli.LABELS[i])
        self.assertGreater(len({panel(image, i, 4).tobytes() for i in range(1, 8)}), 1)

    def test_other_names(self):
        image, _ = self.explain(self.face, '--class', 'angry')
        self.assertEqual(image.tobytes(), self.explain(self.face, '--class', 'anger')[0].tobytes())
        self.explain(self.face, '--class', 'b', '--labels', 'a,b,c,d,e,f,g')

    def test_two_classes(self):
        model = self.path('two.safetensors')
        cli.write_model(model, ['no', 'yes'], n_classes=2)
        self.assertEqual(self.explain(self.face, model=model)[0].size, self.size(2, 1))
        self.assertEqual(self.explain(self.face, '--all', model=model)[0].size, self.size(3, 1))

    def test_many_classes(self):
        model = self.path('many.safetensors')
        cli.write_model(model, [f'{i + 1}. of names wider than a panel' + 'W' * 30 for i in range(32)], n_classes=32)
        self.assertEqual(self.explain(self.face, '--all', model=model)[0].size, self.size(4, 9))

    def test_colors(self):
        """Some place counts most for some class, and that is yellow over grey."""
        grey = self.path('grey.png')
        cli.picture(90, 90).convert('L').save(grey)
        image, _ = self.explain(grey, '--all')
        face = panel(image, 0, 4)
        self.assertEqual(np.ptp(face, axis=2).max(), 0)
        yellow = [(panel(image, i, 4)[..., :2].min(axis=2) - panel(image, i, 4)[..., 2]).max() for i in range(1, 8)]
        # yellow, .7 of (253, 231, 37), lies 135 above blue
        self.assertGreater(max(yellow), 120)


class Faces(Explain):
    def test_face(self):
        path = self.path('quarters.png')
        quarters().save(path)
        image, _ = self.explain(path)
        self.assertEqual(corners(panel(image, 0)), [RED, GREEN, BLUE, WHITE])
        # below the heat, the face has no colours that would be taken for it: it is that of a picture without any
        grey = self.path('grey.png')
        quarters().convert('L').save(grey)
        without, _ = self.explain(grey)
        self.assertNotEqual(corners(panel(without, 0))[0], RED)
        # the network's greys differ by a rounding, and its map by little; red would differ from its grey by 140
        self.assertLess(np.abs(panel(image, 1) - panel(without, 1)).max(), 50)

    def test_crop(self):
        path = self.path('quarters.png')
        quarters(3000, 1000).save(path)
        image, _ = self.explain(path, '--crop', '1000,0,1000,1000')
        self.assertEqual(corners(panel(image, 0)), [RED, GREEN, BLUE, WHITE])
        image, _ = self.explain(path, '--crop', '1500,-500,9999,1000')
        self.assertEqual(corners(panel(image, 0))[0], corners(panel(image, 0))[1])
        # the middle of a face that is wider than high; above and below is nothing
        image, _ = self.explain(path)
        a = panel(image, 0)
        self.assertEqual(tuple(a[PANEL // 2 - 30, 30]), RED)
        self.assertEqual(len({tuple(a[y, x]) for y in (20, 300) for x in (20, 160, 300)}), 1)

    def test_smallest(self):
        path = self.path('dot.png')
        Image.new('RGB', (1, 1), (10, 200, 30)).save(path)
        image, _ = self.explain(path)
        self.assertEqual(corners(panel(image, 0)), [(10, 200, 30)] * 4)
        Image.new('L', (2000, 1), 77).save(path)
        image, _ = self.explain(path, '--all')
        self.assertEqual(tuple(panel(image, 0, 4)[PANEL // 2 - 1, 160]), (77, 77, 77))

    def test_upright(self):
        path = self.path('turned.jpg')
        exif = Image.Exif()
        exif[0x0112] = 6    # to be turned clockwise
        quarters().transpose(Image.ROTATE_90).save(path, exif=exif, quality=95, subsampling=0)
        got = np.array(corners(panel(self.explain(path)[0], 0)))
        self.assertLess(np.abs(got - [RED, GREEN, BLUE, WHITE]).max(), 8)   # JPEG's loss


class Output(Explain):
    def test_standard_output(self):
        r = self.run_ok('explain', self.face, '-o', '-', '-m', cli.float_model())
        with Image.open(io.BytesIO(r.bytes)) as image:
            self.assertEqual(image.size, self.size(2, 1))

    def test_whole_or_not_at_all(self):
        with open(self.out, 'w') as f:
            f.write('earlier')
        self.run_fails(1, 'explain', self.face, '-o', self.out, '-m', '/nonexistent')
        with open(self.out) as f:
            self.assertEqual(f.read(), 'earlier')
        self.explain(self.face)
        self.assertEqual(stat.S_IMODE(os.stat(self.out).st_mode) & 0o600, 0o600)
        self.assertEqual(sorted(os.listdir(self.dir)), ['a face.png', 'why.png'])
        r = self.run_fails(1, 'explain', self.face, '-m', cli.float_model(), '-o', self.path('a face.png') + '/x.png')
        self.assertIn('x.png', r.err)

    def test_no_paths_of_this_machine(self):
        image, _ = self.explain(self.face)
        os.rename(self.face, self.path('elsewhere', 'a face.png'))
        self.assertEqual(self.explain(self.path('elsewhere', 'a face.png'))[0].tobytes(), image.tobytes())

    def test_quiet(self):
        self.assertEqual(self.explain(self.face, '-q')[1].err, '')


class Wrong(Explain):
    def fails(self, status, *args):
        r = self.run_fails(status, 'explain', *args)
        self.assertFalse(os.path.exists(self.out))
        return r.err

    def test_usage(self):
        for args, text in [
                (['-o', self.out], 'name one'),
                ([self.face, self.face, '-o', self.out], 'one at a time'),
                ([self.face], '--output'),
                ([self.face, '-o', self.path('why.jpg')], '.png'),
                ([self.face, '-o', self.out, '--all', '--class', 'sad'], 'exclude'),
                ([self.face, '-o', self.out, '--crop', '1,2,3'], 'X,Y,W,H')]:
            self.assertIn(text, self.fails(2, *args, '-m', cli.float_model()))

    def test_class(self):
        err = self.fails(2, self.face, '-o', self.out, '-m', cli.float_model(), '--class', 'hungry')
        self.assertIn('hungry', err)
        self.assertIn('surprise, sad', err)

    def test_crop_outside(self):
        err = self.fails(1, self.face, '-o', self.out, '-m', cli.float_model(), '--crop', '90,0,5,5')
        self.assertIn('90,0,5,5', err)
        self.assertIn('90 x 90', err)

    def test_pictures(self):
        for name, data in ('gone.png', None), ('text.png', b'some text'), ('empty.jpg', b''):
            path = self.write(name, data) if data is not None else self.path(name)
            self.assertIn(name, self.fails(1, path, '-o', self.out, '-m', cli.float_model()))
        with open(self.face, 'rb') as f:
            path = self.write('half.png', f.read()[:-1000])
        self.assertIn('half.png', self.fails(1, path, '-o', self.out, '-m', cli.float_model()))


cli.main()
