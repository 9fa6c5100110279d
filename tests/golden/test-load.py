"""Checkpoints of every form, as PyTorch writes them; hostile ones; safetensors in both directions.

Values are compared exactly: reading changes no bit, and writing rounds as PyTorch does.
"""
import hashlib
import json
import os
import pickle
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
except ImportError as e:
    print(f'skipped: {e}')
    sys.exit(77)
import core
import make_checkpoints
from resemotenet_torch import ResEmoteNet, random_model

TOOL = os.environ['REN_TENSOR_SUMS']
ENV = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'ASAN_OPTIONS')}
WEIGHTS = np.arange(1, 2 * 65536, 2, dtype=np.uint64)
# What sanitizers look for is at the ends of tensors; whether all numbers are right, the plain build tells.
ENDS = ['ends'] if core.SANITIZED and not core.LONG else []


def tensor_sum(t):
    """As tensor-sums.c makes it."""
    bits = t.detach().float().contiguous().numpy().ravel().view(np.uint32)
    total = 0
    for at in range(0, len(bits), 65536):
        if ENDS and at > 0 and len(bits) - at > 65536:
            continue
        piece = bits[at:at + 65536].astype(np.uint64)
        total = (total * 31 + int((piece * WEIGHTS[:len(piece)]).sum())) % (1 << 64)
    return total


def run_tool(path):
    """What the core makes of a file: (error code, message) or a dict of sums."""
    done = subprocess.run([TOOL, path, *ENDS], env=ENV, stdout=subprocess.PIPE, timeout=300)
    text = done.stdout.decode()
    if done.returncode == 1 and text.startswith('error '):
        _, code, message = text.split(' ', 2)
        return int(code), message.strip()
    assert done.returncode == 0, f'{path}: exit status {done.returncode}\n{text}'
    return dict(line.rsplit(' ', 1) for line in text.splitlines())


sums = {}  # of tensors seen before, which the forms share


def expected_sum(t):
    key = (t.data_ptr(), t.storage_offset(), t.stride(), tuple(t.shape), t.dtype)
    if key not in sums:
        sums[key] = t, tensor_sum(t)  # keeps the tensor, so that its address stays its own
    return sums[key][1]


def check_loads(name, path, state):
    got = run_tool(path)
    assert isinstance(got, dict), f'{name}: {got}'
    n = 0
    for key, t in state.items():
        if key.endswith('num_batches_tracked') or key not in got:
            continue
        assert int(got[key]) == expected_sum(t), f'{name}: {key} differs'
        n += 1
    assert n == 82, f'{name}: {n} tensors compared'
    return got


def read_safetensors(path):
    """An independent reader, from the format's description."""
    with open(path, 'rb') as f:
        data = f.read()
    n = int.from_bytes(data[:8], 'little')
    assert data[8:9] == b'{' and (8 + n) % 8 == 0
    header = json.loads(data[8:8 + n])
    metadata = header.pop('__metadata__', {})
    at, out = 0, {}
    for name, entry in sorted(header.items(), key=lambda e: e[1]['data_offsets']):
        begin, end = entry['data_offsets']
        assert begin == at, f'{name}: gap'
        at = end
        dtype = {'F32': torch.float32, 'F16': torch.float16, 'BF16': torch.bfloat16, 'I64': torch.int64}[entry['dtype']]
        raw = torch.frombuffer(bytearray(data[8 + n + begin:8 + n + end]), dtype=dtype)
        out[name] = raw.reshape(entry['shape'])
        assert (8 + n + begin) % out[name].element_size() == 0, f'{name}: not aligned'
    assert at == len(data) - 8 - n
    return out, metadata, hashlib.sha256(data[8 + n:]).hexdigest()


def write_safetensors(path, state, metadata=None, padded=True):
    """As the safetensors library of Python writes: by descending alignment, then by name."""
    names = {torch.float32: 'F32', torch.float16: 'F16', torch.bfloat16: 'BF16', torch.int64: 'I64'}
    header, at = {}, 0
    if metadata:
        header['__metadata__'] = metadata
    order = sorted(state.items(), key=lambda e: (-e[1].element_size(), e[0]))
    for name, t in order:
        n = t.numel() * t.element_size()
        header[name] = {'dtype': names[t.dtype], 'shape': list(t.shape), 'data_offsets': [at, at + n]}
        at += n
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8 if padded else (1 - len(text)) % 8)
    with open(path, 'wb') as f:
        f.write(len(text).to_bytes(8, 'little') + text)
        for _, t in order:
            t = t.contiguous()
            f.write((t.view(torch.int16) if t.dtype == torch.bfloat16 else t).numpy().tobytes())


def rounded(name, t, dtype):
    """Matrices are stored in the format asked for, vectors in float32."""
    return t.to(dtype) if t.dim() > 1 else t


