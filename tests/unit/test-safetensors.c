/* safetensors files, good ones and hostile ones.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "convert.h"
#include "model-files.h"

#define ENTRY(dtype, shape, offsets)                                           \
  "{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}"

typedef struct
{
  FileSpec spec;
  gint code;        /* expected */
  const char *says; /* part of the expected message */
} Case;

#define LAST "fc4.bias"
#define AT "[$B,$E]"
#define CORRUPT REN_ERROR_CORRUPT
#define NETWORK REN_ERROR_NETWORK
#define UNSUPPORTED REN_ERROR_UNSUPPORTED
#define BAD(...) .tensor = LAST, .entry = __VA_ARGS__
#define META(text) .metadata = "{\"format\":\"resemotenet\"," text "}"

static const Case cases[] = {
  /* entries */
  { { BAD ("3") }, CORRUPT, "fc4.bias" },
  { { BAD ("[]") }, CORRUPT, "not an object" },
  { { BAD ("{}") }, CORRUPT, "no dtype" },
  { { BAD (ENTRY ("7", "$S", AT)) }, CORRUPT, "no dtype" },
  { { BAD (ENTRY ("\"$D\"", "7", AT)) }, CORRUPT, "shape" },
  { { BAD (ENTRY ("\"$D\"", "[\"7\"]", AT)) }, CORRUPT, "shape" },
  { { BAD (ENTRY ("\"$D\"", "[7.0]", AT)) }, CORRUPT, "shape" },
  { { BAD (ENTRY ("\"$D\"", "[-7]", AT)) }, CORRUPT, "shape" },
  { { BAD (ENTRY ("\"$D\"", "[1,1,1,1,1,1,1,1,7]", AT)) }, CORRUPT, "shape" },
  { { BAD (ENTRY ("\"$D\"", "[9223372036854775807,4]", AT)) }, CORRUPT,
      "impossibly" },
  { { BAD (ENTRY ("\"$D\"", "[4611686018427387904]", AT)) }, CORRUPT, "fit" },
  { { BAD (ENTRY ("\"$D\"", "[18446744073709551615]", AT)) }, CORRUPT,
      "shape" },
  { { BAD (ENTRY ("\"$D\"", "[36893488147419103239]", AT)) }, CORRUPT,
      "shape" },
  { { BAD (ENTRY ("\"$D\"", "[6]", AT)) }, CORRUPT, "fit" },
  { { BAD (ENTRY ("\"$D\"", "[]", AT)) }, CORRUPT, "fit" },
  { { BAD (ENTRY ("\"$D\"", "[7,0]", AT)) }, CORRUPT, "fit" },
  { { BAD (ENTRY ("\"F64\"", "$S", AT)) }, CORRUPT, "fit" },
  { { BAD (ENTRY ("\"I32\"", "$S", AT)) }, UNSUPPORTED, "I32" },
  { { BAD (ENTRY ("\"Q4_K\"", "$S", AT)) }, UNSUPPORTED, "Q4_K" },
  { { BAD (ENTRY ("\"$D\"", "$S", "7")) }, CORRUPT, "data_offsets" },
  { { BAD (ENTRY ("\"$D\"", "$S", "[]")) }, CORRUPT, "data_offsets" },
  { { BAD (ENTRY ("\"$D\"", "$S", "[$B]")) }, CORRUPT, "data_offsets" },
  { { BAD (ENTRY ("\"$D\"", "$S", "[$B,$E,$E]")) }, CORRUPT, "data_offsets" },
  { { BAD (ENTRY ("\"$D\"", "$S", "[$E,$B]")) }, CORRUPT, "beyond" },
  { { BAD (ENTRY ("\"$D\"", "$S", "[-28,0]")) }, CORRUPT, "data_offsets" },
  { { BAD (ENTRY ("\"$D\"", "$S", "[$B,9223372036854775807]")) }, CORRUPT,
      "beyond" },
  { { BAD (ENTRY ("\"$D\"", "$S", "[$B.5,$E]")) }, CORRUPT, "data_offsets" },
  { { BAD (ENTRY ("\"$D\"", "$S", "[0,28]")) }, CORRUPT, "overlap" },
  { { BAD (ENTRY ("\"$D\"", "[7,1]", AT)) }, NETWORK, "[7, 1] instead of [7]" },
  { { .tensor = LAST }, CORRUPT, "describes" },
  /* missing, misplaced, of another network */
  { { .tensor = LAST, .extra_bytes = -28 }, NETWORK, "'fc4.bias' is missing" },
  { { .tensor = "res_block2.bn1.running_var" }, CORRUPT, "gap" },
  { { .prefix = "backbone." }, NETWORK, "'backbone.conv1.weight'" },
  { { .n_classes = 1 }, UNSUPPORTED, "1 classes" },
  { { .n_classes = 33 }, UNSUPPORTED, "33 classes" },
  { { .tensor = "fc4.weight", .entry = ENTRY ("\"$D\"", "[256,7]", AT) },
      NETWORK, "[256, 7] instead of [classes, 256]" },
  { { .tensor = "conv1.weight", .entry = ENTRY ("\"$D\"", "[3,64,3,3]", AT) },
      NETWORK, "[3, 64, 3, 3] instead of [64, 3, 3, 3]" },
  { { .tensor = "conv1.weight", .entry = ENTRY ("\"$D\"", "[64,27]", AT) },
      NETWORK, "[64, 27]" },
  /* size of the file */
  { { .extra_bytes = -1 }, CORRUPT, "beyond the end" },
  { { .extra_bytes = 1 }, CORRUPT, "describes" },
  { { .extra_bytes = -300000000 }, CORRUPT, "beyond the end" },
  /* other tensors */
  { { .first = "\"x\":" ENTRY ("\"U8\"", "[1]", "[0,1]") }, CORRUPT,
      "overlap" },
  { { .first = "\"x\":" ENTRY ("\"Q4_K\"", "[1]", "[0,1]") }, CORRUPT,
      "overlap" },
  /* metadata */
  { { .metadata = "3" }, CORRUPT, "__metadata__" },
  { { .metadata = "{\"a\":3}" }, CORRUPT, "__metadata__" },
  { { .metadata = "{\"a\":{}}" }, CORRUPT, "__metadata__" },
  { { META ("\"format_version\":\"2\"") }, UNSUPPORTED, "newer" },
  { { META ("\"format_version\":\"0\"") }, CORRUPT, "format_version" },
  { { META ("\"format_version\":\"one\"") }, CORRUPT, "format_version" },
  { { META ("\"precision\":\"int4\"") }, UNSUPPORTED, "precision" },
  { { META ("\"temperature\":\"0\"") }, CORRUPT, "temperature" },
  { { META ("\"temperature\":\"-1\"") }, CORRUPT, "temperature" },
  { { META ("\"temperature\":\"nan\"") }, CORRUPT, "temperature" },
  { { META ("\"temperature\":\"inf\"") }, CORRUPT, "temperature" },
  { { META ("\"temperature\":\"1.5x\"") }, CORRUPT, "temperature" },
  { { META ("\"temperature\":\"\"") }, CORRUPT, "temperature" },
  { { META ("\"input\":\"{\\\"size\\\":48}\"") }, UNSUPPORTED, "64" },
  { { META ("\"input\":\"{\\\"size\\\":\\\"64\\\"}\"") }, CORRUPT, "size" },
  { { META ("\"input\":\"{\\\"color\\\":\\\"rgb\\\"}\"") }, UNSUPPORTED,
      "colour" },
  { { META ("\"input\":\"{\\\"color\\\":\\\"cmyk\\\"}\"") }, CORRUPT, "color" },
  { { META ("\"input\":\"{\\\"std\\\":0}\"") }, CORRUPT, "std" },
  { { META ("\"input\":\"{\\\"std\\\":[1,1]}\"") }, CORRUPT, "std" },
  { { META ("\"input\":\"{\\\"mean\\\":[1,2,1e99]}\"") }, CORRUPT, "mean" },
  { { META ("\"input\":\"{\\\"mean\\\":null}\"") }, CORRUPT, "mean" },
  { { META ("\"input\":\"[]\"") }, CORRUPT, "input" },
  { { META ("\"input\":\"\"") }, CORRUPT, "input" },
  { { META ("\"input\":\"[[[[[[[[[[\"") }, CORRUPT, "input" },
  { { META ("\"labels\":\"\"") }, CORRUPT, "labels" },
  { { META ("\"labels\":\"7\"") }, CORRUPT, "labels" },
  { { META ("\"labels\":\"[1,2,3,4,5,6,7]\"") }, CORRUPT, "not a string" },
  { { META ("\"labels\":\"[\\\"a\\\",\\\"b\\\"]\"") }, CORRUPT, "2 labels" },
  { { .n_classes = 2, META ("\"labels\":\"[\\\"a\\\",\\\"a\\\"]\"") }, CORRUPT,
      "both 'a'" },
  { { .n_classes = 2, META ("\"labels\":\"[\\\"a\\\",\\\"\\\"]\"") }, CORRUPT,
      "empty" },
  { { .n_classes = 2,
        META ("\"labels\":\"[\\\"a\\\",\\\"\\\\u001b[2J\\\"]\"") },
      CORRUPT, "control" },
  { { .n_classes = 2,
        META ("\"labels\":\"[\\\"a\\\",\\\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\\"]\"") },
      CORRUPT, "long" },
  /* trimmed */
  { { .trimmed = TRUE }, NETWORK, "res_block3.conv1.weight" },
  { { .metadata = "{\"live_taps\":\"{\\\"res_block3.conv2.weight\\\":[4]}\"}" },
      NETWORK, "[2048, 2048, 1]" },
  { { .metadata = "{\"live_taps\":\"{\\\"res_block3.conv1.weight\\\":[4]}\"}" },
      CORRUPT, "lacks taps" },
  { { .metadata = "{\"live_taps\":\"{\\\"conv1.weight\\\":[8,4]}\"}" }, CORRUPT,
      "ascending" },
  { { .metadata = "{\"live_taps\":\"{\\\"conv1.weight\\\":[4,4]}\"}" }, CORRUPT,
      "ascending" },
  { { .metadata = "{\"live_taps\":\"{\\\"conv1.weight\\\":[9]}\"}" }, CORRUPT,
      "ascending" },
  { { .metadata = "{\"live_taps\":\"{\\\"conv1.weight\\\":[]}\"}" }, CORRUPT,
      "ascending" },
  { { .metadata = "{\"live_taps\":\"{\\\"fc1.weight\\\":[4]}\"}" }, CORRUPT,
      "fc1.weight" },
  { { .metadata = "{\"live_taps\":\"[]\"}" }, CORRUPT, "live_taps" },
};

