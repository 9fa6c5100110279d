/* Faces through the network: some threads read and crop, the caller's runs.
 * SPDX-License-Identifier: MIT
 *
 * A ring of prepared faces lies between them. Readers take the next faces that
 * fit into the ring; the caller waits for the oldest, so results come in order
 * whatever the readers' timing is.
 */
#include <string.h>

#include "app.h"
#include "faces.h"
#include "mirror.h"

/* Readers may hold one decoded picture each. */
#define MAX_READERS 8

typedef struct
{
  gboolean done;
  char *reason; /* NULL: `grey` holds the face */
  guint8 grey[REN_FACE_BYTES];
} Slot;

typedef struct
{
  const GPtrArray *faces;
  guint n_slots;
  Slot *slots; /* face i lies in slot i % n_slots */

  GMutex lock; /* of all below, and of `done` in the slots */
  GCond room, ready;
  guint next;     /* first face that no reader has taken */
  guint consumed; /* faces whose slots may be used again */
} Ring;

/* Faces [begin, end) are of one picture: it is decoded once. */
static void
read_faces (Ring *ring, RenCropper *cropper, guint begin, guint end)
{
  g_autoptr (GError) error = NULL;
  g_auto (Image) image = { 0 };
  RenPicture picture;
  const gboolean ok =
      face_open (ring->faces->pdata[begin], &image, &picture, &error);

  for (guint i = begin; i < end; i++) {
    Slot *slot = &ring->slots[i % ring->n_slots];
    g_autoptr (GError) cause = NULL;

    if (!ok)
      slot->reason = g_strdup (error->message);
    else if (!face_crop (
                 ring->faces->pdata[i], &picture, cropper, slot->grey, &cause))
      slot->reason = g_strdup (cause->message);
  }
}

static gpointer
reader (gpointer data)
{
  Ring *ring = data;
  g_autoptr (RenCropper) cropper = ren_cropper_new ();

  g_mutex_lock (&ring->lock);
  for (;;) {
    const guint n = ring->faces->len;
    const Face *face;
    guint begin, end;

    while (ring->next < n && ring->next - ring->consumed >= ring->n_slots)
      g_cond_wait (&ring->room, &ring->lock);
    if (ring->next == n)
      break;

    begin = ring->next;
    end = begin + 1;
    face = ring->faces->pdata[begin];
    while (end < n && end - ring->consumed < ring->n_slots && !face->pixels &&
           strcmp (((Face *) ring->faces->pdata[end])->path, face->path) == 0)
      end++;
    ring->next = end;
    g_mutex_unlock (&ring->lock);

    read_faces (ring, cropper, begin, end);

    g_mutex_lock (&ring->lock);
    for (guint i = begin; i < end; i++)
      ring->slots[i % ring->n_slots].done = TRUE;
    g_cond_signal (&ring->ready);
  }
  g_mutex_unlock (&ring->lock);
  return NULL;
}

static void
free_skipped (gpointer data)
{
  SkippedFace *skipped = data;

  g_free (skipped->reason);
  g_free (skipped);
}

static void
skip_face (GPtrArray *skipped, const Face *face, char *reason)
{
  g_autofree char *shown = console_name (face_name (face));
  SkippedFace *entry = g_new (SkippedFace, 1);

  *entry = (SkippedFace){ face, reason };
  g_ptr_array_add (skipped, entry);
  /* not a note: --quiet must not hide that a result is incomplete */
  console_error ("skipped %s: %s", shown, reason);
}

/* Where a batch is put together. */
typedef struct
{
  RenPlan *plan;
  FacesFlags flags;
  guint n, n_classes;
  const Face **faces;
  guint8 *grey;  /* n × REN_FACE_BYTES, twice: see mirror_run() */
  float *logits; /* n × n_classes, likewise */
} Batch;

