/* Messages on disk, first in, first out, until they are acknowledged
 * SPDX-License-Identifier: MIT
 *
 * A folder of segments, files that are only ever appended to, and a file that
 * says up to where all is acknowledged. Segments before that are removed. What
 * was appended is there after the process is killed; after a power failure, what
 * was synced (see spool_sync()). Each process begins a segment of its own, and
 * each record has its length and a checksum: a tail that was not written wholly
 * is left out when it is read. Where there is no room, the oldest segment goes.
 *
 * Not thread-safe.
 */
#pragma once

#include <gio/gio.h>

#include "message.h"

typedef struct _Spool Spool;

/* A place between two records. */
typedef struct
{
  guint64 segment;
  guint64 offset; /* bytes */
} SpoolPosition;

/* What is lost, since spool_open(). */
typedef struct
{
  guint64 dropped;       /* messages that made room for newer ones */
  guint64 corrupt_bytes; /* that were no whole records */
} SpoolLosses;

/* Opens the spool in the folder @dir, which is made if need be, for as many
 * bytes. Reading begins at what was not acknowledged. Fails where another has it
 * open (G_IO_ERROR_BUSY), in this process or not, or where it cannot be
 * written. */
Spool *spool_open (const gchar *dir, guint64 max_bytes, GError **error);

/* Syncs first. */
void spool_close (Spool *spool);

/* Adds a message at the end, wholly or not at all. Fails where the disk is full,
 * say; to be tried again later. */
gboolean spool_append (Spool *spool, Message *message, GError **error);

/* Reads the next message; *end becomes where it ends. Returns: (transfer full)
 * (nullable): NULL when there is none */
Message *spool_read (Spool *spool, SpoolPosition *end);

/* All up to there need not be read again, by this process or a later one. */
void spool_acknowledge (Spool *spool, const SpoolPosition *end);

/* Makes what was done outlive a power failure, if it was not yet. */
void spool_sync (Spool *spool);

/* Has all been read? */
gboolean spool_is_read (const Spool *spool);

/* Bytes on disk that are not acknowledged. */
guint64 spool_bytes (const Spool *spool);

const SpoolLosses *spool_losses (const Spool *spool);
