/* resemotenet: boxes and results of faces
 * SPDX-License-Identifier: MIT
 */
#include "face.h"

gboolean
rect_clip (RenRect *rect, const RenRect *to)
{
  gint64 x0 = MAX (rect->x, to->x), y0 = MAX (rect->y, to->y);
  gint64 x1 = MIN (rect->x + rect->w, to->x + to->w);
  gint64 y1 = MIN (rect->y + rect->h, to->y + to->h);

  if (x1 <= x0 || y1 <= y0)
    return FALSE;
  *rect = (RenRect){ x0, y0, x1 - x0, y1 - y0 };
  return TRUE;
}

gfloat
result_confidence (const Result *result)
{
  return result->scores[result->label];
}

gint
result_label_id (const Result *result, const Settings *settings)
{
  return result_confidence (result) >= settings->threshold
             ? (gint) result->label
             : GST_EMOTION_LABEL_UNKNOWN;
}
