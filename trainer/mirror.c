/* SPDX-License-Identifier: MIT */
#include "mirror.h"

static void
mirror (const guint8 *grey, gsize n_rows, guint8 *out)
{
  for (gsize row = 0; row < n_rows; row++)
    for (gsize i = 0; i < REN_FACE_SIZE; i++)
      out[row * REN_FACE_SIZE + i] =
          grey[row * REN_FACE_SIZE + REN_FACE_SIZE - 1 - i];
}

void
mirror_run (RenPlan *plan, guint n_classes, gboolean mirrored, guint8 *faces,
    guint n, float *logits)
{
  guint8 *images = faces + (gsize) n * REN_FACE_BYTES;
  float *others = logits + (gsize) n * n_classes;

  ren_plan_run (plan, faces, n, logits);
  if (!mirrored)
    return;
  mirror (faces, (gsize) n * REN_FACE_SIZE, images);
  ren_plan_run (plan, images, n, others);
  for (gsize i = 0; i < (gsize) n * n_classes; i++)
    logits[i] = (logits[i] + others[i]) / 2;
}
