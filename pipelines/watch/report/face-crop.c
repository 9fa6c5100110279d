/* SPDX-License-Identifier: MIT */
#include "face-crop.h"

#include <string.h>

#include "frame-access.h"
#include "frame-unpack.h"
#include "jpeg-encode.h"

/* How much of the surroundings is shown: side of the picture over that of the
 * box. */
#define ROOM 1.3
#define LEAST_SIDE 16
#define QUALITY 82
/* Lines and columns of the frame that are averaged for one of the picture: more
 * would not be seen. */
#define MAX_SAMPLES 4

struct _FaceCropper
{
  FrameUnpack unpack;
  gpointer line; /* of the frame, unpacked: four components a pixel */
  gsize line_bytes;
  guint32 sums[FACE_CROP_MAX_SIDE * 4]; /* of one row of the picture */
};

/* The part of a frame that is shown, in its pixels. */
typedef struct
{
  gdouble x, y, w, h;
  guint side; /* of the picture */
} Region;

FaceCropper *
face_cropper_new (void)
{
  return g_new0 (FaceCropper, 1);
}

void
face_cropper_free (FaceCropper *c)
{
  frame_unpack_clear (&c->unpack);
  g_free (c->line);
  g_free (c);
}

static gboolean
find_region (const GstVideoInfo *info, gint x, gint y, gint w, gint h,
    guint max_side, Region *r)
{
  const gdouble middle_x = x + w / 2., middle_y = y + h / 2.;
  const gint par_n = GST_VIDEO_INFO_PAR_N (info);
  const gint par_d = GST_VIDEO_INFO_PAR_D (info);
  const gdouble par =
      par_n > 0 && par_d > 0 ? CLAMP ((gdouble) par_n / par_d, .1, 10) : 1;

  if (w < 1 || h < 1 || !(middle_x >= 0) || !(middle_y >= 0) ||
      middle_x >= GST_VIDEO_INFO_WIDTH (info) ||
      middle_y >= GST_VIDEO_INFO_HEIGHT (info))
    return FALSE;
  r->h = ROOM * MAX (w * par, h);
  r->w = r->h / par;
  r->x = middle_x - r->w / 2;
  r->y = middle_y - r->h / 2;
  r->side = (guint) CLAMP (
      r->h, LEAST_SIDE, CLAMP (max_side, LEAST_SIDE, FACE_CROP_MAX_SIDE));
  return TRUE;
}

/* The pixels of the frame that become one of the picture. */
typedef struct
{
  gint first, n, step;
} Samples;

static Samples
samples_of (gdouble start, gdouble length, guint i, guint n, gint limit)
{
  const gint from = (gint) CLAMP (start + length * i / n, 0, limit - 1);
  const gint to = (gint) CLAMP (start + length * (i + 1) / n, from + 1, limit);
  const gint step = (to - from + MAX_SAMPLES - 1) / MAX_SAMPLES;

  return (Samples){ from, (to - from + step - 1) / step, step };
}

static void
add_line (FaceCropper *c, gboolean wide, const Region *r, gint frame_width)
{
  const guint8 *p8 = c->line;
  const guint16 *p16 = c->line;

  for (guint i = 0; i < r->side; i++) {
    const Samples s = samples_of (r->x, r->w, i, r->side, frame_width);

    for (guint k = 0; k < 4; k++) {
      guint32 sum = 0;

      for (gint j = 0; j < s.n; j++) {
        const gint at = 4 * (s.first + j * s.step) + (gint) k;

        sum += wide ? p16[at] : p8[at];
      }
      c->sums[4 * i + k] += sum / (guint) s.n;
    }
  }
}

