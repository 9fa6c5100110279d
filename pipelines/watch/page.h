/* What --http shows. SPDX-License-Identifier: MIT */
#pragma once

#include "frames.h"
#include "player.h"

typedef struct _Page Page;

/**
 * page_new:
 * @listen: `PORT` or `ADDRESS:PORT`
 * @name: of the source, for people, without credentials
 *
 * Returns: (transfer full): serves already; %NULL with @error set
 */
Page *page_new (const gchar *listen, const gchar *name, GError **error);

/* Returns: (transfer none): what to open in a browser; it may hold a token */
const gchar *page_get_url (Page *page);

/* A FrameConsumer. */
void page_take (gpointer self, const Frame *frame);

/* Tells the page how things are; some times a second, in the main thread. */
void page_tick (Page *page, Frames *frames, Player *player, gboolean live);

/**
 * page_new_sink:
 *
 * Returns: (transfer floating): what takes classified video; before page_free()
 *   it is to be gone. %NULL with @error set
 */
GstElement *page_new_sink (Page *page, GError **error);

/* Tells the page that this was all. */
void page_free (Page *page);
