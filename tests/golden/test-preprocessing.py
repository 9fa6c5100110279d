"""Cropping, resizing and greying against Pillow, which training and the reference evaluation use.

Pixel by pixel: RGB, BGRx and grey must equal Pillow to the bit (the same integer arithmetic), and so must
luma of limited range (expanded first). Where chroma takes part there is no single right answer (Pillow has
no such input; 8-bit RGB in between is rounded), so at most 2 levels and 0.5 on average are allowed.
"""
import random
import sys

try:
    import numpy as np
    from PIL import Image
except ImportError as e:
    print(f'skipped: {e}')
    sys.exit(77)
import core

rng = np.random.default_rng(1)
random.seed(1)


def smooth(h, w, c):
    """A picture with both soft and hard edges."""
    small = Image.fromarray(rng.integers(0, 256, (max(1, h // 7), max(1, w // 7), 3), np.uint8))
    a = np.array(small.resize((w, h), Image.BICUBIC))
    a = np.where(rng.random((h, w, 1)) < .05, rng.integers(0, 256, (h, w, 3)), a).astype(np.uint8)
    return np.ascontiguousarray(a[..., :c] if c < 4 else np.dstack([a, a[..., 0]]))


def pillow(a, box):
    x, y, w, h = box
    img = Image.fromarray(a).crop((x, y, x + w, y + h))
    return np.array(img.resize((64, 64), Image.BILINEAR).convert('L'))


def boxes(h, w):
    yield 0, 0, w, h
    for _ in range(6):
        x, y = random.randrange(w), random.randrange(h)
        yield x, y, random.randint(1, w - x), random.randint(1, h - y)


compared = 0
sizes = [(64, 64), (48, 48), (1, 1), (1, 300), (300, 1), (65, 63), (128, 128), (127, 129), (270, 480),
         (719, 1281), (2204, 970), (5, 7), (3000, 40)]
for h, w in sizes:
    a = smooth(h, w, 3)
    gray = np.ascontiguousarray(np.array(Image.fromarray(a).convert('L')))
    bgrx = np.ascontiguousarray(np.dstack([a[..., ::-1], a[..., 0]]))
    padded = np.zeros((h, w + 13), np.uint8)
    padded[:, :w] = gray
    limited = np.clip(gray.astype(int) * 219 / 255 + 16, 0, 255).astype(np.uint8)
    table = np.clip(np.floor((np.arange(256) - 16) * 255 / 219 + .5), 0, 255).astype(np.uint8)
    bgr = core.rgb_picture(bgrx)
    for i in range(3):
        bgr.planes[i].data = bgrx.ctypes.data + 2 - i
    for box in boxes(h, w):
        pairs = {
            'rgb': (core.crop(core.rgb_picture(a), box), pillow(a, box)),
            'bgrx': (core.crop(bgr, box), pillow(a, box)),
            'gray': (core.crop(core.gray_picture(gray), box), pillow(gray, box)),
            'stride': (core.crop(core.gray_picture(padded[:, :w]), box), pillow(gray, box)),
            'limited luma': (core.crop(core.yuv_picture([limited], (0, 0), True, .299, .114), box),
                             pillow(table[limited], box)),
        }
        for name, (ours, theirs) in pairs.items():
            worst = np.abs(ours.astype(int) - theirs).max()
            assert worst == 0, f'{name} {w}x{h} {box}: differs by {worst} levels'
            compared += 1

# YUV with chroma: made here from RGB by the definition, 4:4:4 and 4:2:0
for kr, kb in ((.299, .114), (.2126, .0722), (.2627, .0593)):
    for limited in (False, True):
        for sub in (0, 1):
            h, w = 271, 483
            rgb = smooth(h, w, 3).astype(float)
            if sub:  # colour that chroma of half size can hold
                rgb = np.array(Image.fromarray(rgb.astype(np.uint8)).resize((31, 17)).resize((w, h), Image.BICUBIC)).astype(float)
            y = rgb @ [kr, 1 - kr - kb, kb]
            cb, cr = (rgb[..., 2] - y) / (2 * (1 - kb)), (rgb[..., 0] - y) / (2 * (1 - kr))
            if sub:
                pad = lambda p: np.pad(p, ((0, h % 2), (0, w % 2)), 'edge')
                cb, cr = (pad(p).reshape((h + 1) // 2, 2, (w + 1) // 2, 2).mean((1, 3)) for p in (cb, cr))
            ys, cs, off = (219 / 255, 224 / 255, 16) if limited else (1, 1, 0)
            planes = [np.clip(np.round(p), 0, 255).astype(np.uint8)
                      for p in (y * ys + off, cb * cs + 128, cr * cs + 128)]
            picture = core.yuv_picture(planes, (sub, sub), limited, kr, kb)
            for box in ((0, 0, w, h), (101, 57, 203, 197), (333, 11, 63, 65)):
                d = np.abs(core.crop(picture, box).astype(int) - pillow(rgb.astype(np.uint8), box))
                assert d.max() <= 2 and d.mean() <= .5, (kr, limited, sub, box, d.max(), d.mean())
                compared += 1

for box in ((-10, -10, 10, 10), (64, 0, 5, 5), (0, 0, 0, 5), (0, 0, 5, -5), (2**62, 0, 2**62, 2**62)):
    try:
        core.crop(core.gray_picture(np.zeros((64, 64), np.uint8)), box)
        raise AssertionError(f'{box} was accepted')
    except core.CoreError:
        pass
a = smooth(90, 90, 3)
over = core.crop(core.rgb_picture(a), (-2**62, 40, 2**62 + 30, 2**62))
assert (over == pillow(a, (0, 40, 30, 50))).all(), 'a box that reaches outside is cut to the picture'
print(f'{compared} faces compared')
