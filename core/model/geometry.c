/* SPDX-License-Identifier: MIT */
#include "geometry.h"

#include <string.h>

#define MAX_TAPS 9

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
  g_autofree guint *first = g_new (guint, n_pixels); /* pixel of a group */

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

static void
fill_group (struct RenMapGroup *group, const Reads *reads, const guint *member,
    guint n_members, guint n_images, gsize from_image, guint from_stride,
    gsize to_image, guint to_stride)
{
  const Reads *alike = &reads[member[0]];
  gint32 *from = g_new (gint32, (gsize) n_images * n_members);
  gint32 *to = g_new (gint32, (gsize) n_images * n_members);
  gint32 *shift = g_new (gint32, MAX_TAPS);
  gsize r = 0;

  for (gsize i = 0; i < n_images; i++)
    for (guint m = 0; m < n_members; m++, r++) {
      const Reads *own = &reads[member[m]];
      const gsize source = own->n_taps ? (gsize) own->source[0] : 0;

      from[r] = (gint32) (i * from_image + source * from_stride);
      to[r] = (gint32) (i * to_image + (gsize) member[m] * to_stride);
    }
  for (guint t = 0; t < alike->n_taps; t++)
    shift[t] = (alike->source[t] - alike->source[0]) * (gint32) from_stride;

  group->rows_per_image = n_members;
  group->rows = (RenRows){ .n_rows = (guint) r,
    .n_taps = alike->n_taps,
    .from = from,
    .to = to,
    .shift = shift,
    .weight = g_memdup2 (alike->weight, MAX_TAPS) };
}

void
ren_map_init (RenMap *map, const RenLayer *layer, gboolean backward,
    guint n_images, guint in_stride, guint out_stride)
{
  const guint n_out = ren_layer_size_out (layer);
  const guint in_pixels = layer->size_in * layer->size_in;
  const guint out_pixels = n_out * n_out;
  const guint n_pixels = backward ? in_pixels : out_pixels;
  const gsize in_image = (gsize) in_pixels * in_stride;
  const gsize out_image = (gsize) out_pixels * out_stride;
  g_autofree Reads *reads = g_new0 (Reads, n_pixels);
  g_autofree guint *group = g_new (guint, n_pixels);
  g_autofree guint *member = g_new (guint, n_pixels);

  for (guint p = 0; p < n_pixels; p++)
    find_reads (layer, backward, p, &reads[p]);
  map->n_groups = assign_groups (reads, n_pixels, group);
  map->groups = g_new0 (struct RenMapGroup, map->n_groups);
  for (guint g = 0; g < map->n_groups; g++) {
    guint n_members = 0;

    for (guint p = 0; p < n_pixels; p++)
      if (group[p] == g)
        member[n_members++] = p;
    fill_group (&map->groups[g], reads, member, n_members, n_images,
        backward ? out_image : in_image, backward ? out_stride : in_stride,
        backward ? in_image : out_image, backward ? in_stride : out_stride);
  }
}

/* One tap: the rows of all pixels that read something by it. */
static void
fill_tap (struct RenMapGroup *group, const Reads *reads, guint n_pixels,
    guint8 weight, guint n_images, gsize in_image, guint in_stride,
    guint out_stride)
{
  gint32 *from = g_new (gint32, (gsize) n_images * n_pixels);
  gint32 *to = g_new (gint32, (gsize) n_images * n_pixels);
  guint r = 0;

  for (gsize i = 0; i < n_images; i++)
    for (guint p = 0; p < n_pixels; p++)
      for (guint t = 0; t < reads[p].n_taps; t++)
        if (reads[p].weight[t] == weight) {
          from[r] =
              (gint32) (i * in_image + (gsize) reads[p].source[t] * in_stride);
          to[r++] = (gint32) ((i * n_pixels + p) * out_stride);
        }
  group->rows_per_image = r / n_images;
  group->rows = (RenRows){ .n_rows = r,
    .n_taps = 1,
    .from = from,
    .to = to,
    .shift = g_new0 (gint32, 1),
    .weight = g_memdup2 (&weight, 1) };
}

void
ren_map_init_taps (RenMap *map, const RenLayer *layer, guint n_images,
    guint in_stride, guint out_stride)
{
  const guint n_out = ren_layer_size_out (layer), n_pixels = n_out * n_out;
  const guint live = ren_layer_live_taps (layer);
  const gsize in_image = (gsize) layer->size_in * layer->size_in * in_stride;
  g_autofree Reads *reads = g_new0 (Reads, n_pixels);

  for (guint p = 0; p < n_pixels; p++)
    find_reads (layer, FALSE, p, &reads[p]);
  map->n_groups = ren_count_taps (live);
  map->groups = g_new0 (struct RenMapGroup, map->n_groups);
  for (guint t = 0; t < map->n_groups; t++) {
    struct RenMapGroup group;

    fill_tap (&map->groups[t], reads, n_pixels, (guint8) t, n_images, in_image,
        in_stride, out_stride);
    if (map->groups[0].rows_per_image < n_pixels &&
        map->groups[t].rows_per_image == n_pixels) {
      group = map->groups[0];
      map->groups[0] = map->groups[t];
      map->groups[t] = group;
    }
  }
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
