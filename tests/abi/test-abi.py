"""What programs that were built against the libraries rely on: exported names with their versions, and what headers
compile into them. Compared with the lists beside this file; a difference is an error until the list says so, too.

REN_ABI: the project's version, then for each library NAME=FILE (names) or NAME=PROGRAM (layout)."""
import difflib
import os
import platform
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import outcome  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
VERSION = os.environ['REN_VERSION']

LOST = '''a program that uses it does not work with this library any more. If that is meant: a new major version, in
  meson.build, and no such line in {list}.'''
NEW = '''the list does not have it. If it is meant: a new minor version, in meson.build, `Since:` that version in its
  doc comment, a node of that version for it in the library's .map, and the line in {list}.'''


def read(name):
    with open(os.path.join(HERE, name)) as f:
        return f.read().splitlines()


def differences(list_name, expected, actual):
    """What to do about each difference; nothing if there is none."""
    said = []
    for line in difflib.ndiff(expected, actual):
        if line[:2] in ('- ', '+ '):
            what = LOST if line[0] == '-' else NEW
            said.append(f'{"gone" if line[0] == "-" else "new"}: {line[2:]}\n  '
                        + what.format(list='tests/abi/' + list_name))
    return '\n'.join(said)


def exported(path):
    """`name@NODE` of each symbol that others can link to; versions by themselves are no symbols."""
    out = subprocess.run(['nm', '-D', '--defined-only', '--with-symbol-versions', path], check=True,
                         capture_output=True, text=True).stdout
    names = [line.split()[-1] for line in out.splitlines() if line.split()[-2] != 'A']
    return sorted(n.replace('@@', '@') for n in names)


class Abi(unittest.TestCase):
    maxDiff = None

    def compare(self, list_name, actual):
        said = differences(list_name, read(list_name), actual)
        if said:
            self.fail('\n' + said)

    def compare_layout(self, library):
        if platform.machine() not in ('x86_64', 'aarch64'):
            self.skipTest('the lists are of 64-bit machines')
        program = os.environ[f'REN_LAYOUT_{library}']
        out = subprocess.run([program], check=True, capture_output=True, text=True).stdout
        self.compare(library + '.layout', out.splitlines())

    def compare_symbols(self, library):
        if not shutil.which('nm'):
            self.skipTest('no nm (binutils)')
        path = os.environ.get(f'REN_SYMBOLS_{library}')
        if not path:
            self.skipTest(f'{library} is not built')
        names = exported(path)
        self.compare(library + '.symbols', names)
        return names

    def check_versions(self, names):
        """Nothing has a version that is still to come, or is of another major version."""
        version = [int(n) for n in VERSION.split('.')]
        for name in names:
            node = [int(n) for n in re.fullmatch(r'.*@[A-Z]+_(\d+)\.(\d+)', name).groups()]
            self.assertLessEqual(node, version[:2], f'{name}: raise the version in meson.build, which is {VERSION}')
            self.assertEqual(node[0], version[0], f'{name}: a new major version begins with one node of that version')

    def test_core_symbols(self):
        self.check_versions(self.compare_symbols('resemotenet'))

    def test_core_layout(self):
        self.compare_layout('resemotenet')

    def test_metadata_symbols(self):
        self.check_versions(self.compare_symbols('gstresemotenet'))

    def test_metadata_layout(self):
        if 'REN_LAYOUT_gstresemotenet' not in os.environ:
            self.skipTest('the metadata library is not built')
        self.compare_layout('gstresemotenet')

    def test_plugin_symbols(self):
        """What GStreamer looks up, and nothing else."""
        self.compare_symbols('plugin')


class Differences(unittest.TestCase):
    def test_none(self):
        self.assertEqual(differences('x', ['a', 'b'], ['a', 'b']), '')

    def test_removed(self):
        said = differences('x.symbols', ['a@V_1.0', 'b@V_1.0'], ['b@V_1.0'])
        self.assertRegex(said, 'gone: a@V_1.0\n.*does not work.*(?s:.)*new major version.*(?s:.)*tests/abi/x.symbols')

    def test_added(self):
        said = differences('x.symbols', ['a@V_1.0'], ['a@V_1.0', 'b@V_1.0'])
        self.assertRegex(said, 'new: b@V_1.0\n(?s:.)*new minor version')

    def test_changed(self):
        said = differences('x.layout', ['S 8 bytes'], ['S 16 bytes'])
        self.assertIn('gone: S 8 bytes', said)
        self.assertIn('new: S 16 bytes', said)


if __name__ == '__main__':
    outcome.main()
