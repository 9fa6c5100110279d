"""The command `resemotenet` for its tests: running it, models and pictures to run it on."""
import csv
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import outcome

COMMAND = os.environ['REN_COMMAND']
WORK = os.environ['REN_WORK']
SANITIZED = os.environ.get('REN_SANITIZED') == '1'
LONG = bool(os.environ.get('REN_LONG'))
LABELS = ['happy', 'surprise', 'sad', 'anger', 'disgust', 'fear', 'neutral']

# What the user has set must not reach the tests; UTF-8 so that output has one form.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ('RESEMOTENET_MODEL', 'NO_COLOR')}
ENVIRONMENT['LC_ALL'] = 'C.UTF-8'


class Result:
    def __init__(self, process):
        self.status = process.returncode
        self.bytes = process.stdout
        self.out = process.stdout.decode(errors='surrogateescape')
        self.err = process.stderr.decode(errors='surrogateescape')

    def rows(self):
        return list(csv.DictReader(io.StringIO(self.out, newline='')))

    def json(self):
        def refuse(name):
            raise ValueError(name + ' is no JSON')
        return json.loads(self.bytes, parse_constant=refuse)


def run(*args, env=None, stdin=None, cwd=None, timeout=600):
    return Result(subprocess.run([COMMAND, *args], env={**ENVIRONMENT, **(env or {})}, input=stdin, cwd=cwd,
                                 stdin=subprocess.DEVNULL if stdin is None else None, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, timeout=timeout))


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(dir=WORK)
        self.addCleanup(shutil.rmtree, self.dir)

    def path(self, *names):
        path = os.path.join(self.dir, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, data):
        with open(self.path(name), 'wb') as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def run_ok(self, *args, **kw):
        r = run(*args, **kw)
        self.assertEqual(r.status, 0, r.err)
        return r

    def run_fails(self, status, *args, **kw):
        """Exit status and a message on stderr that begins as messages do; nothing else went wrong (a crash or a
        sanitizer has another status)."""
        r = run(*args, **kw)
        self.assertEqual(r.status, status, r.err)
        self.assertRegex(r.err, '(?m)^resemotenet: ')
        self.assertNotIn('CRITICAL', r.err)
        return r

    def default_model(self):
        """What `info` tells of the default model; skips the test where there is none."""
        r = run('info', '--json')
        if r.status == 2:
            self.skipTest('there is no default model')
        self.assertEqual(r.status, 0, r.err)
        return r.json()

    def model(self):
        """Of which logits are asked for."""
        return model()

    def logits(self, *args):
        """{file: [logits]}"""
        r = self.run_ok('classify', '-m', self.model(), '--logits', '--csv', *args)
        names = list(csv.reader(io.StringIO(r.out)))[0][5:]
        return {row['file']: [float(row[n]) for n in names] for row in r.rows()}


def skip(reason):
    print('skipped: ' + reason)
    sys.exit(77)


def need(*modules):
    for name in modules:
        try:
            __import__(name)
        except ImportError:
            skip("Python's " + name + ' is not installed')


def main():
    os.makedirs(WORK, exist_ok=True)
    outcome.main()


# ---- models ------------------------------------------------------------------

def tensors(n_classes):
    """Names and shapes of PyTorch's state dict, without num_batches_tracked."""
    def conv(name, norm, c_out, c_in, k):
        yield name + '.weight', (c_out, c_in, k, k)
        yield name + '.bias', (c_out,)
        for part in 'weight', 'bias', 'running_mean', 'running_var':
            yield norm + '.' + part, (c_out,)

    for i, (c_in, c_out) in enumerate([(3, 64), (64, 128), (128, 256)]):
        yield from conv(f'conv{i + 1}', f'bn{i + 1}', c_out, c_in, 3)
    yield 'se.fc.0.weight', (16, 256)
    yield 'se.fc.2.weight', (256, 16)
    for i, c in enumerate([256, 512, 1024]):
        block = f'res_block{i + 1}.'
        yield from conv(block + 'conv1', block + 'bn1', 2 * c, c, 3)
        yield from conv(block + 'conv2', block + 'bn2', 2 * c, 2 * c, 3)
        yield from conv(block + 'shortcut.0', block + 'shortcut.1', 2 * c, c, 1)
    sizes = [2048, 1024, 512, 256, n_classes]
    for i in range(4):
        yield f'fc{i + 1}.weight', (sizes[i + 1], sizes[i])
        yield f'fc{i + 1}.bias', (sizes[i + 1],)


def write_model(path, labels=LABELS, metadata=None, n_classes=7):
    """A random network as safetensors, fp16. Weights are large enough that pictures make a difference in the logits,
    and always the same."""
    import numpy as np
    rng = np.random.default_rng(2024)
    header, offset = {}, 0
    meta = {'format': 'resemotenet', 'format_version': '1', **({'labels': json.dumps(labels)} if labels else {}),
            **(metadata or {})}
    for name, shape in tensors(n_classes):
        size = int(np.prod(shape)) * 2
        header[name] = {'dtype': 'F16', 'shape': list(shape), 'data_offsets': [offset, offset + size]}
        offset += size
    if labels or metadata:
        header['__metadata__'] = meta
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text)
        for name, shape in tensors(n_classes):
            norm = name.rsplit('.', 2)[-2].startswith('bn') or '.shortcut.1.' in name
            if norm and name.endswith(('running_var', 'weight')):
                value = np.ones(shape)
            elif len(shape) == 1:
                value = np.zeros(shape)
            else:
                value = rng.standard_normal(shape, np.float32) * (2 / np.prod(shape[1:])) ** .5
            f.write(value.astype('<f2').tobytes())


def kept(name, make):
    """A file that is made once for all tests of a build, by `make(path)`."""
    path = os.path.join(WORK, name)
    if not os.path.exists(path):
        os.makedirs(WORK, exist_ok=True)
        part = os.path.join(WORK, f'{os.getpid()}-{name}')
        make(part)
        os.rename(part, path)   # tests run side by side
    return path


def float_model():
    """A random model with labels."""
    return kept('random.safetensors', write_model)


def quantize(path):
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        for i, label in enumerate(LABELS):
            os.mkdir(os.path.join(folder, label))
            picture(64, 64, seed=i).save(os.path.join(folder, label, 'a.png'))
        r = run('quantize', float_model(), path, '--data', folder)
        assert r.status == 0, r.err


def model():
    """The same of 8 bits, with which a command starts at once: weights of floats are prepared anew each time."""
    return kept('random-int8.safetensors', quantize)


# ---- pictures ----------------------------------------------------------------

def picture(width=80, height=60, seed=1):
    """RGB, and another one if turned or mirrored in any way."""
    import numpy as np
    from PIL import Image
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.BICUBIC)
