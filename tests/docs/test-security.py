"""The tests that SECURITY.md names for each threat are there."""
import os
import re
import unittest

import outcome

ROOT = os.environ['REN_SOURCE_ROOT']


def threats():
    """{threat: text of its tests} of the table's rows."""
    with open(os.path.join(ROOT, 'SECURITY.md')) as f:
        table = f.read().split('| threat |')[1]
    rows = [re.split(r'(?<!\\)\|', line)[1:-1] for line in table.splitlines()[2:] if line.startswith('|')]
    return [(threat.strip(), tests.strip()) for threat, _, tests in rows]


class Security(unittest.TestCase):
    def test_named(self):
        n = 0
        for threat, tests in threats():
            self.assertTrue(tests, threat)
            for part in tests.split('; '):
                with self.subTest(threat=threat, test=part):
                    named = re.fullmatch(r'`(tests/[\w./-]+)`(?:: (`\w+`(?:, `\w+`)*))?', part)
                    self.assertTrue(named, 'not FILE: NAME, NAME')
                    with open(os.path.join(ROOT, named[1])) as f:
                        text = f.read()
                    for name in re.findall(r'\w+', named[2] or ''):
                        self.assertRegex(text, rf'(?m)^(    def {name} ?\(|{name} \()')
                    n += 1
        self.assertGreaterEqual(n, 30)

    def test_each_threat_once(self):
        names = [threat for threat, _ in threats()]
        self.assertGreaterEqual(len(names), 15)
        self.assertEqual(len(names), len(set(names)))


if __name__ == '__main__':
    outcome.main()
