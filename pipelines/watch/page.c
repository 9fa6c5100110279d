/* SPDX-License-Identifier: MIT */
#include "page.h"

#ifdef HAVE_WEB
#include "emotion-colors.h"
#include "emotion-reader.h"
#include "rate.h"
#include "web-sink.h"

struct _Page
{
  Web *web;
  Rate rate;           /* main thread only */
  gboolean has_colors; /* streaming thread only */
};

Page *
page_new (const gchar *listen, const gchar *name, GError **error)
{
  Web *web =
      web_new (&(WebSettings){ .listen = listen, .source = name }, error);
  Page *page;

  if (!web) {
    g_prefix_error (error, "--http: ");
    return NULL;
  }
  page = g_new0 (Page, 1);
  page->web = web;
  page->rate.since_us = g_get_monotonic_time ();
  return page;
}

const gchar *
page_get_url (Page *page)
{
  return web_get_url (page->web);
}

/* All faces are of one model. */
static void
set_colors (Page *page, const EmotionFace *face)
{
  guint32 rgb[GST_EMOTION_MAX_CLASSES];
  WebColor colors[GST_EMOTION_MAX_CLASSES];

  emotion_colors (face->score_labels, face->n_scores, rgb);
  for (guint i = 0; i < face->n_scores; i++)
    colors[i] = (WebColor){ face->score_labels[i], rgb[i] };
  web_set_colors (page->web, colors, face->n_scores);
  page->has_colors = TRUE;
}

void
page_take (gpointer self, const Frame *frame)
{
  Page *page = self;
  g_autofree gchar *json = NULL;

  if (!page->has_colors && frame->faces->len > 0)
    set_colors (page, &g_array_index (frame->faces, EmotionFace, 0));
  if (!web_wants_frame_json (page->web))
    return;
  json = frame_get_json (frame);
  web_push_frame_json (page->web, json);
}

void
page_tick (Page *page, Frames *frames, Player *player, gboolean live)
{
  const FrameCounts counts = frames_get_counts (frames);
  WebStatus status = {
    .state = WEB_STATE_PLAYING,
    .fps = rate_update (&page->rate, counts.n_frames, g_get_monotonic_time ()),
    .latency_ms = live ? (gdouble) counts.latency_us / 1000 : -1,
    .frames = counts.n_frames,
    .faces = counts.n_faces,
    .skipped = live ? counts.n_skipped : 0,
  };

  if (counts.n_frames == 0)
    status.state = WEB_STATE_CONNECTING;
  else if (player_is_reconnecting (player))
    status.state = WEB_STATE_RECONNECTING;
  web_set_status (page->web, &status);
}

GstElement *
page_new_sink (Page *page, GError **error)
{
  return web_sink_new (page->web, error);
}

void
page_free (Page *page)
{
  if (!page)
    return;
  web_free (page->web);
  g_free (page);
}

#else

Page *
page_new (const gchar *listen, const gchar *name, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "--http was left out of this build: it had no libsoup 3");
  return NULL;
}

const gchar *
page_get_url (Page *page)
{
  return NULL;
}

void
page_take (gpointer self, const Frame *frame)
{
}

void
page_tick (Page *page, Frames *frames, Player *player, gboolean live)
{
}

GstElement *
page_new_sink (Page *page, GError **error)
{
  return NULL;
}

void
page_free (Page *page)
{
}

#endif
