/* resemotenet: faces of several elements in one pass over the weights
 * SPDX-License-Identifier: MIT
 */
#include "batcher.h"

#include <string.h>

/* A member that ran no faces for so long is not waited for: its stream has
 * stalled, or nobody is in the picture. */
#define ABSENT_US (2 * G_USEC_PER_SEC)

typedef struct
{
  guint n_members; /* guarded by shared_lock */
  RenModel *model;
  RenPlan *plan;
  guint batch_size, n_classes;
  gboolean shared;

  GMutex lock;
  GQueue members; /* of BatchMember */
  GQueue waiting; /* those with faces, first come first; the first of them
                   * runs the next pass */
  guint n_faces;  /* of those */
  gboolean running;

  /* the pass that is running */
  guint8 *faces;  /* [batch_size][REN_FACE_BYTES] */
  gfloat *logits; /* [batch_size][n_classes] */
} Batcher;

struct _BatchMember
{
  Batcher *batcher;

  /* under the batcher's lock */
  GList as_member, as_waiting; /* links of the batcher's queues */
  GCond changed;               /* done, or first with nobody running */
  gint64 came;                 /* when it last had faces; 0 if it left */

  /* what it wants run */
  gboolean pending;
  const guint8 *faces;
  guint n_faces;
  gfloat *logits;
  gint64 begin, due;
  BatchCounts *counts;
};

/* Batchers that others can join. */
static GMutex shared_lock;
static GList *shared_batchers;

/* ---- batchers ---------------------------------------------------------- */

static Batcher *
batcher_new (RenModel *model, RenPlan *plan, gboolean shared)
{
  Batcher *b = g_new0 (Batcher, 1);

  b->model = ren_model_ref (model);
  b->plan = plan;
  b->batch_size = ren_plan_max_batch (plan);
  b->n_classes = ren_model_n_classes (model);
  b->shared = shared;
  g_mutex_init (&b->lock);
  b->faces = g_malloc ((gsize) b->batch_size * REN_FACE_BYTES);
  b->logits = g_new (gfloat, (gsize) b->batch_size * b->n_classes);
  return b;
}

static void
batcher_free (Batcher *b)
{
  ren_plan_unref (b->plan);
  ren_model_unref (b->model);
  g_mutex_clear (&b->lock);
  g_free (b->faces);
  g_free (b->logits);
  g_free (b);
}

/* With shared_lock held. Plans are compared rather than what was asked for: they
 * know what `auto` and 0 threads came to. */
static Batcher *
find_shared (RenModel *model, const RenPlan *plan)
{
  for (GList *l = shared_batchers; l; l = l->next) {
    Batcher *b = l->data;

    if (b->model == model &&
        ren_plan_precision (b->plan) == ren_plan_precision (plan) &&
        ren_plan_max_batch (b->plan) == ren_plan_max_batch (plan) &&
        ren_plan_n_threads (b->plan) == ren_plan_n_threads (plan))
      return b;
  }
  return NULL;
}

/* ---- passes, with the batcher's lock held ------------------------------- */

/* The first to wait looks again whether to run. */
static void
wake_first (Batcher *b)
{
  BatchMember *first = g_queue_peek_head (&b->waiting);

  if (first && !b->running)
    g_cond_signal (&first->changed);
}

/* When the first of those that wait cannot wait any longer. */
static gint64
earliest_due (const Batcher *b)
{
  gint64 due = G_MAXINT64;

  for (const GList *l = b->waiting.head; l; l = l->next)
    due = MIN (due, ((const BatchMember *) l->data)->due);
  return due;
}