/* Loads a file that must be refused. */
static void
check_refused (const char *path, gint code, const char *says)
{
  g_autoptr (GError) error = NULL;
  RenModel *model = ren_model_load (path, &error);

  g_assert_null (model);
  if (!g_error_matches (error, REN_ERROR, code) ||
      !strstr (error->message, says))
    g_error ("expected error %d with '%s', got %d: %s", code, says, error->code,
        error->message);
  g_assert_true (g_str_has_prefix (error->message, path));
}

static void
test_hostile (void)
{
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "m.safetensors", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    write_model_file (path, &cases[i].spec);
    check_refused (path, cases[i].code, cases[i].says);
  }
  remove_dir (dir);
}

static void
test_hostile_header (void)
{
  static const struct
  {
    guint64 length;
    char text[24]; /* zeros behind it */
    const char *says;
  } headers[] = {
    { 0, "", "" },
    { 2, "{}", "describes" },
    { 2, "{]", "JSON" },
    { 3, "{} ", "describes" },
    { 100, "{}", "cut short" },
    { G_MAXUINT64, "{}", "cut short" },
    { G_MAXUINT64 - 8, "{}", "cut short" },
    { (guint64) 1 << 63, "{}", "cut short" },
    { 4, "{\"a\"", "JSON" },
    { 10, "{\"\xff\xfe\":{}}", "UTF-8" },
    { 9, "{\"a\0b\":{}", "UTF-8" },
    { 14, "{\"a\":[[[[[[[[]", "form" },
    { 16, "{/*[[[*/\"a\":{} }", "form" },
  };
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "m.safetensors", NULL);
  g_autofree char *deep = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (headers); i++) {
    char file[64] = { 0 };
    guint64 length = GUINT64_TO_LE (headers[i].length);

    memcpy (file, &length, 8);
    memcpy (file + 8, headers[i].text, sizeof headers[i].text);
    write_bytes (path, file, 40);
    check_refused (path, REN_ERROR_CORRUPT, headers[i].says);
  }

  /* a parser that recurses would overflow the stack */
  deep = g_malloc (8 + (4 << 20));
  memset (deep, '[', 8 + (4 << 20));
  *(guint64 *) deep = GUINT64_TO_LE (4 << 20);
  memcpy (deep + 8, "{\"a\":", 5);
  write_bytes (path, deep, 8 + (4 << 20));
  check_refused (path, REN_ERROR_CORRUPT, "form");

  /* longer than is sane, but there */
  *(guint64 *) deep = GUINT64_TO_LE (9 << 20);
  write_bytes (path, deep, 8 + (4 << 20));
  g_assert_cmpint (truncate (path, 20 << 20), ==, 0);
  check_refused (path, REN_ERROR_UNSUPPORTED, "more than");
  remove_dir (dir);
}

