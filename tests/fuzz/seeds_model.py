"""Seeds of what reads model files: safetensors and what stands in them."""
import json

from edits import after, edit, put

FP32, FP16, BF16, TRIMMED, INT8, CHECKPOINT = range(6)
N_MODELS = 6


def kind(which):
    """The first byte of an input that edits a good file."""
    return bytes([which + N_MODELS])


def raw(header, data_size=0, begin=None):
    """A file as fuzz-safetensors reads it whole: its size, and what it begins with."""
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(',', ':')).encode()
    begin = (len(text) if begin is None else begin).to_bytes(8, 'little') + text
    return b'\0' + (len(begin) + data_size).to_bytes(4, 'little') + begin


def entry(begin, end, shape=None, dtype='F32', **more):
    return {'dtype': dtype, 'shape': [(end - begin) // 4] if shape is None else shape,
            'data_offsets': [begin, end], **more}


# of one of the vectors
NAME = b'"conv2.bias":'
ENTRY = b'"conv2.bias":{"dtype":"F32","shape":[32]'

# label of a seed → what is sought in a good file, and what comes there instead
FIELDS = {
    'odd-dtype': (b'"dtype":"F32"', b'"dtype":7'),
    'no-dtype': (b'"dtype":"F32",', b''),
    'unknown-dtype': (b'"F32"', b'"Q4_K"'),
    'integers': (ENTRY, ENTRY.replace(b'F32', b'I32')),
    'eight-bytes': (b'"F32"', b'"F64"'),
    'eight-bits': (ENTRY, ENTRY.replace(b'F32', b'I8')),
    'shape': (b'[32]', b'[16,2]'),
    'shape-not-array': (b'[32]', b'32'),
    'shape-text': (b'[32]', b'["32"]'),
    'shape-fraction': (b'[32]', b'[32.0]'),
    'shape-negative': (b'[32]', b'[-32]'),
    'shape-long': (b'[32]', b'[1,1,1,1,1,1,1,1,32]'),
    'shape-huge': (b'[32]', b'[9223372036854775807,4]'),
    'shape-large': (b'[32]', b'[4611686018427387904]'),
    'shape-beyond': (b'[32]', b'[36893488147419103239]'),
    'shape-empty': (b'[32]', b'[]'),
    'shape-nothing': (b'[32]', b'[32,0]'),
    'offsets-not-array': (b'"data_offsets":[', b'"data_offsets":7,"x":['),
    'offsets-one': (b'"data_offsets":[', b'"data_offsets":[1],"x":['),
    'offsets-three': (b'"data_offsets":[', b'"data_offsets":[1,2,3],"x":['),
    'offsets-negative': (b'"data_offsets":[', b'"data_offsets":[-1,3],"x":['),
    'offsets-swapped': (b'"data_offsets":[', b'"data_offsets":[8,4],"x":['),
    'offsets-beyond': (b'"data_offsets":[', b'"data_offsets":[0,9223372036854775807],"x":['),
    'offsets-overlap': (b'"data_offsets":[', b'"data_offsets":[4,132],"x":['),
    'entry-number': (b'{"dtype"', b'3,"x":{"dtype"'),
    'missing': (NAME, b'"conv2.bia":'),
    'missing-first': (b'"conv1.weight":', b'"conv1.weigh":'),
    'missing-last': (b'"fc4.weight":', b'"fc4.weigh":'),
    'classes-none': (b'"fc4.weight":{"dtype":"F32","shape":[7,32]', b'"fc4.weight":{"dtype":"F32","shape":[1,224]'),
    'classes-one': (b'[7,32]', b'[1,224]'),
    'classes-many': (b'[7,32]', b'[224,1]'),
    'classes-more': (b'[7,32]', b'[33,32]'),
    'prefix': (b'"conv1.weight":', b'"module.conv1.weight":'),
    'extra': (b'"conv1.bias":', b'"trainer.x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"conv1.bias":'),
    'extra-long': (b'"conv1.bias":', b'"trainer.' + b'x' * 64
                   + b'":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"conv1.bias":'),
    'format-unknown': (b'"format":"resemotenet"', b'"format":"pt"'),
    'metadata-number': (b'"__metadata__":{', b'"__metadata__":{"a":3,'),
    'metadata-object': (b'"__metadata__":{', b'"__metadata__":{"a":{},'),
    'metadata-array': (b'"__metadata__":{', b'"__metadata__":[],"x":{'),
    'no-checksum': (b'"sha256"', b'"sha-256"'),
}


def safetensors():
    yield 'empty', raw(b'')
    yield 'short', b'\0\x05\0\0\0\1\2\3'
    yield 'nothing', raw({})
    yield 'tensor', raw({'conv1.bias': entry(0, 16)}, 16)
    yield 'metadata', raw({'__metadata__': {'format': 'resemotenet', 'a': 'ü'}, 'x': entry(0, 4)}, 4)
    yield 'gap', raw({'a': entry(0, 4), 'b': entry(8, 12)}, 12)
    yield 'overlap', raw({'a': entry(0, 8), 'b': entry(4, 12)}, 12)
    yield 'more', raw({'a': entry(0, 4)}, 12)
    yield 'same-place', raw({'a': entry(0, 0), 'b': entry(0, 4), 'c': entry(0, 0)}, 4)
    yield 'array', raw([])
    yield 'not-json', raw(b'{]')
    yield 'comment', raw(b'{/*[*/"a":{}}')
    yield 'deep', raw(b'{"a":' + b'[' * 20)
    yield 'not-utf-8', raw(b'{"\xff":{}}')
    yield 'nul', raw(b'{"a\0b":{}}')
    yield 'escapes', raw(b'{"\\u0000\\"[{":{}}')
    yield 'long-header', raw(b'{}', 100, begin=1 << 40)
    # a header of more than 8 MB does not fit the file, which is 1 MB at most
    yield 'not-ours', raw(b'', 64, begin=0)
    for start, label in ((b'\x80\x02}q', 'a-pickle'), (b'\xfd7zXZ', 'xz'), (b'GGUF', 'gguf'),
                         (b'<!DOCTYPE html>', 'page'), (b'neither this nor that', 'neither')):
        yield label, b'\0\x40\0\0\0' + start
    for which, name in enumerate(('fp32', 'fp16', 'bf16', 'trimmed', 'int8', 'checkpoint')):
        yield 'good-' + name, kind(which)
        yield 'nan-' + name, kind(which) + edit(0xff00, 4, b'\xff\xff\xff\x7f', data=True)
    for label, (find, text) in FIELDS.items():
        yield label, kind(FP32) + put(find, text)
    yield 'no-file', b'\x7f'
    # of a type that is not known, so that its size is not compared; it is the last one
    yield 'class-one', kind(FP32) + put(b'"fc4.weight":{"dtype":"F32","shape":[7', b'"fc4.weight":{"dtype":"Q4","shape":[1')
    yield 'length-kept', bytes([0x80 | N_MODELS]) + after(b'"__metadata__":{', b'"a":"b",')
    yield 'longer', kind(FP32) + edit(0, 0, b'\0', data=True)
    yield 'shorter', kind(FP32) + edit(0, 1, data=True)
    yield 'int8-one-is-not', kind(INT8) + put(b'"fc1.weight":{"dtype":"I8","shape":[1,1,8,32,4]',
                                              b'"fc1.weight":{"dtype":"F16","shape":[16,32]')
    yield 'int8-shape', kind(INT8) + put(b'[1,1,8,32,4]', b'[1,1,32,32]')
    yield 'int8-no-scale', kind(INT8) + put(b'"fc1.weight.scale"', b'"fc1.weight.scala"')
    yield 'int8-no-output-scale', kind(INT8) + put(b'"fc1.output.scale"', b'"fc1.output.scala"')
    yield 'int8-scale-shape', kind(INT8) + put(b'"fc1.output.scale":{"dtype":"F32","shape":[1]',
                                               b'"fc1.output.scale":{"dtype":"F32","shape":[]')
    yield 'int8-scale-type', kind(INT8) + put(b'"fc1.output.scale":{"dtype":"F32"', b'"fc1.output.scale":{"dtype":"I32"')
    taps = b'"live_taps":"'
    for label, text in (('not-json', b'x'), ('array', b'[]'), ('unknown', b'{\\"fc1.weight\\":[4]}'),
                        ('none', b'{\\"conv1.weight\\":[]}'), ('lack', b'{\\"conv1.weight\\":[4]}'),
                        ('twice', b'{\\"conv1.weight\\":[4,4]}'), ('no-array', b'{\\"conv1.weight\\":4}'),
                        ('beyond', b'{\\"conv1.weight\\":[9]}')):
        yield 'taps-' + label, kind(TRIMMED) + after(taps, text + b'","x":"')


def metadata():
    head = 'format=resemotenet\n'
    lines = {
        'good': 'format_version=1\nprecision=fp16\ntemperature=1.5\nlabels=["a","b"]\n'
                'input={"size":64,"color":"gray","mean":[0.1,0.2,0.3],"std":0.5}\nlicense=MIT',
        'taps': 'live_taps={"res_block3.conv1.weight":[4,5,7,8],"res_block3.conv2.weight":[4]}',
        'taps-lack': 'live_taps={"res_block3.conv1.weight":[4]}',
        'taps-order': 'live_taps={"conv1.weight":[5,4]}',
        'taps-unknown': 'live_taps={"fc1.weight":[4]}',
        'taps-array': 'live_taps=[]',
        'taps-not-json': 'live_taps={',
        'taps-no-array': 'live_taps={"conv1.weight":4}',
        'version': 'format_version=2',
        'version-odd': 'format_version=one',
        'precision': 'precision=int4',
        'temperature': 'temperature=nan',
        'temperature-tiny': 'temperature=0.0100000001',
        'temperature-long': 'temperature=1.2345678901234567',
        'temperature-odd': 'temperature=1.5x',
        'labels-number': 'labels=7',
        'labels-object': 'labels={}',
        'labels-escape': 'labels=["\\u12"]',
        'labels-escape-odd': 'labels=["\\u12x4"]',
        'labels-escape-cut': 'labels=["\\',
        'labels-numbers': 'labels=[1,2]',
        'labels-few': 'labels=["a"]',
        'labels-same': 'labels=["a","a"]',
        'labels-empty': 'labels=["a",""]',
        'labels-long': 'labels=["a","' + 'b' * 65 + '"]',
        'labels-control': 'labels=["a","\\u001b[2J"]',
        'labels-umlaut': 'labels=["ä","\\ud83d\\ude00\\""]',
        'labels-not-json': 'labels=[',
        'input-array': 'input=[]',
        'input-not-json': 'input={',
        'input-size': 'input={"size":48}',
        'input-size-odd': 'input={"size":"64"}',
        'input-color': 'input={"color":"rgb"}',
        'input-color-odd': 'input={"color":7}',
        'input-mean': 'input={"mean":[1,2]}',
        'input-mean-null': 'input={"mean":null}',
        'input-mean-one': 'input={"mean":[0.3]}',
        'input-std': 'input={"std":0}',
        'input-std-large': 'input={"std":[1,1,1e99]}',
        'input-digits': 'input={"mean":0.123456789,"std":0.00123456789}',
        'sha256': 'sha256=0\ncreated_by=me\nlive_taps={}',
    }
    for label, text in lines.items():
        yield label, b'\0' + (head + text).encode()
    yield 'assumed', b'\5' + head.encode()  # seven classes
    yield 'numbered', b'\6' + head.encode()
    yield 'not-ours', b'\0format=pt\nlabels=7'


def onnx():
    plain, trimmed = 2, 3  # ONNX; others: safetensors, of the precision times four
    for which, name in enumerate(('fp32', 'fp16', 'bf16', 'trimmed', 'int8', 'checkpoint')):
        for out in (plain, trimmed, 0, 1, 4, 5, 8, 12, 16):
            yield f'{name}-{out}', bytes([which, out])
        yield name + '-no-labels', bytes([which, plain]) + put(b'"labels"', b'"label"')
        for at in (0, 0x100, 0x1000, 0x8000, 0xff00):
            # not a number, what is too large for half precision, and below 0
            for label, number in (('nan', b'\xff\xff\xff\x7f'), ('large', b'\x7f\x7f\x7f\x7f'),
                                  ('negative', b'\0\0\x80\xbf')):
                yield f'{name}-{label}-{at:04x}', bytes([which, plain if at & 0x1000 else 8]) \
                    + edit(at, 4, number, data=True)


SEEDS = {
    'metadata': metadata,
    'onnx': onnx,
    'safetensors': safetensors,
}
