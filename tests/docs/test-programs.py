"""The programs and data of docs/: C is compiled with nothing but pkg-config and run, Python run, JSON and services read.

C and Python that hold no whole program are compiled only.
"""
import configparser
import json
import os
import re
import subprocess
import tempfile
import unittest

import blocks
import outcome

try:
    import jsonschema
except ImportError:
    jsonschema = None

ROOT, BUILD = os.environ['REN_SOURCE_ROOT'], os.environ['REN_BUILD_ROOT']
RESULT = re.compile(r'^.*\b\w+ +\d+ ?%', re.M)
STRICT = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter', '-Wno-unused-function', '-fsyntax-only', '-xc', '-']


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.tmp.cleanup)
        # headers and .pc files as they are installed
        header = os.path.join(cls.tmp.name, 'include', 'gst', 'resemotenet', 'gstemotionmeta.h')
        os.makedirs(os.path.dirname(header))
        os.symlink(os.path.join(ROOT, 'gst-plugin', 'lib', 'gstemotionmeta.h'), header)
        for name, needs, folder, include in (
                ('resemotenet', 'gobject-2.0', 'core', os.path.join(ROOT, 'core')),
                ('gstresemotenet', 'gstreamer-video-1.0', 'gst-plugin/lib', os.path.join(cls.tmp.name, 'include'))):
            with open(os.path.join(cls.tmp.name, name + '-1.0.pc'), 'w') as f:
                f.write(f'Name: {name}\nDescription: of the build\nVersion: 1\nRequires: {needs}\nCflags: -I{include}\n'
                        f'Libs: -L{BUILD}/{folder} -l{name}-1.0 -Wl,-rpath,{BUILD}/{folder}\n')
        cls.environment = dict(os.environ, PKG_CONFIG_PATH=cls.tmp.name, LC_ALL='C.UTF-8',
                               GI_TYPELIB_PATH=f'{BUILD}/core:{BUILD}/gst-plugin/lib',
                               LD_LIBRARY_PATH=f'{BUILD}/core:{BUILD}/gst-plugin/lib')
        subprocess.run([os.path.join(ROOT, 'pipelines', 'make-sample'), os.path.join(cls.tmp.name, 'talk.mp4')], check=True,
                       env=cls.environment, stderr=subprocess.DEVNULL)

    def run_program(self, args, **options):
        return subprocess.run(args, cwd=self.tmp.name, env=self.environment, capture_output=True, text=True, timeout=120,
                              **options)

    def has_element(self, name):
        return self.run_program(['gst-inspect-1.0', '--exists', '--atleast-version=0.0', name]).returncode == 0

    def test_c(self):
        """What stands before a command `cc NAME.c …` is that file."""
        pages = blocks.find(ROOT, 'c', 'sh')
        pages.pop('README.md', None)   # the suite `install` compiles it against what is installed
        n = 0
        flags = self.run_program(['pkg-config', '--cflags', 'resemotenet-1.0', 'gstresemotenet-1.0', 'gstreamer-app-1.0']
                                 ).stdout.split()
        for page in pages.values():
            for block, after in zip(page, page[1:] + [None]):
                if block.language != 'c':
                    continue
                n += 1
                if 'gst/analytics' in block.text and self.run_program(
                        ['pkg-config', '--exists', 'gstreamer-analytics-1.0']).returncode:
                    print(f'skipped: {block}: compiling it: there is no gstreamer-analytics-1.0')
                    continue
                with self.subTest(str(block)):
                    r = self.run_program(['cc', *flags, *STRICT], input=block.text)
                    self.assertEqual(r.returncode, 0, r.stderr)
                    if 'main (' not in block.text:
                        continue
                    build = after.text.strip()
                    source = re.match(r'cc (\w+\.c) -o (\w+) ', build)
                    self.assertTrue(source, f'{block} is followed by the command that builds it')
                    with open(os.path.join(self.tmp.name, source[1]), 'w') as f:
                        f.write(block.text)
                    r = self.run_program(['sh', '-c', build])
                    self.assertEqual(r.returncode, 0, r.stderr)
                    if 'faceroi' in block.text and not self.has_element('faceroi'):
                        print(f'skipped: {block}: running it: there is no element faceroi')
                        continue
                    r = self.run_program(['./' + source[2]])
                    self.assertEqual(r.returncode, 0, r.stderr)
                    self.assertRegex(r.stdout, RESULT)
        self.assertGreaterEqual(n, 4)

    def test_python(self):
        n = 0
        for page in blocks.find(ROOT, 'python').values():
            for block in page:
                n += 1
                needs = re.findall(r"require_version\('(\w+)'", block.text)
                check = 'import gi; ' + '; '.join(f'gi.require_version("{name}", "1.0")' for name in needs)
                with self.subTest(str(block)):
                    compile(block.text, str(block), 'exec')
                    if 'Gst.init' not in block.text:
                        continue
                    if self.run_program(['/usr/bin/python3', '-c', check]).returncode:
                        print(f'skipped: {block}: not all of these can be read by python3-gi: {", ".join(needs)}')
                        continue
                    if not self.has_element('faceroi'):
                        print(f'skipped: {block}: there is no element faceroi')
                        continue
                    r = self.run_program(['/usr/bin/python3', '-'], input=block.text)
                    self.assertEqual(r.returncode, 0, r.stderr)
                    self.assertRegex(r.stdout, RESULT)
        self.assertGreaterEqual(n, 2)

    def test_json(self):
        with open(os.path.join(ROOT, 'gst-plugin', 'emotionpublish', 'emotion-frame.schema.json')) as f:
            schema = json.load(f)
        found = [b for page in blocks.find(ROOT, 'json').values() for b in page]
        self.assertGreaterEqual(len(found), 1)
        for block in found:
            with self.subTest(str(block)):
                value = json.loads(block.text)
                if jsonschema:
                    jsonschema.validate(value, schema)

    def test_services(self):
        """What a camera's file gives the service takes the app, and drop-ins have systemd's sections."""
        usage = self.run_program([os.path.join(BUILD, 'pipelines', 'watch', 'resemotenet-watch'), '--help-all']).stdout
        found = [b for page in blocks.find(ROOT, 'conf').values() for b in page]
        self.assertGreaterEqual(len(found), 1)
        for block in found:
            values = dict(line.split('=', 1) for line in block.text.splitlines())
            self.assertEqual(set(values), {'SOURCE', 'OPTIONS'})
            for option in (word for word in values['OPTIONS'].split() if word.startswith('--')):
                with self.subTest(str(block), option=option):
                    self.assertIn(option, usage)
        for block in (b for page in blocks.find(ROOT, 'ini').values() for b in page):
            unit = configparser.ConfigParser(interpolation=None)
            unit.read_string(block.text)
            self.assertEqual(unit.sections(), ['Service'], block)


if __name__ == '__main__':
    outcome.main()
