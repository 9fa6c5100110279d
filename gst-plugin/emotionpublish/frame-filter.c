/* SPDX-License-Identifier: MIT */
#include "frame-filter.h"

#include <string.h>

#include "emotion-reader.h"

static gint
by_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/* Who is there, and what label each has, whatever the order: the track and the
 * label of each face, where a face without a track is any of that label. */
static gchar *
describe (const GArray *faces)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < faces->len; i++) {
    const EmotionFace *face = &g_array_index (faces, EmotionFace, i);

    g_ptr_array_add (lines, g_strdup_printf ("%" G_GINT64_FORMAT " %s",
                                face->track_id, face->label));
  }
  g_ptr_array_sort (lines, by_text);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (gchar **) lines->pdata);
}

/* Time that goes backwards is another part of the stream. */
static gboolean
is_too_soon (
    const FrameFilter *filter, GstClockTime interval, GstClockTime time)
{
  return filter->written && GST_CLOCK_TIME_IS_VALID (time) &&
         GST_CLOCK_TIME_IS_VALID (filter->last) && time >= filter->last &&
         time - filter->last < interval;
}

gboolean
frame_filter_accepts (FrameFilter *filter, const FrameFilterConfig *config,
    GstClockTime time, const GArray *faces)
{
  g_autofree gchar *now = NULL;

  if (config->interval && is_too_soon (filter, config->interval, time))
    return FALSE;
  if (config->only_changes) {
    now = describe (faces);
    /* that the last one left is a change; that nobody came yet is none, unless
     * empty frames are wanted */
    if (filter->faces ? g_str_equal (now, filter->faces)
                      : faces->len == 0 && !config->add_empty)
      return FALSE;
  } else if (faces->len == 0 && !config->add_empty) {
    return FALSE;
  }
  g_free (filter->faces);
  filter->faces = g_steal_pointer (&now);
  filter->last = time;
  filter->written = TRUE;
  return TRUE;
}

void
frame_filter_reset (FrameFilter *filter)
{
  g_clear_pointer (&filter->faces, g_free);
  filter->written = FALSE;
}
