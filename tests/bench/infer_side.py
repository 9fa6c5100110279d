"""One side of the comparison: infer_side.py ours|torch MODEL THREADS.

Prints the logits of the faces that all sides have, in its batch of 4, and its version. Then for each line of standard
input, {"batch": N, "seconds": S}, runs such batches for that long, and prints the seconds of each.
"""
import json
import os
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../golden'))
import numpy as np


def faces(n):
    """Grey levels, as infer_ort.js makes them."""
    i, y, x = np.ogrid[:n, :64, :64]
    return ((x * 3 + y * 2 + i * 37 + x * y // 8) % 256).astype(np.uint8)


class Ours:
    version = ''

    def __init__(self, path, threads):
        import core
        self.model, self.threads = core.Model(path), threads
        self.plans = {}

    def prepare(self, x):
        return x

    def run(self, x):
        if len(x) not in self.plans:
            self.plans[len(x)] = self.model.plan(len(x), self.threads)
        return self.plans[len(x)](x)


class Torch:
    def __init__(self, path, threads):
        import torch
        from safetensors_numpy import load
        from resemotenet_torch import ResEmoteNet, normalise
        self.torch, self.prepare, self.version = torch, normalise, torch.__version__
        torch.set_num_threads(threads)
        weights = load(path)
        self.net = ResEmoteNet()
        self.net.load_state_dict({k: torch.from_numpy(v) for k, v in weights.items()})
        self.net.eval()

    def run(self, x):
        with self.torch.inference_mode():
            return self.net(x).numpy()


def main():
    kind, path, threads = sys.argv[1:]
    side = {'ours': Ours, 'torch': Torch}[kind](path, int(threads))
    print(json.dumps({'logits': side.run(side.prepare(faces(4))).tolist(), 'version': side.version}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        x = side.prepare(faces(request['batch']))
        side.run(x)     # fetches pages, makes plans: says nothing of the speed
        times = []
        while len(times) < 3 or sum(times) < request['seconds']:
            start = time.perf_counter()
            side.run(x)
            times.append(time.perf_counter() - start)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({'times': times, 'peak_bytes': peak}), flush=True)


main()
