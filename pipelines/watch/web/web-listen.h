/* Where the page is served. SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

/**
 * WebListen:
 * @listener: its sockets
 * @host: for the address that is printed
 * @port: never 0
 * @loopback: whether this machine alone can reach it
 */
typedef struct
{
  GSocketListener *listener;
  gchar *host;
  guint16 port;
  gboolean loopback;
} WebListen;

/**
 * web_listen:
 * @listen: cleared by web_listen_clear(), also after an error
 * @spec: `PORT`, `ADDRESS:PORT` or `[ADDRESS]:PORT`
 *
 * A port alone, and `localhost`, are 127.0.0.1 and, where there is one, ::1.
 */
gboolean web_listen (WebListen *listen, const gchar *spec, GError **error);
void web_listen_clear (WebListen *listen);
