/* What malloc keeps of memory over days.
 * SPDX-License-Identifier: MIT */
#pragma once

/* Before the first thread begins. */
void heap_keep_together (void);

/* Gives back what is free, also between what is in use. */
void heap_trim (void);
