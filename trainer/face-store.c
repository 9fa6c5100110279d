/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "app.h"
#include "face-store.h"

/* Threads beyond this wait for the disk. */
#define MAX_READERS 8

/* Unreadable pictures that are named: with a wrong folder, all are. */
#define MAX_NAMED 10

/* ---- reading all --------------------------------------------------------- */

typedef struct
{
  FaceStore *store;
  char **reasons; /* of each face that cannot be read */
  gint next;      /* atomic */
  gint n_done;    /* atomic */
} Scan;

static void
digest_pixels (const guint8 *pixels, FaceDigest *digest)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 whole[32];
  gsize n = sizeof whole;

  g_checksum_update (sum, pixels, REN_FACE_BYTES);
  g_checksum_get_digest (sum, whole, &n);
  memcpy (digest->bytes, whole, FACE_DIGEST_BYTES);
}

static void
scan_faces (Scan *scan, gboolean shows_progress)
{
  FaceStore *store = scan->store;
  g_autoptr (RenCropper) cropper = ren_cropper_new ();

  for (;;) {
    const guint i = (guint) g_atomic_int_add (&scan->next, 1);
    g_autoptr (GError) error = NULL;
    guint8 pixels[REN_FACE_BYTES];

    if (i >= store->faces->len)
      return;
    if (face_read (store->faces->pdata[i], cropper, pixels, &error)) {
      digest_pixels (pixels, &store->digests[i]);
      if (store->slot[i] != FACE_NOT_CACHED)
        memcpy (store->cache + (gsize) store->slot[i] * REN_FACE_BYTES, pixels,
            REN_FACE_BYTES);
    } else {
      scan->reasons[i] = g_strdup (error->message);
    }
    g_atomic_int_inc (&scan->n_done);
    if (shows_progress)
      console_progress ((guint64) g_atomic_int_get (&scan->n_done));
  }
}

static gpointer
scan_thread (gpointer data)
{
  scan_faces (data, FALSE);
  return NULL;
}

static void
scan_all (Scan *scan, guint n_threads)
{
  GThread *threads[MAX_READERS];
  guint n = CLAMP (n_threads, 1, MAX_READERS) - 1;

  console_progress_begin (scan->store->faces->len, "pictures read");
  for (guint i = 0; i < n; i++)
    threads[i] = g_thread_new ("reader", scan_thread, scan);
  scan_faces (scan, TRUE);
  for (guint i = 0; i < n; i++)
    g_thread_join (threads[i]);
  console_progress_end ();
}

/* Keeps the faces that are not marked. The cache stays as it is. */
static void
keep_faces (FaceStore *store, const gboolean *drop)
{
  GPtrArray *kept = g_ptr_array_new_with_free_func (face_free);

  for (guint i = 0; i < store->faces->len; i++) {
    if (drop[i])
      continue;
    store->digests[kept->len] = store->digests[i];
    store->slot[kept->len] = store->slot[i];
    g_ptr_array_add (kept, g_steal_pointer (&store->faces->pdata[i]));
  }
  /* what was taken out is NULL by now, which face_free() need not know */
  for (guint i = 0; i < store->faces->len; i++)
    g_clear_pointer (&store->faces->pdata[i], face_free);
  g_ptr_array_set_free_func (store->faces, NULL);
  g_ptr_array_unref (store->faces);
  store->faces = kept;
}

/* Names and drops what could not be read; FALSE if that is too much. */
static gboolean
drop_unreadable (
    FaceStore *store, char *const *reasons, const char *what, GError **error)
{
  const guint n_faces = store->faces->len;
  g_autofree gboolean *drop = g_new0 (gboolean, n_faces);
  guint first = 0;

  for (guint i = 0; i < n_faces; i++) {
    g_autofree char *shown = NULL;

    if (!reasons[i])
      continue;
    drop[i] = TRUE;
    if (store->n_unreadable == 0)
      first = i;
    if (store->n_unreadable++ >= MAX_NAMED)
      continue;
    shown = console_name (face_name (store->faces->pdata[i]));
    console_error ("left out %s: %s", shown, reasons[i]);
  }
  if (store->n_unreadable == 0)
    return TRUE;
  if (store->n_unreadable > MAX_NAMED)
    console_error ("… and %u more; 'resemotenet data check --json' names all",
        store->n_unreadable - MAX_NAMED);
  console_error ("%u of %u pictures %s could not be read and are left out",
      store->n_unreadable, n_faces, what);
  if (store->n_unreadable > n_faces / 4) {
    g_autofree char *looked_for =
        console_name (((const Face *) store->faces->pdata[first])->path);

    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "%u of %u pictures %s cannot be read, which is too many to go on: "
        "mend the data set, take these out of it, or say with --images where a "
        "table's pictures lie (%s was looked for)",
        store->n_unreadable, n_faces, what, looked_for);
    return FALSE;
  }
  keep_faces (store, drop);
  return TRUE;
}

