"""An installed tree: what is in it, and programs that run from it."""
import json
import os
import shlex
import subprocess

ROOT = os.environ['REN_SOURCE_ROOT']
BUILD = os.environ['REN_BUILD_ROOT']
ELEMENTS = ['resemotenet', 'faceroi', 'emotionoverlay', 'emotionpublish']


def introspect(what, build=BUILD):
    return json.loads(subprocess.check_output(['meson', 'introspect', '--' + what, build]))


OPTIONS = {option['name']: option['value'] for option in introspect('buildoptions')}
PREFIX = OPTIONS['prefix']
VERSION = introspect('projectinfo')['version']


def groups():
    """{group: paths below the prefix} of files.txt."""
    found = {}
    with open(os.path.join(ROOT, 'tests/install/files.txt')) as f:
        for line in f:
            line = line.strip()
            if line.startswith('['):
                group = found.setdefault(line[1:-1], set())
            elif line and not line.startswith('#'):
                group.add(line.format(**OPTIONS))
    return found


def tree(top):
    """Paths of files and links below a folder."""
    return {os.path.relpath(os.path.join(folder, name), top)
            for folder, _, names in os.walk(top) for name in names}


def folders(top):
    return {os.path.relpath(os.path.join(folder, name), top) for folder, names, _ in os.walk(top) for name in names}


def run(*words, env=None, timeout=120):
    r = subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
    if r.returncode != 0:
        raise AssertionError(f'{shlex.join(words)}: status {r.returncode}\n{r.stdout}{r.stderr}')
    return r.stdout


class Tree:
    """The tree below `top`, where the prefix lies."""

    def __init__(self, top, work):
        self.top, self.work = top, work

    def path(self, *names):
        return os.path.join(self.top, *names)

    def lib(self, *names):
        return self.path(OPTIONS['libdir'], *names)

    def environment(self):
        """As the README has it for other prefixes than /usr."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(('GST_', 'RESEMOTENET_', 'LD_LIBRARY'))}
        return {**kept, 'PATH': self.path('bin') + ':' + kept['PATH'], 'LD_LIBRARY_PATH': self.lib(),
                'PKG_CONFIG_PATH': self.lib('pkgconfig'), 'GST_PLUGIN_PATH': self.lib('gstreamer-1.0'),
                'GST_REGISTRY': os.path.join(self.work, 'registry.bin'), 'LC_ALL': 'C.UTF-8'}

    def build(self, package, source, *flags):
        """Compiles with what pkg-config says; returns the file."""
        path = os.path.join(self.work, package)
        with open(path + '.c', 'w') as f:
            f.write(source)
        told = run('pkg-config', '--cflags', '--libs', package, env=self.environment())
        run('cc', '-Wall', '-Werror', *flags, path + '.c', '-o', path, *shlex.split(told))
        return path

    def names_of(self, *folders):
        """(file, folder) of files that name one, debugging information apart, which is for who has the sources."""
        found = []
        for name in sorted(tree(self.top)):
            path = self.path(name)
            with open(path, 'rb') as f:
                data = f.read()
            if data.startswith(b'\x7fELF'):
                run('strip', '--strip-debug', '-o', os.path.join(self.work, 'stripped'), path)
                with open(os.path.join(self.work, 'stripped'), 'rb') as f:
                    data = f.read()
            # the prefix may be a folder of the sources
            data = data.replace(PREFIX.encode(), b'')
            found += [(name, folder) for folder in folders if folder.encode() in data]
        return found
