"""PyTorch checkpoints that do harm to who trusts them, put together byte by byte: the same on every machine, without
PyTorch.

All that is well in them is small: the 82 tensors, of full shape, are overlapping views of one short storage.
"""
import io
import math
import struct
import sys
import warnings
import zipfile

OPEN, CORRUPT, REFUSED, NETWORK, UNSUPPORTED = range(5)

N_BASE = 40000
STRIDES = 5, 3, 2, 7    # of tensors; they reach 5 × 2047 + 3 × 2047 + 2 × 2 + 7 × 2, and begin 97 apart


def shapes():
    """Names and shapes of the network's tensors, as its state dict has them."""
    out = {}

    def conv(name, norm, c_in, c_out, kernel):
        out[f'{name}.weight'] = c_out, c_in, kernel, kernel
        out[f'{name}.bias'] = c_out,
        for part in 'weight', 'bias', 'running_mean', 'running_var':
            out[f'{norm}.{part}'] = c_out,

    for i, (c_in, c_out) in enumerate(((3, 64), (64, 128), (128, 256)), 1):
        conv(f'conv{i}', f'bn{i}', c_in, c_out, 3)
    out['se.fc.0.weight'] = 16, 256
    out['se.fc.2.weight'] = 256, 16
    for i, (c_in, c_out) in enumerate(((256, 512), (512, 1024), (1024, 2048)), 1):
        block = f'res_block{i}'
        conv(f'{block}.conv1', f'{block}.bn1', c_in, c_out, 3)
        conv(f'{block}.conv2', f'{block}.bn2', c_out, c_out, 3)
        conv(f'{block}.shortcut.0', f'{block}.shortcut.1', c_in, c_out, 1)
    for i, (c_in, c_out) in enumerate(((2048, 1024), (1024, 512), (512, 256), (256, 7)), 1):
        out[f'fc{i}.weight'] = c_out, c_in
        out[f'fc{i}.bias'] = c_out,
    return out


# ---- pickles, protocol 2 --------------------------------------------------------------------------------------------

def text(s):
    s = s.encode()
    return b'X' + struct.pack('<I', len(s)) + s


