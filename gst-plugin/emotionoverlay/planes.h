/* The components of a frame, each as a grid of numbers that can be changed in
 * place
 * SPDX-License-Identifier: MIT
 *
 * Most formats store each component of a pixel as a byte or a 16-bit word of its
 * own; these are reached where they are. Rows of others (v210, tiles, RGB with 5
 * bits …) are unpacked, changed and packed again, see planes_edit().
 */
#pragma once

#include <gst/video/video.h>
#include <string.h>

/* Rows and columns that no format divides: chroma is shared by at most four,
 * in interlaced video by eight rows. Regions that are changed begin and end at
 * multiples of it. */
#define PLANES_ALIGN 8

typedef struct
{
  guint8 *data;
  gssize stride; /* bytes */
  gint pstride;  /* bytes */
  gint width, height;
  guint w_sub, h_sub; /* pixels to a sample, as a shift */
  guint n_bytes;      /* 1, or 2 */
  guint depth, shift; /* bits of the word that count */
  gboolean swap;      /* the word has the other byte order */
} PlanesComp;

typedef struct
{
  gint width, height;
  guint n_comps; /* red, green, blue; Y, U, V; or Y */
  PlanesComp comp[3];
  gboolean is_yuv;

  PlanesComp alpha; /* data is NULL without */
  gboolean premultiplied;

  /* the first pixel, where pixels are four bytes next to each other, in rows as
   * those of comp[0]; else NULL */
  guint8 *packed;
} Planes;

/* Changes the pixels of planes; their row number y is row first + y * step of the
 * frame. */
typedef void (*PlanesFunc) (
    const Planes *planes, gint first, gint step, gpointer user_data);

/* Whether frames of a format can be edited. */
gboolean planes_format_is_editable (const GstVideoFormatInfo *finfo);

/* Lets @func change rows @y0 to @y1 (exclusive) of a frame that was mapped for
 * writing; both are moved outwards to multiples of PLANES_ALIGN. Called once, or
 * of interlaced frames once for each field. FALSE, with nothing changed, if
 * there is no memory for it. */
gboolean planes_edit (GstVideoFrame *frame, gint y0, gint y1, PlanesFunc func,
    gpointer user_data);

static inline guint
planes_load (const PlanesComp *comp, const guint8 *at)
{
  guint16 word;

  if (comp->n_bytes == 1)
    return *at;
  memcpy (&word, at, 2);
  if (comp->swap)
    word = GUINT16_SWAP_LE_BE (word);
  return word >> comp->shift & ((1u << comp->depth) - 1);
}

static inline void
planes_store (const PlanesComp *comp, guint8 *at, guint value)
{
  guint16 word = (guint16) (value << comp->shift);

  if (comp->n_bytes == 1) {
    *at = (guint8) value;
    return;
  }
  if (comp->swap)
    word = GUINT16_SWAP_LE_BE (word);
  memcpy (at, &word, 2);
}
