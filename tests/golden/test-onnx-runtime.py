"""ONNX files of the default model, run by ONNX Runtime, give our logits. NODE_PATH names the folder of node's packages
that has onnxruntime-node."""
import os
import shutil
import sys
import tempfile
from types import SimpleNamespace

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../bench')
sys.path.insert(0, BENCH)
PACKAGE = os.path.join(os.environ.get('NODE_PATH', ''), 'onnxruntime-node')
MODEL = os.path.join(BENCH, '../../models/resemotenet.safetensors')

try:
    import numpy as np
    if not shutil.which('node') or not os.path.isdir(PACKAGE):
        raise ImportError('node, or NODE_PATH with onnxruntime-node in it, is missing')
    if not os.path.exists(MODEL):
        raise ImportError('there is no default model')
except ImportError as e:
    print(f'skipped: {e}')
    sys.exit(77)
import core
from contenders import ORT, write_files
from infer_side import N_CHECKED, faces
from turns import Worker

# ONNX Runtime with sanitizers would be about them
ALONE = {'LD_PRELOAD': None}

with tempfile.TemporaryDirectory() as tmp:
    write_files(tmp, SimpleNamespace(model=MODEL, command=os.environ['REN_COMMAND']))
    some = faces(N_CHECKED)
    spread = None
    for precision in 'fp32', 'int8':
        ours = core.Model(os.path.join(tmp, f'{precision}.safetensors')).logits(some)
        # of a class: how far faces are apart, which is what all is held against
        spread = spread or np.ptp(ours, 0).max()
        assert spread > 1, spread
        for name in f'{precision}.onnx', f'{precision}-trim.onnx':
            worker = Worker(['node', ORT, os.path.join(tmp, name), 2], ALONE)
            assert 'failed' not in worker.first, worker.first
            worst = np.abs(np.array(worker.first['logits']) - ours).max()
            worker.close()
            print(f'{name} in ONNX Runtime {worker.first["version"]}: within {worst:.1e} of ours; '
                  f'faces are {spread:.1f} apart')
            # int8: a residual block's two ways are rounded apart there, and to twice the step
            assert worst <= (1e-4 if precision == 'fp32' else .05 * spread), worst