/* Cut anywhere in the header and at many places behind it. */
static void
test_truncated (void)
{
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "m.safetensors", NULL);
  g_autoptr (GString) header = NULL;
  const FileSpec spec = { .dtype = "F16" };
  guint64 data_size;

  header = file_spec_header (&spec, &data_size);
  for (gsize n = 0; n < header->len; n += n < 300 ? 1 : 97) {
    write_bytes (path, header->str, n);
    check_refused (path, REN_ERROR_CORRUPT, "");
  }
  for (guint i = 0; i < 40; i++) {
    write_bytes (path, header->str, header->len);
    g_assert_cmpint (truncate (path, header->len + data_size * i / 40), ==, 0);
    check_refused (path, REN_ERROR_CORRUPT, "beyond the end");
  }
  remove_dir (dir);
}

/* Any one byte of a header changed: an error or a model, never a crash. */
static void
test_mutated (void)
{
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "m.safetensors", NULL);
  g_autoptr (GString) header = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  const FileSpec spec = { .dtype = "BF16",
    .trimmed = TRUE,
    .metadata = "{\"format\":\"resemotenet\",\"live_taps\":"
                "\"{\\\"res_block3.conv1.weight\\\":[4,5,7,8],"
                "\\\"res_block3.conv2.weight\\\":[4]}\"}" };
  guint64 data_size;
  guint n_refused = 0;
  int fd;

  header = file_spec_header (&spec, &data_size);
  write_model_file (path, &spec);
  fd = g_open (path, O_WRONLY, 0);
  for (guint i = 0; i < 3000; i++) {
    gsize at = g_rand_int_range (rand, 8, header->len);
    char byte = (char) g_rand_int_range (rand, 0, 256);
    RenModel *model;

    g_assert_cmpint (pwrite (fd, &byte, 1, at), ==, 1);
    model = ren_model_load (path, NULL);
    if (model)
      ren_model_unref (model);
    else
      n_refused++;
    g_assert_cmpint (pwrite (fd, header->str + at, 1, at), ==, 1);
  }
  close (fd);
  g_test_message ("%u of 3000 refused", n_refused);
  g_assert_cmpuint (n_refused, >, 2000);
  remove_dir (dir);
}

