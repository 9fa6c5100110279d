"""Reads ONNX files as far as ours go, and runs them with PyTorch: a second reading of the format, from its definition
(https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3, Operators.md of opset 17)."""
import struct

import numpy as np
import torch
import torch.nn.functional as F


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """(number, value) of each field of a message: int, bytes, or 4 bytes."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
            yield tag >> 3, value - (1 << 64) if value >> 63 else value
        elif tag & 7 == 2:
            n, at = varint(data, at)
            assert at + n <= len(data), 'a field is cut short'
            yield tag >> 3, data[at:at + n]
            at += n
        else:
            assert tag & 7 == 5, tag
            yield tag >> 3, struct.unpack('<f', data[at:at + 4])[0]
            at += 4


def of(data, number):
    return [v for n, v in fields(data) if n == number]


TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64}


def tensor(data):
    dims, (kind,), (name,), (raw,) = of(data, 1), of(data, 2), of(data, 8), of(data, 9)
    return bytes(name).decode(), torch.from_numpy(np.frombuffer(raw, TYPES[kind]).reshape(dims).copy())


def attributes(node):
    out = {}
    for a in of(node, 5):
        name = bytes(of(a, 1)[0]).decode()
        out[name] = of(a, 8) if of(a, 20) == [7] else of(a, 3)[0]
    return out


def spread(v, axis, like):
    """A scale or zero point of one axis, shaped to be multiplied with."""
    return v.reshape([-1 if i == axis else 1 for i in range(like.dim())]) if v.dim() else v


def run(op, x, a):
    if op == 'Conv':
        assert a['pads'][:2] == a['pads'][2:]
        return F.conv2d(*x, stride=a['strides'], padding=a['pads'][:2])
    if op == 'MaxPool':
        return F.max_pool2d(x[0], a['kernel_shape'], a['strides'])
    if op == 'Gemm':
        assert a['transB'] == 1
        return F.linear(*x)
    if op == 'QuantizeLinear':
        return torch.clamp(torch.round(x[0] / x[1]) + x[2], 0, 255).to(torch.uint8)
    if op == 'DequantizeLinear':
        axis = a.get('axis', 1)
        return (x[0].double() - spread(x[2], axis, x[0])).float() * spread(x[1], axis, x[0])
    return {'Relu': torch.relu, 'Sigmoid': torch.sigmoid, 'Flatten': lambda v: v.flatten(1),
            'GlobalAveragePool': lambda v: v.mean((2, 3), keepdim=True), 'Mul': torch.mul, 'Add': torch.add,
            'Reshape': lambda v, s: v.reshape(s.tolist())}[op](*x)


class Model:
    def __init__(self, path):
        with open(path, 'rb') as f:
            data = memoryview(f.read())
        assert of(data, 1)[0] >= 8
        self.opset = of(of(data, 8)[0], 2)[0]
        self.metadata = {bytes(of(e, 1)[0]).decode(): bytes(of(e, 2)[0]).decode() for e in of(data, 14)}
        graph, = of(data, 7)
        self.nodes = of(graph, 1)
        self.constants = dict(tensor(t) for t in of(graph, 5))
        self.inputs = [bytes(of(v, 1)[0]).decode() for v in of(graph, 11)]
        self.outputs = [bytes(of(v, 1)[0]).decode() for v in of(graph, 12)]
        self.operators = [bytes(of(n, 4)[0]).decode() for n in self.nodes]

    def __call__(self, x):
        values = dict(self.constants)
        values[self.inputs[0]] = x
        with torch.inference_mode():
            for node, op in zip(self.nodes, self.operators):
                names = [bytes(n).decode() for n in of(node, 1)]
                out, = (bytes(n).decode() for n in of(node, 2))
                assert out not in values, out
                values[out] = run(op, [values[n] for n in names], attributes(node))
        return values[self.outputs[0]]
