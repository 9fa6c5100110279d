/* Where the default model is looked for. SPDX-License-Identifier: MIT */
#include <string.h>

#include "default-path.h"
#include "resemotenet.h"

#define BELOW_PREFIX REN_DATADIR "/resemotenet-1.0/resemotenet.safetensors"
#define INSTALLED REN_PREFIX "/" BELOW_PREFIX

static void
assert_places (const char *library, const char *first, const char *second)
{
  g_auto (GStrv) places = ren_default_model_places (library);

  g_assert_cmpstr (places[0], ==, first);
  g_assert_cmpstr (places[1], ==, second);
  g_assert_true (!second || !places[2]);
}

static void
test_places (void)
{
  assert_places (NULL, INSTALLED, NULL);
  assert_places ("/a/lib.so", INSTALLED, NULL);
  /* installed elsewhere, at its place, and at the root of all */
  assert_places (
      "/opt/x y/" REN_LIBDIR "/lib.so", "/opt/x y/" BELOW_PREFIX, INSTALLED);
  assert_places (REN_PREFIX "/" REN_LIBDIR "/lib.so", INSTALLED, NULL);
  assert_places ("/" REN_LIBDIR "/lib.so", "/" BELOW_PREFIX, INSTALLED);
  /* not installed */
  assert_places ("/src/build/core/lib.so",
      "/src/build/models/resemotenet.safetensors", INSTALLED);
  /* only whole names of folders count */
  assert_places ("/src/hardcore/lib.so", INSTALLED, NULL);
  assert_places ("/opt/x" REN_LIBDIR "/lib.so", INSTALLED, NULL);
}

static void
test_environment (void)
{
  g_autofree char *named = NULL;
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  /* what is named counts, so that a wrong name is not passed over */
  g_setenv ("RESEMOTENET_MODEL", "/nonexistent/model", TRUE);
  named = ren_model_default_path (&error);
  g_assert_no_error (error);
  g_assert_cmpstr (named, ==, "/nonexistent/model");

  g_setenv ("RESEMOTENET_MODEL", "", TRUE);
  found = ren_model_default_path (&error);
  g_unsetenv ("RESEMOTENET_MODEL");
  if (found) {
    g_assert_cmpstr (found, ==, INSTALLED);
    g_test_skip (INSTALLED " is there: that nothing is found is not seen");
    return;
  }
  g_assert_error (error, REN_ERROR, REN_ERROR_OPEN);
  g_assert_nonnull (strstr (error->message, "RESEMOTENET_MODEL"));
  g_assert_nonnull (strstr (error->message, INSTALLED));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/default-path/places", test_places);
  g_test_add_func ("/default-path/environment", test_environment);
  return g_test_run ();
}
