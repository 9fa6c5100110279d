"""--help: a screen, with two examples that are no fiction."""
import re
import shlex
import unittest

import commands
import outcome

ROWS, COLUMNS = 24, 80


class Help(unittest.TestCase):
    def check(self, words):
        text = commands.help_text(words)
        lines = text.splitlines()
        # the prompt that follows takes a row, too
        self.assertLess(len(lines), ROWS, text)
        self.assertLessEqual(max(map(len, lines)), COLUMNS, text)
        examples = text.split('Examples:\n')[1].split('Manual:')[0].splitlines()
        self.assertEqual(len(examples), 2, text)
        for example in examples:
            self.assertTrue(example.startswith('  ' + words[0] + ' '), example)
        return examples

    def test_overview(self):
        self.check(['resemotenet'])

    def test_commands(self):
        for page in commands.pages():
            with self.subTest(page.name):
                examples = self.check(page.words)
                options = commands.listed_options(page.words)
                known = {f'--{o.name}' for o in options} | {f'-{o.letter}' for o in options if o.letter}
                for example in examples:
                    given = shlex.split(example)
                    self.assertEqual(given[:len(page.words)], page.words)
                    self.assertLessEqual({word for word in given if word.startswith('-')}, known)

    def test_all_options(self):
        for page in commands.pages():
            with self.subTest(page.name):
                text = commands.help_text(page.words, '--help-all')
                self.assertLessEqual(max(map(len, text.splitlines())), COLUMNS, text)
                # what is for few is only there
                usual = set(re.findall(r'^  (?:-\w, )?--[\w-]+', commands.help_text(page.words), re.M))
                every = set(re.findall(r'^  (?:-\w, )?--[\w-]+', text, re.M))
                self.assertLess(usual, every)


outcome.main()
