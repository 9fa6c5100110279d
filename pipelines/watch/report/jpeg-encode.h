/* RGB to JPEG, in memory
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* @pixels: rows of 3 bytes a pixel. Returns: (transfer full) (nullable): NULL
 * where there is no memory for it */
GBytes *jpeg_encode (const guint8 *pixels, guint width, guint height,
    gsize stride_bytes, gint quality);
