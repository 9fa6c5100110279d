/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "image.h"

/* RenPicture's limit on a side */
#define MAX_SIDE 32767

static gboolean
fail (GError **error, const char *message)
{
  g_set_error_literal (error, APP_ERROR, APP_ERROR_PICTURE, message);
  return FALSE;
}

/* Reads a regular file of bounded size. NONBLOCK: a FIFO that got into a
 * folder of pictures must not wait for a writer. */
static GBytes *
read_file (const char *path, GError **error)
{
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  g_autofree guint8 *data = NULL;
  struct stat info;
  gsize n = 0;
  GBytes *bytes = NULL;

  if (fd < 0 || fstat (fd, &info) != 0) {
    fail (error, g_strerror (errno));
    goto out;
  }
  if (S_ISDIR (info.st_mode)) {
    fail (error, "is a directory");
    goto out;
  }
  if (!S_ISREG (info.st_mode)) {
    fail (error, "is not a regular file");
    goto out;
  }
  if (info.st_size == 0) {
    fail (error, "the file is empty");
    goto out;
  }
  if ((guint64) info.st_size > IMAGE_MAX_BYTES) {
    fail (error, "the file is too large for a picture (more than 256 MiB)");
    goto out;
  }
  if (!(data = g_try_malloc ((gsize) info.st_size))) {
    fail (error, "not enough memory");
    goto out;
  }
  while (n < (gsize) info.st_size) {
    const gssize got = read (fd, data + n, (gsize) info.st_size - n);

    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      fail (error, g_strerror (errno));
      goto out;
    }
    if (got == 0) /* it shrank meanwhile */
      break;
    n += (gsize) got;
  }
  bytes = g_bytes_new_take (g_steal_pointer (&data), n);

out:
  if (fd >= 0)
    close (fd);
  return bytes;
}

/* Formats that people do have, so that the message can say what to do. */
static const char *
name_of_format (const guint8 *data, gsize n)
{
  if (n >= 4 && memcmp (data, "GIF8", 4) == 0)
    return "GIF";
  if (n >= 12 && memcmp (data, "RIFF", 4) == 0 &&
      memcmp (data + 8, "WEBP", 4) == 0)
    return "WebP";
  if (n >= 12 && memcmp (data + 4, "ftyp", 4) == 0)
    return memcmp (data + 8, "avif", 4) == 0 ? "AVIF" : "HEIF or video";
  if (n >= 4 &&
      (memcmp (data, "II*\0", 4) == 0 || memcmp (data, "MM\0*", 4) == 0))
    return "TIFF";
  if (n >= 2 && memcmp (data, "BM", 2) == 0)
    return "BMP";
  return NULL;
}

gboolean
image_load (const char *path, Image *image, GError **error)
{
  static const guint8 png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
  static const guint8 jpeg[] = { 0xff, 0xd8, 0xff };
  g_autoptr (GBytes) bytes = read_file (path, error);
  const guint8 *data;
  const char *format;
  gboolean ok;
  gsize n;

  memset (image, 0, sizeof *image);
  if (!bytes)
    return FALSE;
  image->orientation = 1;
  data = g_bytes_get_data (bytes, &n);
  if (n >= sizeof jpeg && memcmp (data, jpeg, sizeof jpeg) == 0) {
    ok = image_decode_jpeg (data, n, image, error);
  } else if (n >= sizeof png && memcmp (data, png, sizeof png) == 0) {
    ok = image_decode_png (data, n, image, error);
  } else {
    format = name_of_format (data, n);
    if (format)
      g_set_error (error, APP_ERROR, APP_ERROR_PICTURE,
          "is a %s file: convert it to JPEG or PNG", format);
    else
      fail (error, "is neither JPEG nor PNG");
    ok = FALSE;
  }
  if (!ok)
    image_clear (image);
  return ok;
}

void
image_clear (Image *image)
{
  g_clear_pointer (&image->pixels, g_free);
}

gboolean
image_allocate (Image *image, guint64 width, guint64 height, guint n_channels,
    GError **error)
{
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE ||
      width * height > IMAGE_MAX_PIXELS) {
    g_set_error (error, APP_ERROR, APP_ERROR_PICTURE,
        "its size, %" G_GUINT64_FORMAT " x %" G_GUINT64_FORMAT
        " pixels, is out of range",
        width, height);
    return FALSE;
  }
  image->width = (gint) width;
  image->height = (gint) height;
  image->n_channels = n_channels;
  image->pixels = g_try_malloc ((gsize) (width * height) * n_channels);
  return image->pixels ? TRUE : fail (error, "not enough memory");
}

void
image_picture (const Image *image, RenPicture *picture)
{
  /* Where the upright picture's first pixel lies in the stored one, and
   * whether its rows are the stored one's columns. */
  static const struct
  {
    gboolean right, bottom, swapped;
  } turn[] = {
    { FALSE, FALSE, FALSE }, /* 1: upright */
    { TRUE, FALSE, FALSE },  /* 2: mirrored left to right */
    { TRUE, TRUE, FALSE },   /* 3: upside down */
    { FALSE, TRUE, FALSE },  /* 4: mirrored top to bottom */
    { FALSE, FALSE, TRUE },  /* 5: mirrored at the main diagonal */
    { FALSE, TRUE, TRUE },   /* 6: to be turned clockwise */
    { TRUE, TRUE, TRUE },    /* 7: mirrored at the other diagonal */
    { TRUE, FALSE, TRUE },   /* 8: to be turned counterclockwise */
  };
  const guint t = image->orientation - 1;
  const gssize row = (gssize) image->width * image->n_channels;
  const guint8 *first = image->pixels;
  gssize dx = image->n_channels, dy = row;
  gint width = image->width, height = image->height;

  if (turn[t].right) {
    first += (gssize) (image->width - 1) * image->n_channels;
    dx = -dx;
  }
  if (turn[t].bottom) {
    first += (gssize) (image->height - 1) * row;
    dy = -dy;
  }
  if (turn[t].swapped) {
    gssize d = dx;

    dx = dy;
    dy = d;
    width = image->height;
    height = image->width;
  }
  if (image->n_channels == 1) {
    ren_picture_init_gray (picture, first, dy, width, height);
    picture->planes[0].pixel_stride = (gint) dx;
  } else {
    ren_picture_init_rgb (
        picture, first, first + 1, first + 2, (gint) dx, dy, width, height);
  }
}
