/* SPDX-License-Identifier: MIT */
#include "web-stream.h"

static void
set_waits (WebStream *s, gboolean waits)
{
  if (s->waits == waits)
    return;
  s->waits = waits;
  g_atomic_int_add (s->n_waiting, waits ? 1 : -1);
}

/* Has the next chunk follow, or the stream wait. */
static gboolean
append_next (WebStream *s)
{
  g_autoptr (GBytes) chunk = s->kind == WEB_STREAM_PICTURES
                                 ? web_feed_next_picture (s->feed, &s->cursor)
                                 : web_feed_next_events (s->feed, &s->cursor);

  set_waits (s, chunk == NULL);
  if (!chunk)
    return FALSE;
  s->sent_from = g_get_monotonic_time ();
  soup_message_body_append_bytes (
      soup_server_message_get_response_body (s->message), chunk);
  return TRUE;
}

static void
on_wrote_chunk (SoupServerMessage *message, gpointer user_data)
{
  append_next (user_data);
}

WebStream *
web_stream_start (WebStreamKind kind, WebFeed *feed, SoupServerMessage *message,
    const gchar *last_id, gint *n_waiting)
{
  WebStream *s = g_new0 (WebStream, 1);
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (message);
  SoupMessageBody *body = soup_server_message_get_response_body (message);
  static const gchar first[] = "--" WEB_BOUNDARY "\r\n";

  s->kind = kind;
  s->feed = feed;
  g_set_weak_pointer (&s->message, message);
  s->n_waiting = n_waiting;
  web_feed_resume (feed, &s->cursor, last_id);
  /* clients of HTTP/1.0 know no chunks; their end is that of the connection */
  soup_message_headers_set_encoding (
      headers, soup_server_message_get_http_version (message) == SOUP_HTTP_1_0
                   ? SOUP_ENCODING_EOF
                   : SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (body, FALSE);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (on_wrote_chunk), s);
  /* the first chunk only has the response begin */
  s->sent_from = g_get_monotonic_time ();
  if (kind == WEB_STREAM_PICTURES)
    soup_message_body_append (
        body, SOUP_MEMORY_STATIC, first, sizeof first - 1);
  else
    append_next (s);
  return s;
}

void
web_stream_advance (WebStream *s)
{
  if (s->waits && append_next (s))
    soup_server_message_unpause (s->message);
}

void
web_stream_end (WebStream *s)
{
  SoupMessageBody *body = soup_server_message_get_response_body (s->message);
  static const gchar end[] = "event: end\ndata: 0\n\n";

  g_signal_handlers_disconnect_by_data (s->message, s);
  if (s->kind == WEB_STREAM_EVENTS)
    soup_message_body_append (body, SOUP_MEMORY_STATIC, end, sizeof end - 1);
  soup_message_body_complete (body);
  if (s->waits)
    soup_server_message_unpause (s->message);
  set_waits (s, FALSE);
}

void
web_stream_free (WebStream *s)
{
  set_waits (s, FALSE);
  if (s->message)
    g_signal_handlers_disconnect_by_data (s->message, s);
  g_clear_weak_pointer (&s->message);
  g_free (s);
}
