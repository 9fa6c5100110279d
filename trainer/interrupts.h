/* Ctrl-C while a file is written.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* Between these two, SIGINT, SIGTERM and SIGHUP wait, so that an interrupted
 * command leaves the file whole, or untouched, and no temporary one beside it.
 * Where they are nested, the
 * outermost counts. */
void interrupts_hold (void);
void interrupts_release (void);

/* Whether one waits, for long work that can stop by itself. */
gboolean interrupts_pending (void);

/* Takes what waits as dealt with. */
void interrupts_forget (void);
