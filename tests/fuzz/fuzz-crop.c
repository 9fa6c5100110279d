/* Faces cut out of pictures: any box, of any layout of samples.
 * SPDX-License-Identifier: MIT
 *
 * An input is a row of numbers: those of a picture, in new_picture(), then boxes.
 * The samples are in memory of exactly their size. A layout that lies about
 * memory is its caller's mistake: frames that may are of fuzz-frame.
 */
#include "cropper.h"
#include "fuzzer.h"
#include "fuzz-input.h"

/* Bytes of a plane at most, and samples, which may be fewer bytes. */
#define MAX_PLANE (256 * 1024)

typedef struct
{
  RenPicture picture;
  guint8 *memory[3]; /* NULL where planes share one */
} Picture;

/* Samples from one to the next, of both axes; either may be the nearer one, go
 * backwards, or overlap. Returns how many bytes that takes. */
static gsize
lay_out (RenPlane *plane, gsize w, gsize h, guint layout, guint gap)
{
  const gboolean turned = layout & 1;
  gssize near = 1 + gap % 5;
  gssize far = gap / 5 % 7;

  if (!(layout & 8))
    far += near * (gssize) (turned ? h : w);
  plane->pixel_stride = (gint) (turned ? far : near);
  plane->stride_bytes = turned ? near : far;
  if (layout & 2)
    plane->pixel_stride = -plane->pixel_stride;
  if (layout & 4)
    plane->stride_bytes = -plane->stride_bytes;
  return (w - 1) * (gsize) ABS (plane->pixel_stride) +
         (h - 1) * (gsize) ABS (plane->stride_bytes) + 1;
}

/* The first sample of a plane, of memory that holds all of them. */
static const guint8 *
first_sample (const RenPlane *plane, const guint8 *memory, gsize w, gsize h)
{
  if (plane->pixel_stride < 0)
    memory += (w - 1) * (gsize) -plane->pixel_stride;
  if (plane->stride_bytes < 0)
    memory += (h - 1) * (gsize) -plane->stride_bytes;
  return memory;
}

static guint8 *
new_samples (gsize n)
{
  guint8 *memory = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    memory[i] = (guint8) (i * 37 + i / 251);
  return memory;
}

/* Samples of all components side by side. */
static gboolean
share_memory (Picture *p, FuzzInput *input)
{
  RenPlane *first = &p->picture.planes[0];
  const gsize w = (gsize) p->picture.width, h = (gsize) p->picture.height;
  const guint layout = (guint) fuzz_take (input, 1);
  const gsize n = lay_out (first, w, h, layout, (guint) fuzz_take (input, 1));
  const gsize step = (gsize) ABS (first->pixel_stride);

  if (n + step > MAX_PLANE || w * h > MAX_PLANE)
    return FALSE;
  p->memory[0] = new_samples (n + step);
  first->data = first_sample (first, p->memory[0], w, h);
  for (guint c = 1; c < p->picture.n_planes; c++) {
    p->picture.planes[c].pixel_stride = first->pixel_stride;
    p->picture.planes[c].stride_bytes = first->stride_bytes;
    p->picture.planes[c].data = first->data + fuzz_take (input, 1) % (step + 1);
  }
  return TRUE;
}

static gboolean
own_memory (Picture *p, guint c, FuzzInput *input)
{
  RenPlane *plane = &p->picture.planes[c];
  const guint sub = (guint) fuzz_take (input, 1);
  const guint layout = (guint) fuzz_take (input, 1);
  gsize w, h, n;

  if (c > 0) {
    plane->w_sub = sub % 4;
    plane->h_sub = sub / 4 % 4;
  }
  w = ((gsize) p->picture.width + (1u << plane->w_sub) - 1) >> plane->w_sub;
  h = ((gsize) p->picture.height + (1u << plane->h_sub) - 1) >> plane->h_sub;
  n = lay_out (plane, w, h, layout, (guint) fuzz_take (input, 1));
  if (n > MAX_PLANE || w * h > MAX_PLANE)
    return FALSE;
  p->memory[c] = new_samples (n);
  plane->data = first_sample (plane, p->memory[c], w, h);
  return TRUE;
}

/* FALSE if it would be too large. */
static gboolean
new_picture (Picture *p, FuzzInput *input)
{
  RenPicture *picture = &p->picture;
  gboolean shared, ok;

  /* also what is none */
  picture->width = (gint16) fuzz_take (input, 2);
  picture->height = (gint16) fuzz_take (input, 2);
  picture->n_planes = (guint) fuzz_take (input, 1) % 5;
  shared = fuzz_take (input, 1) & 1;
  picture->offset = (gint32) fuzz_take (input, 4);
  for (guint c = 0; c < 3; c++)
    picture->planes[c].weight = (gint32) fuzz_take (input, 4);
  if (picture->width < 1 || picture->height < 1 || picture->n_planes < 1 ||
      picture->n_planes > 3)
    return TRUE; /* nothing of it is read */
  if (shared)
    return share_memory (p, input);
  ok = TRUE;
  for (guint c = 0; ok && c < picture->n_planes; c++)
    ok = own_memory (p, c, input);
  return ok;
}

static gboolean
overlaps (gint64 begin, gint64 length, gint size)
{
  return length > 0 && begin < size && (__int128) begin + length > 0;
}

static void
check_crop (RenCropper *cropper, const RenPicture *picture, const RenRect *rect)
{
  g_autoptr (RenCropper) fresh = ren_cropper_new ();
  guint8 face[REN_FACE_BYTES], *same = ren_cropper_batch (fresh, 1);
  const gboolean inside = ren_cropper_crop (cropper, picture, rect, face);
  gboolean also;

  g_assert_true (
      inside == (picture->width > 0 && picture->height > 0 &&
                    picture->n_planes >= 1 && picture->n_planes <= 3 &&
                    overlaps (rect->x, rect->w, picture->width) &&
                    overlaps (rect->y, rect->h, picture->height)));
  /* whatever was cut out before */
  ren_cropper_crop_faces (fresh, NULL, picture, rect, 1, same, &also);
  g_assert_true (also == inside);
  if (inside)
    g_assert_cmpmem (face, sizeof face, same, REN_FACE_BYTES);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  Picture p = { 0 };

  if (new_picture (&p, &input)) {
    g_autoptr (RenCropper) cropper = ren_cropper_new ();
    guint n = 0;

    do {
      /* of few bytes, near the picture; else anywhere */
      const gsize bytes = fuzz_take (&input, 1) & 1 ? 8 : 2;
      RenRect rect = { 0 };
      gint64 *sides[] = { &rect.x, &rect.y, &rect.w, &rect.h };

      for (guint i = 0; i < G_N_ELEMENTS (sides); i++) {
        *sides[i] = (gint64) fuzz_take (&input, bytes);
        if (bytes == 2)
          *sides[i] = (gint16) *sides[i];
      }
      check_crop (cropper, &p.picture, &rect);
    } while (input.left > 0 && ++n < 4);
  }
  for (guint c = 0; c < 3; c++)
    g_free (p.memory[c]);
  return 0;
}
