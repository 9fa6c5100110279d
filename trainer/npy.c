/* numpy.lib.format, versions 1.0 to 3.0.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "npy.h"

/* One number and its header; NumPy pads that to 64 bytes. */
#define MAX_BYTES 4096
/* Digits of a number that is stored as text. */
#define MAX_DIGITS 18

static gboolean
fail (GError **error, const char *message)
{
  g_set_error_literal (error, APP_ERROR, APP_ERROR_FAILED, message);
  return FALSE;
}

/* The header is a Python dictionary on one line. Copies what stands after
 * 'key': up to the characters in @end. */
static gboolean
find_value (
    const char *header, const char *key, const char *end, char *out, gsize size)
{
  g_autofree char *quoted = g_strdup_printf ("'%s':", key);
  const char *at = strstr (header, quoted);
  gsize n;

  if (!at)
    return FALSE;
  at += strlen (quoted);
  at += strspn (at, " ");
  n = strcspn (at, end);
  if (n >= size)
    return FALSE;
  memcpy (out, at, n);
  out[n] = '\0';
  return TRUE;
}

static gboolean
read_integer (const guint8 *data, gsize size, gboolean is_signed, gint64 *out)
{
  guint64 value = 0;

  for (gsize i = 0; i < size; i++)
    value |= (guint64) data[i] << (8 * i);
  if (is_signed && size < 8 && data[size - 1] & 0x80)
    value |= ~G_GUINT64_CONSTANT (0) << (8 * size);
  *out = (gint64) value;
  return is_signed || value <= G_MAXINT64;
}

static gboolean
read_float (const guint8 *data, gsize size, gint64 *out)
{
  double value;

  if (size == 4) {
    guint32 bits = GUINT32_FROM_LE (*(const guint32 *) data);
    float single;

    memcpy (&single, &bits, sizeof single);
    value = (double) single;
  } else {
    guint64 bits = GUINT64_FROM_LE (*(const guint64 *) data);

    memcpy (&value, &bits, sizeof value);
  }
  if (!(fabs (value) < 1e9) || value != floor (value))
    return FALSE;
  *out = (gint64) value;
  return TRUE;
}

/* Characters of one or, as Unicode, four bytes; zeros fill the end. */
static gboolean
read_text (const guint8 *data, gsize n, gsize width, gint64 *out)
{
  char digits[MAX_DIGITS + 1] = { 0 };

  if (n > MAX_DIGITS)
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    for (gsize j = 1; j < width; j++)
      if (data[i * width + j])
        return FALSE;
    digits[i] = (char) data[i * width];
  }
  return g_ascii_string_to_signed (
      digits, 10, G_MININT64, G_MAXINT64, out, NULL);
}

/* @type: "<i8", "<U1" …; @n_bytes: what follows the header */
static gboolean
read_value (const char *type, const guint8 *data, gsize n_bytes, gint64 *number,
    GError **error)
{
  g_autofree guint8 *aligned = g_memdup2 (data, n_bytes);
  guint64 size;
  gboolean ok;

  if (type[0] == 'O' || (type[0] && type[1] == 'O'))
    return fail (error, "holds Python objects, which are not read: save the "
                        "label as a number");
  if (strlen (type) < 3 || (type[0] != '<' && type[0] != '|') ||
      !g_ascii_string_to_unsigned (type + 2, 10, 1, 64, &size, NULL) ||
      !strchr ("iufSU", type[1]) ||
      (strchr ("iu", type[1]) &&
          !(size == 1 || size == 2 || size == 4 || size == 8)) ||
      (type[1] == 'f' && size != 4 && size != 8))
    return fail (error, "is of a type that is no label: save it as a number");
  if (n_bytes != size * (type[1] == 'U' ? 4 : 1))
    return fail (error, "does not have the size that its header says");

  if (type[1] == 'f')
    ok = read_float (aligned, size, number);
  else if (type[1] == 'S' || type[1] == 'U')
    ok = read_text (aligned, size, type[1] == 'U' ? 4 : 1, number);
  else
    ok = read_integer (aligned, size, type[1] == 'i', number);
  return ok ? TRUE : fail (error, "does not hold a whole number");
}

static gboolean
parse (const guint8 *data, gsize n, gint64 *number, GError **error)
{
  g_autofree char *header = NULL;
  char type[16], shape[16];
  gsize begin, length;

  if (n < 12 || memcmp (data, "\x93NUMPY", 6) != 0 || data[6] < 1 ||
      data[6] > 3)
    return fail (error, "is no file of NumPy");
  begin = data[6] == 1 ? 10 : 12;
  length = data[8] | (gsize) data[9] << 8;
  if (data[6] > 1)
    length |= (gsize) data[10] << 16 | (gsize) data[11] << 24;
  if (length > n - begin)
    return fail (error, "ends within its header");
  header = g_strndup ((const char *) data + begin, length);
  if (!find_value (header, "descr", ",}", type, sizeof type) ||
      !find_value (header, "shape", ")", shape, sizeof shape))
    return fail (error, "has a header that makes no sense");
  if (strcmp (shape, "(") != 0 && strcmp (shape, "(1,") != 0)
    return fail (error, "holds more than one number");
  g_strdelimit (type, "'", ' ');
  return read_value (g_strstrip (type), data + begin + length,
      n - begin - length, number, error);
}

gboolean
npy_read_number (const char *path, gint64 *number, GError **error)
{
  guint8 data[MAX_BYTES + 1];
  FILE *file = fopen (path, "rbe");
  gsize n;

  if (!file) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "%s", g_strerror (errno));
    return FALSE;
  }
  n = fread (data, 1, sizeof data, file);
  fclose (file);
  if (n > MAX_BYTES)
    return fail (error, "is too large to hold one label");
  return parse (data, n, number, error);
}
