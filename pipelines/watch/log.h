/* GStreamer's log, without the stream's credentials.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "credentials.h"

/**
 * log_hide:
 * @credentials: of the stream
 * @source: its address
 *
 * At high levels GStreamer's elements log requests as they are sent. Where there is
 * something to hide, has the log (GST_DEBUG, GST_DEBUG_FILE) come without it, and
 * without colours. After GStreamer is initialised, once.
 */
void log_hide (const Credentials *credentials, const gchar *source);

/* Logs what an element says of an error beside its message. */
void log_details (const gchar *details);
