"""The core library through ctypes, for tests that compare it with PyTorch and Pillow."""
import ctypes
import os

import numpy as np

FACE = 64
SANITIZED = 'libasan' in os.environ.get('LD_PRELOAD', '')
LONG = bool(os.environ.get('REN_LONG'))
PRECISIONS = {'auto': -1, 'fp32': 0, 'fp16': 1, 'bf16': 2, 'int8': 3}


class _Error(ctypes.Structure):
    _fields_ = [('domain', ctypes.c_uint32), ('code', ctypes.c_int), ('message', ctypes.c_char_p)]


class _Plane(ctypes.Structure):
    _fields_ = [('data', ctypes.c_void_p), ('stride_bytes', ctypes.c_ssize_t),
                ('pixel_stride', ctypes.c_int), ('w_sub', ctypes.c_uint), ('h_sub', ctypes.c_uint),
                ('weight', ctypes.c_int32)]


class Picture(ctypes.Structure):
    _fields_ = [('width', ctypes.c_int), ('height', ctypes.c_int), ('n_planes', ctypes.c_uint),
                ('planes', _Plane * 3), ('offset', ctypes.c_int32)]


class _Rect(ctypes.Structure):
    _fields_ = [(n, ctypes.c_int64) for n in 'xywh']


_lib = ctypes.CDLL(os.environ['REN_LIBRARY'])
for _name in ('ren_model_load', 'ren_plan_new', 'ren_cropper_new'):
    getattr(_lib, _name).restype = ctypes.c_void_p
_lib.ren_model_label.restype = ctypes.c_char_p
_P = ctypes.c_void_p


def networks(every):
    """The first is only run with --long. Under sanitizers one of the others: it has all of the code, and what comes out,
    the plain build tells."""
    return every if LONG else every[-1:] if SANITIZED else every[1:]


class CoreError(Exception):
    pass


def _call(function, *args):
    error = ctypes.POINTER(_Error)()
    result = function(*args, ctypes.byref(error))
    if error:
        raise CoreError(error.contents.message.decode())
    return result


def crop(picture, box):
    """A face of a Picture: uint8 [64, 64]."""
    cropper = _P(_lib.ren_cropper_new())
    face = np.empty((FACE, FACE), np.uint8)
    ok = _lib.ren_cropper_crop(cropper, ctypes.byref(picture), ctypes.byref(_Rect(*box)), _P(face.ctypes.data))
    _lib.ren_cropper_free(cropper)
    if not ok:
        raise CoreError('nothing inside')
    return face


def gray_picture(a):
    p = Picture()
    _lib.ren_picture_init_gray(ctypes.byref(p), _P(a.ctypes.data), ctypes.c_ssize_t(a.strides[0]),
                               a.shape[1], a.shape[0])
    p.keep = a
    return p


def rgb_picture(a):
    """uint8 [h, w, 3 or 4]"""
    p = Picture()
    _lib.ren_picture_init_rgb(ctypes.byref(p), *(_P(a.ctypes.data + i) for i in range(3)), a.shape[2],
                              ctypes.c_ssize_t(a.strides[0]), a.shape[1], a.shape[0])
    p.keep = a
    return p


def yuv_picture(planes, subsampling, limited, kr, kb):
    """planes: Y, Cb, Cr; subsampling: (w_sub, h_sub) of chroma"""
    p = Picture(width=planes[0].shape[1], height=planes[0].shape[0], n_planes=len(planes))
    for i, a in enumerate(planes):
        sub = subsampling if i else (0, 0)
        p.planes[i] = _Plane(a.ctypes.data, a.strides[0], 1, sub[0], sub[1], 0)
    _lib.ren_picture_set_yuv(ctypes.byref(p), int(limited), ctypes.c_double(kr), ctypes.c_double(kb))
    p.keep = planes
    return p


class _Plan:
    def __init__(self, model, max_batch, threads, precision):
        self.n_classes = model.n_classes
        self.handle = _P(_call(_lib.ren_plan_new, model.handle, PRECISIONS[precision], max_batch, threads))

    def __call__(self, faces):
        faces = np.ascontiguousarray(faces, np.uint8)
        out = np.empty((len(faces), self.n_classes), np.float32)
        _lib.ren_plan_run(self.handle, _P(faces.ctypes.data), len(faces), _P(out.ctypes.data))
        return out

    def __del__(self):
        if hasattr(self, 'handle'):     # which it lacks where it could not be made
            _lib.ren_plan_unref(self.handle)


class Model:
    def __init__(self, path):
        self.handle = _P(_call(_lib.ren_model_load, os.fsencode(path)))
        self.n_classes = _lib.ren_model_n_classes(self.handle)

    def close(self):
        _lib.ren_model_unref(self.handle)

    def plan(self, max_batch=16, threads=2, precision='auto'):
        """A function from faces to logits, for as long as the model lives."""
        return _Plan(self, max_batch, threads, precision)

    def logits(self, faces, max_batch=16, threads=2):
        return self.plan(max_batch, threads)(faces)

    def gradcam(self, face):
        """Maps [class, 16, 16] and logits of a face."""
        face = np.ascontiguousarray(face, np.uint8)
        maps = np.empty((self.n_classes, 16, 16), np.float32)
        logits = np.empty(self.n_classes, np.float32)
        _call(_lib.ren_gradcam, self.handle, _P(face.ctypes.data), _P(maps.ctypes.data), _P(logits.ctypes.data))
        return maps, logits

    def save(self, path, precision=0, flags=0):
        _call(_lib.ren_model_save, self.handle, os.fsencode(path), precision, flags)
