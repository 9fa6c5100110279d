"""Seeds of what reads frames and their metadata."""
import struct


def picture(width, height, n_planes, shared=0, offset=0, weights=(65536, 0, 0), planes=(), rects=()):
    """As fuzz-crop reads it."""
    out = struct.pack('<hhBBi3i', width, height, n_planes, shared, offset, *weights) + bytes(planes)
    for rect in rects:
        near = all(-1 << 15 <= side < 1 << 15 for side in rect)
        out += b'\0' + struct.pack('<4h', *rect) if near else b'\1' + struct.pack('<4q', *rect)
    return out


RGB = (19595, 38470, 7471)
BIG = (1 << 63) - 1


def crop():
    inside = [(3, 4, 20, 10), (-5, -5, 100, 100), (0, 0, 1, 1)]
    yield 'grey', picture(40, 30, 1, planes=(0, 0, 0), rects=inside)
    yield 'one-pixel', picture(1, 1, 1, planes=(0, 0, 0), rects=[(0, 0, 1, 1)])
    yield 'mixed-grey', picture(40, 30, 1, offset=7, weights=(60000, 0, 0), planes=(0, 0, 0), rects=inside)
    yield 'heavy', picture(40, 30, 1, offset=-(1 << 31), weights=((1 << 31) - 1, 0, 0), planes=(0, 0, 0), rects=inside)
    yield 'rgb', picture(40, 30, 3, shared=1, weights=RGB, planes=(0, 2, 1, 2), rects=inside)
    yield 'bgr', picture(40, 30, 3, shared=1, weights=RGB, planes=(0, 3, 3, 0), rects=inside)
    for layout in range(16):
        yield f'layout-{layout}', picture(40, 30, 3, shared=1, weights=RGB, planes=(layout, 12, 1, 2), rects=inside)
        yield f'planes-{layout}', picture(41, 31, 3, weights=RGB, planes=(0, layout, 7, 5, layout, 3, 5, layout, 3),
                                          rects=inside)
    yield 'narrow', picture(3, 1500, 1, planes=(0, 0, 0), rects=[(0, 0, 3, 1500), (2, 700, 1, 800)])
    yield 'wide', picture(1500, 3, 2, weights=RGB, planes=(0, 0, 0, 15, 1, 4), rects=[(0, 0, 1500, 3)])
    yield 'chroma-sliver', picture(33, 33, 3, weights=RGB, planes=(0, 0, 0, 15, 0, 0, 15, 0, 0), rects=[(32, 32, 1, 1)])
    yield 'no-plane', picture(40, 30, 0, rects=inside)
    yield 'four-planes', picture(40, 30, 4, rects=inside)
    yield 'no-width', picture(0, 30, 1, rects=inside)
    yield 'negative', picture(40, -30, 1, rects=inside)
    yield 'too-large', picture(30000, 30000, 1, planes=(0, 0, 0), rects=inside)
    yield 'too-large-shared', picture(30000, 30000, 3, shared=1, planes=(0, 0), rects=inside)
    yield 'far', picture(40, 30, 1, planes=(0, 0, 0), rects=[
        (-BIG - 1, -BIG - 1, BIG, BIG), (BIG, BIG, BIG, BIG), (1, 1, BIG, BIG), (0, 0, -BIG - 1, 5)])
    yield 'outside', picture(40, 30, 1, planes=(0, 0, 0), rects=[(40, 0, 5, 5), (0, -5, 5, 5), (0, 0, 0, 5)])


def frame():
    def input_of(form, width, height, flags=2, size=b'\0', more=2, layout=b''):
        rects = (3, 3, width // 2, height), (0, 0, 9, 9)
        return bytes([form, flags]) + struct.pack('<HH', width, height) + size + bytes([more]) + layout \
            + b''.join(struct.pack('<4H', *rect) for rect in rects)

    usual, near = b'\0', b'\1\4'
    for form in range(144):  # more than there are
        yield f'format-{form}', input_of(form, 33, 27)
        yield f'meta-{form}', input_of(form, 40, 30, flags=9, more=3, layout=usual * 10)
        yield f'interlaced-{form}', input_of(form, 16, 6, flags=3, more=3, layout=usual * 2 + (near + b'\2') * 4)
    yield 'small-buffer', input_of(2, 40, 30, size=b'\1\x80')
    yield 'odd-size', input_of(2, 40, 30, more=1, layout=b'\3\1\0\0\0' + usual * 9)


def meta():
    def bytes_of(n_scores=0, label=-1, confidence=0.5, w=10, h=10, scores=None, texts=()):
        out = struct.pack('<iqiiiiifIQB', 3, 5, -1, 2, w, h, label, confidence, 7, 1 << 40, n_scores)
        out += b''.join(struct.pack('<f', s) for s in (scores or [0.5] * n_scores))
        return out + b''.join(struct.pack('<H', len(t)) + t for t in texts)

    yield 'bare', bytes_of()
    yield 'two', bytes_of(2, 1, texts=(b'model', b'sad', 'fröhlich'.encode()))
    yield 'all', bytes_of(32, 31, texts=[b'm'] + [b'%d' % i for i in range(32)])
    yield 'too-many', bytes_of(33, texts=[b'm'] * 34)
    yield 'label', bytes_of(2, 2, texts=(b'm', b'a', b'b'))
    yield 'label-negative', bytes_of(2, -2, texts=(b'm', b'a', b'b'))
    yield 'nan', bytes_of(2, 0, confidence=float('nan'), texts=(b'm', b'a', b'b'))
    yield 'score', bytes_of(2, 0, scores=[0.5, 1.5], texts=(b'm', b'a', b'b'))
    yield 'width', bytes_of(w=-1)
    yield 'not-utf-8', bytes_of(2, 0, texts=(b'm', b'\xff', b'b'))
    yield 'nul', bytes_of(2, 0, texts=(b'm', b'a\0b', b'b'))
    yield 'long', bytes_of(1, 0, texts=(b'm' * 4097, b'a'))
    yield 'cut', bytes_of(2, 0, texts=(b'm', b'a', b'b'))[:-1]
    yield 'cut-model', bytes_of(2, 0, texts=(b'mod',))[:-1]
    yield 'cut-scores', bytes_of(2, 0)[:-5]
    yield 'more', bytes_of() + b'x'
    yield 'nothing', b''


SEEDS = {
    'crop': crop,
    'frame': frame,
    'meta': meta,
}
