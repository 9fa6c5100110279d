/* Who was seen, and how they looked: what --report and --faces write.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "frames.h"
#include "source.h"

typedef struct _People People;

/**
 * people_new:
 * @source: what is watched; @report must not be one of its files
 * @report: (nullable): HTML file to write at the end
 * @faces: (nullable): folder for pictures of faces
 *
 * Returns: (transfer full): %NULL with @error set
 */
People *people_new (const Source *source, const gchar *report,
    const gchar *faces, GError **error);

/* A FrameConsumer. Says itself when pictures of faces cannot be written. */
void people_take (gpointer self, const Frame *frame);

/* Pictures in the folder of faces. */
guint people_get_n_files (People *people);

/**
 * people_free:
 * @people: (transfer full): to end; nothing streams any more
 * @write: whether there is something to report
 *
 * Returns: %FALSE with @error set where something could not be written
 */
gboolean people_free (People *people, gboolean write, GError **error);
