"""Seeds of what reads PyTorch's checkpoints: zip archives and pickles."""
import io
import struct
import zipfile

from edits import after, edit, put


# ---- pickles ----

def text(s):
    return b'X' + struct.pack('<I', len(s)) + s.encode()


def name(module, function):
    return f'c{module}\n{function}\n'.encode()


def integer(n):
    if -1 << 31 <= n < 1 << 31:
        return b'J' + struct.pack('<i', n)
    size = (n.bit_length() + 8) // 8
    return b'\x8a' + bytes([size]) + n.to_bytes(size, 'little', signed=True)


def tuple_of(*items):
    return b'(' + b''.join(items) + b't'


def integers(*numbers):
    return tuple_of(*map(integer, numbers))


def storage(kind='FloatStorage', key='0', n=16, module='torch'):
    return tuple_of(text('storage'), name(module, kind), text(key), text('cpu'), integer(n)) + b'Q'


HOOKS = b'\x89' + name('collections', 'OrderedDict') + b')R'


def tensor(of=None, offset=0, size=(2, 3), stride=(3, 1), more=b'', function='_rebuild_tensor_v2', hooks=HOOKS):
    return name('torch._utils', function) + tuple_of(
        of or storage(), integer(offset), integers(*size), integers(*stride), hooks, more) + b'R'


def dictionary(**items):
    return b'}(' + b''.join(text(key.replace('__', '.')) + value for key, value in items.items()) + b'u'


