/* SPDX-License-Identifier: MIT */
#include "default-path.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "resemotenet.h"

/* below the data directory, as models/meson.build installs it */
#define INSTALLED_AS REN_DATADIR "/resemotenet-1.0/resemotenet.safetensors"
/* below the build directory; see there as well */
#define BUILT_AS "models/resemotenet.safetensors"

/* The folder that ends in @tail, without it; NULL where it ends otherwise. */
static char *
strip_tail (const char *folder, const char *tail)
{
  g_autofree char *suffix = g_strconcat ("/", tail, NULL);

  return g_str_has_suffix (folder, suffix)
             ? g_strndup (folder, strlen (folder) - strlen (suffix))
             : NULL;
}

char **
ren_default_model_places (const char *library)
{
  g_autofree char *folder = library ? g_path_get_dirname (library) : NULL;
  /* moved as a whole, the library still finds the model it came with … */
  g_autofree char *prefix = folder ? strip_tail (folder, REN_LIBDIR) : NULL;
  /* … and so it does in the `core` of a build that is not installed */
  g_autofree char *build = folder ? strip_tail (folder, "core") : NULL;
  g_autofree char *installed =
      g_build_filename (REN_PREFIX, INSTALLED_AS, NULL);
  g_autoptr (GPtrArray) places = g_ptr_array_new_with_free_func (g_free);

  if (build)
    g_ptr_array_add (places, g_build_filename (build, BUILT_AS, NULL));
  if (prefix)
    g_ptr_array_add (
        places, g_build_filename ("/", prefix, INSTALLED_AS, NULL));
  if (!g_ptr_array_find_with_equal_func (places, installed, g_str_equal, NULL))
    g_ptr_array_add (places, g_steal_pointer (&installed));
  g_ptr_array_add (places, NULL);
  return (char **) g_ptr_array_steal (places, NULL);
}

/* The file that this code was loaded from. Free with free(). */
static char *
own_library (void)
{
  static const char anchor;
  Dl_info info;

  return dladdr (&anchor, &info) && info.dli_fname
             ? realpath (info.dli_fname, NULL)
             : NULL;
}

char *
ren_model_default_path (GError **error)
{
  const char *named = g_getenv ("RESEMOTENET_MODEL");
  g_auto (GStrv) places = NULL;
  g_autofree char *looked_at = NULL;
  char *library;

  if (named && *named)
    return g_strdup (named);
  library = own_library ();
  places = ren_default_model_places (library);
  free (library);
  for (char **place = places; *place; place++)
    if (g_file_test (*place, G_FILE_TEST_EXISTS))
      return g_strdup (*place);

  looked_at = g_strjoinv (" or ", places);
  g_set_error (error, REN_ERROR, REN_ERROR_OPEN,
      "RESEMOTENET_MODEL is not set, and there is no default model at %s",
      looked_at);
  return NULL;
}
