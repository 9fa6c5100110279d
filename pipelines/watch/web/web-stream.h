/* Responses without end. SPDX-License-Identifier: MIT
 *
 * One chunk is under way at a time, and the next is made when the network has
 * taken it. In the server's thread.
 */
#pragma once

#include <libsoup/soup.h>

#include "web-feed.h"

typedef enum
{
  WEB_STREAM_PICTURES,
  WEB_STREAM_EVENTS,
} WebStreamKind;

typedef struct
{
  WebStreamKind kind;
  WebFeed *feed;
  SoupServerMessage *message; /* weak: goes first where libsoup is ended */
  WebCursor cursor;
  gboolean waits;   /* for something to send */
  gint64 sent_from; /* since when a chunk is under way: monotonic, µs */
  gint *n_waiting;  /* atomic: how many streams of this kind wait */
} WebStream;

/**
 * web_stream_start:
 * @message: a request that is answered now
 * @last_id: (nullable): the last event that the viewer has got
 * @n_waiting: see #WebStream
 *
 * Sends what there is, after the headers of @message.
 */
WebStream *web_stream_start (WebStreamKind kind, WebFeed *feed,
    SoupServerMessage *message, const gchar *last_id, gint *n_waiting);

/* Sends what is new, if the stream waits. */
void web_stream_advance (WebStream *stream);

/* Completes the response, after an event `end`. */
void web_stream_end (WebStream *stream);

void web_stream_free (WebStream *stream);
