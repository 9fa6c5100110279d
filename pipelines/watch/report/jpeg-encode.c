/* SPDX-License-Identifier: MIT */
#include "jpeg-encode.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

typedef struct
{
  struct jpeg_error_mgr base; /* first */
  jmp_buf back;
} ErrorHandler;

/* The library's own ends the program. */
static void
on_error (j_common_ptr info)
{
  longjmp (((ErrorHandler *) info->err)->back, 1);
}

static void
on_message (j_common_ptr info)
{
}

GBytes *
jpeg_encode (const guint8 *pixels, guint width, guint height,
    gsize stride_bytes, gint quality)
{
  struct jpeg_compress_struct jpeg;
  ErrorHandler handler;
  /* room enough, so that the library allocates none, which would be lost on an
   * error */
  unsigned long n_bytes = 4096 + 6UL * width * height;
  unsigned char *const room = malloc (n_bytes);
  unsigned char *data = room;
  GBytes *out;

  if (!room)
    return NULL;
  jpeg.err = jpeg_std_error (&handler.base);
  handler.base.error_exit = on_error;
  handler.base.output_message = on_message;
  if (setjmp (handler.back)) {
    jpeg_destroy_compress (&jpeg);
    free (room);
    return NULL;
  }
  jpeg_create_compress (&jpeg);
  jpeg_mem_dest (&jpeg, &data, &n_bytes);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults (&jpeg);
  jpeg_set_quality (&jpeg, quality, TRUE);
  jpeg.optimize_coding = TRUE;
  jpeg_start_compress (&jpeg, TRUE);
  while (jpeg.next_scanline < height) {
    JSAMPROW row = (JSAMPROW) (pixels + jpeg.next_scanline * stride_bytes);

    jpeg_write_scanlines (&jpeg, &row, 1);
  }
  jpeg_finish_compress (&jpeg);
  jpeg_destroy_compress (&jpeg);
  out = g_bytes_new (data, n_bytes);
  if (data != room)
    free (data);
  free (room);
  return out;
}
