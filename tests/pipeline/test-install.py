"""What `meson install` puts where, and that the README's C compiles against it with nothing but pkg-config."""
import glob
import json
import os
import re
import shlex
import subprocess
import tempfile
import unittest

import library_copy

ROOT = os.environ['REN_SOURCE_ROOT']
BUILD = os.environ['REN_BUILD_ROOT']

WRAPPERS = [
    ('gstresemotenet-1.0', 'int f (GstBuffer *buffer);\nint f (GstBuffer *buffer)\n{\n%s\nreturn 0; }'),
    ('resemotenet-1.0', '''int f (const guint8 *rgb, int stride, int width, int height, int x, int y, int w, int h);
int f (const guint8 *rgb, int stride, int width, int height, int x, int y, int w, int h)\n{\n%s\nreturn 0; }'''),
]


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.tmp.cleanup)
        subprocess.run(['meson', 'install', '-C', BUILD, '--destdir', cls.tmp.name, '--no-rebuild', '--quiet'],
                       check=True, stdout=subprocess.DEVNULL)

    def find(self, name):
        found = glob.glob(os.path.join(self.tmp.name, '**', name), recursive=True)
        self.assertEqual(len(found), 1, f'{name}: {found}')
        return found[0]

    def environment(self):
        """The installed tree is not where its .pc files say; they are moved along."""
        pc = os.path.dirname(self.find('resemotenet-1.0.pc'))
        for path in glob.glob(os.path.join(pc, '*.pc')):
            with open(path) as f:
                text = f.read()
            if self.tmp.name not in text:
                with open(path, 'w') as f:
                    f.write(re.sub('^prefix=', f'prefix={self.tmp.name}', text, flags=re.M))
        libs = os.path.dirname(self.find('libresemotenet-1.0.so'))
        return dict(os.environ, PKG_CONFIG_PATH=pc, LD_LIBRARY_PATH=libs,
                    GST_PLUGIN_PATH=os.path.dirname(self.find('libgstresemotenet.so')),
                    GST_REGISTRY=os.path.join(self.tmp.name, 'registry.bin'))

    def test_commands_and_plugin(self):
        e = self.environment()
        for command in ('resemotenet', 'resemotenet-watch'):
            r = subprocess.run([self.find('bin/' + command), '--version'], env=e, capture_output=True, text=True)
            self.assertIn('0.', r.stdout, r.stderr)
        for element in ('resemotenet', 'faceroi'):
            r = subprocess.run(['gst-inspect-1.0', element], env=e, capture_output=True, text=True)
            self.assertIn(self.tmp.name, r.stdout, r.stderr)

    def test_default_model(self):
        """Found from wherever the whole is moved to."""
        # the destination is what comes before the prefix
        place = os.path.realpath(self.tmp.name) + library_copy.INSTALLED
        if not os.path.exists(place):   # left out of this build
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.symlink(os.environ['REN_RANDOM_MODEL'], place)
        e = dict(self.environment(), RESEMOTENET_MODEL='')
        r = subprocess.run([self.find('bin/resemotenet'), 'info', '--json'], env=e, capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual(json.loads(r.stdout)['file'], place)
        r = subprocess.run(['gst-launch-1.0', 'videotestsrc', 'num-buffers=1', '!', 'resemotenet', '!', 'fakesink'],
                           env=dict(e, GST_DEBUG='resemotenet:4', GST_DEBUG_NO_COLOR='1'), capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn(f'model {place}', r.stderr)

    def test_readme(self):
        with open(os.path.join(ROOT, 'README.md')) as f:
            snippets = re.findall('```c\n(.*?)```', f.read(), re.S)
        self.assertEqual(len(snippets), len(WRAPPERS))
        e = self.environment()
        for snippet, (package, wrapper) in zip(snippets, WRAPPERS):
            includes = ''.join(re.findall('#include.*\n', snippet))
            source = os.path.join(self.tmp.name, 'snippet.c')
            with open(source, 'w') as f:
                f.write(includes + wrapper % re.sub('#include.*\n', '', snippet))
            flags = subprocess.run(['pkg-config', '--cflags', '--libs', package], env=e, check=True,
                                   capture_output=True, text=True).stdout
            r = subprocess.run(['cc', '-Wall', '-Werror', '-shared', '-fPIC', '-Wl,-z,defs', source,
                                '-o', source + '.so', *shlex.split(flags)], env=e, capture_output=True, text=True)
            self.assertEqual(r.returncode, 0, r.stderr)


if __name__ == '__main__':
    unittest.main(verbosity=2)
