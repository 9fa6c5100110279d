"""What `meson install` puts where, that it works from there, and that nothing of it is left when it is taken back."""
import fnmatch
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import installed
import library_copy
import outcome
from installed import BUILD, ELEMENTS, OPTIONS, PREFIX, ROOT, run

# one that is this test's own, as tests/run sets it
IS_OWN = os.path.dirname(PREFIX) == os.path.dirname(BUILD)
FACE = os.path.join(ROOT, 'pipelines/sample/astronaut.jpg')

# around what the README shows in C
WRAPPER = 'int f (GstBuffer *buffer);\nint f (GstBuffer *buffer)\n{\n%s\nreturn 0; }'
PROGRAMS = [
    ('resemotenet-1.0', '''#include <resemotenet.h>
#include <stdio.h>
int main (void)
{
  float scores[3] = { 1, 3, 2 };
  guint best = ren_softmax (scores, 3, 1, scores);

  printf ("%u %.3f %s\\n", best, scores[best], ren_version_string ());
  return 0;
}''', f'1 0.665 {installed.VERSION}\n'),
    ('gstresemotenet-1.0', '''#include <gst/resemotenet/gstemotionmeta.h>
#include <stdio.h>
int main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  GstBuffer *buffer = gst_buffer_new ();
  printf ("%u %s\\n", gst_buffer_get_n_emotion_meta (buffer), g_type_name (gst_emotion_meta_api_get_type ()));
  gst_buffer_unref (buffer);
  return 0;
}''', '0 GstEmotionMetaAPI\n'),
]


class Checks:
    """What holds of any installed tree."""

    def test_files(self):
        found, left = installed.tree(self.tree.top), set()
        for group, paths in installed.groups().items():
            named = {path for path in paths if not path.endswith('*')}
            with self.subTest(group):
                if group == 'core' or named & found:
                    self.assertLessEqual(named, found)
            left |= paths
        more = {name for name in found if not any(fnmatch.fnmatch(name, path) for path in left)}
        self.assertEqual(more, set(), 'installed, and not in tests/install/files.txt')

    def test_libdir(self):
        """Of Debian: the one of the architecture."""
        if not shutil.which('dpkg-architecture'):
            self.skipTest('this is not a Debian')
        triplet = run('dpkg-architecture', '-qDEB_HOST_MULTIARCH').strip()
        self.assertEqual(OPTIONS['libdir'], 'lib/' + triplet)

    def test_modes(self):
        for name in installed.tree(self.tree.top):
            mode = os.stat(self.tree.path(name)).st_mode & 0o777
            self.assertIn(mode, (0o755,) if name.startswith('bin/') else (0o644, 0o755), name)

    def test_build_folder(self):
        self.assertEqual(self.tree.names_of(BUILD, os.path.join(ROOT, '')), [])


