"""ONNX files, read and run by another reader, give our logits."""
import json
import os
import struct
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
import onnx_reader
from resemotenet_torch import normalise, random_model

rng = np.random.default_rng(4)


def command(*args):
    subprocess.run([os.environ['REN_COMMAND'], *args], check=True)


def faces(n):
    coarse = rng.integers(0, 256, (n, 8, 8)) * rng.random((n, 1, 1))
    return np.kron(coarse, np.ones((8, 8))).astype(np.uint8)


def folded(state):
    """The weights of PyTorch's state dict by layer, with what batch norm multiplies them with."""
    for name, w in state.items():
        if w.dim() < 2:
            continue
        layer = name.removesuffix('.weight')
        norm = layer.replace('conv', 'bn').replace('shortcut.0', 'shortcut.1')
        if norm + '.running_var' in state:
            factor = state[norm + '.weight'] / (state[norm + '.running_var'] + 1e-5).sqrt()
            w = w * factor[:, None, None, None]
        yield layer, w


def trimmed(layer, w):
    """Without the taps that only ever meet padding: a 3×3 kernel at 2×2 pixels in strides of 2, and at a single one."""
    if layer == 'res_block3.conv1':
        return w[:, :, 1:, 1:]
    return w[:, :, 1:2, 1:2] if layer == 'res_block3.conv2' else w


def read(path, labels):
    model = onnx_reader.Model(path)
    assert (model.opset, model.inputs, model.outputs) == (17, ['faces'], ['logits'])
    assert model.metadata == {'labels': labels}, model.metadata
    return model


with tempfile.TemporaryDirectory() as tmp:
    path = os.path.join(tmp, 'm.pth')
    state = random_model(1, 5).state_dict()
    torch.save(state, path)
    labels = 'a,b,c,d,e'
    some = faces(5)
    x = normalise(some)
    expected = core.Model(path).logits(some)
    assert np.ptp(expected, 0).max() > .05

    out = os.path.join(tmp, 'm.onnx')
    for options, kept in ([], lambda layer, w: w), (['--trim'], trimmed):
        command('convert', path, out, '--labels', labels, *options)
        model = read(out, labels)
        n_weights = 0
        for layer, w in folded(state):
            w, ours = kept(layer, w), model.constants[layer + '.weight']
            assert ours.shape == w.shape, (layer, ours.shape, w.shape)
            assert torch.allclose(ours, w, rtol=1e-6, atol=0), layer
            n_weights += ours.numel()
        worst = np.abs(model(x).numpy() - expected).max()
        print(f'fp32 {" ".join(options)}: within {worst:.1e}, logits up to {np.abs(expected).max():.2f}, '
              f'{n_weights:,} weights, {os.path.getsize(out) / 1e6:.0f} MB')
        assert worst <= 1e-4, worst

    # pictures to calibrate with
    from PIL import Image
    for i, face in enumerate(some):
        os.makedirs(os.path.join(tmp, 'set', labels.split(',')[i]))
        Image.fromarray(face).save(os.path.join(tmp, 'set', labels.split(',')[i], 'x.png'))
    int8, out = os.path.join(tmp, 'q.safetensors'), os.path.join(tmp, 'q.onnx')
    command('quantize', path, int8, '--labels', labels, '--data', os.path.join(tmp, 'set'))
    ours, spread = core.Model(int8).logits(some), expected.std()
    weights = {}
    for options in [], ['--trim']:
        command('convert', int8, out, *options)
        model = read(out, labels)
        assert model.operators.count('QuantizeLinear') > 13
        weights[bool(options)] = {n: c for n, c in model.constants.items() if c.dtype == torch.int8 and c.dim() > 1}
        got = model(x).numpy()
        print(f'int8 {" ".join(options)}: ours is {np.abs(ours - expected).max() / spread:.3f} of the spread away from '
              f'fp32, ONNX {np.abs(got - ours).max() / spread:.3f} from ours, {os.path.getsize(out) / 1e6:.0f} MB')
        # a residual block's two ways are rounded apart there, and to twice the step; a fault would be off by about 1
        assert np.abs(got - ours).max() <= .2 * spread
    for name, w in weights[False].items():
        layer = name.removesuffix('.weight')
        assert w.shape == state[name].shape, name
        assert torch.equal(weights[True][name], trimmed(layer, w)), name
        assert w.count_nonzero() == weights[True][name].count_nonzero(), f'{name}: taps that it does not store are not 0'

    # what no runtime can use is refused by name, and an earlier file stays
    def refused(model, *words):
        before = os.stat(out)
        r = subprocess.run([os.environ['REN_COMMAND'], 'convert', model, out], stderr=subprocess.PIPE, text=True)
        assert r.returncode == 1 and all(word in r.stderr for word in words), r.stderr
        assert os.stat(out).st_mtime_ns == before.st_mtime_ns
        assert not [f for f in os.listdir(tmp) if f.startswith('q.onnx') and f != 'q.onnx']

    for name in 'fc1.weight', 'conv1.weight':
        bad = {**state, name: state[name].clone()}
        bad[name].view(-1)[-1] = float('nan' if name == 'fc1.weight' else 'inf')
        torch.save(bad, path)
        refused(path, name, 'not finite')
    with open(int8, 'r+b') as f:
        n, = struct.unpack('<Q', f.read(8))
        at = 8 + n + json.loads(f.read(n))['conv2.weight.scale']['data_offsets'][0]
        f.seek(at + 3)
        top = f.read(1)[0]
        f.seek(at + 3)
        f.write(bytes([top | 0x80]))
    refused(int8, 'conv2.weight.scale', 'from 0 on')
