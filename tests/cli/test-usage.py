"""Help, wrong usage and exit status: what needs neither a model nor pictures."""
import os
import unittest

import cli

COMMANDS = ['classify', 'eval', 'explain', 'data', 'train', 'info', 'convert', 'quantize', 'bench']


class Help(cli.Case):
    def test_overview(self):
        for args in ['help'], ['--help'], ['-h'], ['--help-all']:
            r = self.run_ok(*args)
            for name in COMMANDS:
                self.assertRegex(r.out, f'(?m)^  {name} ')
            self.assertEqual(r.err, '')

    def test_version(self):
        for args in ['--version'], ['version']:
            self.assertRegex(self.run_ok(*args).out, r'^resemotenet \d+\.\d+\.\d+\n$')

    def test_commands(self):
        for name in COMMANDS:
            pages = {self.run_ok(*args).out for args in ([name, '--help'], [name, '-h'], ['help', name])}
            self.assertEqual(len(pages), 1)
            self.assertRegex(pages.pop(), rf'^Usage:\n  resemotenet {name}( check)? \[OPTION…\]')


class Wrong(cli.Case):
    def test_nothing(self):
        r = cli.run()
        self.assertEqual((r.status, r.out), (2, ''))
        self.assertIn('Commands:', r.err)

    def test_unknown_command(self):
        for wrong, right in ('clasify', 'classify'), ('evla', 'eval'), ('conv', 'convert'), ('inof', 'info'):
            self.assertIn(f"did you mean '{right}'?", self.run_fails(2, wrong).err)
        r = self.run_fails(2, 'paint')
        self.assertNotIn('did you mean', r.err)
        self.assertIn("'resemotenet help'", r.err)
        self.run_fails(2, 'help', 'paint')
        self.run_fails(2, 'x' * 100000)
        self.run_fails(2, '')

    def test_option_before_command(self):
        self.assertIn('the command comes first', self.run_fails(2, '--model', 'x', 'classify').err)

    def test_options(self):
        for args in (['--nonsense'], ['--threads'], ['--threads', 'many'], ['--threads', '65'], ['--threads', '-1'],
                     ['--precision'], ['--precision', 'fp8'], ['--precision', 'bf16'], ['-p', ''],
                     ['--batch', '0'], ['--batch', '257'], ['--batch', '99999999999999999999'], ['--csv', '--json'],
                     ['--scores', '--logits'], ['--images', 'x'], ['--crop', '1,2,3'], ['--crop', '0,0,0,5'],
                     ['--crop', '0,0,5,-5'], ['--crop', '1,2,3,4,5'], ['--crop', 'a,b,c,d'], ['--crop', ''],
                     ['--crop', '0,0,99999999999999999999,5'], ['--crop', '0,0,5,5', '--list', 'x']):
            r = self.run_fails(2, 'classify', '-m', '/nonexistent', 'a.jpg', *args)
            self.assertIn("'resemotenet classify --help'", r.err, args)

    def test_arguments(self):
        for args in (['classify'], ['classify', '-m', 'x'], ['eval'], ['eval', '-m', 'x'],
                     ['eval', '-m', 'x', '-d', 'x', 'y'], ['eval', '-m', 'x', '-d', 'x', '--json', '--csv'],
                     ['eval', '-m', 'x', '-d', 'x', '-o', 'y'], ['info', 'a', 'b'], ['convert'],
                     ['convert', 'a'], ['convert', 'a', 'b.safetensors', 'c'], ['data'], ['data', 'check'],
                     ['data', 'chekc', '-d', 'x'], ['data', 'check', '-d', 'x', 'y'],
                     ['data', 'check', '-d', 'x', '--near', '13'], ['data', 'check', '-d', 'x', '--near', '-1'],
                     ['data', 'check', '-d', 'x', '--split', 'some'], ['data', 'check', '-d', 'x', '--kind', 'some'],
                     ['data', 'check', '-d', 'x', '--labels', 'a'], ['data', 'check', '-d', 'x', '--labels', 'a,,b']):
            self.run_fails(2, *args)

    def test_missing_model(self):
        for args in ['classify', 'a.jpg', '-m'], ['eval', '-d', '.', '-m'], ['info']:
            self.assertIn('/nonexistent/model.pth', self.run_fails(1, *args, '/nonexistent/model.pth').err)
        self.run_fails(1, 'convert', '/nonexistent/model.pth', self.path('x.safetensors'))
        self.assertEqual(os.listdir(self.dir), [])

    def test_convert_names_its_format(self):
        for out in 'model.pth', 'model.tflite', 'model', 'safetensors':
            r = self.run_fails(2, 'convert', '/nonexistent', out)
            self.assertIn('.safetensors', r.err)
        r = self.run_fails(2, 'convert', '/nonexistent', 'model.onnx', '--precision', 'fp16')
        self.assertIn('ONNX', r.err)

    def test_messages_cannot_steer_the_terminal(self):
        for name in b'\x1b[2Jevil', b'\xff\xfe', 'a\u202eb\u009b1m'.encode():
            for args in ([name], ['info', name], ['classify', '-m', name, 'x'], ['convert', 'x', name],
                         ['eval', '-m', 'x', '-d', 'x', name]):
                r = cli.run(*args)
                self.assertNotEqual(r.status, 0)
                self.assertNotRegex(r.err, '[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\udc80-\udcff]')

    @unittest.skipUnless(os.path.exists('/dev/full'), 'there is no /dev/full')
    def test_full_disk(self):
        import subprocess
        with open('/dev/full', 'w') as full:
            p = subprocess.run([cli.COMMAND, 'help'], stdout=full, stderr=subprocess.PIPE, env=cli.ENVIRONMENT)
        self.assertEqual(p.returncode, 1)
        self.assertIn(b'cannot write', p.stderr)


cli.main()
