/* A connection between an element and its broker that can be cut
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

typedef struct _Relay Relay;

typedef enum
{
  RELAY_PASS,   /* to the broker and back */
  RELAY_CLOSED, /* connections are refused, and those that were are cut */
  RELAY_SILENT, /* connections are accepted, and nothing is ever said */
} RelayMode;

/* Listens on a port of the loopback and passes on to another, for one client at a
 * time. */
Relay *relay_new (guint to_port, RelayMode mode);
guint relay_port (const Relay *relay);
void relay_set_mode (Relay *relay, RelayMode mode);
/* Cuts the connection, in the middle of whatever; a new one passes. */
void relay_cut (Relay *relay);
/* Bytes that came from the client. */
guint relay_bytes (Relay *relay);
void relay_free (Relay *relay);