def pickles():
    """(label, pickle) of each kind of value and of each kind of lie."""
    first = {'conv1__weight': tensor()}
    yield 'tensor', b'\x80\x02' + dictionary(**first) + b'.'
    yield 'nested', b'\x80\x02' + dictionary(epoch=integer(7), model_state_dict=dictionary(**first)) + b'.'
    yield 'named', dictionary(state_dict=dictionary(**first), ema=dictionary(**first)) + b'.'
    yield 'several', dictionary(a=dictionary(**first), b=dictionary(**first)) + b'.'
    yield 'number-keys', b'}(K\x01' + dictionary(**first) + b'K\x02' + dictionary(**first) + b'u.'
    yield 'module', dictionary(module__conv1__weight=tensor()) + b'.'
    yield 'other', dictionary(layer__weight=tensor(), n=tensor()) + b'.'
    yield 'deep', dictionary(a=dictionary(b=dictionary(c=dictionary(d=dictionary(e=dictionary(**first)))))) + b'.'
    yield 'empty', b'\x80\x02}.'
    yield 'list', b'](K\x01K\x02eK\x03a.'
    yield 'scalar', b'K\x01.'
    yield 'cycle', b'}q\x00X\x01\0\0\0ah\x00s.'
    yield 'parameter', name('torch._utils', '_rebuild_parameter') + tuple_of(tensor(), b'\x88', HOOKS[1:]) + b'R.'
    yield 'parameter-odd', name('torch._utils', '_rebuild_parameter') + tuple_of(b'N') + b'R.'
    yield 'from-type', name('torch._tensor', '_rebuild_from_type_v2') + tuple_of(
        name('torch._utils', '_rebuild_tensor_v2'), name('torch', 'Tensor'),
        tuple_of(storage(), integer(0), integers(2), integers(1), HOOKS), b'}') + b'R.'
    yield 'from-type-odd', name('torch._tensor', '_rebuild_from_type_v2') + tuple_of(b'N', b'N', b'N') + b'R.'
    yield 'from-type-twice', name('torch._tensor', '_rebuild_from_type_v2') + tuple_of(
        name('torch._tensor', '_rebuild_from_type_v2'), b'N', b')') + b'R.'
    untyped = storage('UntypedStorage', n=64, module='torch.storage')
    for dtype in ('float32', 'float64', 'bfloat16', 'int64', 'nothing'):
        yield 'untyped-' + dtype, tensor(of=untyped, function='_rebuild_tensor_v3',
                                         more=name('torch', dtype)) + b'.'
    yield 'untyped-odd-size', tensor(of=storage('UntypedStorage', n=63), function='_rebuild_tensor_v3',
                                     more=name('torch', 'float32')) + b'.'
    yield 'untyped-number', tensor(of=untyped, function='_rebuild_tensor_v3', more=b'K\x01') + b'.'
    yield 'typed-with-dtype', tensor(function='_rebuild_tensor_v3', more=name('torch', 'float32')) + b'.'
    yield 'typed-with-another', tensor(function='_rebuild_tensor_v3', more=name('torch', 'float16')) + b'.'
    yield 'metadata', tensor(more=b'}') + b'.'
    yield 'metadata-none', tensor(more=b'N') + b'.'
    yield 'metadata-number', tensor(more=b'K\x01') + b'.'
    yield 'negated', tensor(more=dictionary(neg=b'\x88')) + b'.'
    lies = {
        'beyond': {'offset': 11}, 'size-beyond': {'size': (2, 9)}, 'stride-beyond': {'stride': (14, 1)},
        'offset-negative': {'offset': -1}, 'size-negative': {'size': (-2, 3)}, 'stride-negative': {'stride': (3, -1)},
        'size-nothing': {'size': (0, 3)}, 'offset-huge': {'offset': (1 << 63) - 1},
        'overflow': {'size': ((1 << 63) - 1,), 'stride': ((1 << 63) - 1,)}, 'too-long': {'size': (1 << 64,), 'stride': (1,)},
        'unlike': {'stride': (1,)}, 'many': {'size': (1,) * 9, 'stride': (1,) * 9}, 'no-storage': {'of': b'N'},
        'expanded': {'stride': (0, 0)},
    }
    for label, lie in lies.items():
        yield 'lie-' + label, tensor(**lie) + b'.'
    yield 'lie-short', name('torch._utils', '_rebuild_tensor_v2') + tuple_of(storage(), integer(0)) + b'R.'
    yield 'lie-empty', name('torch._utils', '_rebuild_tensor_v2') + b')R.'
    for label, of in {
            'type': tuple_of(text('storag'), name('torch', 'FloatStorage'), text('0'), text('cpu'), integer(1)) + b'Q',
            'class': tuple_of(text('storage'), name('torch', 'Tensor'), text('0'), text('cpu'), integer(1)) + b'Q',
            'key': storage(key=''), 'long-key': storage(key='k' * 65), 'negative': storage(n=-1),
            'short': tuple_of(text('storage')) + b'Q', 'none': b'NQ',
            'path': storage(key='../../etc/passwd')}.items():
        yield 'storage-' + label, of + b'.'
    yield 'ordered-pairs', name('collections', 'OrderedDict') + tuple_of(
        b'](' + b'](' + text('conv1.weight') + tensor() + b'e' + tuple_of(text('b'), b'N') + b'e') + b'R.'
    yield 'ordered-odd', name('collections', 'OrderedDict') + tuple_of(b'](K\x01e') + b'R.'
    yield 'ordered-number', name('collections', 'OrderedDict') + tuple_of(b'K\x01') + b'R.'
    yield 'defaultdict', name('collections', 'defaultdict') + tuple_of(name('builtins', 'list')) + b'R.'
    yield 'size', name('torch', 'Size') + tuple_of(integers(2, 3)) + b'R.'
    yield 'size-odd', name('torch', 'Size') + b')R.'
    yield 'inert', name('numpy.core.multiarray', 'scalar') + tuple_of(name('numpy', 'dtype') + tuple_of(text('f8')) + b'R', b'C\x01a') + b'R.'
    yield 'state', b'}' + dictionary(version=b'K\x01') + b'b.'
    yield 'state-of-list', b']}b.'
    yield 'call-number', b'K\x01)R.'
    yield 'call-dtype', name('torch', 'float32') + b')R.'
    yield 'call-with-number', name('torch', 'Size') + b'K\x01R.'
    yield 'memo', b'](K\x01q\x00h\x00r\x01\0\0\0j\x01\0\0\0\x94e.'
    yield 'memo-large', b'Nr\xff\xff\xff\x7f.'
    yield 'memo-nothing', b'q\x00.'
    yield 'memo-unknown', b'h\x07.'
    yield 'memo-hole', b'Nq\x03h\x02.'
    yield 'stack', b'N20(12N0(N1N.'
    yield 'tuples', b'N\x85N\x86NNN\x87)N.'
    yield 'marked', b'(lK\x01a0(d0(\x910(t0\x8f(K\x01\x90.'
    yield 'marked-odd', b'(K\x01d.'
    yield 'add-to-number', b'K\x01(K\x02e.'
    yield 'set-in-list', b']NNs.'
    yield 'numbers', b'(\x88\x89NM\x01\x02J\xff\xff\xff\xff\x8a\x01\xff\x8a\x00\x8b\x09\0\0\0123456789G12345678t.'
    yield 'texts', b'(U\x01aT\x01\0\0\0bC\x01cB\x01\0\0\0d\x8c\x01eX\x01\0\0\0f' \
                   b'\x8d\x01\0\0\0\0\0\0\0g\x8e\x01\0\0\0\0\0\0\0h\x96\x01\0\0\0\0\0\0\0it.'
    yield 'protocol-4', b'\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x0bcollections\x8c\x0bOrderedDict\x93)\x81.'
    yield 'stack-global-odd', b'NN\x93.'
    for opcode, label in ((b'(ios\nsystem\n', 'inst'), (b'(No', 'obj'), (b')})\x92', 'newobj-ex'), (b'\x82\x01', 'ext1'),
                          (b'\x83\x01\0', 'ext2'), (b'\x84\x01\0\0\0', 'ext4'), (b'I1\n', 'ascii'), (b'P1\n', 'persid')):
        yield 'refused-' + label, opcode + b'.'
    yield 'refused-system', name('os', 'system') + tuple_of(text('true')) + b'R.'
    yield 'refused-long', name('o' * 90, '\x1b[2J') + b'.'
    for cut, label in ((b'', 'nothing'), (b'c', 'name'), (b'cos', 'line'), (b'cos\nsys', 'second-line'), (b'X\x09\0\0\0a', 'text'),
                       (b'\x8d\xff\xff\xff\xff\xff\xff\xff\xff', 'long-text'), (b'J\0', 'number'), (b'\x8b\xff\xff\xff\xff', 'long'),
                       (b'.', 'root'), (b'(.', 'mark'), (b'2', 'dup'), (b'0', 'pop'), (b'1', 'no-mark'), (b'\x85', 'tuple1'),
                       (b'(\x86', 'tuple2'), (b't', 'tuple'), (b'a', 'append'), (b'(Na', 'append-mark'), (b']s', 'setitem'), (b'(e', 'appends'), (b'((e', 'two-marks'),
                       (b'l', 'list'), (b'R', 'call'), (b'NR', 'call-one'), (b'b', 'build'), (b'Nb', 'build-one'), (b'Q', 'persistent'),
                       (b'\x93', 'global'), (b'N\x93', 'global-one'), (b'e', 'no-appends'), (b'q', 'put'), (b'h', 'get'),
                       (b'r\0', 'long-put'), (b'j\0', 'long-get'), (b'K', 'byte'), (b'M', 'word'), (b'G', 'float'), (b'\x80', 'proto'),
                       (b'\x8a\x05a', 'short-long'), (b'\x94', 'memoize')):
        yield 'cut-' + label, cut


