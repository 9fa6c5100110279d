/* From a picture and a box to the grey face that the network reads.
 * SPDX-License-Identifier: MIT
 */
#include "cropper.h"

#include "cpu.h"
#include "plan.h"
#include "pool.h"
#include "taps.h"

/* Samples up to so many bytes apart are read with what is between them; others,
 * as of pictures that are turned, one by one. */
#define MAX_PIXEL_STRIDE 16

#define CACHE_LINE 64 /* of most processors */

#define ROUND_UP(n) (((n) + REN_STRIP - 1) / REN_STRIP * REN_STRIP)

struct _RenCropper
{
  RenResampleKernels k;
  RenAxis across, down;
  guint8 *samples; /* of REN_STRIP input rows, side by side */
  guint8 *lines;   /* REN_STRIP input rows, turned: [byte][REN_STRIP] */
  guint8 *rows;    /* [component][input row][REN_FACE_SIZE]: across is done */
  gsize samples_size, lines_size, rows_size;
  guint8 component[3][REN_FACE_BYTES];
  guint8 *batch; /* see ren_cropper_batch() */
  gsize batch_size;

  GPtrArray *others; /* (nullable): croppers of a plan's other threads */
};

RenCropper *
ren_cropper_new (void)
{
  RenCropper *cropper = g_new0 (RenCropper, 1);

  ren_resample_init (&cropper->k, ren_cpu_detect ());
  return cropper;
}

void
ren_cropper_free (RenCropper *cropper)
{
  if (!cropper)
    return;
  ren_axis_clear (&cropper->across);
  ren_axis_clear (&cropper->down);
  g_free (cropper->samples);
  g_free (cropper->lines);
  g_free (cropper->rows);
  g_free (cropper->batch);
  g_clear_pointer (&cropper->others, g_ptr_array_unref);
  g_free (cropper);
}

static guint8 *
grow (guint8 **buffer, gsize *size, gsize needed)
{
  if (needed > *size) {
    g_free (*buffer);
    *buffer = g_malloc (needed);
    *size = needed;
  }
  return *buffer;
}

guint8 *
ren_cropper_batch (RenCropper *cropper, guint n_faces)
{
  return grow (
      &cropper->batch, &cropper->batch_size, (gsize) n_faces * REN_FACE_BYTES);
}

/* Where a face lies in planes that share their bytes, as chroma in NV12 and all
 * of RGB do; in one plane otherwise. */
typedef struct
{
  const guint8 *data; /* the first byte of the first row */
  gssize stride_bytes;
  gint pixel_stride;
  gsize n_samples, n_rows;
  RenStretch across, down;
  guint n_components;
  gsize offset[3]; /* bytes from data to the first sample of each */
} Region;

static RenStretch
stretch (gint64 begin, gint64 length, guint sub, gint size)
{
  const double step = 1 << sub;
  /* a plane holds ceil (size / step) samples */
  const gint samples = (size + (1 << sub) - 1) >> sub;
  const gint first = (gint) begin, end = (gint) (begin + length);

  return (RenStretch){ .begin = first / step,
    .end = end / step,
    .lo = first >> sub,
    .hi = MIN ((end + (1 << sub) - 1) >> sub, samples) };
}

static Region
one_plane (
    const RenPicture *picture, const RenPlane *plane, const RenRect *rect)
{
  Region r = { .stride_bytes = plane->stride_bytes,
    .pixel_stride = plane->pixel_stride,
    .across = stretch (rect->x, rect->w, plane->w_sub, picture->width),
    .down = stretch (rect->y, rect->h, plane->h_sub, picture->height),
    .n_components = 1 };

  r.n_samples = (gsize) (r.across.hi - r.across.lo);
  r.n_rows = (gsize) (r.down.hi - r.down.lo);
  r.data = plane->data + (gssize) r.down.lo * plane->stride_bytes +
           (gssize) r.across.lo * plane->pixel_stride;
  return r;
}

static gboolean
is_dense (const Region *r)
{
  return r->pixel_stride >= 1 && r->pixel_stride <= MAX_PIXEL_STRIDE;
}