static void
test_accepted (void)
{
  static const FileSpec specs[] = {
    { .dtype = "F32" },
    { .dtype = "F16" },
    { .dtype = "BF16" },
    { .prefix = "module." },
    { .prefix = "_orig_mod." },
    { .n_classes = 2 },
    { .n_classes = 32 },
    { .metadata = "{\"format\":\"pt\",\"temperature\":\"cold\"}" },
    { .metadata = "{}" },
    { .first = "\"empty\":" ENTRY ("\"F32\"", "[0,3]", "[0,0]") },
    { META ("\"format_version\":\"1\",\"temperature\":\"1.5\",\"precision\":"
            "\"fp32\",\"x\":\"y\"") },
  };
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "m.safetensors", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (specs); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (RenModel) model = NULL;

    write_model_file (path, &specs[i]);
    model = ren_model_load (path, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (ren_model_n_classes (model), ==,
        specs[i].n_classes ? specs[i].n_classes : 7);
    g_assert_cmpstr (ren_model_name (model), ==, "m");
    g_assert_true (ren_model_labels_assumed (model));
  }
  remove_dir (dir);
}

/* Numbers behind a hole: of every tensor the first and the last ones. */
static void
scribble (const char *path, const FileSpec *spec)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  int fd = g_open (path, O_WRONLY, 0);
  RenPrecision p = g_strcmp0 (spec->dtype, "BF16") == 0 ? REN_PRECISION_BF16
                                                        : REN_PRECISION_FP32;

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      guint64 n = ren_tensor_size (id, part, 7);
      guint64 at, k = MIN (n, 4000);
      float v[4000];
      guint8 packed[16000];

      if (!ren_layer_has_part (id, part))
        continue;
      for (guint i = 0; i < 4000; i++) {
        v[i] = (float) g_rand_double_range (rand, -2, 2);
        if (part == REN_PART_NORM_VAR)
          v[i] = fabsf (v[i]);
      }
      ren_from_float (p, v, 4000, packed);
      at = model_file_offset (spec, id, part);
      k *= ren_precision_size (p);
      n *= ren_precision_size (p);
      g_assert_cmpint (pwrite (fd, packed, k, at), ==, k);
      g_assert_cmpint (pwrite (fd, packed, k, at + n - k), ==, k);
    }
  close (fd);
}

