"""ONNX files, read and run by another reader, give our logits."""
import os
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


with tempfile.TemporaryDirectory() as tmp:
    path = os.path.join(tmp, 'm.pth')
    torch.save(random_model(1, 5).state_dict(), path)
    labels = 'a,b,c,d,e'
    some = faces(5)
    x = normalise(some)

    out = os.path.join(tmp, 'm.onnx')
    command('convert', path, out, '--labels', labels)
    model = onnx_reader.Model(out)
    assert (model.opset, model.inputs, model.outputs) == (17, ['faces'], ['logits'])
    assert model.metadata == {'labels': labels}, model.metadata
    got = model(x).numpy()
    expected = core.Model(path).logits(some)
    assert got.shape == expected.shape
    worst = np.abs(got - expected).max()
    print(f'fp32: within {worst:.1e}, logits up to {np.abs(expected).max():.2f}, {os.path.getsize(out) / 1e6:.0f} MB')
    assert worst <= 1e-4, worst
    assert np.ptp(expected, 0).max() > .05

    # pictures to calibrate with
    from PIL import Image
    for i, face in enumerate(some):
        os.makedirs(os.path.join(tmp, 'set', labels.split(',')[i]))
        Image.fromarray(face).save(os.path.join(tmp, 'set', labels.split(',')[i], 'x.png'))
    int8, out = os.path.join(tmp, 'q.safetensors'), os.path.join(tmp, 'q.onnx')
    command('quantize', path, int8, '--labels', labels, '--data', os.path.join(tmp, 'set'))
    command('convert', int8, out)
    model = onnx_reader.Model(out)
    assert model.operators.count('QuantizeLinear') > 13
    got, ours = model(x).numpy(), core.Model(int8).logits(some)
    spread = expected.std()
    print(f'int8: ours is {np.abs(ours - expected).max() / spread:.3f} of the spread away from fp32, '
          f'ONNX {np.abs(got - ours).max() / spread:.3f} from ours')
    # a residual block's two ways are rounded apart there, and to twice the step; a fault would be off by about 1
    assert np.abs(got - ours).max() <= .2 * spread
