/* SPDX-License-Identifier: MIT */
#include "web-feed.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_PICTURE_BYTES (8 << 20)
#define MAX_JSON_BYTES (256 << 10)
#define LIVE_US (100 * G_TIME_SPAN_MILLISECOND)
#define STATUS_US (200 * G_TIME_SPAN_MILLISECOND)
#define HISTORY_US (500 * G_TIME_SPAN_MILLISECOND)
#define HISTORY_SPAN_US (5 * G_TIME_SPAN_MINUTE)
#define MAX_HISTORY_BYTES (2 << 20)
#define MAX_EVENTS_BYTES (64 << 10)
#define PING_US (5 * G_TIME_SPAN_SECOND)
/* a picture from when someone last watched is no live picture */
#define FRESH_US (2 * G_TIME_SPAN_SECOND)

typedef struct
{
  guint64 serial;
  gint64 time; /* monotonic, µs */
  GBytes *event;
} Frame;

struct _WebFeed
{
  /* what does not change */
  gchar *instance; /* another one after a restart of the app */
  gchar *hello;    /* members of the first event */

  GMutex lock; /* of all below */
  GBytes *picture;
  guint64 picture_serial;
  gint64 picture_time;
  GBytes *colors; /* NULL: none yet */
  guint64 colors_serial;
  GBytes *status;
  guint64 status_serial;
  gint64 status_time; /* when viewers last heard of it at once */
  WebState state;
  Frame *latest;
  GQueue history; /* of Frame, oldest first, one in 500 ms */
  gsize history_bytes;
};

static void
frame_free (gpointer data)
{
  Frame *f = data;

  g_bytes_unref (f->event);
  g_free (f);
}

static Frame *
frame_new (const WebFeed *feed, const gchar *json, gint64 now)
{
  Frame *f = g_new0 (Frame, 1);
  gchar *event;

  f->serial = feed->latest ? feed->latest->serial + 1 : 1;
  f->time = now;
  event =
      g_strdup_printf ("id: %s-%" G_GUINT64_FORMAT "\nevent: frame\n"
                       "data: {\"t\":%" G_GINT64_FORMAT ",\"frame\":%s}\n\n",
          feed->instance, f->serial, now / 1000, json);
  f->event = g_bytes_new_take (event, strlen (event));
  return f;
}

static Frame *
frame_copy (const Frame *f)
{
  Frame *copy = g_memdup2 (f, sizeof *f);

  g_bytes_ref (copy->event);
  return copy;
}

static gchar *
to_members (JsonBuilder *b)
{
  g_autoptr (JsonNode) root = json_builder_get_root (b);
  g_autofree gchar *object = json_to_string (root, FALSE);

  return g_strndup (object + 1, strlen (object) - 2);
}

static void
add_string (JsonBuilder *b, const gchar *name, const gchar *value)
{
  /* names of files need not be UTF-8 */
  g_autofree gchar *valid = g_utf8_make_valid (value ? value : "", -1);

  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, valid);
}

static gchar *
make_hello (const WebSettings *settings, const gchar *instance)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  add_string (b, "instance", instance);
  add_string (b, "version", REN_VERSION);
  add_string (b, "source", settings->source);
  json_builder_set_member_name (b, "span");
  json_builder_add_int_value (b, HISTORY_SPAN_US / 1000);
  json_builder_end_object (b);
  return to_members (b);
}

WebFeed *
web_feed_new (const WebSettings *settings)
{
  WebFeed *feed = g_new0 (WebFeed, 1);
  const WebStatus status = { .fps = -1, .latency_ms = -1 };

  g_mutex_init (&feed->lock);
  g_queue_init (&feed->history);
  feed->instance = g_strdup_printf ("%08x", g_random_int ());
  feed->hello = make_hello (settings, feed->instance);
  web_feed_set_status (feed, &status);
  return feed;
}

void
web_feed_free (WebFeed *feed)
{
  g_clear_pointer (&feed->picture, g_bytes_unref);
  g_clear_pointer (&feed->colors, g_bytes_unref);
  g_clear_pointer (&feed->status, g_bytes_unref);
  g_clear_pointer (&feed->latest, frame_free);
  g_queue_clear_full (&feed->history, frame_free);
  g_mutex_clear (&feed->lock);
  g_free (feed->instance);
  g_free (feed->hello);
  g_free (feed);
}

