/* What encodes the pictures of the page. SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#include "web.h"

/**
 * web_sink_new:
 * @web: outlives the element
 *
 * A sink for raw video that carries emotions: behind a tee, or as the only one.
 * While nobody waits for a picture it drops frames before anything is done with
 * them; others are scaled to at most 1280 pixels in width, annotated where the
 * element `emotionoverlay` is there, and encoded in a thread of its own.
 *
 * Returns: (transfer floating) (nullable): %NULL with @error set if an element is
 *   missing
 */
GstElement *web_sink_new (Web *web, GError **error);
