#!/usr/bin/env python3
"""Emotions in a Python app, read from the frames on their way: a line for each face of a video.

A pad probe is called for every frame; GstEmotionMeta is read through the typelib GstResemotenet-1.0.

Run (Debian: python3-gst-1.0, gir1.2-gst-plugins-base-1.0, gir1.2-resemotenet-1.0):
  python3 pad-probe.py talk.mp4

Takes a file or an address; without any, sample.webm, which `pipelines/make-sample sample.webm` makes.

SPDX-License-Identifier: MIT
"""
import sys

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstResemotenet', '1.0')
from gi.repository import GLib, Gst, GstResemotenet  # noqa: E402


def on_frame(_pad, info):
    frame = info.get_buffer()
    for i in range(GstResemotenet.buffer_get_n_emotion_meta(frame)):
        face = GstResemotenet.buffer_get_emotion_meta(frame, i)
        print(f'{frame.pts / Gst.SECOND:6.2f} s  person {face.track_id}  {face.get_label():8}'
              f' {face.confidence:4.0%}  at {face.x},{face.y}  {face.w}x{face.h}')
    return Gst.PadProbeReturn.OK


Gst.init(None)
name = sys.argv[1] if len(sys.argv) > 1 else 'sample.webm'
uri = name if Gst.Uri.is_valid(name) else Gst.filename_to_uri(name)
try:
    pipeline = Gst.parse_launch(
        'uridecodebin name=source caps=video/x-raw expose-all-streams=false'
        ' ! faceroi ! resemotenet ! fakesink name=sink')
except GLib.Error as error:  # such as an element that is not installed
    sys.exit(f'pad-probe: {error.message}')
pipeline.get_by_name('source').set_property('uri', uri)
pad = pipeline.get_by_name('sink').get_static_pad('sink')
pad.add_probe(Gst.PadProbeType.BUFFER, on_frame)

pipeline.set_state(Gst.State.PLAYING)
message = None
while not message:  # a second at a time, so that Ctrl-C is heard
    message = pipeline.get_bus().timed_pop_filtered(Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipeline.set_state(Gst.State.NULL)
if message.type == Gst.MessageType.ERROR:
    sys.exit(f'pad-probe: {message.parse_error()[0].message}')
