/* Tells MemorySanitizer what is unset. Linked into tests that it runs.
 * SPDX-License-Identifier: MIT
 *
 * It knows what code writes that was compiled for it, which is ours. What GLib
 * writes into memory of its own looks unset to it wherever a macro of GLib's or
 * we read that. So memory counts as set (MSAN_OPTIONS), but for what our code
 * asks for by the functions below: until it writes there, it is unset. The
 * linker's --wrap has objects of this program call these in place of the
 * libraries', which call their own as ever.
 */
#include <glib.h>
#include <malloc.h>
#include <sanitizer/msan_interface.h>

/* Visible: the linker believes that libraries call them, too. */
#define WRAP(type, name, parameters)                                           \
  type __real_##name parameters;                                               \
  __attribute__ ((visibility ("default"))) type __wrap_##name parameters;      \
  type __wrap_##name parameters

static gpointer
unset (gpointer p, gsize n)
{
  if (p)
    __msan_poison (p, n);
  return p;
}

/* Whoever gets it next need not be one of ours. */
static gpointer
given_back (gpointer p)
{
  if (p)
    __msan_unpoison (p, malloc_usable_size (p));
  return p;
}

WRAP (int, posix_memalign, (void **p, gsize alignment, gsize n))
{
  const int status = __real_posix_memalign (p, alignment, n);

  if (status == 0)
    unset (*p, n);
  return status;
}

WRAP (void, free, (void *p))
{
  __real_free (given_back (p));
}

WRAP (gpointer, g_malloc, (gsize n))
{
  return unset (__real_g_malloc (n), n);
}

WRAP (gpointer, g_malloc_n, (gsize n, gsize size))
{
  return unset (__real_g_malloc_n (n, size), n * size);
}

WRAP (gpointer, g_try_malloc, (gsize n))
{
  return unset (__real_g_try_malloc (n), n);
}

WRAP (gpointer, g_try_malloc_n, (gsize n, gsize size))
{
  return unset (__real_g_try_malloc_n (n, size), n * size);
}

WRAP (void, g_free, (gpointer p))
{
  __real_g_free (given_back (p));
}
