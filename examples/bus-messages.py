#!/usr/bin/env python3
"""Emotions in a Python app, from messages on the pipeline's bus: a line for each face of a video.

With post-messages=true, resemotenet posts a message for each frame with faces. GStreamer's own Python binding is all that
is needed to read it.

Run (Debian: python3-gst-1.0, gir1.2-gst-plugins-base-1.0):
  python3 bus-messages.py talk.mp4

Takes a file or an address; without any, sample.webm, which `pipelines/make-sample sample.webm` makes.

SPDX-License-Identifier: MIT
"""
import sys

import gi

gi.require_version('Gst', '1.0')
from gi.repository import GLib, Gst  # noqa: E402


def on_emotion(_bus, message):
    frame = message.get_structure()
    if frame.get_name() != 'emotion':
        return
    for face in frame['faces']:
        print(f"{frame['timestamp'] / Gst.SECOND:6.2f} s  person {face['track-id']}  {face['label']:8}"
              f" {face['confidence']:4.0%}  at {face['x']},{face['y']}  {face['w']}x{face['h']}")


def on_error(_bus, message):
    error, _debug = message.parse_error()
    errors.append(error.message)
    loop.quit()


Gst.init(None)
name = sys.argv[1] if len(sys.argv) > 1 else 'sample.webm'
uri = name if Gst.Uri.is_valid(name) else Gst.filename_to_uri(name)
try:
    pipeline = Gst.parse_launch(
        'uridecodebin name=source caps=video/x-raw expose-all-streams=false'
        ' ! faceroi ! resemotenet post-messages=true ! fakesink')
except GLib.Error as error:  # such as an element that is not installed
    sys.exit(f'bus-messages: {error.message}')
pipeline.get_by_name('source').set_property('uri', uri)

errors = []
loop = GLib.MainLoop()
bus = pipeline.get_bus()
bus.add_signal_watch()
bus.connect('message::element', on_emotion)
bus.connect('message::error', on_error)
bus.connect('message::eos', lambda _bus, _message: loop.quit())
pipeline.set_state(Gst.State.PLAYING)
loop.run()
pipeline.set_state(Gst.State.NULL)
if errors:
    sys.exit(f'bus-messages: {errors[0]}')
