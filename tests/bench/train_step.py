"""One side of the comparison: train_step.py KIND WEIGHTS BATCH THREADS.

Prints the loss of a batch, dropout off; then for each line of standard input, a number of seconds, makes steps for that
long, and prints what each one took. `write WEIGHTS` writes random weights.
"""
import json
import os
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../golden'))
import numpy as np

RATE = 1e-3
SEED = 1


def data(batch):
    """Faces as float grey levels, and classes; the same in both processes."""
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 256, (batch, 8, 8))
    faces = (np.kron(coarse, np.ones((8, 8))) * .9 + rng.integers(0, 26, (batch, 64, 64))).astype(np.float32)
    return faces, rng.integers(0, 7, batch)


def write(path):
    from trainer import Trainer
    trainer = Trainer(max_batch=2, n_threads=1, seed=SEED)
    trainer.model().save(path)
    trainer.close()


class Ours:
    version = ''

    def __init__(self, weights, batch, threads):
        from trainer import Trainer
        self.faces, classes = data(batch)
        self.targets = np.eye(7, dtype=np.float32)[classes]
        # the seed's are the weights that were written
        options = dict(max_batch=batch, n_threads=threads, seed=SEED, momentum=.9, weight_decay=1e-4)
        trainer = Trainer(**options, dropout=0, dropout_fc=0)
        self.loss, _ = trainer.backward(self.faces, self.targets)
        trainer.close()
        self.trainer = Trainer(**options, dropout=.2, dropout_fc=.5)

    def step(self):
        self.trainer.backward(self.faces, self.targets)
        self.trainer.update(RATE)


class Torch:
    def __init__(self, weights, batch, threads):
        import torch
        from safetensors_numpy import load
        from resemotenet_torch import ResEmoteNet, normalise
        from torch.nn import functional as F
        self.version = torch.__version__
        torch.set_num_threads(threads)
        self.F = F
        faces, classes = data(batch)
        self.x, self.classes = normalise(faces), torch.from_numpy(classes)
        self.net = ResEmoteNet()
        self.net.load_state_dict({k: torch.from_numpy(v) for k, v in load(weights).items()})
        self.net.train()
        # this pass moves running statistics, which the steps do not read
        with torch.no_grad():
            self.loss = F.cross_entropy(self.net(self.x), self.classes).item()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=RATE, momentum=.9, weight_decay=1e-4)

    def forward(self, x):
        """The network's, with the dropout that it is trained with."""
        F, net = self.F, self.net
        x = F.dropout(F.max_pool2d(F.relu(net.bn1(net.conv1(x))), 2), .2)
        x = F.dropout(F.max_pool2d(F.relu(net.bn2(net.conv2(x))), 2), .2)
        x = net.se(F.max_pool2d(F.relu(net.bn3(net.conv3(x))), 2))
        x = net.res_block3(net.res_block2(net.res_block1(x))).mean((2, 3))
        for fc in net.fc1, net.fc2, net.fc3:
            x = F.dropout(F.relu(fc(x)), .5)
        return net.fc4(x)

    def step(self):
        self.optimizer.zero_grad()
        self.F.cross_entropy(self.forward(self.x), self.classes).backward()
        self.optimizer.step()


def steps(side, seconds):
    times = []
    while not times or sum(times) < seconds:
        start = time.perf_counter()
        side.step()
        times.append(time.perf_counter() - start)
    return times


def main():
    kind, weights = sys.argv[1:3]
    if kind == 'write':
        write(weights)
        return
    side = {'ours': Ours, 'torch': Torch}[kind](weights, int(sys.argv[3]), int(sys.argv[4]))
    side.step()     # fetches pages, starts threads: says nothing of the speed
    print(json.dumps({'loss': side.loss, 'version': side.version}), flush=True)
    for line in sys.stdin:
        times = steps(side, float(line))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({'times': times, 'peak_bytes': peak}), flush=True)


main()
