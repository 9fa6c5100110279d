/* The one thing that Exif data are read for.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* Orientation of a picture from the TIFF structure that Exif data are (after
 * the "Exif\0\0" of a JPEG file), Exif 2.32 table 6: 1 = upright, 2 to 8 are
 * the other ways to turn and mirror it. 1 where there is none or the data make
 * no sense: viewers show such a picture as it is stored. */
guint exif_orientation (const guint8 *data, gsize n_bytes);
