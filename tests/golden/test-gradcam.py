"""Class activation maps of random models against PyTorch's gradients.

1e-4 of a map whose largest value is 1: sums in another order differ by some 1e-6; a gradient of the wrong layer, class
or sign changes all of it.
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

rng = np.random.default_rng(3)


def expected_maps(network, face):
    """max (0, sum of the channels of conv3's output, each times its mean gradient), the largest value 1."""
    kept = []

    def keep(module, inputs, output):
        output.retain_grad()
        kept.append(output)

    handle = network.conv3.register_forward_hook(keep)
    logits = network(normalise(face[None]).requires_grad_())[0]
    handle.remove()
    maps = []
    for logit in logits:
        kept[0].grad = None
        logit.backward(retain_graph=True)
        cam = torch.relu((kept[0].grad.mean((2, 3), keepdim=True) * kept[0]).sum(1))[0]
        maps.append((cam / cam.max() if cam.max() > 0 else cam).detach().numpy())
    return np.array(maps), logits.detach().numpy()


with tempfile.TemporaryDirectory() as tmp:
    for seed, n_classes in core.networks([(1, 7), (2, 2), (3, 8)]):
        network = random_model(seed, n_classes).requires_grad_(False)   # only conv3's output needs one
        path = os.path.join(tmp, 'random.pth')
        torch.save(network.state_dict(), path)
        model = core.Model(path)
        filled = 0
        for kind in 'flat', 'blots', 'noise':
            size = {'flat': 1, 'blots': 8, 'noise': 64}[kind]
            face = np.kron(rng.integers(0, 256, (size, size)), np.ones((64 // size, 64 // size))).astype(np.uint8)
            maps, logits = expected_maps(network, face)
            got, got_logits = model.gradcam(face)
            worst = np.abs(got - maps).max()
            print(f'seed {seed}, {kind}: maps within {worst:.1e}, logits within {np.abs(got_logits - logits).max():.1e}')
            assert worst <= 1e-4 and np.abs(got_logits - logits).max() <= 1e-4
            filled += sum(m.any() for m in maps)
        assert filled >= 3, 'nearly all maps are empty: nothing was compared'
        model.close()
