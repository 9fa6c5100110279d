/* What works on the frames, put together from the options.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include "options.h"
#include "page.h"
#include "recording.h"

typedef struct
{
  GstElement *pipeline;
  GstAppSrc *video, *audio; /* what inputs are fed into; audio: or NULL */
  GstPad *results;          /* classified frames leave through it */
} Pipeline;

/**
 * pipeline_check:
 *
 * Says what is missing, and where to find it.
 *
 * Returns: whether all elements that @options ask for are there
 */
gboolean pipeline_check (const Options *options);

/**
 * pipeline_init:
 * @live: frames are shown as they come
 * @name: of the source, in what is sent to brokers
 * @recording: (nullable): where they are written to
 * @has_audio: whether @recording has audio, too
 * @page: (nullable): what shows them in browsers
 *
 * Returns: %FALSE with @error set
 */
gboolean pipeline_init (Pipeline *pipeline, const Options *options,
    gboolean live, const gchar *name, Recording *recording, gboolean has_audio,
    Page *page, GError **error);

/* Stops it. */
void pipeline_clear (Pipeline *pipeline);
