"""Completions: bash asked as a terminal asks it, fish as it asks itself; zsh as far as its syntax goes."""
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import commands
import outcome

FILES = ['a.safetensors', 'b.pth', 'c.PT', 'my face.jpg', 'face.PNG', 'list.csv', 'page.html', 'seen.mkv', 'notes.txt']


def script(program, shell):
    name = {'bash': '{}', 'zsh': '_{}', 'fish': '{}.fish'}[shell].format(program)
    return os.path.join(commands.COMPLETIONS, name)


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.tmp.cleanup)
        os.mkdir(os.path.join(cls.tmp.name, 'folder'))
        for name in FILES:
            open(os.path.join(cls.tmp.name, name), 'w').close()

    def run_shell(self, *words):
        r = subprocess.run(words, cwd=self.tmp.name, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                           env={**os.environ, 'HOME': self.tmp.name, 'LC_ALL': 'C.UTF-8'})
        self.assertEqual((r.returncode, r.stderr), (0, ''), words)
        return r.stdout

    def list_kinds(self):
        """(words, what is to be offered) where a value or a file is to come."""
        models = {'a.safetensors', 'b.pth', 'c.PT', 'folder'}
        yield 'eval --model ', models
        yield 'eval --model=', models
        yield 'eval -m ', models
        yield 'info ', models
        yield 'convert ', models
        yield 'classify ', {'my face.jpg', 'face.PNG', 'folder'}
        yield 'classify m', {'my face.jpg'}
        yield 'classify --list ', {'list.csv', 'folder'}
        yield 'eval --report ', {'page.html', 'folder'}
        yield 'eval --images ', {'folder'}
        yield 'train --output ', {'folder'}
        yield 'eval --data ', {*FILES, 'folder'}
        yield 'eval --precision ', {'auto', 'fp32', 'fp16', 'int8'}
        yield 'eval -p f', {'fp32', 'fp16'}
        yield 'convert --precision=', {'fp32', 'fp16', 'bf16'}
        yield 'train --recipe ', {'best', 'paper'}
        yield 'train --schedule=c', {'constant', 'cosine'}
        yield 'eval --threads ', set()
        yield 'data ', {'check'}
        yield 'data check --kind f', {'folders', 'fer2013', 'ferplus'}
        yield 'help qu', {'quantize'}
        yield 'qu', {'quantize'}

    def list_watch_kinds(self):
        yield '', {*FILES, 'folder'}
        yield '--annotate ', {'seen.mkv', 'folder'}
        yield '--overlay-style=', {'minimal', 'label', 'full', 'emoji'}
        yield '--rtsp-transport t', {'tcp'}
        yield '--credentials ', {*FILES, 'folder'}
        yield '--mqtt ', set()


class Bash(Completion):
    def complete(self, program, line):
        # as COMP_WORDBREAKS has it: the equals sign is a word
        words = [program, *(w for word in line.split(' ') for w in re.findall('=|[^=]+', word) or [''])]
        code = (f'source {shlex.quote(script(program, "bash"))}; COMP_WORDS=({shlex.join(words)}); '
                f'COMP_CWORD={len(words) - 1}; _{program.replace("-", "_")}; '
                '[ ${#COMPREPLY[@]} = 0 ] || printf "%s\\n" "${COMPREPLY[@]}"')
        found = self.run_shell('bash', '--norc', '-c', code).splitlines()
        self.assertEqual(len(found), len(set(found)))
        return set(found)

    def test_options(self):
        for page in commands.pages():
            with self.subTest(page.name):
                found = self.complete(page.words[0], ' '.join(page.words[1:] + ['--']))
                listed = {f'--{o.name}' + ('=' if o.argument not in ('', 'yes|no') else '')
                          for o in commands.listed_options(page.words)}
                self.assertEqual(found, listed)

    def test_commands(self):
        self.assertEqual(self.complete('resemotenet', ''),
                         {p.words[1] for p in commands.pages() if len(p.words) > 1}
                         | {'help', 'version', '--help', '--help-all', '--version'})

    def test_values(self):
        for program, kinds in ('resemotenet', self.list_kinds()), ('resemotenet-watch', self.list_watch_kinds()):
            for line, expected in kinds:
                with self.subTest(f'{program} {line}'):
                    self.assertEqual(self.complete(program, line), expected)
        self.assertEqual(self.complete('resemotenet', 'train --tta='), {'yes', 'no'})
        # it may do without a value: what follows is none
        self.assertEqual(self.complete('resemotenet', 'train --tta --see'), {'--seed='})
        self.assertEqual(self.complete('resemotenet', 'train --tta '), set())


@unittest.skipUnless(shutil.which('fish'), 'fish is not installed')
class Fish(Completion):
    def complete(self, program, *lines):
        """[what is offered for each line], from one shell."""
        code = f'source {shlex.quote(script(program, "fish"))}\n' + '\n'.join(
            f'complete -C {shlex.quote(program + " " + line)}; echo ----' for line in lines)
        text = self.run_shell('fish', '--no-config', '-c', code)
        return [{line.split('\t')[0].rstrip('/') for line in part.splitlines()} for part in text.split('----\n')[:-1]]

    def test_syntax(self):
        for program in commands.PROGRAMS:
            self.run_shell('fish', '-n', script(program, 'fish'))

    def test_options(self):
        for page in commands.pages():
            with self.subTest(page.name):
                found, = self.complete(page.words[0], ' '.join(page.words[1:] + ['--']))
                found = {word.rstrip('=') for word in found if not word.endswith(('=yes', '=no'))}
                self.assertEqual(found, {f'--{o.name}' for o in commands.listed_options(page.words)})

    def test_values(self):
        for program, kinds in ('resemotenet', self.list_kinds()), ('resemotenet-watch', self.list_watch_kinds()):
            kinds = list(kinds)
            for (line, expected), found in zip(kinds, self.complete(program, *(line for line, _ in kinds))):
                with self.subTest(f'{program} {line}'):
                    found = {re.sub('^--[a-z-]+=', '', word) for word in found}
                    self.assertEqual(expected, found)


class Zsh(Completion):
    def test_options(self):
        for page in commands.pages():
            with self.subTest(page.name), open(script(page.words[0], 'zsh'), encoding='utf-8') as f:
                text = f.read()
                if len(page.words) > 1:
                    text = re.search(rf'^      {page.words[1]}\)\n(.*?)^        ;;', text, re.M | re.S).group(1)
                found = set(re.findall(r"^ +'?[^\[\n]*?--([a-z][a-z-]*)=?-?(?:\}'|)\[", text, re.M))
                self.assertEqual(found, {o.name for o in commands.listed_options(page.words)})

    @unittest.skipUnless(shutil.which('zsh'), 'zsh is not installed')
    def test_syntax(self):
        for program in commands.PROGRAMS:
            self.run_shell('zsh', '-n', script(program, 'zsh'))


outcome.main()
