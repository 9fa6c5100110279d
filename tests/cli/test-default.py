"""Which model is used where none is named."""
import os
import unittest

import cli
import library_copy
cli.need('numpy', 'PIL')

NEED_MODEL = ['classify', 'a.png'], ['eval', '-d', '.'], ['info']


class Default(cli.Case):
    def setUp(self):
        super().setUp()
        self.picture = self.path('face.png')
        cli.picture().save(self.picture)

    def shown(self, *args, env):
        return self.run_ok('info', '--json', *args, env=env).json()['file']

    def test_build(self):
        env, place = library_copy.put_built(self.path('build'), cli.model())
        self.assertEqual(self.shown(env=env), place)
        named = self.run_ok('classify', '--csv', '-m', cli.model(), self.picture).out
        self.assertEqual(self.run_ok('classify', '--csv', self.picture, env=env).out, named)
        data = self.path('data', 'happy', 'a.png')
        cli.picture().save(data)
        self.run_ok('eval', '-d', self.path('data'), env=env)

    def test_installed(self):
        """Below any prefix, wherever that is moved to."""
        for i in range(2):
            prefix = os.path.realpath(self.path(f'prefix {i}'))
            env = library_copy.put(os.path.join(prefix, library_copy.LIBDIR))
            data = os.environ['REN_DATADIR']
            place = self.path(os.path.join(prefix, data, 'resemotenet-1.0', 'resemotenet.safetensors'))
            os.symlink(cli.model(), place)
            self.assertEqual(self.shown(env=env), place)

    def test_order(self):
        """What is named goes before the environment, and that before the default."""
        env, _ = library_copy.put_built(self.path('build'), cli.model())
        other = self.path('other.safetensors')
        os.symlink(cli.model(), other)
        self.assertEqual(self.shown(env={**env, 'RESEMOTENET_MODEL': other}), other)
        r = self.run_fails(1, 'info', '/nonexistent/named', env={**env, 'RESEMOTENET_MODEL': other})
        self.assertIn('/nonexistent/named', r.err)
        for args in NEED_MODEL:
            r = self.run_fails(1, *args, env={**env, 'RESEMOTENET_MODEL': '/nonexistent/model.pth'})
            self.assertIn('/nonexistent/model.pth', r.err)
        for args in NEED_MODEL[:2]:
            self.run_fails(1, *args, '--model', '', env=env)

    def test_damaged(self):
        env, place = library_copy.put_built(self.path('build'))
        with open(place, 'wb') as f:
            f.write(b'no model' * 100)
        for args in NEED_MODEL:
            self.assertIn(place, self.run_fails(1, *args, env=env).err)

    @unittest.skipIf(library_copy.IS_INSTALLED, library_copy.INSTALLED + ' is there')
    def test_none(self):
        env, place = library_copy.put_built(self.path('build'))
        for args in NEED_MODEL:
            r = self.run_fails(2, *args, env=env)
            for text in 'RESEMOTENET_MODEL', place, library_copy.INSTALLED:
                self.assertIn(text, r.err)
            self.assertIn('name a file' if args == ['info'] else '--model FILE', r.err)
        # a link to nothing is no model
        os.symlink('/nonexistent', place)
        self.run_fails(2, 'info', env=env)


cli.main()
