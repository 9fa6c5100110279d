/* Pictures as they are read: JPEG, PNG, and the Exif data in them; then crops.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "exif.h"
#include "faces.h"
#include "fuzzer.h"
#include "image.h"
#include "memory-file.h"

/* Larger pictures that are allowed take seconds, and say no more. */
#define MAX_PIXELS (1u << 16)

static gboolean
is_slow (guint64 width, guint64 height)
{
  return width * height > MAX_PIXELS && width * height <= IMAGE_MAX_PIXELS;
}

static guint
read16 (const guint8 *p)
{
  return (guint) p[0] << 8 | p[1];
}

/* Anything that may be the size of the picture. */
static gboolean
says_slow (const guint8 *data, gsize n)
{
  if (n >= 24 && data[0] == 0x89)
    return is_slow ((guint64) read16 (data + 16) << 16 | read16 (data + 18),
        (guint64) read16 (data + 20) << 16 | read16 (data + 22));
  for (gsize i = 0; i + 9 <= n; i++)
    if (data[i] == 0xff && data[i + 1] >= 0xc0 && data[i + 1] <= 0xcf &&
        is_slow (read16 (data + i + 7), read16 (data + i + 5)))
      return TRUE;
  return FALSE;
}

static void
crop (const char *path, RenRect rect)
{
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  g_autoptr (GError) error = NULL;
  guint8 grey[REN_FACE_BYTES];
  const Face face = { .path = (char *) path, .crop = rect };
  const gboolean ok = face_read (&face, cropper, grey, &error);

  g_assert (ok == !error);
}

/* What is no file has no bytes to be fuzzed. */
int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  static const char *const paths[] = { "/", "/dev/null", "/nowhere" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (GError) error = NULL;
    Image image;

    g_assert_false (image_load (paths[i], &image, &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_PICTURE);
  }
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *path;
  const guint orientation = exif_orientation (data, size);

  g_assert (orientation >= 1 && orientation <= 8);
  if (says_slow (data, size))
    return 0;
  path = memory_file (0, data, size);
  crop (path, (RenRect){ 0 });
  crop (path, (RenRect){ -3, 5, 20, G_MAXINT32 });
  crop (path, (RenRect){ 1000, 1000, 1, 1 });
  return 0;
}
