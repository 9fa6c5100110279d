/* SPDX-License-Identifier: MIT
 *
 * A ring of batches lies between the threads that make them and the one that
 * learns. Makers take the next batch whose place in the ring is free; batch b
 * lies in place b modulo the ring's size, so they come in order.
 */
#include <math.h>
#include <string.h>

#include "app.h"
#include "loader.h"

/* Pictures that are not in memory are decoded by this many threads. */
#define N_MAKERS_STREAMING 4
/* Batches that wait, beyond one for each maker and the one in use. */
#define N_WAITING 2

/* What the sequences of random numbers are for. */
enum
{
  PURPOSE_ORDER = 1,
  PURPOSE_FACE,
  PURPOSE_BLEND,
};

typedef struct
{
  Batch batch;
  gboolean done;
  GError *error;
} Place;

struct _Loader
{
  const FaceStore *store;
  LoaderOptions options;
  guint n_batches; /* of an epoch */
  guint share;     /* faces of a batch that this rank makes */
  GThread *makers[N_MAKERS_STREAMING];
  guint n_makers;

  guint32 *order; /* of the faces in this epoch; written while no maker works */
  guint64 face_key, blend_key; /* of this epoch, likewise */

  guint n_places;
  Place *places;
  GMutex lock; /* of all below, and of `done` in the places */
  GCond room, ready, idle;
  gboolean quit;
  guint next;     /* first batch that no maker has taken */
  guint end;      /* of the epoch; = next: nothing to do */
  guint consumed; /* batches whose places may be used again */
  guint n_working;
  gboolean in_use; /* batch `consumed` has been handed out */
};

/* ---- one batch ----------------------------------------------------------- */

/* Another order for each epoch: Fisher and Yates's shuffle. */
static void
shuffle (guint32 *order, guint n, guint64 key)
{
  for (guint i = 0; i < n; i++)
    order[i] = i;
  for (guint i = n; i-- > 1;) {
    /* of 64 bits, the remainder's bias is below 2^-32 */
    const guint j = (guint) (ren_random (key, i) % (i + 1));
    const guint32 other = order[j];

    order[j] = order[i];
    order[i] = other;
  }
}

/* Uniform, but neither 0 nor 1. */
static double
draw_open (guint64 key, guint64 counter)
{
  return ((double) (ren_random (key, counter) >> 12) + .5) * 0x1p-52;
}

/* Beta (a, a) by Jöhnk's rejection: of two numbers u^(1/a), v^(1/a) whose sum
 * is at most 1, the first's share. For a up to 4 one pair in 70 will do. */
static float
draw_beta (double a, guint64 key)
{
  for (guint64 i = 0;; i += 2) {
    const double x = pow (draw_open (key, i), 1 / a);
    const double y = pow (draw_open (key, i + 1), 1 / a);

    if (x + y <= 1)
      return (float) (x / (x + y));
  }
}

/* The face at a position of the epoch's order, changed at random. */
static gboolean
make_face (const Loader *self, RenCropper *cropper, guint position, float *out,
    float *targets, GError **error)
{
  const guint face = self->order[position];
  guint8 pixels[REN_FACE_BYTES];

  if (!face_store_read (self->store, face, cropper, pixels, error))
    return FALSE;
  ren_augment_face (&self->options.augment, pixels,
      ren_random_key (self->face_key, face), out);
  face_store_targets (self->store, face, self->options.n_classes, targets);
  return TRUE;
}

static void
blend (float *values, const float *others, guint n, float share)
{
  for (guint i = 0; i < n; i++)
    values[i] = share * values[i] + (1 - share) * others[i];
}

/* Zhang et al. 2018, "mixup": each face of the batch with the next one, the
 * last with the first. There is one face more than the share, to blend with. */
static void
blend_faces (const Loader *self, guint first, Batch *batch)
{
  const guint n_classes = self->options.n_classes;

  for (guint i = 0; i < batch->n_faces; i++) {
    const float share = draw_beta (
        self->options.mixup, ren_random_key (self->blend_key, first + i));
    float *face = batch->faces + (gsize) i * REN_FACE_BYTES;
    float *targets = batch->targets + (gsize) i * n_classes;

    blend (face, face + REN_FACE_BYTES, REN_FACE_BYTES, share);
    blend (targets, targets + n_classes, n_classes, share);
  }
}

static gboolean
make_batch (const Loader *self, RenCropper *cropper, guint b, Batch *batch,
    GError **error)
{
  const guint begin = b * self->options.batch;
  const guint first = self->options.rank * self->share;
  const gboolean mixes = self->options.mixup > 0;

  batch->n_faces = self->share;
  for (guint i = 0; i < self->share + (mixes ? 1 : 0); i++)
    if (!make_face (self, cropper, begin + (first + i) % self->options.batch,
            batch->faces + (gsize) i * REN_FACE_BYTES,
            batch->targets + (gsize) i * self->options.n_classes, error))
      return FALSE;
  if (mixes)
    blend_faces (self, begin + first, batch);
  return TRUE;
}

