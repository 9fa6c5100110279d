"""The core's trainer through ctypes."""
import ctypes
import os

import numpy as np

from core import _P, CoreError, Model, _call, _lib  # noqa: F401

WEIGHTS, AVERAGE, GRADIENT, MOMENTUM = range(4)
LABELS = ['happy', 'surprise', 'sad', 'anger', 'disgust', 'fear', 'neutral']
DROPOUT_SHAPES = [(64, 32, 32), (128, 16, 16), (1024,), (512,), (256,)]

SUM = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_float), ctypes.c_size_t, ctypes.c_void_p)


class Options(ctypes.Structure):
    _fields_ = [('max_batch', ctypes.c_uint), ('n_threads', ctypes.c_uint), ('seed', ctypes.c_uint64),
                ('momentum', ctypes.c_float), ('nesterov', ctypes.c_int), ('weight_decay', ctypes.c_float),
                ('dropout', ctypes.c_float), ('dropout_fc', ctypes.c_float),
                ('label_smoothing', ctypes.c_float), ('class_weights', ctypes.c_float * 32),
                ('average_decay', ctypes.c_float), ('rank', ctypes.c_uint), ('n_ranks', ctypes.c_uint),
                ('sync_norm', ctypes.c_int), ('sum', ctypes.c_void_p), ('sum_data', ctypes.c_void_p)]


for _name in ('ren_trainer_new', 'ren_trainer_new_from_model', 'ren_trainer_load', 'ren_trainer_model'):
    getattr(_lib, _name).restype = ctypes.c_void_p
_lib.ren_trainer_backward.restype = ctypes.c_double
_lib.ren_trainer_n_steps.restype = ctypes.c_uint64


def options(class_weights=None, **changes):
    o = Options()
    _lib.ren_trainer_options_init(ctypes.byref(o))
    for name, value in changes.items():
        setattr(o, name, value)
    for i, w in enumerate(class_weights if class_weights is not None else []):
        o.class_weights[i] = w
    return o


class Trainer:
    def __init__(self, model=None, labels=LABELS, checkpoint=None, **changes):
        o = options(**changes)
        if checkpoint:
            self.handle = _P(_call(_lib.ren_trainer_load, os.fsencode(checkpoint), ctypes.byref(o), None))
        elif model:
            self.handle = _P(_call(_lib.ren_trainer_new_from_model, model.handle, ctypes.byref(o)))
        else:
            names = (ctypes.c_char_p * (len(labels) + 1))(*[n.encode() for n in labels], None)
            self.handle = _P(_call(_lib.ren_trainer_new, names, ctypes.byref(o)))
        self.n_classes = model.n_classes if model else len(labels)

    def close(self):
        _lib.ren_trainer_free(self.handle)

    def backward(self, faces, targets):
        """faces: [n, 64, 64] grey levels; returns the loss and the logits."""
        faces = np.ascontiguousarray(faces, np.float32)
        targets = np.ascontiguousarray(targets, np.float32)
        assert faces.shape[1:] == (64, 64) and targets.shape == (len(faces), self.n_classes)
        logits = np.empty((len(faces), self.n_classes), np.float32)
        loss = _lib.ren_trainer_backward(self.handle, _P(faces.ctypes.data), _P(targets.ctypes.data), len(faces),
                                         _P(logits.ctypes.data))
        return loss, logits

    def update(self, rate):
        _lib.ren_trainer_update(self.handle, ctypes.c_double(rate))

    def read(self, values, name, shape):
        out = np.empty(shape, np.float32)
        _call(_lib.ren_trainer_read, self.handle, values, name.encode(), _P(out.ctypes.data),
              ctypes.c_size_t(out.size))
        return out

    def dropout(self, layer, n):
        out = np.empty((n,) + DROPOUT_SHAPES[layer], np.float32)
        _lib.ren_trainer_read_dropout(self.handle, layer, _P(out.ctypes.data))
        return out

    def model(self, values=WEIGHTS):
        model = Model.__new__(Model)
        model.handle = _P(_call(_lib.ren_trainer_model, self.handle, values))
        model.n_classes = self.n_classes
        return model

    def save(self, path):
        _call(_lib.ren_trainer_save, self.handle, os.fsencode(path), None)
