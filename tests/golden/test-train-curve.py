"""The course of a training against PyTorch's: real pictures, the same order, the same initial weights.

Both sum in single precision, in other orders, and SGD carries such differences on: after some dozens of steps the
weights differ by what rounding has grown to. The loss of a step then differs by some tenths of a percent; a wrong rate,
momentum, decay or statistic bends the curve by far more than the 2 % that are allowed.

A short course by default: 64 pictures, 1 epoch. With REN_LONG, 512 pictures, 3 epochs.
"""
import os
import sys
import tempfile

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
    from PIL import Image
except ImportError as e:
    print(f'skipped: {e}')
    sys.exit(77)
import core
import safetensors_numpy
from resemotenet_torch import ResEmoteNet, normalise
from trainer import Trainer

torch.set_num_threads(2)
N_IMAGES, N_EPOCHS = (512, 3) if os.environ.get('REN_LONG') else (64, 1)
N_VALIDATION = 128
BATCH, RATE, MOMENTUM, DECAY = 32, 1e-3, .9, 1e-4
FOLDERS = ['happy', 'surprise', 'sad', 'angry', 'disgust', 'fear', 'neutral']   # as the model's labels
TOLERANCE = .02
WINDOW = 4  # steps, of which the mean is compared
# of rates and weights alike, what a step's loss may differ by: more than rounding's, less than a mistake's
STEP_TOLERANCE = .05


def pictures():
    """Faces and classes in an order that is always the same, classes mixed."""
    root = os.environ.get('REN_VALIDATION', '')
    paths = [(os.path.join(root, folder, name), c) for c, folder in enumerate(FOLDERS)
             if os.path.isdir(os.path.join(root, folder)) for name in sorted(os.listdir(os.path.join(root, folder)))]
    if len(paths) < N_IMAGES + N_VALIDATION:
        print('skipped: REN_VALIDATION is not the validation folder of FER2013')
        sys.exit(77)
    order = np.random.default_rng(7).permutation(len(paths))[:N_IMAGES + N_VALIDATION]
    faces = [np.asarray(Image.open(paths[i][0]).convert('L').resize((64, 64), Image.BILINEAR)) for i in order]
    return np.stack(faces), np.array([paths[i][1] for i in order])


class Pytorch:
    def __init__(self, path):
        self.net = ResEmoteNet()
        self.net.load_state_dict({k: torch.from_numpy(v) for k, v in safetensors_numpy.load(path).items()})
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)

    def step(self, faces, classes):
        self.net.train()
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.net(normalise(faces)), torch.from_numpy(classes))
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def logits(self, faces):
        self.net.eval()
        with torch.inference_mode():
            return self.net(normalise(faces)).numpy()


class Ours:
    def __init__(self, path):
        model = core.Model(path)
        self.trainer = Trainer(model, max_batch=BATCH, n_threads=2, momentum=MOMENTUM, weight_decay=DECAY, dropout=0,
                               dropout_fc=0)
        model.close()

    def step(self, faces, classes):
        loss, _ = self.trainer.backward(faces, np.eye(7)[classes])
        self.trainer.update(RATE)
        return loss

    def logits(self, faces):
        model = self.trainer.model()
        logits = model.logits(faces)
        model.close()
        return logits


def loss_of(logits, classes):
    return F.cross_entropy(torch.from_numpy(logits), torch.from_numpy(classes)).item()


def worst_of(got, expected):
    return float(np.max(np.abs(np.array(got) - expected) / expected))


def windows(losses, n):
    return np.array(losses).reshape(-1, min(n, len(losses))).mean(1)


def write_start(path):
    """Random weights, as a training begins with them."""
    trainer = Trainer(max_batch=2, n_threads=1, seed=7)
    model = trainer.model()
    model.save(path)
    model.close()
    trainer.close()


faces, classes = pictures()
validation = faces[N_IMAGES:], classes[N_IMAGES:]
with tempfile.TemporaryDirectory() as tmp:
    path = os.path.join(tmp, 'start.safetensors')
    write_start(path)
    sides = [Ours(path), Pytorch(path)]

losses = [[], []]
rng = np.random.default_rng(8)
for epoch in range(N_EPOCHS):
    order = rng.permutation(N_IMAGES)
    for i in range(0, N_IMAGES, BATCH):
        batch = order[i:i + BATCH]
        for side, curve in zip(sides, losses):
            curve.append(side.step(faces[batch], classes[batch]))
    n = N_IMAGES // BATCH
    ours, theirs = (np.mean(curve[-n:]) for curve in losses)
    print(f'epoch {epoch + 1}: loss {ours:.5f}, PyTorch {theirs:.5f}', flush=True)
per_step = worst_of(*losses)
per_window = worst_of(*(windows(curve, WINDOW) for curve in losses))
per_epoch = worst_of(*(windows(curve, N_IMAGES // BATCH) for curve in losses))
final = [loss_of(side.logits(validation[0]), validation[1]) for side in sides]
print(f'{len(losses[0])} steps: losses within {per_step:.2%}, means of {WINDOW} within {per_window:.2%}, '
      f'of an epoch within {per_epoch:.2%}')
print(f'on {N_VALIDATION} other pictures: loss {final[0]:.5f}, PyTorch {final[1]:.5f}')
assert np.isfinite(losses).all() and np.isfinite(final).all()
# it has learnt: equal curves that do not move would prove nothing
assert N_EPOCHS == 1 or np.mean(losses[1][-n:]) < np.mean(losses[1][:n]) - .01, losses[1]
assert per_step <= STEP_TOLERANCE and per_window <= TOLERANCE and per_epoch <= TOLERANCE
assert worst_of(final[:1], final[1:]) <= TOLERANCE
