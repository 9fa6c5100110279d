/* What conv1, conv2 and conv3 share. SPDX-License-Identifier: MIT */
#pragma once

#include "plan.h"

/* One of the three layers at work, in tasks of one band of rows of one image,
 * and of that a part of the panels. */
typedef struct
{
  RenPlan *plan;
  RenLayerId id;
  const guint8 *faces; /* conv1's input */
  guint8 *out;         /* conv3's output */
  guint n_bands, n_parts;
} RenStemStep;

typedef struct
{
  guint image, band;
  guint first_panel, end_panel;
} RenStemPlace;

/* What a task is to do. */
RenStemPlace ren_stem_place (const RenStemStep *step, guint task);

/* Pixels from row to row of a layer's input, padding included. */
guint ren_stem_in_columns (RenLayerId id);

/* Where an image's input begins. */
gconstpointer ren_stem_in (const RenStemStep *step, guint image);

/* Where a row of an image's pooled output begins: [column][channel]. */
gpointer ren_stem_out (const RenStemStep *step, guint image, guint row);

/* conv2 and conv3 of floats, and of bytes: how many bands an image has, the
 * scratch of a thread in bytes, a task. */
guint ren_stem_tiles_bands (RenLayerId id);
gsize ren_stem_tiles_scratch (void);
void ren_stem_tiles_task (gpointer data, guint task, guint thread);

guint ren_stem_bytes_bands (RenLayerId id);
gsize ren_stem_bytes_scratch (void);
void ren_stem_bytes_task (gpointer data, guint task, guint thread);
