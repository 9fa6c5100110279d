/* What viewers are to see next. SPDX-License-Identifier: MIT
 *
 * Holds the latest picture, the latest state, and frames of the last minutes, all
 * immutable and shared by viewers. A viewer is a cursor into it, and has no queue
 * of its own: memory does not grow with viewers that are slow. From any thread.
 */
#pragma once

#include "web.h"

typedef struct _WebFeed WebFeed;

/* What a viewer has got already; zero at first. */
typedef struct
{
  gboolean greeted;
  guint64 picture, frame, colors, status; /* serials */
  gint64 sent; /* monotonic time of the last event, in µs */
} WebCursor;

/* boundary between pictures of multipart/x-mixed-replace */
#define WEB_BOUNDARY "resemotenet-picture"
#define WEB_PICTURES_TYPE "multipart/x-mixed-replace; boundary=" WEB_BOUNDARY

/**
 * web_feed_new: the source in @settings is part of the first event.
 */
WebFeed *web_feed_new (const WebSettings *settings);
void web_feed_free (WebFeed *feed);

void web_feed_set_colors (
    WebFeed *feed, const WebColor *colors, guint n_colors);

/**
 * web_feed_push_picture:
 *
 * Returns: whether it was taken; not, if it is above 8 MiB or empty
 */
gboolean web_feed_push_picture (WebFeed *feed, GBytes *jpeg);

/**
 * web_feed_picture_age: µs since the last picture.
 */
gint64 web_feed_picture_age (WebFeed *feed);

/**
 * web_feed_wants_frame:
 * @watched: whether a page is open
 */
gboolean web_feed_wants_frame (WebFeed *feed, gboolean watched);

/**
 * web_feed_push_frame:
 *
 * Returns: whether it was taken
 */
gboolean web_feed_push_frame (
    WebFeed *feed, gboolean watched, const gchar *json);

/**
 * web_feed_set_status:
 *
 * Returns: whether viewers are to hear of it at once: of another state they are,
 *   of figures after 200 ms, so that an app may tell them with each frame
 */
gboolean web_feed_set_status (WebFeed *feed, const WebStatus *status);

/**
 * web_feed_next_picture:
 *
 * Returns: (transfer full) (nullable): the latest picture as a part of
 *   multipart/x-mixed-replace, %NULL if the cursor had it
 */
GBytes *web_feed_next_picture (WebFeed *feed, WebCursor *cursor);

/**
 * web_feed_next_events:
 *
 * Returns: (transfer full) (nullable): Server-Sent Events, at most 64 KiB and a
 *   frame, that come after the cursor; a sign of life after 5 s without; %NULL
 *   if there is nothing to say
 */
GBytes *web_feed_next_events (WebFeed *feed, WebCursor *cursor);

/**
 * web_feed_resume:
 * @last_id: (nullable): header Last-Event-ID
 *
 * Has the cursor go on after the frames that a page has got already.
 */
void web_feed_resume (WebFeed *feed, WebCursor *cursor, const gchar *last_id);
