/* Ctrl-C while a file is written.
 * SPDX-License-Identifier: MIT
 */
#pragma once

/* Between these two, SIGINT, SIGTERM and SIGHUP wait, so that an interrupted
 * command leaves the file whole, or untouched, and no temporary one beside it.
 * Not to be nested. */
void interrupts_hold (void);
void interrupts_release (void);