/* FALSE if r is of other bytes. */
static gboolean
add_component (Region *region, const Region *r)
{
  const gssize shift = r->data - region->data;

  if (!is_dense (r) || r->stride_bytes != region->stride_bytes ||
      r->pixel_stride != region->pixel_stride ||
      !ren_stretch_equal (&r->across, &region->across) ||
      !ren_stretch_equal (&r->down, &region->down) ||
      ABS (shift) >= r->pixel_stride)
    return FALSE;
  if (shift < 0) {
    region->data = r->data;
    for (guint c = 0; c < region->n_components; c++)
      region->offset[c] += (gsize) -shift;
  }
  region->offset[region->n_components++] = (gsize) MAX (shift, 0);
  return TRUE;
}

/* Of a row, where samples are dense. */
static gsize
row_bytes (const Region *r)
{
  gsize most = 0;

  for (guint c = 0; c < r->n_components; c++)
    most = MAX (most, r->offset[c]);
  return (r->n_samples - 1) * (gsize) r->pixel_stride + most + 1;
}

/* Asks for a strip before it is needed: memory is far away, and processors do
 * not guess where the next rows are. */
static void
fetch_strip (const Region *r, gsize y)
{
  const guint8 *row = r->data + (gssize) y * r->stride_bytes;
  const gsize n_rows = MIN (y + REN_STRIP, r->n_rows);
  const gsize n_bytes = is_dense (r) ? row_bytes (r) : 0;

  for (; y < n_rows; y++, row += r->stride_bytes)
    for (gsize i = 0; i < n_bytes; i += CACHE_LINE)
      __builtin_prefetch (row + i);
}

/* out = grey made of n_components of in. n is a multiple of REN_STRIP. */
static void
mix (const RenCropper *cropper, const RenPicture *picture,
    const guint8 *const *in, gsize n, guint8 *out)
{
  gint32 weight[3] = { 0 };
  gint64 most = ABS ((gint64) picture->offset) + 32768;

  for (guint c = 0; c < picture->n_planes; c++) {
    weight[c] = picture->planes[c].weight;
    most += 255 * ABS ((gint64) weight[c]);
  }
  if (most <= G_MAXINT32) {
    cropper->k.mix (in, weight, picture->n_planes, picture->offset, n, out);
    return;
  }
  for (gsize i = 0; i < n; i++) {
    gint64 sum = (gint64) picture->offset + 32768;

    for (guint c = 0; c < picture->n_planes; c++)
      sum += (gint64) weight[c] * in[c][i];
    out[i] = (guint8) CLAMP (sum >> 16, 0, 255);
  }
}

/* Turns the strip from row y on; of dense samples with what is between them. */
static void
read_strip (RenCropper *cropper, const Region *r, gsize y, gsize n_lines)
{
  const guint8 *src = r->data + (gssize) y * r->stride_bytes;
  const guint n_rows = (guint) MIN (REN_STRIP, r->n_rows - y);
  gssize stride = r->stride_bytes;

  if (!is_dense (r)) {
    guint8 *samples =
        grow (&cropper->samples, &cropper->samples_size, n_lines * REN_STRIP);

    for (gsize row = 0; row < n_rows; row++)
      for (gsize i = 0; i < n_lines; i++)
        samples[row * n_lines + i] =
            src[(gssize) row * stride + (gssize) i * r->pixel_stride];
    src = samples;
    stride = (gssize) n_lines;
  }
  cropper->k.turn (src, stride, n_rows, n_lines, cropper->lines);
}

/* grey_of: (nullable): the picture, where grey is made before resampling */
static void
resample (RenCropper *cropper, const Region *r, const RenPicture *grey_of,
    guint8 *out)
{
  const gsize n_lines = is_dense (r) ? row_bytes (r) : r->n_samples;
  const gsize step = is_dense (r) ? (gsize) r->pixel_stride : 1;
  const gsize rows_pitch = ROUND_UP (r->n_rows) * REN_FACE_SIZE;
  guint8 *lines =
      grow (&cropper->lines, &cropper->lines_size, n_lines * REN_STRIP);
  guint8 *rows =
      grow (&cropper->rows, &cropper->rows_size, r->n_components * rows_pitch);

  ren_axis_set (&cropper->across, &cropper->k, &r->across);
  ren_axis_set (&cropper->down, &cropper->k, &r->down);
  for (gsize y = 0; y < r->n_rows; y += REN_STRIP) {
    fetch_strip (r, y + REN_STRIP);
    read_strip (cropper, r, y, n_lines);
    if (grey_of)
      mix (cropper, grey_of, (const guint8 *const *) &lines,
          n_lines * REN_STRIP, lines);
    for (guint c = 0; c < r->n_components; c++)
      cropper->k.across (&cropper->across.taps,
          lines + r->offset[c] * REN_STRIP, step,
          rows + c * rows_pitch + y * REN_FACE_SIZE);
  }
  for (guint c = 0; c < r->n_components; c++)
    cropper->k.down (
        &cropper->down.taps, rows + c * rows_pitch, out + c * REN_FACE_BYTES);
}

