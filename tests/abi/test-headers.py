"""The public headers by themselves, with what pkg-config says, in C and in C++: not a warning of ours."""
import os
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import outcome  # noqa: E402

WARNINGS = ['-Wall', '-Wextra', '-pedantic', '-Wshadow', '-Werror', '-fsyntax-only']


def flags(package):
    """The compiler's options; headers of others are not what is judged."""
    out = subprocess.run(['pkg-config', '--cflags', package + '-uninstalled'], check=True, capture_output=True, text=True,
                         env=dict(os.environ, PKG_CONFIG_PATH=os.environ['REN_PKG_CONFIG_PATH'])).stdout
    return ['-isystem' + f[2:] if f.startswith('-I/usr') else f for f in shlex.split(out)]


class Headers(unittest.TestCase):
    def compile(self, package, header, use, compiler, standard):
        command = os.environ.get(compiler)
        if not command:
            self.skipTest(f'no compiler: {compiler}')
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'use.c' if compiler == 'CC' else 'use.cc')
            with open(path, 'w') as f:
                # twice, and used: inline functions are only then looked at
                f.write(f'#include <{header}>\n#include <{header}>\nvoid use (void);\nvoid\nuse (void)\n{{\n{use}\n}}\n')
            done = subprocess.run([*shlex.split(command), f'-std={standard}', *WARNINGS, *flags(package), path],
                                  capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f'{compiler} -std={standard}:\n{done.stderr}')

    def check(self, package, header, use):
        for compiler, standard in (('CC', 'c11'), ('CXX', 'c++11'), ('CXX', 'c++17')):
            with self.subTest(compiler=compiler, standard=standard):
                self.compile(package, header, use, compiler, standard)

    def test_core(self):
        self.check('resemotenet-1.0', 'resemotenet.h',
                   'g_autoptr (RenModel) model = ren_model_load ("x", NULL); (void) REN_TYPE_PLAN; (void) model;')

    def test_metadata(self):
        if not os.environ.get('REN_METADATA'):
            self.skipTest('the metadata library is not built')
        self.check('gstresemotenet-1.0', os.environ['REN_METADATA'],
                   'g_autoptr (GstEmotionClasses) classes = NULL; (void) GST_EMOTION_META_INFO; (void) classes;')


if __name__ == '__main__':
    outcome.main()