# ---- archives ----

def archive(entries, compression=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', compression) as file:
        for entry, data in entries:
            file.writestr(zipfile.ZipInfo(entry), data, compression)
    return out.getvalue()


def central(data, name, offset, value, size=4):
    """An archive whose directory says something else of an entry."""
    at = data.rindex(name.encode()) - 46
    assert data[at:at + 4] == b'PK\1\2'
    return data[:at + offset] + value.to_bytes(size, 'little') + data[at + offset + size:]


def torch():
    good = (b'\x80\x02' + dictionary(conv1__weight=tensor()) + b'.')
    entries = [('m/data.pkl', good), ('m/byteorder', b'little'), ('m/data/0', bytes(64))]
    whole = archive(entries)
    files = {
        'good': whole,
        'deflated': archive(entries, zipfile.ZIP_DEFLATED),
        'bzip2': archive(entries, zipfile.ZIP_BZIP2),
        'no-folder': archive([(name.replace('m/', ''), data) for name, data in entries]),
        'two-pickles': archive(entries + [('m/x/data.pkl', b'N.')]),
        'no-pickle': archive(entries[1:]),
        'script': archive(entries + [('m/constants.pkl', b'N.')]),
        'twice': archive(entries + [('m/data/1', b''), ('m/data/2', b'')]).replace(b'm/data/2', b'm/data/1'),
        'big-endian': archive([entries[0], ('m/byteorder', b'big')]),
        'byte-order-long': archive([entries[0], ('m/byteorder', b'little-endian')]),
        'cut': whole[:-10],
        'cut-short': whole[:40],
        'only-start': b'PK\3\4',
        'checksum': whole.replace(good, good[:-1] + b'0'),
        'pickle-longer': central(whole, 'm/data.pkl', 24, len(good) + 1),
        'pickle-shorter': central(whole, 'm/data.pkl', 24, len(good) - 1),
        'pickle-huge': central(whole, 'm/data.pkl', 24, 0x7fffffff),
        'encrypted': central(whole, 'm/data.pkl', 8, 1, 2),
        'method': central(whole, 'm/data.pkl', 10, 97, 2),
        'offset': central(whole, 'm/data.pkl', 42, 0x7fffff00),
        'byteorder-offset': central(whole, 'm/byteorder', 42, 7),
        'byteorder-size': central(whole, 'm/byteorder', 24, 3),
    }
    # names of 100001 entries, as many as no checkpoint has; deflated into few bytes by nobody, so
    # the reader of a fuzzer makes the archive itself
    yield 'many', b'\xff'
    for label, data in files.items():
        yield 'file-' + label, b'\0' + data
    for label, data in list(pickles()):
        if label in ('tensor', 'nested', 'other', 'empty', 'refused-system', 'cut-nothing'):
            yield 'pickle-' + label, b'\2' + data
    edits = {
        'good': b'',
        'key-missing': put(text('0'), text('7')),
        'key-path': put(text('0'), text('../0')),
        'key-other': put(text('0'), text('1')),
        'half': put(name('torch', 'FloatStorage'), name('torch', 'HalfStorage')),
        'bfloat': put(name('torch', 'FloatStorage'), name('torch', 'BFloat16Storage')),
        'double': put(name('torch', 'FloatStorage'), name('torch', 'DoubleStorage')),
        'long': put(name('torch', 'FloatStorage'), name('torch', 'LongStorage')),
        'missing': put(text('conv1.bias'), text('conv1.bia')),
        'missing-first': put(text('conv1.weight'), text('conv.weight')),
        'not-a-tensor': after(text('conv1.bias'), b'N' + text('x')),
        'odd-tensor': after(text('conv1.weight'), name('torch._utils', '_rebuild_tensor_v2') + b')R' + text('x')),
        'odd-last': after(text('fc4.weight'), name('torch._utils', '_rebuild_tensor_v2') + b')R' + text('x')),
        'odd-middle': after(text('conv2.bias'), name('torch._utils', '_rebuild_tensor_v2') + b')R' + text('x')),
        'shape': put(integers(4, 3, 3, 3), integers(3, 4, 3, 3)),
        'expanded': put(integers(27, 9, 3, 1), integers(0, 0, 0, 0)),
        'transposed': put(integers(27, 9, 3, 1), integers(27, 9, 1, 3)),
        'count': put(storage('FloatStorage', '1', 9216)[-7:], integer(9215) + b'tQ'),
        'overrides': after(text('conv1.bias'), tensor(of=storage(n=4), size=(4,), stride=(1,)) + text('conv1.bias')),
    }
    for label, data in edits.items():
        yield 'edited-' + label, b'\1' + data


SEEDS = {
    'pickle': pickles,
    'torch': torch,
}
