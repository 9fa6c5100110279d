/* What threads share that read pictures for the command: some read ahead of the
 * network, all processors read a data set. SPDX-License-Identifier: MIT */
#include <string.h>

#include "app.h"
#include "data-scan.h"

#define N_FACES 24
#define N_CLASSES 7

static gboolean
is_missing (guint i)
{
  return i % 4 == 3;
}

/* Different places of one picture; every fourth of none. */
static GPtrArray *
some_faces (void)
{
  GPtrArray *faces = g_ptr_array_new_with_free_func (face_free);

  for (guint i = 0; i < N_FACES; i++) {
    char *path = is_missing (i)
                     ? g_strdup ("/nowhere.jpg")
                     : g_build_filename (g_getenv ("REN_SOURCE_ROOT"),
                           "pipelines", "sample", "astronaut.jpg", NULL);
    Face *face = face_new (path, NULL, (int) (i % N_CLASSES));

    face->crop = (RenRect){ 10 * i, 5 * i, 92, 92 };
    g_ptr_array_add (faces, face);
  }
  return faces;
}

typedef struct
{
  GPtrArray *faces;
  guint next;
  float last[N_CLASSES];
} Seen;

/* All that can be read, in their order, and no two alike. */
static void
on_face (const Face *face, const guint8 grey[REN_FACE_BYTES],
    const float *logits, gpointer user_data)
{
  Seen *seen = user_data;

  while (is_missing (seen->next))
    seen->next++;
  g_assert_true (face == seen->faces->pdata[seen->next++]);
  g_assert_true (memcmp (seen->last, logits, sizeof seen->last) != 0);
  memcpy (seen->last, logits, sizeof seen->last);
}

static void
test_classify (void)
{
  g_autoptr (GPtrArray) faces = some_faces (), skipped = NULL;
  const char *path = g_getenv ("REN_INT8_MODEL");
  g_autoptr (RenModel) model = NULL;
  g_autoptr (GError) error = NULL;
  Seen seen = { .faces = faces };

  if (!path || !g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_test_skip ("there is no models/resemotenet.safetensors");
    return;
  }
  model = ren_model_load (path, &error);
  g_assert_no_error (error);
  shared_options.threads = 3;
  shared_options.batch = 2;
  faces_classify (
      model, faces, FACES_DEFAULT, on_face, &seen, &skipped, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (seen.next, ==, N_FACES - 1); /* the last is missing */
  g_assert_cmpuint (skipped->len, ==, N_FACES / 4);
}

static void
test_scan (void)
{
  static const char *const labels[] = { "a", "b", "c", "d", "e", "f", "g",
    NULL };
  g_auto (Scan) scan = { 0 };

  scan_read (&scan, some_faces (), labels, 3);
  g_assert_cmpuint (scan.faces->len, ==, N_FACES - N_FACES / 4);
  g_assert_cmpuint (scan.unreadable->len, ==, N_FACES / 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/readers/classify", test_classify);
  g_test_add_func ("/readers/scan", test_scan);
  return g_test_run ();
}
