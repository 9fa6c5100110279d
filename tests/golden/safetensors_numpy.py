"""Models that the core wrote, as NumPy arrays of PyTorch's shapes."""
import json
import struct

import numpy as np

TYPES = {'F32': '<f4', 'F16': '<f2', 'I64': '<i8'}


def load(path):
    """{name: array}; of a trimmed file, taps that are left out are 0."""
    tensors = {}
    with open(path, 'rb') as f:
        size, = struct.unpack('<Q', f.read(8))
        header = json.loads(f.read(size))
        live_taps = json.loads(header.pop('__metadata__', {}).get('live_taps', '{}'))
        for name, about in header.items():
            begin, end = about['data_offsets']
            f.seek(8 + size + begin)
            a = np.frombuffer(f.read(end - begin), TYPES[about['dtype']]).reshape(about['shape'])
            a = a.astype(np.int64 if about['dtype'] == 'I64' else np.float32)   # writable, in the machine's order
            if name in live_taps:
                whole = np.zeros(a.shape[:2] + (9,), np.float32)
                whole[:, :, live_taps[name]] = a.reshape(a.shape[:2] + (-1,))
                a = whole.reshape(a.shape[:2] + (3, 3))
            tensors[name] = a
    return tensors
