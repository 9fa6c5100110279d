"""train on two processes: to the numbers of one process at twice the batch, and to a clear end when one of them fails.

A step of the network takes a tenth of a second and a checkpoint 600 MB, so there are few of both."""
import csv
import glob
import hashlib
import os
import shutil
import signal
import subprocess
import time

import cli
cli.need('numpy', 'PIL')

MPIRUN = shutil.which('mpirun')
if not MPIRUN:
    cli.skip('mpirun is not installed')
if os.environ.get('REN_MPI') != '1':
    cli.skip('the command was built without MPI')
if cli.SANITIZED:
    cli.skip("OpenMPI's own leaks and tricks with memory fail under sanitizers")

# One machine, no network.
ENVIRONMENT = {**cli.ENVIRONMENT, 'OMPI_MCA_pml': 'ob1', 'OMPI_MCA_btl': '^tcp,openib,uct,ofi',
               'OMPI_MCA_btl_vader_single_copy_mechanism': 'none', 'OMPI_MCA_btl_base_warn_component_unused': '0'}
HOST = ['--oversubscribe', '--bind-to', 'none', *(['--allow-run-as-root'] if os.geteuid() == 0 else [])]
# 2 steps an epoch, everything on that is random
COMMON = ['--labels', 'happy,sad', '--epochs', '2', '--lr', '0.002', '--warmup', '0', '--mixup', '0.4', '--average', '0',
          '--threads', '1', '--tta', 'no']
ONE = [*COMMON, '--batch', '8']
EACH = [*COMMON, '--batch', '4']


def ranks(command, n=2):
    """What starts n processes of a command, which may begin with what starts it."""
    k = next(i for i, word in enumerate(command) if word == 'train')
    return [MPIRUN, *HOST, '-n', str(n), *command[:k], cli.COMMAND, *command[k:]]


