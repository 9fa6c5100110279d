/* SPDX-License-Identifier: MIT */
#include "geometry.h"

#include <string.h>

#include "memory.h"

#define MAX_TAPS 9
#define MAX_PIXELS (64 * 64)

/* What one written pixel reads. */
typedef struct
{
  guint n_taps;
  guint8 weight[MAX_TAPS];
  gint32 source[MAX_TAPS]; /* pixels of one image */
} Reads;

/* The pixel that tap reads for written pixel `at` of one axis, or -1. */
static gint
source_of (const RenLayer *layer, gboolean backward, gint at, gint tap)
{
  const gint stride = (gint) layer->stride, pad = (gint) layer->kernel / 2;
  const gint n_out = (gint) ren_layer_size_out (layer);
  gint source;

  if (!backward) {
    source = at * stride + tap - pad;
    return source < (gint) layer->size_in ? source : -1;
  }
  source = at + pad - tap;
  if (source < 0 || source % stride != 0)
    return -1;
  source /= stride;
  return source < n_out ? source : -1;
}

static void
find_reads (const RenLayer *layer, gboolean backward, guint pixel, Reads *reads)
{
  const guint n_out = ren_layer_size_out (layer);
  const guint to_size = backward ? layer->size_in : n_out;
  const guint from_size = backward ? n_out : layer->size_in;
  const guint kernel = MAX (1, layer->kernel);
  const guint live = ren_layer_live_taps (layer);
  guint weight = 0;

  reads->n_taps = 0;
  for (guint t = 0; t < kernel * kernel; t++) {
    gint y, x;

    if (!(live >> t & 1))
      continue;
    y = source_of (
        layer, backward, (gint) (pixel / to_size), (gint) (t / kernel));
    x = source_of (
        layer, backward, (gint) (pixel % to_size), (gint) (t % kernel));
    if (y >= 0 && x >= 0) {
      reads->weight[reads->n_taps] = (guint8) weight;
      reads->source[reads->n_taps++] = y * (gint) from_size + x;
    }
    weight++;
  }
}

static gboolean
are_alike (const Reads *a, const Reads *b)
{
  if (a->n_taps != b->n_taps || memcmp (a->weight, b->weight, a->n_taps) != 0)
    return FALSE;
  for (guint t = 1; t < a->n_taps; t++)
    if (a->source[t] - a->source[0] != b->source[t] - b->source[0])
      return FALSE;
  return TRUE;
}

/* Group of each pixel; returns how many there are. */
static guint
assign_groups (const Reads *reads, guint n_pixels, guint *group)
{
  guint n_groups = 0;
  guint first[MAX_PIXELS]; /* pixel of a group */

  for (guint p = 0; p < n_pixels; p++) {
    guint g = 0;

    while (g < n_groups && !are_alike (&reads[first[g]], &reads[p]))
      g++;
    if (g == n_groups)
      first[n_groups++] = p;
    group[p] = g;
  }
  return n_groups;
}

/* The arrays of a group. */
typedef struct
{
  gint32 *from, *to, *shift;
  guint8 *weight;
} Arrays;

static gboolean
alloc_arrays (
    struct RenMapGroup *group, gsize n_rows, Arrays *arrays, GError **error)
{
  group->rows.from = arrays->from = ren_try_new0 (gint32, n_rows, error);
  if (!arrays->from)
    return FALSE;
  group->rows.to = arrays->to = ren_try_new0 (gint32, n_rows, error);
  if (!arrays->to)
    return FALSE;
  group->rows.shift = arrays->shift = ren_try_new0 (gint32, MAX_TAPS, error);
  if (!arrays->shift)
    return FALSE;
  group->rows.weight = arrays->weight = ren_try_new0 (guint8, MAX_TAPS, error);
  return arrays->weight != NULL;
}

static gboolean
alloc_groups (RenMap *map, guint n_groups, GError **error)
{
  map->groups = ren_try_new0 (struct RenMapGroup, n_groups, error);
  map->n_groups = map->groups ? n_groups : 0;
  return map->groups != NULL;
}

static gboolean
fill_group (struct RenMapGroup *group, const Reads *reads, const guint *member,
    guint n_members, guint n_images, gsize from_image, guint from_stride,
    gsize to_image, guint to_stride, GError **error)
{
  const Reads *alike = &reads[member[0]];
  Arrays a;
  gsize r = 0;

  if (!alloc_arrays (group, (gsize) n_images * n_members, &a, error))
    return FALSE;
  for (gsize i = 0; i < n_images; i++)
    for (guint m = 0; m < n_members; m++, r++) {
      const Reads *own = &reads[member[m]];
      const gsize source = own->n_taps ? (gsize) own->source[0] : 0;

      a.from[r] = (gint32) (i * from_image + source * from_stride);
      a.to[r] = (gint32) (i * to_image + (gsize) member[m] * to_stride);
    }
  for (guint t = 0; t < alike->n_taps; t++) {
    a.shift[t] = (alike->source[t] - alike->source[0]) * (gint32) from_stride;
    a.weight[t] = alike->weight[t];
  }

  group->rows_per_image = n_members;
  group->rows.n_rows = (guint) r;
  group->rows.n_taps = alike->n_taps;
  return TRUE;
}

