/* JPEG pictures, by libjpeg-turbo.
 * SPDX-License-Identifier: MIT
 *
 * libjpeg's settings are left alone (slow integer DCT, smooth chroma), as
 * Pillow leaves them.
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "app.h"
#include "exif.h"
#include "image.h"

/* Each scan of a progressive file goes over the whole picture; a file of some
 * kilobytes can hold thousands (CVE-2016-3616 and its like). Encoders write
 * about ten. */
#define MAX_SCANS 500
/* Pixels that all scans together may go over, some seconds of work: a picture of
 * the largest size may have 16 scans. */
#define MAX_SCANNED_PIXELS (G_GUINT64_CONSTANT (1) << 31)

#define EXIF_MARKER (JPEG_APP0 + 1)

typedef struct
{
  struct jpeg_error_mgr errors; /* first: libjpeg hands back a pointer to it */
  struct jpeg_progress_mgr progress;
  struct jpeg_decompress_struct jpeg;
  jmp_buf failed;
  char message[JMSG_LENGTH_MAX];
  GError *error; /* set instead of the message for our own errors */
  guint8 *row;   /* of a CMYK picture */
} Decoder;

static void
on_error (j_common_ptr common)
{
  Decoder *decoder = (Decoder *) common->err;

  common->err->format_message (common, decoder->message);
  longjmp (decoder->failed, 1);
}

static void
on_message (j_common_ptr common, int level)
{
  if (level >= 0) /* a trace, not a warning */
    return;
  /* Where pixels are missing libjpeg fills in grey and goes on. A face that is
   * half grey says nothing, so that is an error here, as it is in Pillow.
   * Other warnings, such as stray bytes between segments, cost no pixels. */
  switch (common->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      on_error (common);
      break;
    default:
      break;
  }
}

static void
on_progress (j_common_ptr common)
{
  Decoder *decoder = (Decoder *) common->err;
  const guint64 n_scans = (guint64) MAX (decoder->jpeg.input_scan_number, 0);

  if (n_scans > MAX_SCANS ||
      n_scans * decoder->jpeg.image_width * decoder->jpeg.image_height >
          MAX_SCANNED_PIXELS) {
    g_strlcpy (decoder->message, "too many scans", sizeof decoder->message);
    longjmp (decoder->failed, 1);
  }
}

static void
on_output (j_common_ptr common)
{
}

static guint
find_orientation (const struct jpeg_decompress_struct *jpeg)
{
  static const char head[6] = "Exif\0";

  for (jpeg_saved_marker_ptr m = jpeg->marker_list; m; m = m->next)
    if (m->marker == EXIF_MARKER && m->data_length > sizeof head &&
        memcmp (m->data, head, sizeof head) == 0)
      return exif_orientation (
          m->data + sizeof head, m->data_length - sizeof head);
  return 1;
}

static inline guint
muldiv255 (guint a, guint b)
{
  const guint x = a * b + 128;

  return (x + (x >> 8)) >> 8;
}

/* CMYK files are written inverted, as Adobe does; then Pillow's formula:
 * R = (255 - K) - C (255 - K) / 255. */
static void
row_from_cmyk (const guint8 *cmyk, guint8 *rgb, gint width)
{
  for (gint x = 0; x < width; x++, cmyk += 4, rgb += 3)
    for (guint c = 0; c < 3; c++)
      rgb[c] = (guint8) (cmyk[3] - muldiv255 (255 - cmyk[c], cmyk[3]));
}

/* All that may end in on_error(). What it changes is reached through pointers
 * only, for longjmp() would leave local variables in an undefined state. */
static gboolean
decode (Decoder *decoder, const guint8 *data, gsize n_bytes, Image *image)
{
  struct jpeg_decompress_struct *jpeg = &decoder->jpeg;

  if (setjmp (decoder->failed))
    return FALSE;

  jpeg_create_decompress (jpeg);
  jpeg->progress = &decoder->progress;
  jpeg_mem_src (jpeg, data, (unsigned long) n_bytes);
  jpeg_save_markers (jpeg, EXIF_MARKER, 0xffff);
  jpeg_read_header (jpeg, TRUE);
  image->orientation = find_orientation (jpeg);

  switch (jpeg->num_components) {
    case 1:
      jpeg->out_color_space = JCS_GRAYSCALE;
      break;
    case 3:
      jpeg->out_color_space = JCS_RGB;
      break;
    case 4:
      jpeg->out_color_space = JCS_CMYK;
      break;
    default:
      g_set_error (&decoder->error, APP_ERROR, APP_ERROR_PICTURE,
          "JPEG with %d components", jpeg->num_components);
      return FALSE;
  }
  /* before libjpeg allocates for it */
  if (!image_allocate (image, jpeg->image_width, jpeg->image_height,
          jpeg->num_components == 1 ? 1 : 3, &decoder->error))
    return FALSE;
  if (jpeg->num_components == 4)
    decoder->row = g_malloc ((gsize) image->width * 4);

  jpeg_start_decompress (jpeg);
  while (jpeg->output_scanline < jpeg->output_height) {
    guint8 *out = image->pixels + (gsize) jpeg->output_scanline *
                                      (gsize) image->width * image->n_channels;
    JSAMPROW row = decoder->row ? decoder->row : out;

    jpeg_read_scanlines (jpeg, &row, 1);
    if (decoder->row)
      row_from_cmyk (decoder->row, out, image->width);
  }
  return TRUE;
}

gboolean
image_decode_jpeg (
    const guint8 *data, gsize n_bytes, Image *image, GError **error)
{
  static const guint8 end[] = { 0xff, JPEG_EOI };
  g_autofree Decoder *decoder = g_new0 (Decoder, 1);
  /* With an end marker added, a file that lacks nothing else is read whole,
   * and one that lacks pixels gives JWRN_HIT_MARKER when they are missed. */
  g_autofree guint8 *padded = g_try_malloc (n_bytes + sizeof end);
  gboolean ok;

  if (!padded) {
    g_set_error_literal (
        error, APP_ERROR, APP_ERROR_PICTURE, "not enough memory");
    return FALSE;
  }
  memcpy (padded, data, n_bytes);
  memcpy (padded + n_bytes, end, sizeof end);

  decoder->jpeg.err = jpeg_std_error (&decoder->errors);
  decoder->errors.error_exit = on_error;
  decoder->errors.emit_message = on_message;
  decoder->errors.output_message = on_output;
  decoder->progress.progress_monitor = on_progress;

  ok = decode (decoder, padded, n_bytes + sizeof end, image);
  if (!ok && decoder->error)
    g_propagate_error (error, decoder->error);
  else if (!ok)
    g_set_error (error, APP_ERROR, APP_ERROR_PICTURE,
        "damaged or incomplete JPEG: %s", decoder->message);
  jpeg_destroy_decompress (&decoder->jpeg);
  g_free (decoder->row);
  return ok;
}
