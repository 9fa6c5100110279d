"""Checkpoints in every form that torch.save gives them, and hostile ones.

Most are small: their tensors, of full shape, are overlapping strided views of one short storage, which torch.save
keeps as such. Their values still differ from place to place.
"""
import collections
import io
import os
import pickle
import shutil
import struct
import sys
import types
import zipfile

import numpy as np
import torch
from torch import nn

from resemotenet_torch import ResEmoteNet

N_BASE = 40000


def shapes(n_classes=7):
    return {k: tuple(v.shape) for k, v in ResEmoteNet(n_classes).state_dict().items()}


def small_state(sizes, dtype=torch.float32, seed=1):
    """A state dict of full shape in 160 kB."""
    g = torch.Generator().manual_seed(seed)
    base = (torch.rand(N_BASE, generator=g) + .5).to(dtype)  # positive: variances are views of it as well
    out = collections.OrderedDict()
    for i, (name, size) in enumerate(sizes.items()):
        if name.endswith('num_batches_tracked'):
            out[name] = torch.tensor(i)
        else:  # reaches 5 * 2047 + 3 * 2047 + 2 * 2 + 7 * 2 at most
            out[name] = base.as_strided(size, (5, 3, 2, 7)[:len(size)], 97 * i)
    return out


def with_metadata(state):
    """As nn.Module.state_dict() returns it: with an attribute, which pickles as BUILD."""
    state = collections.OrderedDict(state)
    state._metadata = collections.OrderedDict({'': {'version': 1}, 'conv1': {'version': 1}, 'bn1': {'version': 2}})
    return state