void
web_feed_set_colors (WebFeed *feed, const WebColor *colors, guint n_colors)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autoptr (GBytes) old = NULL;
  g_autofree gchar *members = NULL;
  gchar *event;

  json_builder_begin_object (b);
  for (guint i = 0; i < n_colors; i++) {
    g_autofree gchar *css = g_strdup_printf ("#%06x", colors[i].rgb & 0xffffff);

    add_string (b, colors[i].label, css);
  }
  json_builder_end_object (b);
  members = to_members (b);
  event = g_strdup_printf ("event: colors\ndata: {%s}\n\n", members);

  g_mutex_lock (&feed->lock);
  old = g_steal_pointer (&feed->colors);
  feed->colors = g_bytes_new_take (event, strlen (event));
  feed->colors_serial++;
  g_mutex_unlock (&feed->lock);
}

/* ---- pictures ------------------------------------------------------------- */

/* The boundary comes after the picture: browsers show one when they see its end. */
static GBytes *
make_part (GBytes *jpeg)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (jpeg, &size);
  GByteArray *part = g_byte_array_sized_new ((guint) size + 128);
  g_autofree gchar *head =
      g_strdup_printf ("Content-Type: image/jpeg\r\n"
                       "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
          size);
  const gchar tail[] = "\r\n--" WEB_BOUNDARY "\r\n";

  g_byte_array_append (part, (const guint8 *) head, (guint) strlen (head));
  g_byte_array_append (part, data, (guint) size);
  g_byte_array_append (part, (const guint8 *) tail, sizeof tail - 1);
  return g_byte_array_free_to_bytes (part);
}

gboolean
web_feed_push_picture (WebFeed *feed, GBytes *jpeg)
{
  gsize size = g_bytes_get_size (jpeg);
  g_autoptr (GBytes) old = NULL;
  GBytes *part;

  if (size == 0 || size > MAX_PICTURE_BYTES)
    return FALSE;
  part = make_part (jpeg);
  g_mutex_lock (&feed->lock);
  old = g_steal_pointer (&feed->picture);
  feed->picture = part;
  feed->picture_serial++;
  feed->picture_time = g_get_monotonic_time ();
  g_mutex_unlock (&feed->lock);
  return TRUE;
}

gint64
web_feed_picture_age (WebFeed *feed)
{
  gint64 time;

  g_mutex_lock (&feed->lock);
  time = feed->picture_time;
  g_mutex_unlock (&feed->lock);
  return g_get_monotonic_time () - time;
}

GBytes *
web_feed_next_picture (WebFeed *feed, WebCursor *cursor)
{
  gint64 now = g_get_monotonic_time ();
  GBytes *part = NULL;

  g_mutex_lock (&feed->lock);
  if (cursor->picture != feed->picture_serial &&
      now - feed->picture_time < FRESH_US)
    part = g_bytes_ref (feed->picture);
  cursor->picture = feed->picture_serial;
  g_mutex_unlock (&feed->lock);
  return part;
}

/* ---- frames ----------------------------------------------------------------- */

static gboolean
wants_frame (const WebFeed *feed, gboolean watched, gint64 now)
{
  return !feed->latest ||
         now - feed->latest->time >= (watched ? LIVE_US : HISTORY_US);
}

gboolean
web_feed_wants_frame (WebFeed *feed, gboolean watched)
{
  gboolean wants;

  g_mutex_lock (&feed->lock);
  wants = wants_frame (feed, watched, g_get_monotonic_time ());
  g_mutex_unlock (&feed->lock);
  return wants;
}

static void
remember (WebFeed *feed, const Frame *f)
{
  const Frame *last = g_queue_peek_tail (&feed->history);

  if (last && f->time - last->time < HISTORY_US)
    return;
  g_queue_push_tail (&feed->history, frame_copy (f));
  feed->history_bytes += g_bytes_get_size (f->event);
  for (;;) {
    Frame *oldest = g_queue_peek_head (&feed->history);

    if (feed->history_bytes <= MAX_HISTORY_BYTES &&
        f->time - oldest->time <= HISTORY_SPAN_US)
      return;
    feed->history_bytes -= g_bytes_get_size (oldest->event);
    frame_free (g_queue_pop_head (&feed->history));
  }
}

gboolean
web_feed_push_frame (WebFeed *feed, gboolean watched, const gchar *json)
{
  gint64 now = g_get_monotonic_time ();
  gsize size = strlen (json);
  Frame *f;

  /* a line end would end the event in its middle */
  if (size > MAX_JSON_BYTES || strpbrk (json, "\r\n"))
    return FALSE;
  g_mutex_lock (&feed->lock);
  if (!wants_frame (feed, watched, now)) {
    g_mutex_unlock (&feed->lock);
    return FALSE;
  }
  f = frame_new (feed, json, now);
  g_clear_pointer (&feed->latest, frame_free);
  feed->latest = f;
  remember (feed, f);
  g_mutex_unlock (&feed->lock);
  return TRUE;
}