/* Of one component, grey is made before resampling, so that the result is
 * Pillow's own for the grey picture; of more after it, which is the original's
 * order of things. */
static void
crop (RenCropper *cropper, const RenPicture *picture, const RenRect *rect,
    guint8 *face)
{
  const guint8 *const in[3] = { cropper->component[0], cropper->component[1],
    cropper->component[2] };
  guint8 *out = cropper->component[0];
  Region regions[3];
  guint n_regions = 0;

  for (guint i = 0; i < picture->n_planes; i++) {
    const Region r = one_plane (picture, &picture->planes[i], rect);

    if (n_regions == 0 || !add_component (&regions[n_regions - 1], &r))
      regions[n_regions++] = r;
  }
  for (guint i = 0; i < n_regions; i++)
    fetch_strip (&regions[i], 0);
  if (picture->n_planes == 1) {
    const gboolean is_grey =
        picture->planes[0].weight == 65536 && picture->offset == 0;

    resample (cropper, &regions[0], is_grey ? NULL : picture, face);
    return;
  }
  for (guint i = 0; i < n_regions; i++) {
    resample (cropper, &regions[i], NULL, out);
    out += regions[i].n_components * REN_FACE_BYTES;
  }
  mix (cropper, picture, in, REN_FACE_BYTES, face);
}

/* The part of @rect that lies inside; FALSE if there is none. Saturates, so
 * that no rectangle whatsoever overflows. */
static gboolean
clip (const RenRect *rect, gint width, gint height, RenRect *inside)
{
  gint64 x1, y1;

  if (rect->w <= 0 || rect->h <= 0)
    return FALSE;
  if (__builtin_add_overflow (rect->x, rect->w, &x1))
    x1 = G_MAXINT64;
  if (__builtin_add_overflow (rect->y, rect->h, &y1))
    y1 = G_MAXINT64;
  inside->x = CLAMP (rect->x, 0, width);
  inside->y = CLAMP (rect->y, 0, height);
  inside->w = CLAMP (x1, 0, width) - inside->x;
  inside->h = CLAMP (y1, 0, height) - inside->y;
  return inside->w > 0 && inside->h > 0;
}

gboolean
ren_cropper_crop (RenCropper *cropper, const RenPicture *picture,
    const RenRect *rect, guint8 face[REN_FACE_BYTES])
{
  RenRect inside;

  if (picture->width < 1 || picture->width > REN_MAX_SIDE ||
      picture->height < 1 || picture->height > REN_MAX_SIDE ||
      picture->n_planes < 1 || picture->n_planes > 3 ||
      !clip (rect, picture->width, picture->height, &inside))
    return FALSE;

  crop (cropper, picture, &inside, face);
  return TRUE;
}

typedef struct
{
  RenCropper *cropper;
  const RenPicture *picture;
  const RenRect *rects;
  guint8 *faces;
  gboolean *inside;
} Work;

static void
crop_task (gpointer data, guint task, guint thread)
{
  const Work *work = data;
  RenCropper *cropper =
      thread == 0 ? work->cropper : work->cropper->others->pdata[thread - 1];

  work->inside[task] = ren_cropper_crop (cropper, work->picture,
      &work->rects[task], work->faces + (gsize) task * REN_FACE_BYTES);
}

void
ren_cropper_crop_faces (RenCropper *cropper, RenPlan *plan,
    const RenPicture *picture, const RenRect *rects, guint n_faces,
    guint8 *faces, gboolean *inside)
{
  Work work = { cropper, picture, rects, faces, inside };

  if (!plan) {
    for (guint i = 0; i < n_faces; i++)
      crop_task (&work, i, 0);
    return;
  }
  if (!cropper->others)
    cropper->others =
        g_ptr_array_new_with_free_func ((GDestroyNotify) ren_cropper_free);
  while (cropper->others->len + 1 < ren_plan_n_threads (plan))
    g_ptr_array_add (cropper->others, ren_cropper_new ());
  g_mutex_lock (&plan->running);
  ren_pool_run (plan->pool, crop_task, &work, n_faces);
  g_mutex_unlock (&plan->running);
}
