/* Connections that the input makes. SPDX-License-Identifier: MIT
 *
 * Elements do not give their sockets away, but GIO tells of each connection: to
 * see a server that wastes memory and time before there is any picture, and to
 * break it off where GStreamer does not. Who sends without an end keeps its RTSP
 * busy, which looks whether it is to stop only where there is nothing to read.
 */
#pragma once

#include <glib.h>

/* Connections are known from now on, and those before forgotten. From the main
 * thread. */
void connections_begin (void);

/**
 * connections_count:
 * @bytes: (out): how many came over those that are still there; 0 where the
 *   system does not say
 *
 * Returns: how many were made since connections_begin()
 */
guint connections_count (guint64 *bytes);

/* Breaks them off: who reads finds the end, who writes an error. */
void connections_break_off (void);
