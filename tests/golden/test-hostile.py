"""Hostile checkpoints, each of them refused by name, soon, and without taking memory for what it says it has.

Every file is loaded by a process of its own, which says what the call took of processor time and of memory: the most that
was resident at once, beyond what was before. The file's own size is not counted, as what is in it may be read.
"""
import os
import subprocess
import tempfile
import unittest

import hostile_pickles
import outcome

TOOL = os.environ['REN_REFUSAL']
SANITIZED = os.environ['REN_SANITIZED'] == '1'
MILLISECONDS = 100
BYTES = 10e6
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'MALLOC_PERTURB_')}


class Hostile(unittest.TestCase):
    def load(self, data):
        with tempfile.NamedTemporaryFile(suffix='.pth') as f:
            f.write(data)
            f.flush()
            done = subprocess.run([TOOL, f.name], env=ENVIRONMENT, stdout=subprocess.PIPE, timeout=60, check=True)
            code, ms, n_bytes, message = done.stdout.decode().strip().split(' ', 3)
            if int(code) >= 0:
                self.assertTrue(message.startswith(f'{f.name}: '), message)
            return int(code), float(ms), int(n_bytes) - len(data), message

    def test_files(self):
        n, slowest, largest = 0, (0, ''), (0, '')
        for name, data, code, says in hostile_pickles.files():
            with self.subTest(name):
                got, ms, n_bytes, message = self.load(data)
                if code is None:
                    self.assertEqual(message, 'loaded')
                    continue
                self.assertEqual((got, says in message), (code, True), message)
                if not SANITIZED:
                    self.assertLess(ms, MILLISECONDS)
                    self.assertLess(n_bytes, BYTES)
                n, slowest, largest = n + 1, max(slowest, (ms, name)), max(largest, (n_bytes, name))
        self.assertGreaterEqual(n, 30)
        print(f'{n} files; at most {slowest[0]:.0f} ms ({slowest[1]}), {largest[0] / 1e6:.1f} MB ({largest[1]})', end=' ')


outcome.main()
