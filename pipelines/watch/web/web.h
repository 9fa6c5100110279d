/* The page of --http: live picture, scores and timeline in a browser.
 * SPDX-License-Identifier: MIT
 *
 * A web server in a thread of its own. What the stream pushes replaces what no
 * viewer has taken yet: a slow viewer skips pictures, and nothing here waits for
 * the network on the caller's thread. See README.md.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _Web Web;

/**
 * WebColor:
 * @label: name of an emotion as in the scores
 * @rgb: its colour, 0xRRGGBB
 */
typedef struct
{
  const gchar *label;
  guint32 rgb;
} WebColor;

/**
 * WebSettings:
 * @listen: `PORT`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; a port alone means
 *   loopback, port 0 any that is free
 * @source: what is watched, for people, without credentials
 */
typedef struct
{
  const gchar *listen;
  const gchar *source;
} WebSettings;

/**
 * WebState:
 * @WEB_STATE_CONNECTING: nothing has come from the source yet
 * @WEB_STATE_PLAYING: frames come
 * @WEB_STATE_RECONNECTING: the source was lost; the app tries again
 * @WEB_STATE_ENDED: the source has ended
 * @WEB_STATE_FAILED: the app gave up
 */
typedef enum
{
  WEB_STATE_CONNECTING,
  WEB_STATE_PLAYING,
  WEB_STATE_RECONNECTING,
  WEB_STATE_ENDED,
  WEB_STATE_FAILED,
} WebState;

/**
 * WebStatus:
 * @state: what the app does
 * @detail: (nullable): why, for people; shown in place of the picture
 * @fps: frames a second, negative if unknown
 * @latency_ms: from capture to result in milliseconds, negative if unknown
 * @frames: frames so far
 * @faces: faces in all of them
 * @skipped: frames that were left out because the machine is too slow
 */
typedef struct
{
  WebState state;
  const gchar *detail;
  gdouble fps;
  gdouble latency_ms;
  guint64 frames;
  guint64 faces;
  guint64 skipped;
} WebStatus;

/**
 * web_new:
 * @settings: copied
 * @error: set to a #GIOError: the address or the token is no such, the port is
 *   taken or not allowed
 *
 * Listens, and serves from a new thread. Where others than this machine can
 * reach the address a token is needed: the one in the environment variable
 * `RESEMOTENET_HTTP_TOKEN` or in the file that `RESEMOTENET_HTTP_TOKEN_FILE`
 * names, or the one that systemd hands over as `http-token`, otherwise a new one.
 * Given in one of these ways, it is asked for on
 * loopback as well.
 *
 * Returns: (transfer full) (nullable): free with web_free()
 */
Web *web_new (const WebSettings *settings, GError **error);

/**
 * web_get_url:
 *
 * Returns: (transfer none): the address to open in a browser, with the port
 *   that was found for port 0, and with the token, where it is a new one: print it
 *   for the user only. One that was given is left out, as ?token=…
 */
const gchar *web_get_url (Web *web);

/**
 * web_set_colors:
 * @colors: (array length=n_colors): copied
 * @n_colors: their number
 *
 * Has the page show emotions in these colours, and those that are not listed in
 * grey. From any thread, when the labels are known, and again if they change.
 */
void web_set_colors (Web *web, const WebColor *colors, guint n_colors);

/**
 * web_wants_jpeg:
 *
 * Whether a viewer waits for a picture, and the last one is 25 ms old. Ask for
 * each frame before it is scaled and encoded; drop it if not. From any thread.
 */
gboolean web_wants_jpeg (Web *web);

/**
 * web_push_jpeg:
 * @jpeg: (transfer none): one whole JPEG file; those above 8 MiB are dropped
 *
 * Replaces the picture that viewers see next. From any thread, never blocks.
 */
void web_push_jpeg (Web *web, GBytes *jpeg);

/**
 * web_wants_frame_json:
 *
 * Whether the next frame's JSON would be used: after 100 ms if the page is
 * open, otherwise after 500 ms, for the timeline of pages that are opened later.
 * From any thread.
 */
gboolean web_wants_frame_json (Web *web);

/**
 * web_push_frame_json:
 * @json: one JSON object in one line, as frame_to_json() writes it
 *
 * Shows the faces of a frame. Dropped where web_wants_frame_json() is %FALSE,
 * above 256 KiB, and if it is more than a line. From any thread, never blocks.
 */
void web_push_frame_json (Web *web, const gchar *json);

/**
 * web_set_status:
 * @status: copied
 *
 * Shows what the app does. Viewers see the latest one. From any thread, never
 * blocks.
 */
void web_set_status (Web *web, const WebStatus *status);

/**
 * web_free:
 * @web: (transfer full) (nullable): to end; no other thread may use it any more
 *
 * Tells the pages that the app ends, waits for that for at most half a second,
 * and closes all connections.
 */
void web_free (Web *web);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Web, web_free)

G_END_DECLS
