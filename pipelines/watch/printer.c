/* SPDX-License-Identifier: MIT */
#include "printer.h"

#include "gstemotionmeta.h"
#include "terminal.h"

static void
append_face (GString *text, GstClockTime time, const GstEmotionMeta *m)
{
  g_string_append_printf (text,
      "%u:%02u:%02u.%03u  face %-4" G_GINT64_FORMAT " %-10s %3.0f %%   "
      "at %d,%d  %d×%d\n",
      (guint) (time / GST_SECOND / 3600), (guint) (time / GST_SECOND / 60 % 60),
      (guint) (time / GST_SECOND % 60), (guint) (time / GST_MSECOND % 1000),
      m->track_id >= 0 ? m->track_id : m->face_id,
      gst_emotion_meta_get_label (m), 100 * m->confidence, m->x, m->y, m->w,
      m->h);
}

void
printer_take (gpointer self, const Frame *frame)
{
  Printer *printer = self;
  g_autoptr (GString) text = NULL;
  gpointer state = NULL;
  GstEmotionMeta *m;

  if (frame->faces->len == 0 || frame->time < printer->next)
    return;
  text = g_string_new (NULL);
  while ((m = gst_buffer_iterate_emotion_meta (frame->buffer, &state)))
    append_face (text, frame->time, m);
  if (!print_lines (text->str))
    g_atomic_int_set (&printer->failed, TRUE);
  printer->next = frame->time + printer->interval;
}
