/* Requests: which are answered, and with what. SPDX-License-Identifier: MIT
 *
 * A fixed table of paths; nothing in a request leads to a file. In the server's
 * thread, except for the two atomic counts.
 */
#pragma once

#include "web-clients.h"
#include "web-listen.h"

typedef struct
{
  WebListen listen;
  gchar *token; /* (nullable): whoever is to know it */
  WebFeed *feed;
  SoupServer *soup;
  WebClients clients;
  GCancellable *accepting;
  GSource *retry; /* (nullable) */
  guint n_streams[2];
  gint n_waiting[2]; /* atomic, by WebStreamKind */
  gint n_pages;      /* atomic: streams of events */
} WebServer;

/**
 * web_server_start:
 * @server: listens already; has a feed
 *
 * Serves in the thread-default main context.
 */
void web_server_start (WebServer *server);

/* Accepts nobody any more, and ends all streams. */
void web_server_end (WebServer *server);

void web_server_clear (WebServer *server);
