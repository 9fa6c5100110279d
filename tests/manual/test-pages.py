"""Manual pages: every option as --help-all has it, all sections, no complaint of what sets them."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import commands
import manual
import outcome

SECTIONS = ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'ENVIRONMENT', 'FILES', 'EXAMPLES', 'SEE ALSO']
# what a command needs to come as far as to look at its options
ARGUMENTS = {
    'classify': ['nothing'], 'data': ['--data', 'nothing'], 'convert': ['nothing', 'out.safetensors'],
    'train': ['--data', 'nothing', '--output', 'run'], 'resemotenet-watch': ['nothing'],
}


def described(page):
    """{option: all that its page says of it}"""
    path = next(path for path in commands.PAGES if os.path.basename(path) == page.name + '.1')
    with open(path, encoding='utf-8') as f:
        return {manual.option(head, text).name: manual.plain(text)
                for head, text in manual.items(f.read().splitlines()) if 'Fl ' in head}


class Pages(unittest.TestCase):
    def folder(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        return tmp.name

    def test_one_for_each_command(self):
        overview = commands.help_text(['resemotenet'])
        listed = set(re.findall(r'^  (\w+) {3,}', overview.split('Commands:')[1].split('Examples:')[0], re.M))
        described = {page.words[1] for page in commands.pages() if len(page.words) > 1}
        self.assertEqual(listed, described)
        main = manual.read(commands.PAGES[0])
        self.assertEqual({name for name, _ in main.commands} - {'help', 'version'}, listed)

    def test_options(self):
        for page in commands.pages():
            with self.subTest(page.name):
                described = [commands.Option(o.letter, o.name, o.argument) for o in page.options]
                self.assertEqual(len(set(described)), len(described))
                self.assertEqual(set(described), commands.listed_options(page.words))

    def test_values(self):
        """What an option takes is what the command says that it takes."""
        folder = self.folder()
        for page in commands.pages():
            command = page.words[:2][-1]
            for option in page.options:
                if not option.values or command not in ARGUMENTS:
                    continue
                with self.subTest(page.name, option=option.name):
                    r = commands.run(*page.words, *ARGUMENTS[command], f'--{option.name}=nonsense', cwd=folder)
                    self.assertEqual(r.returncode, 2, r.stderr)
                    said = re.search(r"(?:is none of|is no [\w ]+:|\bis(?! no)) ([^;\n]*)", r.stderr).group(1)
                    said = re.sub(r', not nonsense.*', '', said)
                    self.assertEqual(set(re.split(r', | or |\|', said)), set(option.values))

    def test_defaults(self):
        """Numbers that --help-all gives as defaults: of both recipes, `[60|80]`, or one."""
        for page in commands.pages():
            text = described(page)
            lines = re.findall(r'^  (?:-\w, )?--([\w-]+)\S*  +(.*)', commands.help_text(page.words, '--help-all'), re.M)
            for name, line in lines:
                both = re.search(r'\[([\w.]+)\|([\w.]+)\]$', line)
                one = re.search(r'default:? ([\d.]+)', line)
                with self.subTest(page.name, option=name):
                    if both:
                        self.assertIn(f'Default: {both.group(1)} | {both.group(2)}', text[name])
                    elif one:
                        number = re.escape(one.group(1))
                        self.assertRegex(text[name], rf'Default: {number}\b|\b{number}, the default')

    def test_ranges(self):
        """Those of the training's settings, as it gives them when it refuses a value."""
        page = next(page for page in commands.pages() if page.name == 'resemotenet-train')
        text, n = described(page), 0
        for option in page.options:
            if not option.argument:
                continue
            r = commands.run(*page.words, *ARGUMENTS['train'], f'--{option.name}=x', cwd=self.folder())
            said = re.search(r'out of range: .* from (\S+) to (\S+)', r.stderr)
            if not said:
                continue
            n += 1
            least, most = said.groups()
            with self.subTest(option=option.name):
                self.assertRegex(text[option.name], r'less than 1\b' if most == '0.999999' else rf'\b{most}\b')
                if least != '0':
                    self.assertRegex(text[option.name], rf'\b{re.escape(least)}\b')
        self.assertGreater(n, 25)

    def test_sections(self):
        for path in commands.PAGES:
            with self.subTest(path), open(path, encoding='utf-8') as f:
                text = f.read()
                found = re.findall(r'^\.Sh (.*)', text, re.M)
                self.assertEqual([s for s in found if s != 'CAVEATS'], SECTIONS)
                self.assertNotRegex(text, '@[A-Z_]+@')
                self.assertGreaterEqual(len(re.findall(r'^\.Dl resemotenet', text, re.M)), 2)

    def test_see_also(self):
        names = {os.path.basename(path)[:-2] for path in commands.PAGES}
        for path in commands.PAGES:
            with open(path, encoding='utf-8') as f:
                for name in re.findall(r'^\.Xr (resemotenet\S*)', f.read(), re.M):
                    self.assertIn(name, names, path)

    @unittest.skipUnless(shutil.which('man'), 'man is not installed')
    def test_set_without_warnings(self):
        environment = {**commands.ENVIRONMENT, 'MANROFFSEQ': '', 'MANWIDTH': '80'}
        for path in commands.PAGES:
            r = subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', path], env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
            self.assertEqual((r.returncode, r.stderr), (0, ''), path)
            self.assertGreater(len(r.stdout), 1000)


outcome.main()