def whole(n):
    """A number, of 8 bytes or as many as it takes."""
    size = max(8, n.bit_length() // 8 + 1)
    return b'\x8a' + bytes([size]) + n.to_bytes(size, 'little', signed=True)


def tup(*items):
    return b'(' + b''.join(items) + b't'


def numbers(*values):
    return tup(*map(whole, values))


def name(module, attribute):
    return f'c{module}\n{attribute}\n'.encode()


def call(function, *args):
    return function + tup(*args) + b'R'


def storage(key='0', kind=name('torch', 'FloatStorage'), n=N_BASE):
    return tup(text('storage'), kind, text(key), text('cpu'), whole(n)) + b'Q'


EMPTY_DICT = call(name('collections', 'OrderedDict'))
REBUILD = name('torch._utils', '_rebuild_tensor_v2')


def tensor(size, stride=None, offset=0, of=None):
    if isinstance(size, tuple):
        size = numbers(*size)
    return call(REBUILD, of or storage(), whole(offset), size, stride or numbers(*STRIDES[:1]), b'\x89', EMPTY_DICT)


def good(of=None):
    """Names and pickled tensors of a checkpoint that is as it should be."""
    return {k: tensor(s, numbers(*STRIDES[:len(s)]), 97 * i, of) for i, (k, s) in enumerate(shapes().items())}


def state_dict(entries):
    """A pickle of a dict; entries: pickled values by name, or pairs of both pickled."""
    if isinstance(entries, dict):
        entries = [(text(k), v) for k, v in entries.items()]
    return b'\x80\x02}(' + b''.join(k + v for k, v in entries) + b'u.'


# ---- archives -------------------------------------------------------------------------------------------------------

def base(value=None, at=0, code='<f'):
    """The storage: some numbers, all above 0 as variances are, one of them replaced."""
    size = struct.calcsize(code)
    data = b''.join(struct.pack(code, .5 + i % 97 / 128) for i in range(97)) * (N_BASE // 97 + 1)
    data = data[:N_BASE * size]
    if value is not None:
        data = data[:at * size] + struct.pack(code, value) + data[(at + 1) * size:]
    return data


BASE = base()


def archive(pickle, data=BASE, more=(), compression=zipfile.ZIP_STORED, folder='archive/'):
    """A file as torch.save writes it; more: other entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', compression) as z, warnings.catch_warnings():
        warnings.simplefilter('ignore')     # of names that are there twice
        entries = [(f'{folder}data.pkl', pickle), (f'{folder}data/0', data), *more]
        for entry, content in entries:
            info = zipfile.ZipInfo(entry)   # 1980
            info.compress_type = compression
            z.writestr(info, content)
    return out.getvalue()


def directory(data, entry, offset, code, value):
    """An archive whose central directory says something else of an entry."""
    data = bytearray(data)
    at = data.index(b'PK\1\2')
    while bytes(data[at + 46:at + 46 + len(entry)]) != entry.encode():
        at = data.index(b'PK\1\2', at + 4)
    struct.pack_into(code, data, at + offset, value)
    return bytes(data)


def overlapping():
    """A thousand entries that are one and the same storage: a small file whose contents are large."""
    data = archive(state_dict(good()))
    end = data.index(b'PK\5\6')
    first = data.index(b'PK\1\2', data.index(b'PK\1\2') + 4)
    record = data[first:end]
    more = b''.join(record[:28] + struct.pack('<H', 17) + record[30:46] + b'archive/data/%04d' % i for i in range(1000))
    n, size, offset = struct.unpack_from('<H', data, end + 10)[0], *struct.unpack_from('<II', data, end + 12)
    return data[:end] + more + data[end:end + 8] + struct.pack('<HHIIH', n + 1000, n + 1000, size + len(more), offset, 0)


# ---- the files ------------------------------------------------------------------------------------------------------

def files():
    """Yields (name, bytes, error code, part of the message); of one that is good the code is None."""
    tensors = good()
    conv = shapes()['conv1.weight']
    conv_stride = numbers(27, 9, 3, 1)
    system = name('os', 'system')
    run = call(system, text('touch /tmp/x'))

    def changed(value, key='conv1.weight'):
        return archive(state_dict({**tensors, key: value}))

    yield 'nothing wrong', archive(state_dict(tensors)), None, ''

    # code
    yield 'os.system', changed(run), REFUSED, 'os.system'
    yield 'os.system beside the weights', changed(run, 'x'), REFUSED, 'os.system'
    yield 'os.system of protocol 4', changed(b'\x8c\x02os\x8c\x06system\x93' + tup(text('x')) + b'R'), REFUSED, 'os.system'
    yield 'builtins.eval', changed(call(name('builtins', 'eval'), text('1'))), REFUSED, 'builtins.eval'
    yield '__builtin__.exec', changed(call(name('__builtin__', 'exec'), text('1'))), REFUSED, '__builtin__.exec'
    yield 'getattr of an import', changed(call(name('builtins', 'getattr'), call(name('builtins', '__import__'), text('os')),
                                               text('system'))), REFUSED, 'builtins.getattr'
    yield 'runpy', changed(call(name('runpy', '_run_code'), text('1'))), REFUSED, 'runpy._run_code'
    yield 'torch.load', changed(call(name('torch', 'load'), text('http://example.invalid'))), REFUSED, 'torch.load'
    yield 'a module', changed(name('__main__', 'ResEmoteNet') + b')\x81}b'), REFUSED, '__main__.ResEmoteNet'
    yield 'through an attribute', changed(b'\x8c\x0ctorch._utils\x8c\x1e_rebuild_tensor_v2.__globals__\x93'), REFUSED, \
        '__globals__'
    yield 'a call as a size', changed(tensor(run)), REFUSED, 'os.system'
    yield 'a call in a call', changed(call(REBUILD, call(REBUILD, call(REBUILD, run)))), REFUSED, 'os.system'
    yield 'a call as what is called', changed(call(call(name('collections', 'OrderedDict')), text('x'))), REFUSED, \
        'not a function'
    yield 'a call as a key', archive(state_dict([(run, b'N')])), REFUSED, 'os.system'
    yield 'in the state of BUILD', changed(EMPTY_DICT + b'}' + text('__class__') + system + b'sb'), REFUSED, 'os.system'
    yield 'BUILD of a tensor', changed(tensor(conv, conv_stride) + b'}b'), REFUSED, 'BUILD'
    yield 'INST', changed(b'(' + text('x') + b'ios\nsystem\n'), REFUSED, 'os.system'
    yield 'OBJ', changed(b'(' + name('collections', 'OrderedDict') + b'o'), REFUSED, 'OBJ'
    yield 'an extension', changed(b'\x82\x01'), REFUSED, 'EXT'
    yield 'a quantised tensor', changed(call(name('torch._utils', '_rebuild_qtensor'))), REFUSED, '_rebuild_qtensor'
    yield 'another persistent object', changed(tup(text('module'), name('torch', 'FloatStorage'), text('0'), text('cpu'),
                                                   whole(1)) + b'Q'), REFUSED, 'persistent'

    # memory and time
    flood = 3 << 20
    yield 'a memo of 4 G entries', changed(b'Nr\xff\xff\xff\xff'), CORRUPT, 'memo'
    yield 'a memo of 3 M entries', changed(b'Nr' + struct.pack('<I', 3 << 20)), CORRUPT, 'memo'
    yield 'a memo without such an entry', changed(b'j' + struct.pack('<I', 77)), CORRUPT, 'memo'
    pairs = b'](' + b'K\x01K\x02\x86q\x00' + b'h\x00' * 60000 + b'eq\x01'
    bomb = pairs + (name('collections', 'OrderedDict') + b'h\x01\x85R0') * 20000
    yield 'one list in 20,000 dicts', changed(bomb), REFUSED, 'more than'
    yield 'lists in lists, 3 M deep', archive(b'\x80\x02' + b']' * flood + b'a' * flood + b'.'), REFUSED, 'more than'
    yield 'tuples in tuples', archive(b'\x80\x02N' + b'\x85' * flood + b'.'), REFUSED, 'more than'
    yield 'dicts in dicts', archive(b'\x80\x02' + b'}K\x00' * (flood // 3) + b'N' + b's' * (flood // 3) + b'.'), REFUSED, \
        'more than'
    yield '3 M marks', archive(b'\x80\x02' + b'(' * flood), REFUSED, 'more than'
    yield '3 M copies of one', archive(b'\x80\x02N' + b'2' * flood), REFUSED, 'more than'
    yield 'a pickle of 5 MB', archive(b'\x80\x02X' + struct.pack('<I', 5 << 20) + b'x' * (5 << 20) + b'.'), REFUSED, 'bytes'
    yield 'a dict of 20,000 names', archive(state_dict({**tensors, **{f'x{i}': b'N' for i in range(20000)}})), REFUSED, \
        'entries'
    yield 'a number of 2 GB', changed(b'\x8b\xff\xff\xff\x7f'), CORRUPT, 'cut short'
    yield 'a text of 2^63 bytes', changed(b'\x8d' + b'\xff' * 7 + b'\x7f'), CORRUPT, 'cut short'
    yield 'a size of 2^2000', changed(tensor((1 << 2000,))), CORRUPT, 'size'
    squeezed = archive(state_dict(tensors), compression=zipfile.ZIP_DEFLATED)
    zeros = bytes(64 << 20)
    yield 'a pickle of 3 MB that was 3 kB', archive(b'(' * flood, compression=zipfile.ZIP_DEFLATED), REFUSED, 'expand'
    yield 'a storage of 64 MB that was 64 kB', archive(
        state_dict(good(storage(n=len(zeros) // 4))), zeros, compression=zipfile.ZIP_DEFLATED), REFUSED, 'expand'
    yield 'a storage that says it has 2 GB', directory(squeezed, 'archive/data/0', 24, '<I', (1 << 31) - 1), REFUSED, 'expand'
    yield 'one storage a thousand times', overlapping(), REFUSED, 'overlap'
    yield '11,000 entries', archive(state_dict(tensors), more=[(f'archive/data/x{i}', b'') for i in range(11000)]), \
        UNSUPPORTED, 'entries'

    # names and places
    yield 'out of the folder', archive(state_dict(tensors), folder='../../etc/'), REFUSED, '../../etc/data.pkl'
    yield 'from the root', archive(state_dict(tensors), folder='/etc/'), REFUSED, '/etc/data.pkl'
    yield 'out of a folder of Windows', archive(state_dict(tensors), more=[('a\\..\\x', b'')]), REFUSED, 'outside'
    yield 'a key that is a path', changed(tensor(conv, conv_stride, of=storage('../../../etc/passwd'))), CORRUPT, \
        'etc/passwd is missing'
    yield 'a storage that is not there', changed(tensor(conv, conv_stride, of=storage('1'))), CORRUPT, 'data/1 is missing'
    plain = archive(state_dict(tensors))
    yield 'a storage outside of the file', directory(plain, 'archive/data/0', 42, '<I', 1 << 30), CORRUPT, 'zip archive'
    yield 'a storage longer than the file', directory(
        directory(plain, 'archive/data/0', 20, '<I', 1 << 28), 'archive/data/0', 24, '<I', 1 << 28), REFUSED, 'overlap'
    yield 'a storage that is encrypted', directory(plain, 'archive/data/0', 8, '<H', 1), UNSUPPORTED, 'data/0'
    yield 'a storage of another checksum', directory(plain, 'archive/data/0', 16, '<I', 1), CORRUPT, 'CRC'
    yield 'two of a name', archive(state_dict(tensors), more=[('archive/data.pkl', b'N.')]), CORRUPT, 'twice'
    yield 'two tensors of a name', archive(state_dict(
        [(text(k), v) for k, v in tensors.items()] + [(text('fc4.bias'), tensor((7,)))])), REFUSED, "'fc4.bias' twice"

    # tensors
    for what, bad, says in (
            ('a negative stride', tensor(conv, numbers(-27, 9, 3, 1), 3000), 'stride'),
            ('strides that overflow', tensor(conv, numbers(1 << 62, 1 << 62, 3, 1)), 'beyond its storage'),
            ('a view beyond its storage', tensor(conv, conv_stride, N_BASE - 1727), 'beyond its storage'),
            ('an offset of 2^62', tensor(conv, conv_stride, 1 << 62), 'beyond its storage'),
            ('a negative offset', tensor(conv, conv_stride, -1), 'offset'),
            ('a negative size', tensor((64, 3, -3, 3), conv_stride), 'size'),
            ('a storage that says it is longer', tensor(conv, conv_stride, of=storage(n=N_BASE + 1)), 'not 40001 numbers')):
        yield what, changed(bad), CORRUPT, says
    for kind in 'Double', 'Long', 'Byte', 'ComplexFloat':
        of = storage(kind=name('torch', f'{kind}Storage'))
        yield f'{kind} weights', changed(tensor(conv, conv_stride, of=of)), UNSUPPORTED, f'{kind}Storage'
    yield 'halves that are floats', archive(state_dict(good(storage(kind=name('torch', 'HalfStorage'))))), CORRUPT, \
        'of 2 bytes'

    # numbers
    for value in 'nan', 'inf', '-inf':
        yield f'{value} among the weights', archive(state_dict(tensors), base(float(value))), CORRUPT, "'conv1.weight'"
    half = good(storage(kind=name('torch', 'HalfStorage')))
    yield 'nan among halves', archive(state_dict(half), base(float('nan'), 20000, '<e')), CORRUPT, "tensor 'res_block"
    last = {**tensors, 'fc4.bias': tensor((7,), numbers(1), of=storage('1', n=7))}
    yield 'nan in the last tensor', archive(state_dict(last), more=[
        ('archive/data/1', struct.pack('<7f', *[0] * 6, float('nan')))]), CORRUPT, "'fc4.bias'"


def whole_file():
    """A good one, all of whose tensors begin one storage of zeros and are used where they lie, but one that is turned."""
    def strides(shape):
        return numbers(*(int(math.prod(shape[i + 1:])) for i in range(len(shape))))
    n = max(math.prod(s) for s in shapes().values())
    of = storage(kind=name('torch', 'HalfStorage'), n=n)
    tensors = {k: tensor(s, strides(s), of=of) for k, s in shapes().items()}
    tensors['fc4.weight'] = tensor((7, 256), numbers(1, 7), of=storage('1', n=7 * 256))
    return archive(state_dict(tensors), bytes(2 * n), more=[('archive/data/1', bytes(4 * 7 * 256))])


if __name__ == '__main__':
    with open(sys.argv[1], 'wb') as f:
        f.write(whole_file())
