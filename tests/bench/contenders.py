"""Who takes part in the comparison of inference: on which file, how each one is started, and what for."""
import os
import shutil
import subprocess
import sys
from typing import NamedTuple

from turns import HERE, Ended, Worker

SIDE = os.path.join(HERE, 'infer_side.py')
ORT = os.path.join(HERE, 'infer_ort.js')


class Contender(NamedTuple):
    title: str              # {}: the version
    kind: str
    precision: str
    file: str
    exported: str = ''      # ours: ONNX Runtime of the same precision, on all weights
    trimmed: str = ''       # ours: the same, without the weights that cannot matter


CONTENDERS = {
    'fp32': Contender('resemotenet, fp32', 'ours', 'fp32', 'fp32.safetensors', 'ort-fp32', 'ort-fp32-trim'),
    'fp16': Contender('resemotenet, fp16 weights', 'ours', 'fp16', 'fp16.safetensors', 'ort-fp32', 'ort-fp32-trim'),
    'ort-fp32': Contender('ONNX Runtime {}, fp32', 'onnxruntime', 'fp32', 'fp32.onnx'),
    'ort-fp32-trim': Contender('ONNX Runtime {}, fp32, trimmed', 'onnxruntime', 'fp32', 'fp32-trim.onnx'),
    'opencv': Contender('OpenCV {} dnn, fp32', 'opencv', 'fp32', 'fp32.onnx'),
    'torchscript': Contender('PyTorch {} TorchScript, fp32', 'torchscript', 'fp32', 'fp32.safetensors'),
    'pytorch': Contender('PyTorch {} eager, fp32', 'pytorch', 'fp32', 'fp32.safetensors'),
    'int8': Contender('resemotenet, int8', 'ours', 'int8', 'int8.safetensors', 'ort-int8', 'ort-int8-trim'),
    'ort-int8': Contender('ONNX Runtime {}, int8', 'onnxruntime', 'int8', 'int8.onnx'),
    'ort-int8-trim': Contender('ONNX Runtime {}, int8, trimmed', 'onnxruntime', 'int8', 'int8-trim.onnx'),
}
# kinds of peers, to leave out by name, and what has them
PEERS = {'onnxruntime': 'the npm package onnxruntime-node', 'opencv': "Debian's python3-opencv",
         'torchscript': "Debian's python3-torch", 'pytorch': "Debian's python3-torch"}

# how many times as fast as ONNX Runtime on all weights, to reach: (name, batch)
TARGETS = {('fp32', 1): 1.6, ('fp32', 8): 4, ('fp32', 32): 4, ('fp16', 1): 2.5,
           ('int8', 1): 2.4, ('int8', 8): 3.5, ('int8', 32): 3.5}
# of the logits of 8 faces, of all in fp32; in int8 the two round at other places
TOLERANCE = {'fp32': 1e-4, 'fp16': 1e-2, 'int8': .3}


def ours():
    return [name for name, c in CONTENDERS.items() if c.kind == 'ours']


def rivals(name):
    """The peers whose results are as exact as ours, or more so: what a user could take instead."""
    as_exact = ['fp32', 'int8'] if CONTENDERS[name].precision == 'int8' else ['fp32']
    return [n for n, c in CONTENDERS.items() if c.kind != 'ours' and c.precision in as_exact]


def write_files(folder, o):
    """The same weights in every form that somebody runs."""
    def convert(*args):
        subprocess.run([o.command, 'convert', '--quiet', *args], check=True, cwd=folder)

    shutil.copyfile(o.model, os.path.join(folder, 'int8.safetensors'))
    convert('int8.safetensors', 'fp32.safetensors', '--precision', 'fp32', '--trim')
    convert('fp32.safetensors', 'fp16.safetensors', '--precision', 'fp16', '--trim')
    for precision in 'fp32', 'int8':
        convert(f'{precision}.safetensors', f'{precision}.onnx')
        convert(f'{precision}.safetensors', f'{precision}-trim.onnx', '--trim')


def install_onnxruntime(o):
    """Where node finds ONNX Runtime, or None and why not."""
    folder = os.environ.get('NODE_PATH') or os.path.join(o.build, 'peers', 'node_modules')
    if os.path.isdir(os.path.join(folder, 'onnxruntime-node')):
        return folder, None
    if o.offline:
        return None, f'{PEERS["onnxruntime"]} is not in {folder}'
    if not shutil.which('npm'):
        return None, "npm is not installed: scripts/install-packages bench"
    prefix = os.path.dirname(folder)
    os.makedirs(prefix, exist_ok=True)
    # its script would fetch what only GPUs need
    r = subprocess.run(['npm', 'install', '--silent', '--ignore-scripts', '--prefix', prefix, 'onnxruntime-node'],
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if r.returncode:
        return None, 'npm install onnxruntime-node failed: ' + (r.stderr.strip().splitlines() or ['?'])[-1]
    return folder, None


def start(contender, folder, threads, o):
    """A process that waits for its turns, or None and why not."""
    # numbers of threads, and kernels older than the processor, that the user set for other programs
    unset = {k: None for k in os.environ if k.startswith(('OPENBLAS_', 'OMP_', 'MKL_', 'DNNL_', 'ONEDNN_'))}
    path = os.path.join(folder, contender.file)
    try:
        if contender.kind == 'onnxruntime':
            if o.no_onnxruntime:
                return None, o.no_onnxruntime
            worker = Worker(['node', ORT, path, threads], {**unset, 'NODE_PATH': o.node_path})
        else:
            env = {**unset, 'REN_LIBRARY': o.library, 'OMP_NUM_THREADS': str(threads)}
            worker = Worker([sys.executable, SIDE, contender.kind, path, threads], env)
    except (Ended, FileNotFoundError) as e:
        return None, str(e)
    if 'failed' in worker.first:
        worker.close()
        why, missing = ' '.join(worker.first['failed'].split()), worker.first.get('missing')
        return None, f'{why}; it needs {PEERS[contender.kind]}' if missing else why
    return worker, None
