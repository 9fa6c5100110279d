"""Logits of random models against PyTorch.

1e-4 on logits of size about 1: single precision sums of up to 9,216 products differ by some 1e-6 between two
orders of summation; a wrong tap, border or batch column shows up at 1e-2 and more.
"""
import os
import sys
import tempfile

try:
    import numpy as np
    import torch
except ImportError as e:
    print(f'skipped: {e}')
    sys.exit(77)
import core
from resemotenet_torch import normalise, random_model

rng = np.random.default_rng(2)


def random_faces(n):
    """Soft blots of all contrasts, some noise on top; no two alike."""
    coarse = rng.integers(0, 256, (n, 8, 8)) * rng.random((n, 1, 1))
    return (np.kron(coarse, np.ones((8, 8))) * .9 + rng.integers(0, 26, (n, 64, 64))).astype(np.uint8)


with tempfile.TemporaryDirectory() as tmp:
    for seed, n_classes in core.networks([(1, 7), (2, 7), (3, 8)]):
        reference = random_model(seed, n_classes)
        path = os.path.join(tmp, f'random{seed}.pth')
        torch.save(reference.state_dict(), path)
        model = core.Model(path)
        assert model.n_classes == n_classes
        for n, max_batch, threads in ((1, 1, 1), (1, 16, 2), (3, 3, 2), (17, 16, 3), (17, 17, 1), (5, 32, 8)):
            faces = random_faces(n)
            faces[0] = 0 if n > 1 else faces[0]  # flat pictures show border faults
            with torch.inference_mode():
                expected = reference(normalise(faces)).numpy()
            got = model.logits(faces, max_batch, threads)
            worst = np.abs(got - expected).max()
            spread = expected.std(0).max()
            assert n == 1 or spread > .05, f'seed {seed}: faces too alike to tell anything ({spread})'
            assert worst <= 1e-4, f'seed {seed}, {n} faces, batch {max_batch}: differs by {worst}'
            print(f'seed {seed}, {n} faces, batch {max_batch}, {threads} threads: within {worst:.1e}, '
                  f'logits up to {np.abs(expected).max():.2f}, {spread:.2f} between faces')
        # batches must not leak into each other: one by one is the same
        alone = np.concatenate([model.logits(f[None]) for f in faces])
        assert np.abs(alone - got).max() <= 1e-4
        for precision, name, tolerance in ((0, 'fp32', 1e-6), (1, 'fp16', 2e-2), (2, 'bf16', 1e-1)):
            for flags in (0, 1):
                out = os.path.join(tmp, f'out-{name}-{flags}.safetensors')
                model.save(out, precision, flags)
                again = core.Model(out)
                worst = np.abs(again.logits(faces, 32, 8) - got).max()
                print(f'  saved as {name}, {"trimmed" if flags else "whole"}: {worst:.1e}, '
                      f'{os.path.getsize(out) / 1e6:.1f} MB')
                # half precision moves the weights themselves: 2^-11 and 2^-8
                assert worst <= tolerance * max(1, np.abs(got).max()), (name, flags, worst)
                again.close()
                os.unlink(out)
        model.close()
        os.unlink(path)