def check_written(tmp, path, state):
    model = core.Model(path)
    out = os.path.join(tmp, 'out.safetensors')
    for precision, dtype in ((0, torch.float32), (1, torch.float16), (2, torch.bfloat16)):
        model.save(out, precision)
        written, metadata, digest = read_safetensors(out)
        assert metadata['format'] == 'resemotenet' and metadata['sha256'] == digest
        assert written.keys() == state.keys()
        for name, t in written.items():
            if not name.endswith('num_batches_tracked'):
                assert torch.equal(t, rounded(name, state[name], dtype)), f'{dtype}: {name}'
        again = ResEmoteNet()
        again.load_state_dict(written, strict=True)
        check_loads(f'{dtype} safetensors', out, {k: rounded(k, t, dtype) for k, t in state.items()})
        print(f'written as {dtype}: {os.path.getsize(out)} bytes, load_state_dict(strict=True)')

    model.save(out, 1, 1)
    written, metadata, _ = read_safetensors(out)
    live = json.loads(metadata['live_taps'])
    assert live == {'res_block3.conv1.weight': [4, 5, 7, 8], 'res_block3.conv2.weight': [4]}
    for name, taps in live.items():
        flat = state[name].half().flatten(2)
        assert torch.equal(written[name], flat[:, :, taps]), name
        whole = torch.zeros_like(flat)
        whole[:, :, taps] = flat[:, :, taps]
        written[name] = whole.view_as(state[name])
    check_loads('trimmed safetensors', out, written)
    print(f'trimmed: {os.path.getsize(out)} bytes')
    model.close()


def check_plain_safetensors(tmp, state):
    """What Python writes, without our metadata and at any address."""
    path = os.path.join(tmp, 'plain.safetensors')
    half = {k: t.half() if t.is_floating_point() else t for k, t in state.items()}
    write_safetensors(path, half, {'format': 'pt'})
    check_loads('plain safetensors', path, half)
    prefixed = {'module.' + k: t for k, t in half.items()}
    prefixed['module.extra'] = torch.arange(5)
    write_safetensors(path, prefixed, padded=False)
    check_loads('plain safetensors, unaligned, with a prefix', path, half)
    print('plain safetensors')


def check_canary(canary):
    """The payloads do what they say where they are allowed to: else the rest would prove nothing."""
    ran = 0
    for name, payload in make_checkpoints.payloads(canary):
        try:
            pickle.loads(pickle.dumps(payload))
        except Exception:
            continue
        if os.path.exists(canary):
            ran += 1
            os.unlink(canary)
    assert ran >= 5, ran


with tempfile.TemporaryDirectory() as tmp:
    n = 0
    for name, path, state in make_checkpoints.forms(tmp):
        check_loads(name, path, state)
        n += 1
    print(f'{n} forms of checkpoints')

    canary = os.path.join(tmp, 'canary')
    check_canary(canary)
    n = 0
    for name, path, code, says in make_checkpoints.hostile(tmp, canary):
        if code is None:
            check_loads(name, path, says)
            continue
        got = run_tool(path)
        assert isinstance(got, tuple), f'{name}: was loaded'
        assert got[0] == code and says in got[1] and path in got[1], f'{name}: {got}, expected {code}, {says!r}'
        assert not os.path.exists(canary), f'{name}: ran'
        n += 1
    print(f'{n} hostile files refused, nothing ran')

    # of real size: one storage a tensor, as people download them
    sums.clear()
    state = random_model(5).state_dict()
    path = os.path.join(tmp, 'random.pth')
    torch.save(state, path)
    got = check_loads('contiguous', path, state)
    size = os.path.getsize(path)
    if core.SANITIZED:
        print('peak memory: not measured under a sanitizer')
    else:
        # program, libraries and zip buffers take some 8 MB beside one copy of the weights
        peak = int(got['peak_kb']) * 1024
        print(f'peak memory {peak / 1e6:.0f} MB for {size / 1e6:.0f} MB of weights')
        assert peak < size + 20e6, f'{peak} bytes of memory for {size}'
    check_written(tmp, path, state)
    check_plain_safetensors(tmp, state)

    # all weights in one storage, an optimizer's in another
    sums.clear()
    floating = {k: t for k, t in state.items() if t.is_floating_point()}
    flat = torch.cat([t.bfloat16().flatten() for t in floating.values()])
    pieces = flat.split([t.numel() for t in floating.values()])
    flat_state = {k: p.view_as(t) for (k, t), p in zip(floating.items(), pieces)}
    torch.save({'model_state_dict': flat_state, 'moments': torch.zeros(1).expand(10)}, path)
    got = check_loads('one storage', path, flat_state)
    if not core.SANITIZED:
        assert int(got['peak_kb']) * 1024 < os.path.getsize(path) + 20e6, got['peak_kb']
    print('one storage for all weights')
