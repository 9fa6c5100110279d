"""Examples as their readers meet them: each is built and run with the commands in its own first lines.

Under a sanitizer the programs are those of the build, since what is built alone is no other there.
"""
import os
import re
import subprocess
import tempfile

ROOT = os.environ['REN_SOURCE_ROOT']
BUILD = os.environ['REN_BUILD_ROOT']
SANITIZED = 'REN_SANITIZED' in os.environ
PICTURE = os.path.join(ROOT, 'pipelines/sample/astronaut.jpg')

LIBRARIES = [os.path.join(BUILD, 'core'), os.path.join(BUILD, 'gst-plugin/lib')]
# where an installation would have been found without being told
PLACES = {'PKG_CONFIG_PATH': os.path.join(BUILD, 'meson-uninstalled'), 'LD_LIBRARY_PATH': ':'.join(LIBRARIES),
          'GI_TYPELIB_PATH': ':'.join(LIBRARIES)}


class Example:
    """The commands of an example's first lines, in a folder with what they name: the sample as talk.mp4 and
    people.jpg."""

    def __init__(self, path):
        self.source = os.path.join(ROOT, 'examples', path)
        with open(self.source) as f:
            head = re.match(r'(#!.*\n)?(/\*.*?\*/|""".*?""")', f.read(), re.S).group(2)
        commands = re.findall(r'^(?: \*  )? +((?:cc |c\+\+ |python3 |\./).*)$', head, re.M)
        self.build = [c for c in commands if c.startswith('c')]
        self.runs = [c for c in commands if not c.startswith('c')]
        self._tmp = tempfile.TemporaryDirectory()
        self.folder = self._tmp.name
        here = os.path.dirname(self.source)
        for name in os.listdir(here):
            os.symlink(os.path.join(here, name), os.path.join(self.folder, name))
        os.symlink(PICTURE, os.path.join(self.folder, 'people.jpg'))
        for command in self.build:
            self._make(command)

    def _make(self, command):
        program = re.search(r' -o (\S+) ', command).group(1)
        if SANITIZED:
            os.symlink(os.path.join(BUILD, 'examples', program), os.path.join(self.folder, program))
            return
        r = subprocess.run(command, shell=True, cwd=self.folder, env={**os.environ, **PLACES},
                           capture_output=True, text=True)
        if r.returncode or r.stderr:
            raise AssertionError(f'{command}\n{r.stderr}')

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, command, **env):
        return subprocess.run(command, shell=True, cwd=self.folder, env={**os.environ, **PLACES, **env},
                              capture_output=True, text=True, timeout=120)

    def start(self, command, **env):
        return subprocess.Popen(['sh', '-c', 'exec ' + command], cwd=self.folder, env={**os.environ, **PLACES, **env},
                                stderr=subprocess.PIPE, text=True)

    def close(self):
        self._tmp.cleanup()


def stock(folder, *command):
    """GStreamer's own programs, without our plugin: a sanitized one does not load into them."""
    env = {k: v for k, v in os.environ.items() if k != 'GST_PLUGIN_PATH'}
    subprocess.run(command, check=True, env={**env, 'GST_REGISTRY': os.path.join(folder, 'stock-registry.bin')})


def make_sample(out):
    """The sample clip: 60 frames of one face that smiles."""
    stock(os.path.dirname(out), os.path.join(ROOT, 'pipelines/make-sample'), out)


def last_frame(clip, folder):
    """The file of a picture of it."""
    stock(folder, 'gst-launch-1.0', '-q', 'filesrc', 'location=' + clip, '!', 'decodebin', '!', 'videoconvert', '!',
          'pngenc', 'compression-level=1', '!', 'multifilesink', 'max-files=1', f'location={folder}/last-%d.png')
    name, = (name for name in os.listdir(folder) if name.startswith('last-'))
    return os.path.join(folder, name)