def optimizer_state():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(.9, .999), amsgrad=True)
    model(torch.rand(2, 3, 8, 8)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


def training_state(state):
    """What training scripts put beside the weights."""
    history = collections.defaultdict(list)
    history['loss'].append(1.5)
    return {
        'epoch': 80, 'model_state_dict': state, 'optimizer_state_dict': optimizer_state(), 'best': np.float64(.7),
        'accuracy': torch.tensor(.7), 'history': history, 'curve': np.arange(5.), 'classes': {'a', 'b'},
        'frozen': frozenset([1]), 'huge': 1 << 70, 'negative': -5, 'none': None, 'flags': (True, False, (), [1, [2]]),
        'device': torch.device('cpu'), 'dtype': torch.float32, 'size': torch.Size([1, 2]), 'z': 1 + 2j,
        'rng': torch.get_rng_state(), 'bytes': b'\0\1', 'bytearray': bytearray(b'ab'), 'ü': 'é' * 300,
    }


def rezip(path, out, compression=zipfile.ZIP_STORED, rename=lambda n: n, change=lambda n, d: d):
    """Copies an archive, changed. change returns None to leave an entry out."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, 'w', compression) as target:
        for name in source.namelist():
            data = change(name, source.read(name))
            if data is not None:
                target.writestr(rename(name), data)


def forms(tmp):
    """Yields (name, path, state dict that must be read)."""
    sizes = shapes()
    small = small_state(sizes)
    path = os.path.join(tmp, 'checkpoint.pth')

    def saved(obj, name=path, **options):
        torch.save(obj, name, **options)
        return name

    yield 'bare', saved(small), small
    yield 'bare with _metadata', saved(with_metadata(small)), small
    yield 'plain dict', saved(dict(small)), small
    for protocol in (2, 3, 4, 5):
        yield f'training state, protocol {protocol}', saved(training_state(with_metadata(small)),
                                                            pickle_protocol=protocol), small
    yield 'state_dict', saved({'arch': 'ResEmoteNet', 'state_dict': small}), small
    yield 'other key', saved({'net': small, 'epoch': 1}), small
    yield 'nested', saved({'run': {'epoch': 1, 'weights': {'model': small}}}), small
    yield 'state_dict before others', saved({'ema': small_state(sizes, seed=2), 'state_dict': small}), small
    yield 'DataParallel', saved({'module.' + k: v for k, v in small.items()}), small
    yield 'DataParallel in a dict', saved({'state_dict': {'module.' + k: v for k, v in small.items()}}), small
    yield 'torch.compile', saved({'_orig_mod.' + k: v for k, v in small.items()}), small
    yield 'parameters', saved({k: nn.Parameter(v) if v.is_floating_point() else v for k, v in small.items()}), small

    noted = {k: v.view_as(v) for k, v in small.items()}
    noted['conv1.weight'].note = 'first'
    noted['fc4.bias'] = nn.Parameter(noted['fc4.bias'])
    noted['fc4.bias'].note = ['last']
    yield 'tensors with attributes', saved(noted), small

    for dtype in (torch.float16, torch.bfloat16):
        state = small_state(sizes, dtype)
        yield str(dtype), saved(state), state
    mixed = {k: small_state(sizes, (torch.float16, torch.bfloat16, torch.float32)[i % 3])[k]
             for i, k in enumerate(sizes)}
    yield 'mixed types', saved(mixed), mixed
    eight = small_state(shapes(8))
    yield 'eight classes', saved(eight), eight
    yield 'extra tensors', saved({**small, 'fc5.weight': torch.ones(2, 2, dtype=torch.float64)}), small
    zeros = {k: torch.zeros(()).expand(s) if s else torch.tensor(0) for k, s in sizes.items()}
    yield 'stride 0', saved(zeros), zeros

    layouts = dict(small)
    for name in ('fc2.weight', 'fc3.weight', 'fc4.weight'):
        layouts[name] = small[name].t().contiguous().t()
    for name in ('conv1.weight', 'conv2.weight', 'res_block1.shortcut.0.weight'):
        layouts[name] = small[name].contiguous(memory_format=torch.channels_last)
    whole = torch.cat([small['fc1.bias'], small['fc2.bias'], small['fc3.bias']])
    layouts['fc1.bias'], layouts['fc2.bias'], layouts['fc3.bias'] = whole.split([1024, 512, 256])
    layouts['bn1.bias'] = torch.stack([small['bn1.bias']] * 9)[4]  # a little of a large storage
    layouts['bn2.running_var'] = torch.stack([small['bn2.running_var']] * 3, 1)[:, 1]
    yield 'transposed, channels last, sliced', saved(layouts), layouts

    saved(small)
    other = os.path.join(tmp, 'other.pth')
    rezip(path, other, zipfile.ZIP_DEFLATED)
    yield 'compressed', other, small
    rezip(path, other, rename=lambda n: 'wrapped/' + n)
    yield 'folder in a folder', other, small
    rezip(path, other, rename=lambda n: n.split('/', 1)[1])
    yield 'no folder', other, small
    odd = os.path.join(tmp, 'modèle (1) été.v2.pth')
    yield 'odd file name', saved(small, odd), small
    with open(os.path.join(tmp, 'stream.pth'), 'wb') as f:
        torch.save(small, f)
    yield 'written to a stream', f.name, small

    lying = Lies(path)
    lying.state = {k: lying.v3(v, torch.float32) if v.is_floating_point() else v for k, v in small.items()}
    lying.save(other)
    yield 'untyped storages', other, small


class Stored:
    """Stands for a storage in a pickle that is put together by hand."""

    def __init__(self, key, numel, kind=torch.FloatStorage):
        self.id = ('storage', kind, key, 'cpu', numel)


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *args, state=None):
        self.reduced = (function, args) if state is None else (function, args, state)

    def __reduce__(self):
        return self.reduced

    def __call__(self):  # a call may be what is called
        raise NotImplementedError


class Lies:
    """A good checkpoint with a pickle of one's own."""

    def __init__(self, good):
        self.good = good
        self.state = None
        with zipfile.ZipFile(good) as z:
            self.sizes = {n.rsplit('/', 1)[1]: z.getinfo(n).file_size for n in z.namelist() if '/data/' in n}
        self.key = max(self.sizes, key=self.sizes.get)
        if not hasattr(torch._utils, '_rebuild_tensor_v3'):  # older than the PyTorch that writes it
            def _rebuild_tensor_v3():
                pass
            _rebuild_tensor_v3.__module__, _rebuild_tensor_v3.__qualname__ = 'torch._utils', '_rebuild_tensor_v3'
            torch._utils._rebuild_tensor_v3 = _rebuild_tensor_v3

    def v2(self, size, stride, offset=0, numel=N_BASE, key=None, kind=torch.FloatStorage):
        return Call(torch._utils._rebuild_tensor_v2, Stored(key or self.key, numel, kind), offset, size, stride, False,
                    collections.OrderedDict())

    def v3(self, t, dtype):
        return Call(torch._utils._rebuild_tensor_v3, Stored(self.key, 4 * N_BASE, torch.UntypedStorage),
                    t.storage_offset(), tuple(t.shape), t.stride(), False, collections.OrderedDict(), dtype, {})

    def pickle(self, protocol=2):
        class Pickler(pickle.Pickler):
            def persistent_id(self, obj):
                if isinstance(obj, Stored):
                    return obj.id
                if isinstance(obj, torch.Tensor):
                    raise TypeError('by hand only')
                return None
        out = io.BytesIO()
        state = {k: v for k, v in self.state.items() if not isinstance(v, torch.Tensor)}
        Pickler(out, protocol).dump(state)
        return out.getvalue()

    def save(self, path, raw=None, protocol=2):
        data = raw if raw is not None else self.pickle(protocol)
        rezip(self.good, path, change=lambda n, d: data if n.endswith('/data.pkl') else d)


OPEN, CORRUPT, REFUSED, NETWORK, UNSUPPORTED = range(5)


def payloads(canary):
    """Yields (name in the message, pickled object that would make the canary if it ran)."""
    shell = f'touch {canary}'
    code = f'open({canary!r}, "w").close()'
    yield f'{os.system.__module__}.system', Call(os.system, shell)
    yield 'builtins.eval', Call(eval, code)
    yield 'builtins.exec', Call(exec, code)
    yield 'subprocess.', Call(__import__('subprocess').getoutput, shell)
    yield 'builtins.getattr', Call(Call(getattr, Call(__import__, 'os'), 'system'), shell)
    yield 'builtins.__import__', Call(__import__, 'os')
    yield 'io.open', Call(open, canary, 'w')
    yield 'builtins.map', Call(list, Call(map, eval, [code]))
    yield 'operator.attrgetter', Call(__import__('operator').attrgetter('system'), Call(__import__, 'os'))


def hostile(tmp, canary):
    """Yields (name, path, expected error code, part of its message)."""
    good = os.path.join(tmp, 'good.pth')
    path = os.path.join(tmp, 'hostile.pth')
    sizes = shapes()
    small = small_state(sizes)
    torch.save(small, good)
    lies = Lies(good)
    tensors = {k: lies.v2(tuple(v.shape), v.stride(), v.storage_offset()) for k, v in small.items()
               if v.is_floating_point()}

    lies.state = tensors
    lies.save(path)
    yield 'control: nothing wrong', path, None, small

    # code in every place
    for name, payload in payloads(canary):
        for where, state in (('beside', {**tensors, 'extra': payload}), ('before', {'extra': payload, **tensors}),
                             ('as a tensor', {**tensors, 'conv1.weight': payload}),
                             ('as a size', {**tensors, 'conv1.weight': lies.v2(payload, (1,))}),
                             ('as hooks', {**tensors, 'fc4.bias': Call(
                                 torch._utils._rebuild_tensor_v2, Stored(lies.key, N_BASE), 0, (7,), (1,), False,
                                 payload)}),
                             ('as a key', {payload: 1, **tensors})):
            lies.state = state
            # protocol 2 calls them by their names in Python 2, which vary: one is enough
            for protocol in (2, 4) if 'system' in name else (4,):
                lies.save(path, protocol=protocol)
                yield f'{name} {where}, protocol {protocol}', path, REFUSED, name
    lies.state = {**tensors, 'x': Call(torch.load, 'http://example.invalid/x')}
    lies.save(path)
    yield 'torch.load', path, REFUSED, 'torch.serialization.load'
    lies.state = {**tensors, 'x': Call(collections.OrderedDict, state={'__class__': Call(os.system, 'x')})}
    lies.save(path)
    yield 'in the state of BUILD', path, REFUSED, 'system'
    torch.save(ResEmoteNet(2), path)
    yield 'a whole module', path, REFUSED, 'resemotenet_torch.ResEmoteNet'
    torch.save({**small, 'args': types.SimpleNamespace(a=1)}, path)
    yield 'an object', path, REFUSED, 'types.SimpleNamespace'
    for name, raw, says in (
            ('INST', f'(S\'touch {canary}\'\nios\nsystem\n.'.encode(), '0x53'),
            ('INST without text', b'(ios\nsystem\n.', 'os.system'),
            ('OBJ', f'(cos\nsystem\nX{chr(5)}\0\0\0touch'.encode() + b'o.', 'os.system'),
            ('GLOBAL and POP', b'cos\nsystem\n0N.', 'os.system'),
            ('protocol 0', pickle.dumps({'a': 1}, 0), '0x'),
            ('extension', b'\x82\x01.', 'EXT')):
        lies.save(path, raw=raw)
        yield name, path, REFUSED, says

    # storages that are not there, or not as said
    conv = sizes['conv1.weight']
    stride = (27, 9, 3, 1)
    for name, tensor, code, says in (
            ('storage missing', lies.v2(conv, stride, key='999'), CORRUPT, 'data/999 is missing'),
            ('path as a key', lies.v2(conv, stride, key='../../../etc/passwd'), CORRUPT, 'missing'),
            ('storage too long', lies.v2(conv, stride, numel=N_BASE + 1), CORRUPT, 'bytes in the archive'),
            ('storage too short', lies.v2(conv, stride, numel=N_BASE - 1), CORRUPT, 'bytes in the archive'),
            ('storage of 2^62', lies.v2(conv, stride, numel=1 << 62), CORRUPT, 'bytes in the archive'),
            ('storage of 2^80', lies.v2(conv, stride, numel=1 << 80), REFUSED, 'persistent'),
            ('storage of -1', lies.v2(conv, stride, numel=-1), REFUSED, 'persistent'),
            ('other type', lies.v2(conv, stride, kind=torch.HalfStorage), CORRUPT, 'bytes in the archive'),
            ('float64', lies.v2(conv, stride, kind=torch.DoubleStorage), UNSUPPORTED, 'DoubleStorage'),
            ('key that is no text', lies.v2(conv, stride, key=7), REFUSED, 'persistent'),
            ('offset beyond', lies.v2(conv, stride, offset=N_BASE - 1727), CORRUPT, 'beyond its storage'),
            ('offset negative', lies.v2(conv, stride, offset=-1), CORRUPT, 'offset'),
            ('stride negative', lies.v2(conv, (-27, 9, 3, 1), offset=3000), CORRUPT, 'stride'),
            ('stride of 2^62', lies.v2(conv, (1 << 62, 9, 3, 1)), CORRUPT, 'beyond its storage'),
            ('strides that overflow', lies.v2(conv, (1 << 63 - 6, 1 << 62, 3, 1)), CORRUPT, 'beyond its storage'),
            ('size negative', lies.v2((64, 3, -3, 3), stride), CORRUPT, 'size'),
            ('size of 2^62', lies.v2((1 << 62, 3, 3, 3), (0, 0, 0, 0)), NETWORK, 'instead of [64, 3, 3, 3]'),
            ('size of 0', lies.v2((0, 3, 3, 3), stride), CORRUPT, 'beyond its storage'),
            ('too many dimensions', lies.v2((1,) * 9, (1,) * 9), CORRUPT, 'do not match'),
            ('fewer strides', lies.v2(conv, (1, 1)), CORRUPT, 'do not match'),
            ('no tensor', 5, NETWORK, "'conv1.weight'"),
            ('a nested tensor', [lies.v2(conv, stride)], NETWORK, "'conv1.weight'")):
        lies.state = {**tensors, 'conv1.weight': tensor}
        lies.save(path)
        yield name, path, code, says

    # archives that are broken
    with open(good, 'rb') as f:
        data = f.read()
    for n in (4, 30, 1000, len(data) // 2, len(data) - 1000, len(data) - 22, len(data) - 1):
        with open(path, 'wb') as f:
            f.write(data[:n])
        yield f'cut to {n} of {len(data)} bytes', path, CORRUPT, 'zip archive'
    with zipfile.ZipFile(good) as z:
        info = z.getinfo(next(n for n in z.namelist() if n.endswith('/data/' + lies.key)))
    for name, at in (('storage', info.header_offset + 5000), ('pickle', data.index(b'conv1.weight'))):
        with open(path, 'wb') as f:
            f.write(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        yield f'one bit of the {name}', path, CORRUPT, 'CRC'
    rezip(good, path, change=lambda n, d: d[:-4] if n == info.filename else d)
    yield 'storage cut', path, CORRUPT, 'bytes in the archive'
    rezip(good, path, change=lambda n, d: None if n.endswith('data.pkl') else d)
    yield 'no pickle', path, UNSUPPORTED, 'data.pkl'
    rezip(good, path, change=lambda n, d: b'big' if n.endswith('byteorder') else d)
    if any(n.endswith('byteorder') for n in zipfile.ZipFile(good).namelist()):
        yield 'big-endian', path, UNSUPPORTED, 'big-endian'
    else:
        with zipfile.ZipFile(path, 'a') as z:
            z.writestr(info.filename.split('/')[0] + '/byteorder', 'big')
        yield 'big-endian', path, UNSUPPORTED, 'big-endian'
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('x/data.pkl', b'(' * (17 << 20))
    yield 'pickle that unpacks to 17 MB', path, REFUSED, 'bytes'
    lies.state = {k: lies.v2(tuple(v.shape), v.stride(), v.storage_offset(), numel=1 << 29) for k, v in small.items()
                  if v.is_floating_point()}
    lies.save(good + '.2')
    rezip(good + '.2', path, zipfile.ZIP_DEFLATED)
    claim_size(path, '/data/' + lies.key, 4 << 29)
    yield 'storage that unpacks to 2 GB', path, REFUSED, 'expand'
    claim_size(path, '/data/' + lies.key, 4 * N_BASE)
    lies.state = {k: lies.v2(tuple(v.shape), v.stride(), v.storage_offset(), numel=N_BASE // 2)
                  for k, v in small.items() if v.is_floating_point()}
    lies.state = {k: lies.v2(tuple(v.shape), tuple(min(1, s) for s in v.stride()), 0, numel=N_BASE // 2)
                  for k, v in small.items() if v.is_floating_point()}
    lies.save(good + '.2')
    rezip(good + '.2', path, zipfile.ZIP_DEFLATED)
    claim_size(path, '/data/' + lies.key, 2 * N_BASE)
    yield 'storage longer than it claims', path, CORRUPT, ''

    # of other kinds
    torch.save(nn.Linear(3, 4).state_dict(), path)
    yield 'another network', path, NETWORK, "'weight'"
    torch.save({'state_dict': {**small, 'conv1.weight': torch.zeros(32, 3, 3, 3)}}, path)
    yield 'a similar network', path, NETWORK, '[32, 3, 3, 3] instead of [64, 3, 3, 3]'
    torch.save({k: v for k, v in small.items() if not k.startswith('se.')}, path)
    yield 'one without attention', path, NETWORK, "'se.fc.0.weight' is missing (and 1 more of"
    torch.save({'a': small, 'b': small_state(sizes, seed=2)}, path)
    yield 'two networks', path, NETWORK, "'a' and 'b'"
    torch.save([small], path)
    yield 'a list', path, NETWORK, 'conv1.weight'
    torch.save(torch.zeros(3), path)
    yield 'a tensor', path, NETWORK, 'conv1.weight'
    torch.save({**small, 'fc4.weight': torch.zeros(40, 256)}, path)
    yield '40 classes', path, UNSUPPORTED, '40 classes'
    torch.save(small, path, _use_new_zipfile_serialization=False)
    yield 'format before 1.6', path, UNSUPPORTED, 'before 1.6'
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), path)
    yield 'TorchScript', path, UNSUPPORTED, 'TorchScript'
    np.savez(path + '.npz', a=np.zeros(3))
    yield 'NumPy archive', path + '.npz', UNSUPPORTED, 'data.pkl'
    nan = dict(small)
    nan['bn3.running_var'] = torch.full((256,), float('nan'))
    torch.save(nan, path)
    yield 'not a number', path, CORRUPT, "'bn3.running_var'"


def claim_size(path, name_end, size):
    """Makes an archive lie about what an entry unpacks to."""
    with zipfile.ZipFile(path) as z:
        info = next(i for i in z.infolist() if i.filename.endswith(name_end))
    with open(path, 'rb') as f:
        data = bytearray(f.read())
    struct.pack_into('<I', data, info.header_offset + 22, size)
    at = data.index(b'PK\1\2')  # central directory
    while data[at + 46:at + 46 + len(info.filename)].decode('latin1') != info.filename:
        at = data.index(b'PK\1\2', at + 4)
    struct.pack_into('<I', data, at + 24, size)
    with open(path, 'wb') as f:
        f.write(data)


if __name__ == '__main__':  # keeps the files, to look at them
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    for i, (name, path, *_) in enumerate(list_ for gen in (forms(out), hostile(out, '/dev/null')) for list_ in gen):
        shutil.copy(path, os.path.join(out, f'{i:03} {name.replace("/", "_")}.pth'))
