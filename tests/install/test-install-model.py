"""The default model as the build sees it: installed with its card where it is there, and said to be left out where not."""
import os
import shutil
import subprocess
import tempfile
import unittest

import library_copy

ROOT = os.environ['REN_SOURCE_ROOT']
MODEL = 'models/resemotenet.safetensors'


class InstallModel(unittest.TestCase):
    def setUp(self):
        """The sources, with a few bytes in place of a model or with none; nothing of them is compiled."""
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.source = os.path.join(tmp.name, 'a source')
        self.build = os.path.join(tmp.name, 'build')
        self.root = os.path.join(tmp.name, 'root')
        shutil.copytree(ROOT, self.source, ignore=shutil.ignore_patterns('build*', '.git', '*.safetensors'))

    def put_model(self):
        for name in MODEL, 'models/README.md':
            with open(os.path.join(self.source, name), 'w') as f:
                f.write(name)

    def setup_build(self, option):
        return subprocess.run(['meson', 'setup', self.build, self.source, '--prefix=/usr', '-Dmodel=' + option,
                               *(f'-D{part}=disabled' for part in ('plugin', 'cli', 'tests'))],
                              capture_output=True, text=True)

    def installed(self):
        subprocess.run(['meson', 'install', '-C', self.build, '--tags', 'model', '--no-rebuild', '--destdir', self.root],
                       check=True, stdout=subprocess.DEVNULL)
        return {os.path.relpath(os.path.join(folder, name), self.root)
                for folder, _, names in os.walk(self.root) for name in names}

    def test_there(self):
        self.put_model()
        r = self.setup_build('auto')
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        self.assertNotIn('the default model', r.stdout)
        folder = os.path.join('usr', os.environ['REN_DATADIR'], 'resemotenet-1.0')
        self.assertEqual(self.installed(), {os.path.join(folder, os.path.basename(MODEL)),
                                            os.path.join(folder, 'README.md')})
        # and where a build that is not installed looks
        subprocess.run(['ninja', '-C', self.build, MODEL], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(self.build, MODEL)) as f:
            self.assertEqual(f.read(), MODEL)

    def test_not_there(self):
        r = self.setup_build('auto')
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        self.assertIn('left out: the default model', r.stdout)
        self.assertEqual(self.installed(), set())

    def test_asked_for(self):
        r = self.setup_build('enabled')
        self.assertNotEqual(r.returncode, 0)
        self.assertIn(MODEL, r.stdout + r.stderr)

    def test_not_wanted(self):
        self.put_model()
        r = self.setup_build('disabled')
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        self.assertIn('left out: the default model', r.stdout)
        self.assertEqual(self.installed(), set())


if __name__ == '__main__':
    unittest.main(verbosity=2)