/* Averages the region into a picture of the format that frames unpack to. */
static void
sample (FaceCropper *c, const GstVideoFrame *f, const Region *r,
    GstVideoFrame *small)
{
  const gboolean wide = frame_format_unpacks_to_16_bits (f->info.finfo);
  const gint width = GST_VIDEO_FRAME_WIDTH (f);
  const GstVideoPackFlags flags = frame_unpack_flags (f);

  for (guint row = 0; row < r->side; row++) {
    const Samples s =
        samples_of (r->y, r->h, row, r->side, GST_VIDEO_FRAME_HEIGHT (f));
    guint8 *out = GST_VIDEO_FRAME_PLANE_DATA (small, 0);

    memset (c->sums, 0, sizeof c->sums);
    for (gint j = 0; j < s.n; j++) {
      frame_unpack_row (&c->unpack, f, s.first + j * s.step, flags, c->line);
      add_line (c, wide, r, width);
    }
    out += (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (small, 0) * row;
    for (guint i = 0; i < 4 * r->side; i++)
      if (wide)
        ((guint16 *) out)[i] = (guint16) (c->sums[i] / (guint) s.n);
      else
        out[i] = (guint8) (c->sums[i] / (guint) s.n);
  }
}

static gboolean
prepare (FaceCropper *c, const GstVideoFrame *f)
{
  const gsize need = ((gsize) GST_VIDEO_FRAME_WIDTH (f) + FRAME_LINE_SLACK) * 8;

  if (!frame_format_is_unpackable (f->info.finfo) ||
      !frame_unpack_begin (&c->unpack, f))
    return FALSE;
  if (c->line_bytes < need) {
    g_free (c->line);
    c->line = g_malloc0 (need);
    c->line_bytes = need;
  }
  return TRUE;
}

/* Turns the picture, which is small, into RGB, as the frame's colours are. */
static GBytes *
encode (GstVideoFrame *small)
{
  GstVideoInfo rgb_info;
  GstVideoFrame rgb;
  GstVideoConverter *converter;
  g_autoptr (GstBuffer) buffer = NULL;
  GBytes *jpeg = NULL;

  gst_video_info_set_format (&rgb_info, GST_VIDEO_FORMAT_RGB,
      GST_VIDEO_FRAME_WIDTH (small), GST_VIDEO_FRAME_HEIGHT (small));
  converter = gst_video_converter_new (&small->info, &rgb_info, NULL);
  if (!converter)
    return NULL;
  buffer =
      gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&rgb_info), NULL);
  if (gst_video_frame_map (&rgb, &rgb_info, buffer, GST_MAP_READWRITE)) {
    gst_video_converter_frame (converter, small, &rgb);
    jpeg = jpeg_encode (GST_VIDEO_FRAME_PLANE_DATA (&rgb, 0),
        (guint) GST_VIDEO_FRAME_WIDTH (&rgb),
        (guint) GST_VIDEO_FRAME_HEIGHT (&rgb),
        (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (&rgb, 0), QUALITY);
    gst_video_frame_unmap (&rgb);
  }
  gst_video_converter_free (converter);
  return jpeg;
}

static GBytes *
crop (FaceCropper *c, const GstVideoFrame *f, const Region *r)
{
  GstVideoInfo info;
  GstVideoFrame small;
  g_autoptr (GstBuffer) buffer = NULL;
  GBytes *jpeg;

  gst_video_info_set_format (
      &info, f->info.finfo->unpack_format, r->side, r->side);
  info.colorimetry = f->info.colorimetry;
  buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&info), NULL);
  if (!gst_video_frame_map (&small, &info, buffer, GST_MAP_READWRITE))
    return NULL;
  sample (c, f, r, &small);
  jpeg = encode (&small);
  gst_video_frame_unmap (&small);
  return jpeg;
}

GBytes *
face_cropper_crop (FaceCropper *c, GstBuffer *buffer, const GstVideoInfo *info,
    gint x, gint y, gint w, gint h, guint max_side)
{
  GstVideoFrame f;
  Region region;
  GBytes *jpeg = NULL;

  if (!find_region (info, x, y, w, h, max_side, &region) ||
      !frame_map (&f, buffer, info))
    return NULL;
  if (prepare (c, &f))
    jpeg = crop (c, &f, &region);
  gst_video_frame_unmap (&f);
  return jpeg;
}
