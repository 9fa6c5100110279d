/* Addresses as users and requests write them. SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

/**
 * WebSpec:
 * @addresses: to bind; the second may be missing on a machine
 * @port: 0 for any that is free
 * @any: all of this machine's addresses
 */
typedef struct
{
  GInetAddress *addresses[2];
  guint16 port;
  gboolean any;
} WebSpec;

/**
 * web_spec_parse:
 * @spec: (out caller-allocates): cleared by web_spec_clear(), also after an error
 * @text: `PORT`, `ADDRESS:PORT` or `[ADDRESS]:PORT`
 *
 * A port alone, and `localhost`, are 127.0.0.1 and ::1.
 */
gboolean web_spec_parse (WebSpec *spec, const gchar *text, GError **error);
void web_spec_clear (WebSpec *spec);

/* Returns: (transfer full): the host, for the address that is printed */
gchar *web_spec_host (const WebSpec *spec);

/**
 * web_host_is_loopback:
 * @host: (nullable): a request's header Host
 *
 * Whether it names this machine. Another name on loopback is that of a page that
 * had it lead here (DNS rebinding). The port may differ: it does in a tunnel.
 */
gboolean web_host_is_loopback (const gchar *host);