/* What reading back must give for a number of the source. */
static float
stored (float v, RenPart part, RenPrecision precision)
{
  guint8 packed[4];

  if (part != REN_PART_WEIGHT)
    return v; /* vectors stay fp32 */
  ren_from_float (precision, &v, 1, packed);
  ren_to_float (precision, packed, 1, &v);
  return v;
}

static void
compare_models (const RenModel *a, const RenModel *b, RenPrecision precision,
    gboolean trimmed)
{
  enum
  {
    N = 9 * 4096
  };
  g_autofree float *x = g_new (float, N);
  g_autofree float *y = g_new (float, N);

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      guint64 n = ren_tensor_size (id, part, 7);
      guint live = ren_layer_live_taps (&ren_network[id]);

      if (!ren_layer_has_part (id, part))
        continue;
      for (guint64 at = 0; at < n; at += N) {
        guint k = MIN (N, n - at);

        g_assert_true (ren_model_read_tensor (a, id, part, at, k, x, NULL));
        g_assert_true (ren_model_read_tensor (b, id, part, at, k, y, NULL));
        for (guint i = 0; i < k; i++) {
          gboolean dead = trimmed && part == REN_PART_WEIGHT &&
                          ren_network[id].kernel == 3 &&
                          !(live >> ((at + i) % 9) & 1);
          float expected = dead ? 0 : x[i];

          if (expected != 0)
            expected = stored (expected, part, precision);
          if (y[i] != expected)
            g_error ("layer %s part %u at %" G_GUINT64_FORMAT
                     ": %.9g instead of %.9g",
                ren_network[id].name, part, at + i, y[i], expected);
        }
      }
    }
}

