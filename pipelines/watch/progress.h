/* How far it is: a line that stays on a terminal, or one now and then.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "frames.h"
#include "player.h"

typedef struct _Progress Progress;

Progress *progress_new (
    Frames *frames, Feed *feed, Player *player, gboolean live);
/* Takes the line away. */
void progress_free (Progress *progress);

/* Some times a second. */
void progress_tick (Progress *progress);

/* Returns: (transfer full): the whole in a line */
gchar *progress_summarise (Progress *progress);
