"""One side of the comparison, in Python: infer_side.py KIND MODEL THREADS; infer_ort.js is ONNX Runtime's.

Prints the logits of the faces that all sides have, in one batch, and its version, or {"failed": REASON, "missing": whether
a library is}. Then for each line of standard input, {"batch": N, "seconds": S}, runs such batches for that long, and
prints the seconds of each.
"""
import json
import os
import re
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../golden'))
import numpy as np

MEAN = np.array([.485, .456, .406], np.float32)[:, None, None]
STD = np.array([.229, .224, .225], np.float32)[:, None, None]
N_CHECKED = 8
# what a library tunes to the shape of its input, it has done by then
WARM_UP = 3


def faces(n):
    """Grey levels, as infer_ort.js makes them."""
    i, y, x = np.ogrid[:n, :64, :64]
    return ((x * 3 + y * 2 + i * 37 + x * y // 8) % 256).astype(np.uint8)


def normalise(faces):
    """What the peers take: three equal channels in floats."""
    return (faces[:, None].astype(np.float32) / 255 - MEAN) / STD


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
        from resemotenet_torch import ResEmoteNet
        self.torch, self.version = torch, torch.__version__
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        state = {k: torch.from_numpy(v) for k, v in load(path).items()}
        self.net = ResEmoteNet(len(state['fc4.bias']))
        self.net.load_state_dict(state)
        self.net.eval()

    def prepare(self, x):
        return self.torch.from_numpy(normalise(x))

    def run(self, x):
        with self.torch.inference_mode():
            return self.net(x).numpy()


class TorchScript(Torch):
    """What PyTorch offers to deploy a model: frozen, batch norm folded, weights laid out for oneDNN."""

    def __init__(self, path, threads):
        super().__init__(path, threads)
        # it has little to do in this network, whose time it does not change in PyTorch 1.13, and in Debian 13's 2.6 it
        # does not come to an end
        self.torch._C._jit_set_texpr_fuser_enabled(False)
        with self.torch.no_grad():
            traced = self.torch.jit.trace(self.net, self.prepare(faces(1)))
            self.net = self.torch.jit.optimize_for_inference(traced)


class OpenCV:
    def __init__(self, path, threads):
        import cv2
        self.cv2, self.version = cv2, cv2.__version__
        cv2.setNumThreads(threads)
        self.path, self.batch = path, 0

    def prepare(self, x):
        return normalise(x)

    def load(self, batch):
        """OpenCV 4 takes files of a batch size that is known only: in place of the field dim_param of value "n", a
        dim_value, here as a varint of two bytes."""
        with open(self.path, 'rb') as f:
            known = re.sub(rb'(?<=\x0a\x03)\x12\x01n', bytes([8, 0x80 | batch & 0x7f, batch >> 7]), f.read())
        self.net = self.cv2.dnn.readNetFromONNX(np.frombuffer(known, np.uint8))
        self.batch = batch

    def run(self, x):
        if len(x) != self.batch:
            self.load(len(x))
        self.net.setInput(x)
        return self.net.forward()


KINDS = {'ours': Ours, 'pytorch': Torch, 'torchscript': TorchScript, 'opencv': OpenCV}


def say(**what):
    print(json.dumps(what), flush=True)


def turn(side, batch, seconds):
    x = side.prepare(faces(batch))
    for _ in range(WARM_UP):
        side.run(x)
    times = []
    while len(times) < 3 or sum(times) < seconds:
        start = time.perf_counter()
        side.run(x)
        times.append(time.perf_counter() - start)
    return times


def main():
    kind, path, threads = sys.argv[1:]
    try:
        side = KINDS[kind](path, int(threads))
        logits = side.run(side.prepare(faces(N_CHECKED))).tolist()
    except Exception as e:
        say(failed=f'{e}', missing=isinstance(e, ImportError) and kind != 'ours')
        return
    say(logits=logits, version=side.version)
    for line in sys.stdin:
        times = turn(side, **json.loads(line))
        say(times=times, peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


if __name__ == '__main__':
    main()