class Destination(Checks, unittest.TestCase):
    """Below DESTDIR, as distributions do it: it is not where its files say that it is."""

    @classmethod
    def setUpClass(cls):
        tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(tmp.cleanup)
        run('meson', 'install', '-C', BUILD, '--destdir', os.path.join(tmp.name, 'root'), '--no-rebuild', '--quiet')
        os.mkdir(os.path.join(tmp.name, 'work'))
        cls.tree = installed.Tree(os.path.join(tmp.name, 'root') + PREFIX, os.path.join(tmp.name, 'work'))

    def test_default_model(self):
        """Found from wherever the whole is moved to."""
        place = os.path.realpath(self.tree.top) + library_copy.INSTALLED[len(PREFIX):]
        if not os.path.exists(place):   # left out of this build
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.symlink(os.environ['REN_RANDOM_MODEL'], place)
            self.addCleanup(os.remove, place)
        e = self.tree.environment()
        self.assertEqual(json.loads(run('resemotenet', 'info', '--json', env=e))['file'], place)
        r = subprocess.run(['gst-launch-1.0', 'videotestsrc', 'num-buffers=1', '!', 'resemotenet', '!', 'fakesink'],
                           env=dict(e, GST_DEBUG='resemotenet:4', GST_DEBUG_NO_COLOR='1'), capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn(f'model {place}', r.stderr)


@unittest.skipUnless(IS_OWN, f'the prefix {PREFIX} is not one of this test, which tests/run sets')
class Prefix(Checks, unittest.TestCase):
    """Where it is meant to be, from the first command on."""

    @classmethod
    def setUpClass(cls):
        shutil.rmtree(PREFIX, ignore_errors=True)   # of a test that was broken off
        cls.addClassCleanup(shutil.rmtree, PREFIX, ignore_errors=True)
        tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(tmp.cleanup)
        run('ninja', '-C', BUILD, 'install')
        cls.tree = installed.Tree(PREFIX, tmp.name)

    def test_elements(self):
        e = self.tree.environment()
        for element in ELEMENTS:
            self.assertIn(self.tree.lib('gstreamer-1.0/libgstresemotenet.so'), run('gst-inspect-1.0', element, env=e))

    def test_pkg_config(self):
        e = self.tree.environment()
        for package, source, said in PROGRAMS:
            self.assertEqual(run('pkg-config', '--modversion', package, env=e), installed.VERSION + '\n')
            self.assertEqual(run(self.tree.build(package, source), env=e), said)

    def test_readme(self):
        """Its C compiles with nothing but pkg-config."""
        with open(os.path.join(ROOT, 'README.md')) as f:
            snippets = re.findall('```c\n(.*?)```', f.read(), re.S)
        self.assertEqual(len(snippets), 1)
        includes = ''.join(re.findall('#include.*\n', snippets[0]))
        self.tree.build('gstresemotenet-1.0', includes + WRAPPER % re.sub('#include.*\n', '', snippets[0]), '-shared', '-fPIC',
                        '-Wl,-z,defs')

    def test_commands(self):
        """With the default model, found."""
        if not os.path.exists(library_copy.INSTALLED):
            self.skipTest('this build has no default model')
        e = self.tree.environment()
        for command in 'resemotenet', 'resemotenet-watch':
            self.assertEqual(run(command, '--version', env=e), f'{command} {installed.VERSION}\n')
        said = run('resemotenet', 'classify', FACE, '--crop', '180,40,110,130', '--json', env=e)
        self.assertEqual(len(json.loads(said)['faces']), 1)
        self.assertRegex(run('resemotenet-watch', FACE, env=e), r'(?m)^0:00:00.000  face 1 +\w+ +\d+ %')

    def test_manual(self):
        if not shutil.which('man'):
            self.skipTest('man is not installed')
        e = {**self.tree.environment(), 'MANPATH': self.tree.path(OPTIONS['datadir'], 'man')}
        for page in 'resemotenet', 'resemotenet-eval', 'resemotenet-watch':
            self.assertIn(self.tree.path(), run('man', '-w', page, env=e))
            self.assertIn('EXIT STATUS', run('man', page, env=e))


@unittest.skipUnless(IS_OWN, f'the prefix {PREFIX} is not one of this test, which tests/run sets')
class Uninstall(unittest.TestCase):
    def setUp(self):
        shutil.rmtree(PREFIX, ignore_errors=True)
        self.addCleanup(shutil.rmtree, PREFIX, ignore_errors=True)

    def install(self):
        run('meson', 'install', '-C', BUILD, '--no-rebuild')
        self.assertGreater(len(installed.tree(PREFIX)), 20)

    def put_others(self):
        """What others have there, empty folders as well."""
        for folder in 'share/man/man1', 'lib/other', 'bin':
            os.makedirs(os.path.join(PREFIX, folder))
        with open(os.path.join(PREFIX, 'bin/other'), 'w'):
            pass
        return installed.tree(PREFIX), installed.folders(PREFIX)

    def test_once(self):
        """ninja's own leaves nothing, no empty folder either."""
        self.install()
        run('ninja', '-C', BUILD, 'uninstall')
        self.assertFalse(os.path.exists(PREFIX))

    def test_beside_others(self):
        others = self.put_others()
        self.install()
        run('ninja', '-C', BUILD, 'uninstall')
        self.assertEqual((installed.tree(PREFIX), installed.folders(PREFIX)), others)

    def test_over_another(self):
        self.put_others()
        self.install()
        self.install()
        run(os.path.join(ROOT, 'scripts/uninstall'), BUILD)
        self.assertEqual(installed.tree(PREFIX), {'bin/other'})
        # empty as that is, nobody can tell any more whose it was
        self.assertEqual(installed.folders(PREFIX), {'bin', 'lib', 'lib/other'})


class Distribution(unittest.TestCase):
    """With /usr as prefix: the same files, relative to it; with REN_LONG=1 they are made, too, and work from DESTDIR."""

    @classmethod
    def setUpClass(cls):
        tmp = tempfile.TemporaryDirectory(prefix='build-usr-', dir=os.path.dirname(BUILD))
        cls.addClassCleanup(tmp.cleanup)
        cls.tmp, cls.build = tmp.name, os.path.join(tmp.name, 'build')
        run('meson', 'setup', cls.build, ROOT, '--prefix=/usr', '--buildtype=release', '-Dtests=disabled',
            '-Dzsh_completions_dir=/usr/share/zsh/vendor-completions')

    def planned(self, build, prefix):
        return {os.path.relpath(place, prefix) for place in installed.introspect('installed', build).values()}

    def test_plan(self):
        own = {name.replace('zsh/site-functions', 'zsh/vendor-completions') for name in self.planned(BUILD, PREFIX)}
        self.assertEqual(self.planned(self.build, '/usr'), own)

    def test_places_in_files(self):
        for name in 'resemotenet-1.0', 'gstresemotenet-1.0':
            with open(os.path.join(self.build, 'meson-private', name + '.pc')) as f:
                text = f.read()
            self.assertIn('prefix=/usr\n', text)
            self.assertIn('libdir=${prefix}/' + OPTIONS['libdir'], text)
            self.assertNotIn(self.tmp, text)
        with open(os.path.join(self.build, 'man/resemotenet-eval.1')) as f:
            self.assertIn('/usr/share/resemotenet-1.0/resemotenet.safetensors', f.read().replace(r'\:', ''))

    @unittest.skipUnless(os.environ.get('REN_LONG'), 'builds all once more: REN_LONG=1')
    def test_built(self):
        run('ninja', '-C', self.build, timeout=1800)
        run('meson', 'install', '-C', self.build, '--destdir', os.path.join(self.tmp, 'root'), '--no-rebuild', '--strip')
        tree = installed.Tree(os.path.join(self.tmp, 'root/usr'), self.tmp)
        self.assertEqual(tree.names_of(self.tmp, BUILD, os.path.join(ROOT, '')), [])
        e = tree.environment()
        for element in ELEMENTS:
            self.assertIn(tree.lib('gstreamer-1.0'), run('gst-inspect-1.0', element, env=e))
        for command in 'resemotenet', 'resemotenet-watch':
            self.assertIn(installed.VERSION, run(command, '--version', env=e))


outcome.main()
