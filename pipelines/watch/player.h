/* Plays a source's inputs: files one after another, a live stream again and
 * again. SPDX-License-Identifier: MIT */
#pragma once

#include "feed.h"
#include "input.h"
#include "source.h"

/* In the main thread. */
typedef struct
{
  /* before the first frame; TRUE if the feed is connected */
  gboolean (*ready) (gpointer user_data, gboolean has_audio);
  /* nothing more comes, and the feed has been finished */
  void (*end) (gpointer user_data);
} PlayerCallbacks;

typedef struct _Player Player;

/**
 * player_new:
 * @source: outlives the player, as do @settings' credentials and @feed
 * @settings: `uri` and `live` are the player's to set
 *
 * Says itself what goes wrong with inputs.
 */
Player *player_new (const Source *source, const InputSettings *settings,
    Feed *feed, const PlayerCallbacks *callbacks, gpointer user_data);
void player_free (Player *player);

void player_start (Player *player);

/* Nothing more is begun, and the feed is finished. */
void player_stop (Player *player);

/* Returns: whether what was played had something in it */
gboolean player_is_all_failed (Player *player);

/* Returns: whether a stream that was there is gone. */
gboolean player_is_reconnecting (Player *player);

guint player_get_n_reconnects (Player *player);

/**
 * player_get_total:
 * @done: (out): which of the files is being played, from 0 on
 * @duration: (out): of this one; NONE where it is not known
 *
 * Returns: how many there are
 */
guint player_get_total (Player *player, guint *done, GstClockTime *duration);