class Mpi(cli.Case):
    @classmethod
    def setUpClass(cls):
        cls.kept = cli.tempfile.mkdtemp(dir=cli.WORK)
        cls.addClassCleanup(shutil.rmtree, cls.kept)
        cls.set = os.path.join(cls.kept, 'set')
        cls.make_set(cls.set)

    @staticmethod
    def make_set(folder, n_validation=2):
        seed = 0
        for split, n in ('train', 8), ('validation', n_validation):
            for label in 'happy', 'sad':
                os.makedirs(os.path.join(folder, split, label))
                for i in range(n):
                    seed += 1
                    cli.picture(64, 64, seed=seed).convert('L').save(os.path.join(folder, split, label, f'{i}.png'))

    def start(self, line):
        return subprocess.Popen(line, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def end(self, process, status=None):
        out, err = (text.decode() for text in process.communicate(timeout=600))
        if status is None:
            self.assertNotEqual(process.returncode, 0, err)
        else:
            self.assertEqual(process.returncode, status, err)
        return out, err

    def run_ranks(self, command, n=2, status=0):
        return self.end(self.start(ranks(command, n=n)), status)

    @classmethod
    def unbroken(cls):
        """Two processes; made once."""
        run = os.path.join(cls.kept, 'two')
        if not os.path.exists(run):
            cls.output = subprocess.run(ranks(['train', '-d', cls.set, '-o', run, *EACH, '--sync-norm'], n=2),
                                        env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, timeout=600)
        return run

    def log(self, run):
        with open(os.path.join(run, 'log.csv')) as f:
            return [{k: float(v) for k, v in row.items() if k != 'images_per_second'} for row in csv.DictReader(f)]

    def digest(self, path):
        with open(path, 'rb') as f:
            return hashlib.sha256(f.read()).hexdigest()

    def assert_same(self, run):
        for name in 'last.safetensors', 'best.safetensors':
            self.assertEqual(self.digest(os.path.join(run, name)), self.digest(os.path.join(self.unbroken(), name)), name)
        self.assertEqual(self.log(run), self.log(self.unbroken()))

    def wait_for(self, process, path):
        while process.poll() is None and not os.path.exists(path):
            time.sleep(.05)
        self.assertIsNone(process.poll(), 'it ended too early')

    def rank(self, launcher, number):
        """Process id of a rank on this machine."""
        for path in glob.glob('/proc/[0-9]*/environ'):
            try:
                with open(path, 'rb') as f:
                    words = f.read().split(b'\0')
                with open(path.replace('environ', 'stat')) as f:
                    parent = int(f.read().rpartition(')')[2].split()[1])
            except OSError:
                continue
            if parent == launcher and f'OMPI_COMM_WORLD_RANK={number}'.encode() in words:
                return int(path.split('/')[2])
        self.fail(f'there is no rank {number}')


class Course(Mpi):
    def test_curve(self):
        two = self.unbroken()
        self.assertEqual(self.output.returncode, 0, self.output.stderr.decode())
        # one of them speaks
        out, err = self.output.stdout.decode(), self.output.stderr.decode()
        self.assertEqual(err.count('16 pictures to learn from'), 1, err)
        self.assertIn('2 processes learn 4 pictures a step each', err)
        self.assertEqual(out.count('best.safetensors: epoch'), 1, out)
        self.assertNotIn('\x1b', out)

        one = self.path('one')
        self.run_ok('train', '-d', self.set, '-o', one, *ONE)
        # the sums over faces are taken in another order, so results differ by float32's rounding (6e-8), which four steps
        # amplify; a mask, a change of a face or a statistic that was another would show in the second digit
        for a, b in zip(self.log(one), self.log(two), strict=True):
            for name in 'train_loss', 'validation_loss':
                self.assertAlmostEqual(b[name] / a[name], 1, delta=1e-4, msg=name)
        self.assertNotEqual(self.log(one)[0]['train_loss'], self.log(one)[1]['train_loss'])

        # without it, the same but for the statistics of batch norm
        loose = self.path('loose')
        self.run_ranks(['train', '-d', self.set, '-o', loose, *EACH], n=2)
        for a, b in zip(self.log(one), self.log(loose), strict=True):
            self.assertAlmostEqual(b['train_loss'] / a['train_loss'], 1, delta=.2)
        self.assertGreater(abs(self.log(loose)[0]['train_loss'] / self.log(one)[0]['train_loss'] - 1), 1e-3)
        self.assertIn('mpirun -n 2 resemotenet train', self.run_ok('info', os.path.join(two, 'best.safetensors')).out)

    def test_other_number(self):
        mine = self.path('mine')
        shutil.copytree(self.unbroken(), mine)
        _, err = self.run_ranks(['train', '--resume', mine, '--epochs', '3'], n=3, status=2)
        self.assertEqual(err.count('3 processes cannot share the 8 pictures'), 1, err)
        self.assertIn('mpirun -n 2 resemotenet train', err)
        # alone, with the same pictures a step
        self.run_ok('train', '--resume', mine, '--epochs', '3')
        self.assertEqual(len(self.log(mine)), 3)
        self.assertIn('--batch=8', self.run_ok('info', os.path.join(mine, 'last.safetensors')).out)


class Ended(Mpi):
    def begin(self, mine):
        process = self.start(ranks(['train', '-d', self.set, '-o', mine, *EACH, '--sync-norm', '--checkpoint-every', '0'],
                                   n=2))
        self.wait_for(process, os.path.join(mine, 'last.safetensors'))
        return process

    def go_on(self, mine):
        self.run_ranks(['train', '--resume', mine], n=2)
        self.assert_same(mine)
        # what was being written has been swept up
        self.assertEqual([f for f in os.listdir(mine) if f.count('.') > 1], [])

    def test_interrupted(self):
        mine = self.path('mine')
        process = self.begin(mine)
        # themselves: mpirun may kill them before they have saved, and has a status of its own
        for pid in [self.rank(process.pid, n) for n in (0, 1)]:
            os.kill(pid, signal.SIGTERM)
        _, err = self.end(process)
        self.assertIn('stopped in epoch', err)
        self.assertIn(f"mpirun -n 2 resemotenet train --resume '{mine}'", err)
        self.go_on(mine)

    def test_killed(self):
        for number in 1, 0:
            mine = self.path(f'mine{number}')
            process = self.begin(mine)
            os.kill(self.rank(process.pid, number), signal.SIGKILL)
            _, err = self.end(process)
            self.assertIn('another process is gone', err)
            self.assertIn(f"mpirun -n 2 resemotenet train --resume '{mine}'", err)
            self.run_ok('info', os.path.join(mine, 'last.safetensors'))
        self.go_on(mine)


class Wrong(Mpi):
    def places(self, n_validation=2):
        """Two machines, as two folders with a data set each."""
        for name in '0', '1':
            self.make_set(self.path(name, 'set'), n_validation)
        return self.path('0'), self.path('1')

    def command(self, *args):
        """Each process in a folder of its own."""
        return ['sh', '-c', 'cd "$0/$OMPI_COMM_WORLD_RANK" && exec "$@"', self.dir,
                'train', '-d', 'set', '-o', 'run', *EACH, *args]

    def test_usage(self):
        _, err = self.run_ranks(['train', '-d', self.set, *EACH], n=2, status=2)
        self.assertEqual(err.count('give --output DIR'), 1, err)

    def test_one_fails(self):
        a, b = self.places()
        cli.write_model(os.path.join(a, 'init'), ['happy', 'sad'], n_classes=2)
        _, err = self.run_ranks(self.command('--init', 'init'), status=1)
        self.assertRegex(err, 'process 1, on .*init')
        # only the first one makes a folder
        self.assertFalse(os.path.exists(os.path.join(b, 'run')))

    def test_different_pictures(self):
        a, b = self.places()
        os.unlink(os.path.join(b, 'set', 'train', 'sad', '3.png'))
        _, err = self.run_ranks(self.command(), status=1)
        self.assertIn('different pictures', err)

    def test_changed_picture(self):
        # the faces to measure with fill the least cache there is, so that the others are read each time
        a, b = self.places(n_validation=128)
        process = self.start(ranks(self.command('--cache', '1', '--epochs', '50')))
        self.wait_for(process, os.path.join(a, 'run', 'last.safetensors'))
        for name in glob.glob(os.path.join(b, 'set', 'train', '*', '*.png')):
            os.truncate(name, 100)
        _, err = self.end(process, 1)
        self.assertRegex(err, 'process 1, on .*has changed since the training began')

    def test_disk_full(self):
        mine = self.path('mine')
        shutil.copytree(self.unbroken(), mine)
        before = self.digest(os.path.join(mine, 'last.safetensors'))
        # writing fails rather than the process, which mpirun would let the signal end
        small = ['sh', '-c', 'trap "" XFSZ; ulimit -f 100000; exec "$0" "$@"']
        _, err = self.run_ranks([*small, 'train', '--resume', mine, '--epochs', '3'], n=2, status=1)
        self.assertEqual(err.count('cannot write'), 1, err)
        self.assertEqual(self.digest(os.path.join(mine, 'last.safetensors')), before)


cli.main()