static void
test_round_trip (void)
{
  char *dir = make_dir ();
  g_autofree char *from = g_build_filename (dir, "from.safetensors", NULL);
  g_autofree char *to = g_build_filename (dir, "to.safetensors", NULL);
  const FileSpec spec = { META (
      "\"labels\":\"[\\\"a\\\",\\\"b\\\",\\\"c\\\",\\\"d\\\",\\\"e\\\","
      "\\\"f\\\","
      "\\\"ü\\\"]\",\"temperature\":\"1.25\",\"license\":\"MIT\",\"x\":\"y\","
      "\"input\":\"{\\\"mean\\\":0.5,\\\"std\\\":[0.1,0.2,0.3]}\"") };
  g_autoptr (RenModel) model = NULL;
  g_autoptr (GError) error = NULL;

  write_model_file (from, &spec);
  scribble (from, &spec);
  model = ren_model_load (from, &error);
  g_assert_no_error (error);

  for (RenPrecision p = REN_PRECISION_FP32; p <= REN_PRECISION_BF16; p++)
    for (guint trimmed = 0; trimmed < 2; trimmed++) {
      g_autoptr (RenModel) again = NULL;

      if (p == REN_PRECISION_BF16 && !trimmed)
        continue; /* nothing that the others do not show */
      g_assert_true (ren_model_save (
          model, to, p, trimmed ? REN_SAVE_TRIMMED : REN_SAVE_DEFAULT, &error));
      again = ren_model_load (to, &error);
      g_assert_no_error (error);
      compare_models (model, again, p, trimmed);
      g_assert_cmpint (ren_model_precision (again), ==, p);
      g_assert_cmpstr (ren_model_label (again, 6), ==, "ü");
      g_assert_false (ren_model_labels_assumed (again));
      g_assert_cmpfloat (ren_model_temperature (again), ==, 1.25f);
      g_assert_cmpstr (ren_model_metadata (again, "x"), ==, "y");
      g_assert_cmpstr (ren_model_metadata (again, "license"), ==, "MIT");
      g_assert_cmpfloat (again->mean[2], ==, .5f);
      g_assert_cmpfloat (again->std[1], ==, .2f);
      g_assert_cmpuint (ren_model_n_parameters (again), ==, 80238599);
      g_assert_true (ren_model_verify (again, &error));
      g_assert_no_error (error);
    }

  /* one bit of the last tensor is found by its checksum, not by loading */
  {
    g_autoptr (RenModel) again = NULL;
    int fd = g_open (to, O_RDWR, 0);
    guint8 byte;
    off_t end = lseek (fd, -1, SEEK_END);

    g_assert_cmpint (pread (fd, &byte, 1, end), ==, 1);
    byte ^= 1;
    g_assert_cmpint (pwrite (fd, &byte, 1, end), ==, 1);
    close (fd);
    again = ren_model_load (to, &error);
    g_assert_no_error (error);
    g_assert_false (ren_model_verify (again, &error));
    g_assert_error (error, REN_ERROR, REN_ERROR_CORRUPT);
    g_clear_error (&error);
  }

  /* trimmed files can be made whole, and saved over themselves */
  {
    g_autoptr (RenModel) trimmed = NULL, whole = NULL;

    g_assert_true (ren_model_save (
        model, to, REN_PRECISION_BF16, REN_SAVE_TRIMMED, &error));
    trimmed = ren_model_load (to, &error);
    g_assert_true (ren_model_save (
        trimmed, to, REN_PRECISION_BF16, REN_SAVE_DEFAULT, &error));
    whole = ren_model_load (to, &error);
    g_assert_no_error (error);
    g_assert_true (whole != trimmed);
    g_assert_null (ren_model_metadata (whole, "live_taps"));
    compare_models (model, whole, REN_PRECISION_BF16, TRUE);
    compare_models (model, trimmed, REN_PRECISION_BF16, TRUE);
  }
  remove_dir (dir);
}

static void
put_float (const char *path, guint64 at, float v)
{
  int fd = g_open (path, O_WRONLY, 0);

  g_assert_cmpint (pwrite (fd, &v, 4, at), ==, 4);
  close (fd);
}