static void
run_batch (Batch *batch, FaceFunc func, gpointer user_data)
{
  mirror_run (batch->plan, batch->n_classes, batch->flags & FACES_MIRROR,
      batch->grey, batch->n, batch->logits);
  for (guint i = 0; i < batch->n; i++)
    func (batch->faces[i], batch->grey + (gsize) i * REN_FACE_BYTES,
        batch->logits + (gsize) i * batch->n_classes, user_data);
  batch->n = 0;
}

/* Collects faces from the ring into batches and runs them. */
static void
run_all (Ring *ring, RenPlan *plan, RenModel *model, FacesFlags flags,
    FaceFunc func, gpointer user_data, GPtrArray *skipped)
{
  const gsize max = ren_plan_max_batch (plan);
  const guint n_classes = ren_model_n_classes (model);
  g_autofree guint8 *grey = g_malloc (2 * max * REN_FACE_BYTES);
  g_autofree float *logits = g_new (float, 2 * max * n_classes);
  g_autofree const Face **faces = g_new (const Face *, max);
  Batch batch = { .plan = plan,
    .flags = flags,
    .n_classes = n_classes,
    .faces = faces,
    .grey = grey,
    .logits = logits };

  for (guint i = 0; i < ring->faces->len; i++) {
    Slot *slot = &ring->slots[i % ring->n_slots];
    const Face *face = ring->faces->pdata[i];
    char *reason;

    g_mutex_lock (&ring->lock);
    while (!slot->done)
      g_cond_wait (&ring->ready, &ring->lock);
    reason = g_steal_pointer (&slot->reason);
    if (!reason) {
      memcpy (
          grey + (gsize) batch.n * REN_FACE_BYTES, slot->grey, REN_FACE_BYTES);
      faces[batch.n++] = face;
    }
    slot->done = FALSE;
    ring->consumed = i + 1;
    g_cond_broadcast (&ring->room);
    g_mutex_unlock (&ring->lock);

    if (reason)
      skip_face (skipped, face, reason);
    if (batch.n == max || (batch.n && i + 1 == ring->faces->len))
      run_batch (&batch, func, user_data);
    console_progress (i + 1);
  }
}

gboolean
faces_classify (RenModel *model, GPtrArray *faces, FacesFlags flags,
    FaceFunc func, gpointer user_data, GPtrArray **skipped, GError **error)
{
  const guint batch = MIN ((guint) shared_options.batch, MAX (faces->len, 1));
  g_autoptr (RenPlan) plan = ren_plan_new (model, shared_options.precision,
      batch, (guint) shared_options.threads, error);
  g_autoptr (GPtrArray) left_out =
      g_ptr_array_new_with_free_func (free_skipped);
  g_autofree Slot *slots = NULL;
  GThread *readers[MAX_READERS];
  guint n_readers;
  Ring ring = { .faces = faces };

  if (!plan)
    return FALSE;
  ring.n_slots = MIN (4 * batch, MAX (faces->len, 1));
  ring.slots = slots = g_new0 (Slot, ring.n_slots);
  g_mutex_init (&ring.lock);
  g_cond_init (&ring.room);
  g_cond_init (&ring.ready);

  n_readers = CLAMP (ren_plan_n_threads (plan), 1, MAX_READERS);
  n_readers = MIN (n_readers, MAX (faces->len, 1));
  for (guint i = 0; i < n_readers; i++)
    readers[i] = g_thread_new ("reader", reader, &ring);
  run_all (&ring, plan, model, flags, func, user_data, left_out);
  for (guint i = 0; i < n_readers; i++)
    g_thread_join (readers[i]);

  g_mutex_clear (&ring.lock);
  g_cond_clear (&ring.room);
  g_cond_clear (&ring.ready);
  console_progress_end ();

  if (left_out->len == faces->len) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "none of %u pictures could be read", faces->len);
    return FALSE;
  }
  if (left_out->len)
    console_error ("%u of %u pictures could not be read and were left out",
        left_out->len, faces->len);
  if (skipped)
    *skipped = g_steal_pointer (&left_out);
  return TRUE;
}