FaceStore *
face_store_new (GPtrArray *faces, const char *what, guint64 cache_bytes,
    guint n_threads, GError **error)
{
  g_autoptr (FaceStore) store = g_new0 (FaceStore, 1);
  const guint n_faces = faces->len;
  /* what a pointer cannot reach, no memory holds */
  const gsize n_cached =
      (gsize) MIN (n_faces, MIN (cache_bytes, G_MAXSIZE) / REN_FACE_BYTES);
  Scan scan = { .store = store, .reasons = g_new0 (char *, n_faces) };
  gboolean ok;

  store->faces = faces;
  store->digests = g_new0 (FaceDigest, n_faces);
  store->slot = g_new (guint32, n_faces);
  for (guint i = 0; i < n_faces; i++)
    store->slot[i] = i < n_cached ? i : FACE_NOT_CACHED;
  store->cache = g_try_malloc (MAX (n_cached, 1) * REN_FACE_BYTES);
  ok = store->cache != NULL;
  if (ok) {
    scan_all (&scan, n_threads);
    ok = drop_unreadable (store, scan.reasons, what, error);
  } else {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "no memory for %" G_GSIZE_FORMAT " MB of decoded faces: "
        "give a smaller --cache",
        n_cached * REN_FACE_BYTES >> 20);
  }
  for (guint i = 0; i < n_faces; i++)
    g_free (scan.reasons[i]);
  g_free (scan.reasons);
  return ok ? g_steal_pointer (&store) : NULL;
}

void
face_store_free (FaceStore *store)
{
  if (!store)
    return;
  g_clear_pointer (&store->faces, g_ptr_array_unref);
  g_free (store->digests);
  g_free (store->cache);
  g_free (store->slot);
  g_free (store);
}

/* ---- use ----------------------------------------------------------------- */

gboolean
face_store_read (const FaceStore *store, guint face, RenCropper *cropper,
    guint8 out[REN_FACE_BYTES], GError **error)
{
  const Face *one = store->faces->pdata[face];
  g_autoptr (GError) cause = NULL;
  g_autofree char *shown = NULL;
  FaceDigest digest;

  if (store->slot[face] != FACE_NOT_CACHED) {
    memcpy (out, store->cache + (gsize) store->slot[face] * REN_FACE_BYTES,
        REN_FACE_BYTES);
    return TRUE;
  }
  if (face_read (one, cropper, out, &cause)) {
    digest_pixels (out, &digest);
    if (memcmp (&digest, &store->digests[face], sizeof digest) == 0)
      return TRUE;
  }
  shown = console_name (face_name (one));
  g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
      "%s has changed since the training began%s%s", shown, cause ? ": " : "",
      cause ? cause->message : "");
  return FALSE;
}

static guint
hash_digest (gconstpointer data)
{
  guint hash;

  memcpy (&hash, data, sizeof hash);
  return hash;
}

static gboolean
equal_digests (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, FACE_DIGEST_BYTES) == 0;
}

guint
face_store_drop_twins (FaceStore *store, const FaceStore *other)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (hash_digest, equal_digests);
  g_autofree gboolean *drop = g_new0 (gboolean, store->faces->len);
  guint n = 0;

  for (guint i = 0; i < other->faces->len; i++)
    g_hash_table_add (seen, &other->digests[i]);
  for (guint i = 0; i < store->faces->len; i++) {
    drop[i] = g_hash_table_contains (seen, &store->digests[i]);
    n += drop[i] ? 1 : 0;
  }
  if (n)
    keep_faces (store, drop);
  return n;
}

void
face_store_targets (
    const FaceStore *store, guint face, guint n_classes, float *targets)
{
  const Face *one = store->faces->pdata[face];

  if (one->targets) {
    memcpy (targets, one->targets, n_classes * sizeof *targets);
    return;
  }
  memset (targets, 0, n_classes * sizeof *targets);
  targets[one->label] = 1;
}

void
face_store_count (const FaceStore *store, guint n_classes, double *n_of_class)
{
  float targets[REN_MAX_CLASSES];

  memset (n_of_class, 0, n_classes * sizeof *n_of_class);
  for (guint i = 0; i < store->faces->len; i++) {
    face_store_targets (store, i, n_classes, targets);
    for (guint c = 0; c < n_classes; c++)
      n_of_class[c] += targets[c];
  }
}

char *
face_store_fingerprint (const FaceStore *store, guint n_classes)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  float targets[REN_MAX_CLASSES];

  for (guint i = 0; i < store->faces->len; i++) {
    face_store_targets (store, i, n_classes, targets);
    g_checksum_update (sum, store->digests[i].bytes, FACE_DIGEST_BYTES);
    g_checksum_update (
        sum, (const guint8 *) targets, (gssize) (n_classes * sizeof *targets));
  }
  return g_strdup (g_checksum_get_string (sum));
}
