/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "memory.h"
#include "tiles.h"

#define MAX_THREADS 64

G_DEFINE_BOXED_TYPE (RenPlan, ren_plan, ren_plan_ref, ren_plan_unref)

static gboolean
check_range (const char *what, guint value, guint max, GError **error)
{
  if (value >= 1 && value <= max)
    return TRUE;
  g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT,
      "%s must be 1 to %u, not %u", what, max, value);
  return FALSE;
}

/* Cannot overflow: sizes are the network's own, max_batch and threads bounded. */
static gboolean
lay_out_memory (RenPlan *plan, guint n_threads, GError **error)
{
  const gsize n_stem = MIN (plan->max_batch, REN_STEM_IMAGES);
  const gsize size = plan->element_size;
  gsize used = 0, padded_at[2], act_at[3], values_at, scratch_at;

  for (guint i = 0; i < 2; i++) {
    padded_at[i] = used;
    used += REN_ALIGN (ren_stem_padded_elements (i) * n_stem * size);
  }
  for (guint i = 0; i < 3; i++) {
    act_at[i] = used;
    used += REN_ALIGN (ren_run_act_elements (i) * plan->max_batch * size);
  }
  values_at = used;
  used +=
      REN_ALIGN (ren_image_tiles_elements (plan->precision, plan->max_batch) *
                 sizeof (float));
  scratch_at = used;
  plan->scratch_bytes =
      REN_ALIGN (MAX (ren_stem_scratch_bytes (), ren_product_scratch_bytes ()));
  used += plan->scratch_bytes * n_threads;

  plan->arena = ren_try_alloc (used, error);
  if (!plan->arena)
    return FALSE;
  for (guint i = 0; i < 2; i++) {
    plan->padded[i] = plan->arena + padded_at[i];
    /* the padding; nothing else is read before it is written */
    memset (plan->padded[i], 0, ren_stem_padded_elements (i) * n_stem * size);
  }
  for (guint i = 0; i < 3; i++)
    plan->act[i] = plan->arena + act_at[i];
  plan->values = (float *) (plan->arena + values_at);
  plan->scratch = plan->arena + scratch_at;
  return TRUE;
}

static gboolean
list_rows (RenPlan *plan, GError **error)
{
  for (RenLayerId id = REN_FIRST_PRODUCT; id <= REN_LAST_PRODUCT; id++)
    if (!ren_layer_rows_init (
            &plan->layer_rows[id], id, plan->precision, error))
      return FALSE;
  return TRUE;
}

RenPlan *
ren_plan_new_for (RenModel *model, RenPrecision precision, RenCpu cpu,
    guint max_batch, guint n_threads, GError **error)
{
  RenPlan *plan;

  if (n_threads == 0)
    n_threads = MIN (g_get_num_processors (), MAX_THREADS);
  if (!check_range ("the batch", max_batch, REN_MAX_BATCH, error) ||
      !check_range ("the number of threads", n_threads, MAX_THREADS, error))
    return NULL;

  plan = ren_try_new0 (RenPlan, 1, error);
  if (!plan)
    return NULL;
  g_atomic_ref_count_init (&plan->refs);
  g_mutex_init (&plan->running);
  plan->model = ren_model_ref (model);
  plan->precision = precision;
  plan->element_size = precision == REN_PRECISION_INT8 ? 1 : sizeof (float);
  plan->max_batch = max_batch;
  ren_rows_init (&plan->rows, cpu);
  ren_conv_init (&plan->conv, cpu);
  ren_finish_init (&plan->finish, cpu);

  if (!list_rows (plan, error) || !lay_out_memory (plan, n_threads, error) ||
      !(plan->weights = ren_weights_get (model, precision, error)) ||
      !(plan->pool = ren_pool_new (n_threads, error)))
    g_clear_pointer (&plan, ren_plan_unref);
  return plan;
}

RenPlan *
ren_plan_new (RenModel *model, RenPrecision precision, guint max_batch,
    guint n_threads, GError **error)
{
  g_return_val_if_fail (model != NULL, NULL);

  switch (precision) {
    case REN_PRECISION_AUTO:
      /* fp16 and int8 as they are: the same results, less to read */
      precision = ren_model_precision (model);
      if (precision == REN_PRECISION_BF16)
        precision = REN_PRECISION_FP32;
      break;
    case REN_PRECISION_FP32:
    case REN_PRECISION_FP16:
    case REN_PRECISION_INT8:
      break;
    default:
      g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT,
          "%s: a model runs in fp32, fp16 or int8; bf16 is for weights in "
          "files, and runs in fp32",
          model->path);
      return NULL;
  }
  return ren_plan_new_for (
      model, precision, ren_cpu_detect (), max_batch, n_threads, error);
}

RenPlan *
ren_plan_ref (RenPlan *plan)
{
  g_atomic_ref_count_inc (&plan->refs);
  return plan;
}

void
ren_plan_unref (RenPlan *plan)
{
  if (!plan || !g_atomic_ref_count_dec (&plan->refs))
    return;
  ren_pool_free (plan->pool);
  ren_weights_unref (plan->weights);
  ren_model_unref (plan->model);
  for (RenLayerId id = REN_FIRST_PRODUCT; id <= REN_LAST_PRODUCT; id++)
    ren_layer_rows_clear (&plan->layer_rows[id]);
  free (plan->arena);
  g_mutex_clear (&plan->running);
  g_free (plan);
}

guint
ren_plan_max_batch (const RenPlan *plan)
{
  return plan->max_batch;
}

guint
ren_plan_n_threads (const RenPlan *plan)
{
  return ren_pool_n_threads (plan->pool);
}

RenPrecision
ren_plan_precision (const RenPlan *plan)
{
  return plan->precision;
}

void
ren_run_timed (RenPlan *plan, const guint8 *faces, guint n_faces, float *logits,
    gint64 *nanoseconds)
{
  const guint n_classes = ren_model_n_classes (plan->model);

  g_mutex_lock (&plan->running);
  plan->nanoseconds = nanoseconds;
  while (n_faces > 0) {
    guint n = MIN (n_faces, plan->max_batch);

    ren_run_batch (plan, faces, n, logits);
    faces += (gsize) n * REN_FACE_BYTES;
    logits += (gsize) n * n_classes;
    n_faces -= n;
  }
  g_mutex_unlock (&plan->running);
}

void
ren_plan_run (RenPlan *plan, const guint8 *faces, guint n_faces, float *logits)
{
  ren_run_timed (plan, faces, n_faces, logits, NULL);
}

double
ren_limit_measure (
    RenLimit limit, guint n_threads, double seconds, GError **error)
{
  if (!check_range ("the number of threads", n_threads, MAX_THREADS, error))
    return 0;
  switch (limit) {
    case REN_LIMIT_FP32:
    case REN_LIMIT_INT8:
      return ren_limit_multiply_adds (ren_cpu_detect (),
          limit == REN_LIMIT_INT8, n_threads, seconds, error);
    case REN_LIMIT_READ:
      return ren_limit_read (n_threads, seconds, error);
    default:
      g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT,
          "%d is nothing that is measured", (gint) limit);
      return 0;
  }
}