static gboolean
all_came (const Batcher *b, gint64 now)
{
  for (const GList *l = b->members.head; l; l = l->next) {
    const BatchMember *m = l->data;

    if (!m->pending && m->came && now - m->came < ABSENT_US)
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_due (const Batcher *b, gint64 now)
{
  return b->n_faces >= b->batch_size || now >= earliest_due (b) ||
         all_came (b, now);
}

/* Takes those who wait, in their order, as long as their faces fit. Returns how
 * many faces they have. */
static guint
gather (Batcher *b, GQueue *pass)
{
  BatchMember *m;
  guint n = 0;

  while ((m = g_queue_peek_head (&b->waiting)) &&
         n + m->n_faces <= b->batch_size) {
    g_queue_unlink (&b->waiting, &m->as_waiting);
    g_queue_push_tail_link (pass, &m->as_waiting);
    memcpy (b->faces + (gsize) n * REN_FACE_BYTES, m->faces,
        (gsize) m->n_faces * REN_FACE_BYTES);
    n += m->n_faces;
  }
  b->n_faces -= n;
  return n;
}

/* Hands out the results of a pass of n faces. */
static void
scatter (Batcher *b, GQueue *pass, guint n, gint64 began)
{
  const gint64 now = g_get_monotonic_time ();
  const gfloat *logits = b->logits;
  GList *link;

  while ((link = g_queue_pop_head_link (pass))) {
    BatchMember *m = link->data;
    const gsize n_logits = (gsize) m->n_faces * b->n_classes;

    memcpy (m->logits, logits, n_logits * sizeof *logits);
    logits += n_logits;
    m->counts->n++;
    m->counts->n_faces += n;
    m->counts->waited_us += (guint64) (began - m->begin);
    /* a long pass makes nobody absent */
    if (m->came)
      m->came = now;
    m->pending = FALSE;
    g_cond_signal (&m->changed);
  }
}

static void
run_pass (Batcher *b, BatchMember *leader)
{
  const gint64 began = g_get_monotonic_time ();
  GQueue pass = G_QUEUE_INIT;
  guint n = gather (b, &pass);

  b->running = TRUE;
  g_mutex_unlock (&b->lock);
  ren_plan_run (b->plan, b->faces, n, b->logits);
  g_mutex_lock (&b->lock);
  b->running = FALSE;

  leader->counts->n_led++;
  scatter (b, &pass, n, began);
  wake_first (b);
}

/* ---- members ----------------------------------------------------------- */

BatchMember *
batch_member_new (RenModel *model, RenPrecision precision, guint batch_size,
    guint n_threads, gboolean shared, GError **error)
{
  RenPlan *plan = ren_plan_new (model, precision, batch_size, n_threads, error);
  BatchMember *m;
  Batcher *b;

  if (!plan)
    return NULL;

  g_mutex_lock (&shared_lock);
  b = shared ? find_shared (model, plan) : NULL;
  if (!b) {
    b = batcher_new (model, g_steal_pointer (&plan), shared);
    if (shared)
      shared_batchers = g_list_prepend (shared_batchers, b);
  }
  b->n_members++;
  g_mutex_unlock (&shared_lock);
  ren_plan_unref (plan);

  m = g_new0 (BatchMember, 1);
  m->batcher = b;
  m->as_member.data = m->as_waiting.data = m;
  g_cond_init (&m->changed);
  g_mutex_lock (&b->lock);
  g_queue_push_tail_link (&b->members, &m->as_member);
  g_mutex_unlock (&b->lock);
  return m;
}

void
batch_member_free (BatchMember *m)
{
  Batcher *b;
  gboolean last;

  if (!m)
    return;
  b = m->batcher;

  g_mutex_lock (&b->lock);
  g_queue_unlink (&b->members, &m->as_member);
  wake_first (b);
  g_mutex_unlock (&b->lock);

  g_mutex_lock (&shared_lock);
  last = --b->n_members == 0;
  if (last)
    shared_batchers = g_list_remove (shared_batchers, b);
  g_mutex_unlock (&shared_lock);
  if (last)
    batcher_free (b);

  g_cond_clear (&m->changed);
  g_free (m);
}

const RenPlan *
batch_member_plan (const BatchMember *m)
{
  return m->batcher->plan;
}

RenPlan *
batch_member_own_plan (const BatchMember *m)
{
  return m->batcher->shared ? NULL : m->batcher->plan;
}

gboolean
batch_member_is_shared (const BatchMember *m)
{
  return m->batcher->shared;
}

void
batch_member_run (BatchMember *m, const guint8 *faces, guint n_faces,
    gint64 due, gfloat *logits, BatchCounts *counts)
{
  Batcher *b = m->batcher;
  const gint64 now = g_get_monotonic_time ();
  gboolean sooner;

  g_return_if_fail (n_faces >= 1 && n_faces <= b->batch_size);

  g_mutex_lock (&b->lock);
  m->faces = faces;
  m->n_faces = n_faces;
  m->logits = logits;
  m->begin = m->came = now;
  m->due = due;
  m->counts = counts;
  m->pending = TRUE;
  sooner = due < earliest_due (b);
  g_queue_push_tail_link (&b->waiting, &m->as_waiting);
  b->n_faces += n_faces;
  /* not for nothing: a thread that is woken costs more than some of a pass */
  if (sooner || is_due (b, now))
    wake_first (b);

  while (m->pending) {
    if (b->running || g_queue_peek_head (&b->waiting) != m)
      g_cond_wait (&m->changed, &b->lock);
    else if (!is_due (b, g_get_monotonic_time ()))
      g_cond_wait_until (&m->changed, &b->lock, earliest_due (b));
    else
      run_pass (b, m);
  }
  g_mutex_unlock (&b->lock);
}

void
batch_member_leave (BatchMember *m)
{
  Batcher *b = m->batcher;

  g_mutex_lock (&b->lock);
  m->came = 0;
  m->due = 0;
  wake_first (b);
  g_mutex_unlock (&b->lock);
}
