"""Reading pictures: every kind of JPEG and PNG as Pillow reads it, upright, and what is no picture."""
import io
import os
import struct
import unittest
import zlib

import cli
cli.need('numpy', 'PIL')
import numpy as np
from PIL import Image, ImageOps

# Both read the same pixels; summing in batches of another size moves the last digits.
TOLERANCE = 2e-3
# Orders of magnitude above it: what another picture makes.
DIFFERENCE = 2e-2


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png(width, height, depth, color, rows, extra=b'', interlace=0):
    """PNG of kinds that Pillow does not write. rows: bytes of each row."""
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, depth, color, 0, 0, interlace))
            + extra + chunk(b'IDAT', zlib.compress(b''.join(b'\0' + r for r in rows))) + chunk(b'IEND', b''))


def segment(marker, data):
    return bytes([0xff, marker]) + struct.pack('>H', len(data) + 2) + data


def scans(n, side):
    """Progressive JPEG in whose scans no block has anything: a code of 4 bits with 14 bits behind for 32,767 of them."""
    bits = ('0000' + '1' * 14) * -(-side * side // 64 // 32767)
    bits += '1' * (-len(bits) % 8)
    data = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8)).replace(b'\xff', b'\xff\0')
    return (b'\xff\xd8' + segment(0xdb, bytes([0] + [16] * 64))
            + segment(0xc2, struct.pack('>BHHB', 8, side, side, 1) + b'\1\x11\0')
            + segment(0xc4, bytes([0x10, 0, 0, 0, 1] + [0] * 12 + [0xe0]))
            + (segment(0xda, b'\1\1\0\1\x3f\0') + data) * n + b'\xff\xd9')


def distance(a, b):
    return max(abs(x - y) for x, y in zip(a, b))