gboolean
ren_map_init (RenMap *map, const RenLayer *layer, gboolean backward,
    guint n_images, guint in_stride, guint out_stride, GError **error)
{
  const guint n_out = ren_layer_size_out (layer);
  const guint in_pixels = layer->size_in * layer->size_in;
  const guint out_pixels = n_out * n_out;
  const guint n_pixels = backward ? in_pixels : out_pixels;
  const gsize in_image = (gsize) in_pixels * in_stride;
  const gsize out_image = (gsize) out_pixels * out_stride;
  g_autofree Reads *reads = ren_try_new0 (Reads, n_pixels, error);
  guint group[MAX_PIXELS], member[MAX_PIXELS];

  if (!reads)
    return FALSE;
  for (guint p = 0; p < n_pixels; p++)
    find_reads (layer, backward, p, &reads[p]);
  if (!alloc_groups (map, assign_groups (reads, n_pixels, group), error))
    return FALSE;
  for (guint g = 0; g < map->n_groups; g++) {
    guint n_members = 0;

    for (guint p = 0; p < n_pixels; p++)
      if (group[p] == g)
        member[n_members++] = p;
    if (!fill_group (&map->groups[g], reads, member, n_members, n_images,
            backward ? out_image : in_image, backward ? out_stride : in_stride,
            backward ? in_image : out_image, backward ? in_stride : out_stride,
            error))
      return FALSE;
  }
  return TRUE;
}

/* One tap: the rows of all pixels that read something by it. */
static gboolean
fill_tap (struct RenMapGroup *group, const Reads *reads, guint n_pixels,
    guint8 weight, guint n_images, gsize in_image, guint in_stride,
    guint out_stride, GError **error)
{
  Arrays a;
  guint r = 0;

  if (!alloc_arrays (group, (gsize) n_images * n_pixels, &a, error))
    return FALSE;
  for (gsize i = 0; i < n_images; i++)
    for (guint p = 0; p < n_pixels; p++)
      for (guint t = 0; t < reads[p].n_taps; t++)
        if (reads[p].weight[t] == weight) {
          a.from[r] =
              (gint32) (i * in_image + (gsize) reads[p].source[t] * in_stride);
          a.to[r++] = (gint32) ((i * n_pixels + p) * out_stride);
        }
  a.weight[0] = weight;
  group->rows_per_image = r / n_images;
  group->rows.n_rows = r;
  group->rows.n_taps = 1;
  return TRUE;
}

gboolean
ren_map_init_taps (RenMap *map, const RenLayer *layer, guint n_images,
    guint in_stride, guint out_stride, GError **error)
{
  const guint n_out = ren_layer_size_out (layer), n_pixels = n_out * n_out;
  const guint live = ren_layer_live_taps (layer);
  const gsize in_image = (gsize) layer->size_in * layer->size_in * in_stride;
  g_autofree Reads *reads = ren_try_new0 (Reads, n_pixels, error);

  if (!reads || !alloc_groups (map, ren_count_taps (live), error))
    return FALSE;
  for (guint p = 0; p < n_pixels; p++)
    find_reads (layer, FALSE, p, &reads[p]);
  for (guint t = 0; t < map->n_groups; t++) {
    struct RenMapGroup group;

    if (!fill_tap (&map->groups[t], reads, n_pixels, (guint8) t, n_images,
            in_image, in_stride, out_stride, error))
      return FALSE;
    if (map->groups[0].rows_per_image < n_pixels &&
        map->groups[t].rows_per_image == n_pixels) {
      group = map->groups[0];
      map->groups[0] = map->groups[t];
      map->groups[t] = group;
    }
  }
  return TRUE;
}

void
ren_map_clear (RenMap *map)
{
  for (guint g = 0; g < map->n_groups; g++) {
    const RenRows *rows = &map->groups[g].rows;

    g_free ((gpointer) rows->from);
    g_free ((gpointer) rows->to);
    g_free ((gpointer) rows->shift);
    g_free ((gpointer) rows->weight);
  }
  g_clear_pointer (&map->groups, g_free);
  map->n_groups = 0;
}

RenRows
ren_map_rows (const RenMap *map, guint group, guint n_images, guint first_tap,
    guint n_taps)
{
  RenRows rows = map->groups[group].rows;

  rows.n_rows = n_images * map->groups[group].rows_per_image;
  rows.n_taps = n_taps;
  rows.shift += first_tap;
  rows.weight += first_tap;
  return rows;
}