static void
test_values (void)
{
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "m.safetensors", NULL);
  g_autofree char *out = g_build_filename (dir, "out.safetensors", NULL);
  const FileSpec spec = { .dtype = "F32" };
  const guint64 var =
      model_file_offset (&spec, REN_BLOCK2_CONV1, REN_PART_NORM_VAR);
  const guint64 weight = model_file_offset (&spec, REN_CONV2, REN_PART_WEIGHT);
  const guint64 large =
      model_file_offset (&spec, REN_BLOCK1_CONV2, REN_PART_WEIGHT);

  write_model_file (path, &spec);
  put_float (path, var + 40, NAN);
  check_refused (path, REN_ERROR_CORRUPT, "res_block2.bn1.running_var");
  put_float (path, var + 40, -1e-3f);
  check_refused (path, REN_ERROR_CORRUPT, "negative variance at 10");
  put_float (path, var + 40, 70000); /* beyond fp16, and fine */

  {
    g_autoptr (RenModel) model = NULL;
    g_autoptr (GError) error = NULL;

    put_float (path, weight + 4, 65519.99f); /* rounds to fp16's largest */
    model = ren_model_load (path, &error);
    g_assert_no_error (error);
    g_assert_true (ren_model_save (model, out, REN_PRECISION_FP16, 0, &error));
  }
  {
    g_autoptr (RenModel) model = NULL;
    g_autoptr (GError) error = NULL;

    put_float (path, weight + 4, 65520);
    model = ren_model_load (path, &error);
    g_assert_no_error (error);
    g_assert_false (ren_model_save (model, out, REN_PRECISION_FP16, 0, &error));
    g_assert_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message, "'conv2.weight'"));
    g_clear_error (&error);
    g_assert_true (ren_model_save (
        model, out, REN_PRECISION_BF16, REN_SAVE_TRIMMED, &error));
  }
  {
    g_autoptr (RenModel) model = NULL;
    g_autoptr (GError) error = NULL;

    put_float (path, weight + 4, INFINITY);
    check_refused (path, REN_ERROR_CORRUPT, "'conv2.weight'");
    put_float (path, weight + 4, 0);

    /* one that stays in the file */
    put_float (path, large + 4, NAN);
    model = ren_model_load (path, &error);
    g_assert_no_error (error);
    g_assert_false (ren_model_save (model, out, REN_PRECISION_FP32, 0, &error));
    g_assert_error (error, REN_ERROR, REN_ERROR_CORRUPT);
    g_assert_nonnull (strstr (error->message, "'res_block1.conv2.weight'"));
    g_clear_error (&error);
    g_assert_null (ren_plan_new (model, REN_PRECISION_AUTO, 1, 1, &error));
    g_assert_error (error, REN_ERROR, REN_ERROR_CORRUPT);
    g_assert_nonnull (strstr (error->message, "'res_block1.conv2.weight'"));
  }
  remove_dir (dir);
}

static guint
count_files (const char *dir)
{
  GDir *d = g_dir_open (dir, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (d))
    n++;
  g_dir_close (d);
  return n;
}

static void
check_write_fails (RenModel *model, const char *path)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ren_model_save (model, path, REN_PRECISION_BF16, 0, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_WRITE);
  g_assert_nonnull (strstr (error->message, path));
}

/* Nothing is written in a format that nobody could read. */
static void
check_no_format (RenModel *model, const char *path, gint precision)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ren_model_save (
      model, path, (RenPrecision) precision, REN_SAVE_DEFAULT, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_write_errors (void)
{
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "m.safetensors", NULL);
  g_autofree char *old = g_build_filename (dir, "old", NULL);
  g_autofree char *nowhere = g_build_filename (dir, "no", "where", NULL);
  g_autofree char *text = NULL;
  const FileSpec spec = { .dtype = "BF16" };
  g_autoptr (RenModel) model = NULL;
  struct rlimit before, small;

  write_model_file (path, &spec);
  model = ren_model_load (path, NULL);
  g_assert_nonnull (model);
  write_bytes (old, "precious", 8);

  check_write_fails (model, nowhere);
  check_write_fails (model, dir);
  check_no_format (model, old, REN_PRECISION_INT8); /* of floats */
  check_no_format (model, old, REN_PRECISION_INT8 + 1);
  check_no_format (model, old, REN_PRECISION_AUTO - 1);

  /* a disk that fills up half-way */
  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = 10 << 20;
  setrlimit (RLIMIT_FSIZE, &small);
  check_write_fails (model, old);
  setrlimit (RLIMIT_FSIZE, &before);

  if (geteuid () != 0) { /* root may write anywhere */
    g_chmod (dir, 0500);
    check_write_fails (model, old);
    g_chmod (dir, 0700);
  }

  g_assert_true (g_file_get_contents (old, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "precious");
  g_assert_cmpuint (count_files (dir), ==, 2); /* nothing temporary is left */
  remove_dir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safetensors/accepted", test_accepted);
  g_test_add_func ("/safetensors/hostile", test_hostile);
  g_test_add_func ("/safetensors/hostile-header", test_hostile_header);
  g_test_add_func ("/safetensors/truncated", test_truncated);
  g_test_add_func ("/safetensors/mutated", test_mutated);
  g_test_add_func ("/safetensors/round-trip", test_round_trip);
  g_test_add_func ("/safetensors/values", test_values);
  g_test_add_func ("/safetensors/write-errors", test_write_errors);
  return g_test_run ();
}