/* ---- threads ------------------------------------------------------------- */

static gpointer
maker (gpointer data)
{
  Loader *self = data;
  g_autoptr (RenCropper) cropper = ren_cropper_new ();

  g_mutex_lock (&self->lock);
  while (!self->quit) {
    Place *place;
    guint b;

    if (self->next == self->end ||
        self->next - self->consumed >= self->n_places) {
      g_cond_wait (&self->room, &self->lock);
      continue;
    }
    b = self->next++;
    place = &self->places[b % self->n_places];
    self->n_working++;
    g_mutex_unlock (&self->lock);

    make_batch (self, cropper, b, &place->batch, &place->error);

    g_mutex_lock (&self->lock);
    place->done = TRUE;
    self->n_working--;
    g_cond_signal (&self->ready);
    g_cond_signal (&self->idle);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* Waits until no maker works and none begins; under the lock. */
static void
stop (Loader *self)
{
  self->end = self->next;
  while (self->n_working > 0)
    g_cond_wait (&self->idle, &self->lock);
  for (guint i = 0; i < self->n_places; i++) {
    self->places[i].done = FALSE;
    g_clear_error (&self->places[i].error);
  }
}

static gboolean
all_in_memory (const FaceStore *store)
{
  for (guint i = 0; i < store->faces->len; i++)
    if (store->slot[i] == FACE_NOT_CACHED)
      return FALSE;
  return TRUE;
}

Loader *
loader_new (
    const FaceStore *store, const LoaderOptions *options, GError **error)
{
  const guint n_faces = store->faces->len;
  /* with mixup, one face more */
  const gsize n_made = options->batch / options->n_ranks + 1;
  Loader *self;

  if (n_faces < options->batch) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "%u pictures are fewer than the %u that one step takes: give a smaller "
        "--batch",
        n_faces, options->batch);
    return NULL;
  }
  self = g_new0 (Loader, 1);
  self->store = store;
  self->options = *options;
  self->share = options->batch / options->n_ranks;
  self->n_batches = n_faces / options->batch;
  self->order = g_new (guint32, n_faces);
  self->n_makers = all_in_memory (store) ? 1 : N_MAKERS_STREAMING;
  self->n_places = self->n_makers + N_WAITING + 1;
  self->places = g_new0 (Place, self->n_places);
  for (guint i = 0; i < self->n_places; i++) {
    self->places[i].batch.faces = g_new (float, n_made *REN_FACE_BYTES);
    self->places[i].batch.targets = g_new (float, n_made * options->n_classes);
  }
  g_mutex_init (&self->lock);
  g_cond_init (&self->room);
  g_cond_init (&self->ready);
  g_cond_init (&self->idle);
  for (guint i = 0; i < self->n_makers; i++)
    self->makers[i] = g_thread_new ("loader", maker, self);
  return self;
}

void
loader_free (Loader *self)
{
  if (!self)
    return;
  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  g_cond_broadcast (&self->room);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < self->n_makers; i++)
    g_thread_join (self->makers[i]);
  for (guint i = 0; i < self->n_places; i++) {
    g_free (self->places[i].batch.faces);
    g_free (self->places[i].batch.targets);
    g_clear_error (&self->places[i].error);
  }
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->room);
  g_cond_clear (&self->ready);
  g_cond_clear (&self->idle);
  g_free (self->places);
  g_free (self->order);
  g_free (self);
}

guint
loader_n_batches (const Loader *self)
{
  return self->n_batches;
}

void
loader_start (Loader *self, guint epoch, guint batch)
{
  const guint64 seed = self->options.seed;

  g_mutex_lock (&self->lock);
  stop (self);
  shuffle (self->order, self->store->faces->len,
      ren_random_key (ren_random_key (seed, PURPOSE_ORDER), epoch));
  self->face_key = ren_random_key (ren_random_key (seed, PURPOSE_FACE), epoch);
  self->blend_key =
      ren_random_key (ren_random_key (seed, PURPOSE_BLEND), epoch);
  self->next = self->consumed = batch;
  self->in_use = FALSE;
  self->end = self->n_batches;
  g_cond_broadcast (&self->room);
  g_mutex_unlock (&self->lock);
}

const Batch *
loader_next (Loader *self, GError **error)
{
  Place *place;

  g_mutex_lock (&self->lock);
  /* the one before is done with: it is the last that was handed out */
  if (self->in_use) {
    self->places[self->consumed % self->n_places].done = FALSE;
    self->consumed++;
    g_cond_broadcast (&self->room);
  }
  place = &self->places[self->consumed % self->n_places];
  while (!place->done)
    g_cond_wait (&self->ready, &self->lock);
  self->in_use = TRUE;
  g_mutex_unlock (&self->lock);

  if (place->error) {
    g_propagate_error (error, g_steal_pointer (&place->error));
    return NULL;
  }
  return &place->batch;
}