class Same(cli.Case):
    """Pairs of a file and what it should read as; the latter as plain RGB PNG."""

    def model(self):
        return cli.float_model()    # which a grey level moves by no more than it is

    def check(self, pairs, *args):
        """pairs: {name: (file's bytes or Image, Image)}"""
        names = []
        for name, (data, expected) in pairs.items():
            if isinstance(data, Image.Image):
                buffer = io.BytesIO()
                data.save(buffer, 'PNG')
                data = buffer.getvalue()
            names.append(self.write(name, data))
            names.append(self.path(name + '.expected.png'))
            expected.convert('RGB').save(names[-1])
        out = self.logits(*names, *args)
        for name in pairs:
            self.assertLess(distance(out[self.path(name)], out[self.path(name + '.expected.png')]), TOLERANCE, name)
        return out

    def jpeg(self, image, **kw):
        buffer = io.BytesIO()
        image.save(buffer, 'JPEG', **{'quality': 90, **kw})
        return buffer.getvalue()

    def opened(self, data):
        image = Image.open(io.BytesIO(data))
        image.load()
        return image

    def test_jpeg(self):
        rgb = cli.picture()
        pairs = {}
        for name, data in {
            'baseline.jpg': self.jpeg(rgb),
            'progressive.jpg': self.jpeg(rgb, progressive=True),
            'full-chroma.jpg': self.jpeg(rgb, subsampling=0),
            'half-chroma.jpg': self.jpeg(rgb, subsampling=1),
            'grey.jpg': self.jpeg(rgb.convert('L')),
            'cmyk.jpg': self.jpeg(rgb.convert('CMYK')),
            # Pillow's own conversion leaves black at 0
            'black.jpg': self.jpeg(Image.merge('CMYK', [*rgb.split(), cli.picture(seed=2).convert('L')])),
            'odd.jpg': self.jpeg(cli.picture(37, 41)),
            'one.jpg': self.jpeg(cli.picture(1, 1)),
            'line.jpg': self.jpeg(cli.picture(300, 1)),
            'a-jpeg.png': self.jpeg(rgb),
        }.items():
            pairs[name] = data, self.opened(data)
        # PNG under the name of JPEG: content counts
        pairs['a-png.jpg'] = rgb, rgb
        self.check(pairs)

    def test_cmyk_is_not_inverted(self):
        """The pair above cannot tell if both are wrong."""
        rgb = cli.picture()
        self.write('cmyk.jpg', self.jpeg(rgb.convert('CMYK'), quality=98))
        rgb.save(self.path('rgb.png'))
        ImageOps.invert(rgb).save(self.path('inverted.png'))
        out = self.logits(*(self.path(n) for n in ('cmyk.jpg', 'rgb.png', 'inverted.png')))
        right = distance(out[self.path('cmyk.jpg')], out[self.path('rgb.png')])
        wrong = distance(out[self.path('cmyk.jpg')], out[self.path('inverted.png')])
        self.assertLess(right * 5, wrong)

    def test_orientations(self):
        image = cli.picture()
        pairs = {}
        for orientation in range(1, 9):
            exif = Image.Exif()
            exif[0x0112] = orientation
            data = self.jpeg(image, exif=exif)
            pairs[f'{orientation}.jpg'] = data, ImageOps.exif_transpose(self.opened(data))
        for order, mark in ('<', b'II*\0'), ('>', b'MM\0*'):
            tiff = mark + struct.pack(order + 'I', 8) + struct.pack(order + 'HHHIHHI', 1, 0x112, 3, 1, 6, 0, 0)
            data = self.jpeg(image, exif=b'Exif\0\0' + tiff)
            pairs[f'order{ord(order)}.jpg'] = data, self.opened(data).transpose(Image.ROTATE_270)
        out = self.check(pairs)
        # and the eight are eight different pictures
        for i in range(2, 9):
            self.assertGreater(distance(out[self.path('1.jpg')], out[self.path(f'{i}.jpg')]), DIFFERENCE, i)

    def test_upright_is_the_same(self):
        """Stored turned, with the Exif mark that turns it back: nothing but the upright picture."""
        image = cli.picture()
        stored = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
                  6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}
        image.save(self.path('1.png'))
        names = [self.path('1.png')]
        for orientation, turn in stored.items():
            exif = Image.Exif()
            exif[0x0112] = orientation
            names.append(self.path(f'{orientation}.png'))
            image.transpose(turn).save(names[-1], exif=exif)
        out = self.logits(*names)
        self.assertEqual(len({tuple(round(v, 3) for v in o) for o in out.values()}), 1)
        # a crop is of the upright picture
        out = self.logits('--crop', '10,5,30,20', *names)
        image.crop((10, 5, 40, 25)).save(self.path('crop.png'))
        expected = self.logits(self.path('crop.png'))[self.path('crop.png')]
        for o in out.values():
            self.assertLess(distance(o, expected), TOLERANCE)

    def test_broken_exif_is_no_exif(self):
        image = cli.picture()
        good = b'Exif\0\0MM\0*\0\0\0\x08'
        pairs = {}
        for i, exif in enumerate([
                b'Exif\0\0', b'Exif\0\0MM', b'Exif\0\0XX\0*\0\0\0\x08\0\0', b'Exif\0\0MM\0*\xff\xff\xff\xff',
                good, good + b'\xff\xff', good + b'\0\1', good + b'\0\1\x01\x12\0\3\0\0\0\1\0',
                good + struct.pack('>HHHIHH', 1, 0x112, 3, 1, 9, 0), good + struct.pack('>HHHIHH', 1, 0x112, 3, 1, 0, 0),
                good + struct.pack('>HHHII', 1, 0x112, 4, 1, 6), good + struct.pack('>HHHIHH', 1, 0x112, 3, 2, 6, 0)]):
            pairs[f'{i}.jpg'] = self.jpeg(image, exif=exif), self.opened(self.jpeg(image))
        self.check(pairs)

    def test_png(self):
        rgb = cli.picture()
        alpha = rgb.convert('L').point(lambda v: 255 - v)
        rgba = rgb.copy()
        rgba.putalpha(alpha)
        grey_alpha = rgb.convert('L').convert('LA')
        grey_alpha.putalpha(alpha)
        palette = rgb.quantize(16)
        buffer = io.BytesIO()
        palette.save(buffer, 'PNG', transparency=3)
        seen_through = buffer.getvalue()
        # alpha is dropped, as convert ('RGB') drops it
        self.check({'rgb.png': (rgb, rgb), 'rgba.png': (rgba, rgb), 'grey.png': (rgb.convert('L'), rgb.convert('L')),
                    'grey-alpha.png': (grey_alpha, rgb.convert('L')), 'palette.png': (palette, palette),
                    'transparent-palette.png': (seen_through, palette), 'two.png': (rgb.convert('1'), rgb.convert('1'))})

    def test_png_depths(self):
        image = np.asarray(cli.picture().convert('L'))
        height, width = image.shape
        rgb = np.asarray(cli.picture())
        pairs = {}
        for depth in 1, 2, 4:
            levels = image >> (8 - depth)
            bits = np.unpackbits(levels[..., None], axis=2)[..., 8 - depth:].reshape(height, -1)
            pairs[f'{depth}.png'] = (png(width, height, depth, 0, [r.tobytes() for r in np.packbits(bits, axis=1)]),
                                     Image.fromarray((levels.astype(int) * 255 // (2 ** depth - 1)).astype(np.uint8)))
        low = np.random.default_rng(0).integers(0, 256, image.shape)
        pairs['16.png'] = (png(width, height, 16, 0, [r.tobytes() for r in (image.astype(np.uint16) * 256 + low).astype('>u2')]),
                           Image.fromarray(image))
        pairs['48.png'] = (png(width, height, 16, 2, [r.tobytes() for r in
                                                      (rgb * np.uint16(256) + low[..., None]).astype('>u2')]),
                           Image.fromarray(rgb))
        wide = np.dstack([rgb, low.astype(np.uint8)])
        pairs['64.png'] = (png(width, height, 16, 6, [r.tobytes() for r in (wide * np.uint16(256)).astype('>u2')]),
                           Image.fromarray(rgb))
        # a gamma and an odd profile change nothing, as in Pillow
        pairs['gamma.png'] = (png(width, height, 8, 0, [r.tobytes() for r in image],
                                  chunk(b'gAMA', struct.pack('>I', 100000)) + chunk(b'iCCP', b'x\0\0junk')),
                              Image.fromarray(image))
        self.check(pairs)

    def test_png_interlaced(self):
        image = np.asarray(cli.picture().convert('L'))
        height, width = image.shape
        # Adam7 (PNG specification, 8.2): start and step of each pass
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        rows = [r.tobytes() for x, y, dx, dy in passes for r in image[y::dy, x::dx]]
        self.check({'adam7.png': (png(width, height, 8, 0, rows, interlace=1), Image.fromarray(image))})

    def test_resized_as_pillow_does(self):
        """Preprocessing whole: Pillow's resize and grey against ours, to within the grey level that the core allows."""
        image = cli.picture(400, 300)
        self.check({'large.png': (image, image.resize((64, 64), Image.BILINEAR).convert('L'))})


class Unreadable(cli.Case):
    def setUp(self):
        super().setUp()
        buffer = io.BytesIO()
        cli.picture(200, 200).save(buffer, 'JPEG')
        self.jpeg = buffer.getvalue()
        buffer = io.BytesIO()
        cli.picture(200, 200).save(buffer, 'PNG')
        self.png = buffer.getvalue()
        self.good = self.write('good.jpg', self.jpeg)

    def files(self):
        yield 'empty.jpg', b''
        yield 'short.jpg', b'\xff\xd8\xff'
        yield 'text.jpg', b'not a picture'
        yield 'signature.png', b'\x89PNG\r\n\x1a\n'
        yield 'half.jpg', self.jpeg[:len(self.jpeg) // 2]
        yield 'header.jpg', self.jpeg[:300]
        yield 'half.png', self.png[:len(self.png) // 2]
        yield 'damaged.png', self.png[:200] + bytes(50) + self.png[250:]
        yield 'no-size.png', png(0, 0, 8, 0, [])
        yield 'huge.png', png(2 ** 31 - 1, 2 ** 31 - 1, 8, 0, [b''])
        yield 'wide.png', png(40000, 1, 8, 0, [bytes(40000)])
        # a bomb: 32,767 x 32,767 of RGB would be 3 GB
        yield 'bomb.png', png(32767, 32767, 8, 2, [bytes(3 * 32767)])
        size = self.jpeg.index(b'\xff\xc0') + 5
        yield 'bomb.jpg', self.jpeg[:size] + struct.pack('>HH', 65500, 65500) + self.jpeg[size + 4:]
        # 5 kB that go over 16 million pixels again and again
        yield 'scans.jpg', scans(130, 4096)
        for kind in 'GIF', 'WEBP', 'BMP', 'TIFF':
            buffer = io.BytesIO()
            try:
                cli.picture().save(buffer, kind)
            except (KeyError, OSError):     # Pillow built without it
                continue
            yield kind + '.jpg', buffer.getvalue()

    def test_each_is_named_and_skipped(self):
        names = [self.write(name, data) for name, data in self.files()]
        os.symlink('/nonexistent', self.path('dangling.jpg'))
        os.mkfifo(self.path('fifo.jpg'))
        names += [self.path('dangling.jpg'), self.path('fifo.jpg'), self.path('missing.jpg')]
        r = self.run_ok('classify', '-m', cli.model(), '--json', *names[:5], self.good, *names[5:])
        out = r.json()
        self.assertEqual([f['file'] for f in out['faces']], [self.good])
        self.assertEqual([s['file'] for s in out['skipped']], names)
        for name, entry in zip(names, out['skipped']):
            self.assertIn(f'skipped {name}: {entry["reason"]}', r.err)
            self.assertTrue(entry['reason'])
        self.assertIn(f'{len(names)} of {len(names) + 1} pictures could not be read', r.err)
        reasons = {os.path.basename(s['file']): s['reason'] for s in out['skipped']}
        self.assertIn('empty', reasons['empty.jpg'])
        self.assertIn('neither JPEG nor PNG', reasons['text.jpg'])
        self.assertIn('incomplete', reasons['half.jpg'])
        self.assertIn('incomplete', reasons['half.png'])
        self.assertIn('size', reasons['bomb.png'])
        self.assertIn('size', reasons['bomb.jpg'])
        self.assertIn('too many scans', reasons['scans.jpg'])
        self.assertIn('No such file', reasons['dangling.jpg'])
        self.assertIn('not a regular file', reasons['fifo.jpg'])
        if 'GIF.jpg' in reasons:
            self.assertIn('GIF', reasons['GIF.jpg'])

    def test_truncated_anywhere(self):
        """No length of a file makes it crash, and what lacks pixels is refused: Pillow's judgement, too."""
        buffer = io.BytesIO()
        cli.picture(24, 24).save(buffer, 'JPEG', quality=50)
        small = buffer.getvalue()
        names = [self.write(f'{n:05}.jpg', small[:n]) for n in range(1, len(small) - 4, 3)]
        buffer = io.BytesIO()
        cli.picture(24, 24).save(buffer, 'PNG')
        small = buffer.getvalue()
        names += [self.write(f'{n:05}.png', small[:n]) for n in range(1, len(small) - 30, 5)]
        r = self.run_ok('classify', '-m', cli.model(), '--json', self.good, *names)
        read = {f['file'] for f in r.json()['faces']}
        for name in names:
            try:
                with Image.open(name) as image:
                    image.load()
            except (OSError, SyntaxError, ValueError):
                self.assertNotIn(name, read)

    def test_lacking_only_the_end_mark(self):
        """All pixels are there."""
        name = self.write('no-end.jpg', self.jpeg[:-2])
        out = self.logits(name, self.good)
        self.assertLess(distance(out[name], out[self.good]), TOLERANCE)

    def test_all_unreadable(self):
        for out in [], ['--csv'], ['--json'], ['--csv', '-o', self.path('out.csv')]:
            r = self.run_fails(1, 'classify', '-m', cli.model(), self.write('a.jpg', b'x'), self.path('b.jpg'), *out)
            self.assertIn('none of 2 pictures could be read', r.err)
            self.assertEqual(r.out, '')
        self.assertFalse(os.path.exists(self.path('out.csv')))

    def test_quiet_still_names_them(self):
        r = self.run_ok('classify', '-q', '-m', cli.model(), self.good, self.path('b.jpg'))
        self.assertIn('skipped ' + self.path('b.jpg'), r.err)


cli.main()