void
web_feed_resume (WebFeed *feed, WebCursor *cursor, const gchar *last_id)
{
  gsize n = strlen (feed->instance);

  if (last_id && strncmp (last_id, feed->instance, n) == 0 && last_id[n] == '-')
    g_ascii_string_to_unsigned (
        last_id + n + 1, 10, 0, G_MAXINT64, &cursor->frame, NULL);
}

/* ---- state -------------------------------------------------------------------- */

static const gchar *
state_name (WebState state)
{
  switch (state) {
    case WEB_STATE_CONNECTING:
      return "connecting";
    case WEB_STATE_PLAYING:
      return "playing";
    case WEB_STATE_RECONNECTING:
      return "reconnecting";
    case WEB_STATE_ENDED:
      return "ended";
    case WEB_STATE_FAILED:
      return "failed";
  }
  return "";
}

static void
add_number (JsonBuilder *b, const gchar *name, gdouble value)
{
  json_builder_set_member_name (b, name);
  if (value >= 0 && value < 1e12)
    json_builder_add_double_value (b, value);
  else
    json_builder_add_null_value (b);
}

static void
add_count (JsonBuilder *b, const gchar *name, guint64 value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_int_value (b, (gint64) MIN (value, (guint64) 1 << 53));
}

gboolean
web_feed_set_status (WebFeed *feed, const WebStatus *s)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autofree gchar *members = NULL;
  g_autoptr (GBytes) old = NULL;
  gint64 now = g_get_monotonic_time ();
  gboolean urgent;
  gchar *event;

  json_builder_begin_object (b);
  add_string (b, "state", state_name (s->state));
  add_string (b, "detail", s->detail);
  add_number (b, "fps", s->fps);
  add_number (b, "latency_ms", s->latency_ms);
  add_count (b, "frames", s->frames);
  add_count (b, "faces", s->faces);
  add_count (b, "skipped", s->skipped);
  json_builder_end_object (b);
  members = to_members (b);
  event = g_strdup_printf ("event: status\ndata: {%s}\n\n", members);

  g_mutex_lock (&feed->lock);
  old = g_steal_pointer (&feed->status);
  feed->status = g_bytes_new_take (event, strlen (event));
  feed->status_serial++;
  urgent = s->state != feed->state || now - feed->status_time >= STATUS_US;
  if (urgent)
    feed->status_time = now;
  feed->state = s->state;
  g_mutex_unlock (&feed->lock);
  return urgent;
}

/* ---- events --------------------------------------------------------------------- */

static void
append (GString *s, GBytes *event)
{
  gsize size;
  const gchar *data = g_bytes_get_data (event, &size);

  g_string_append_len (s, data, (gssize) size);
}

/* Frames that the cursor has not, as far as there is room. From the end: most
 * viewers miss only the last. */
static void
append_history (WebFeed *feed, WebCursor *cursor, GString *s)
{
  GList *l = feed->history.tail;

  while (l && l->prev && ((Frame *) l->prev->data)->serial > cursor->frame)
    l = l->prev;
  for (; l && s->len < MAX_EVENTS_BYTES; l = l->next) {
    const Frame *f = l->data;

    if (f->serial <= cursor->frame)
      continue;
    append (s, f->event);
    cursor->frame = f->serial;
  }
}

GBytes *
web_feed_next_events (WebFeed *feed, WebCursor *cursor)
{
  gint64 now = g_get_monotonic_time ();
  GString *s = g_string_new (NULL);

  if (!cursor->greeted)
    g_string_append_printf (s,
        "retry: 2000\nevent: hello\ndata: {%s,\"now\":%" G_GINT64_FORMAT
        "}\n\n",
        feed->hello, now / 1000);
  cursor->greeted = TRUE;

  g_mutex_lock (&feed->lock);
  if (cursor->colors != feed->colors_serial)
    append (s, feed->colors);
  cursor->colors = feed->colors_serial;
  if (cursor->status != feed->status_serial)
    append (s, feed->status);
  cursor->status = feed->status_serial;
  append_history (feed, cursor, s);
  if (feed->latest && feed->latest->serial > cursor->frame &&
      s->len < MAX_EVENTS_BYTES) {
    append (s, feed->latest->event);
    cursor->frame = feed->latest->serial;
  }
  g_mutex_unlock (&feed->lock);

  if (s->len == 0 && now - cursor->sent >= PING_US)
    g_string_append (s, "event: ping\ndata: 0\n\n");
  if (s->len == 0) {
    g_string_free (s, TRUE);
    return NULL;
  }
  cursor->sent = now;
  return g_string_free_to_bytes (s);
}
