"""What debian/ says beside what is built: test-debian.py VERSION LIBRESEMOTENET LIBGSTRESEMOTENET"""
import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')


def read(*path):
    with open(os.path.join(ROOT, *path), encoding='utf-8') as f:
        return f.read()


def exported(library):
    """{NAME@NODE}; a node itself is an absolute symbol."""
    lines = subprocess.run(['nm', '-D', '--defined-only', '--with-symbol-versions', library], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    names = set()
    for line in lines:
        name, _, node = line.split()[2].partition('@@')
        names.add(f'{name}@{node or name if line.split()[1] == "A" else node or "Base"}')
    return names


class Debian(unittest.TestCase):
    def test_version(self):
        self.assertEqual(re.match(r'gst-resemotenet \(([^)-]+)', read('debian', 'changelog'))[1], VERSION)

    def test_symbols(self):
        for package, library in LIBRARIES.items():
            with self.subTest(package):
                listed = re.findall(r'^ (\S+) \S+$', read('debian', package + '.symbols'), re.M)
                self.assertEqual(set(listed), exported(library))

    def test_build_depends(self):
        """What scripts/install-packages installs to build with is what the packages are built with."""
        script = read('scripts', 'install-packages')
        words = ' '.join(re.findall(r'^    (?:build|analytics)\) echo (.*?);;', script, re.M | re.S)).split()
        wanted = {w for w in words if re.fullmatch('lib.*-dev', w)} - {'libc6-dev'}
        self.assertGreater(len(wanted), 10)
        stated = re.search(r'^Build-Depends:\n(.*?)^\S', read('debian', 'control'), re.M | re.S)[1]
        self.assertEqual({w for w in re.findall(r'^ ([^ :,]+)', stated, re.M) if re.fullmatch('lib.*-dev', w)}, wanted)

    def test_tests(self):
        """Those that run when packages are built are there: not every version of Meson says so."""
        names = re.search(r'^plugin_tests = ((?:.*\\\n)*.*)', read('debian', 'rules'), re.M)[1].replace('\\', '').split()
        self.assertGreater(len(names), 10)
        for name in names:
            self.assertTrue(os.path.exists(os.path.join(ROOT, 'tests', 'plugin', name + '.c')), name)

    def test_described(self):
        """docs/packaging.md has each package, and no other."""
        packages = re.findall('^Package: (.*)', read('debian', 'control'), re.M)
        rows = re.findall(r'^\| `([^`]+)` \|', read('docs', 'packaging.md'), re.M)
        self.assertEqual(rows, packages)


if __name__ == '__main__':
    VERSION, *libraries = sys.argv[1:]
    LIBRARIES = {p: path for p, path in zip(('libresemotenet1', 'libgstresemotenet-1.0-1'), libraries) if path}
    unittest.main(argv=sys.argv[:1], verbosity=2)
