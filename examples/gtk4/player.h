/* Plays a video with emotions drawn into it, for a GTK 4 window
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/gst.h>
#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * PlayerEvents:
 * @picture: what to show from now on
 * @faces: a frame is shown: a buffer with its time and its metadata, and
 *   without its pixels
 * @ended: the video has ended; its last frame stays
 * @failed: it cannot be played, or not any further; why, for people to read
 *
 * What a player tells, always in the thread of the main loop.
 */
typedef struct
{
  void (*picture) (GdkPaintable *picture, gpointer data);
  void (*faces) (GstBuffer *frame, gpointer data);
  void (*ended) (gpointer data);
  void (*failed) (const char *reason, gpointer data);
} PlayerEvents;

typedef struct _Player Player;

/**
 * player_new:
 * @uri: of a file, a stream, or a camera, such as v4l2:///dev/video0
 * @events: (not nullable): whom to tell; must outlive the player
 * @data: for @events
 * @error: return location for a #GError
 *
 * Starts to play.
 *
 * Returns: (transfer full) (nullable): the player; %NULL with @error set where
 *   an element is not installed
 */
Player *player_new (
    const char *uri, const PlayerEvents *events, gpointer data, GError **error);

/** player_free: @player: (nullable): a player; after this it tells nothing more */
void player_free (Player *player);

G_END_DECLS
