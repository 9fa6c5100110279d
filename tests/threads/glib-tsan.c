/* Shows ThreadSanitizer what GLib's locks order. Linked into tests that it runs.
 * SPDX-License-Identifier: MIT
 *
 * ThreadSanitizer knows the locks that it intercepts, which are those of
 * pthreads, and atomics in code that it instrumented. GLib's locks are futexes
 * and atomics inside of a library that is not, so to it all that they guard is a
 * race. Here are functions of the same names, which programs and plugins call in
 * GLib's place: they call GLib's, and tell of that what GLib's documentation
 * promises, no more. Nothing of the code under test need know, and what GStreamer
 * locks is seen, too; a thread pool on pthreads would have shown its own locks
 * only. Threads that begin and end, and g_atomic_int_*(), are seen as they are.
 *
 * GLib's calls of its own functions do not come by here: what it guards inside
 * stays invisible, and it reads and writes nothing that is seen.
 */
#include <dlfcn.h>
#include <glib.h>
#include <sanitizer/tsan_interface.h>

#define VISIBLE __attribute__ ((visibility ("default")))

/* GLib's function of this name. GObject calls some before any constructor of
 * ours would run, so each is looked up when it is first needed. */
#define GLIBS(name)                                                            \
  ({                                                                           \
    static gpointer found;                                                     \
    gpointer f = g_atomic_pointer_get (&found);                                \
                                                                               \
    if (!f) {                                                                  \
      f = dlsym (RTLD_NEXT, #name);                                            \
      g_atomic_pointer_set (&found, f);                                        \
    }                                                                          \
    (__typeof__ (&name)) f;                                                    \
  })

/* ---- mutexes ---------------------------------------------------------------- */

VISIBLE void
g_mutex_clear (GMutex *mutex)
{
  __tsan_mutex_destroy (mutex, 0);
  GLIBS (g_mutex_clear) (mutex);
}

VISIBLE void
g_mutex_lock (GMutex *mutex)
{
  __tsan_mutex_pre_lock (mutex, 0);
  GLIBS (g_mutex_lock) (mutex);
  __tsan_mutex_post_lock (mutex, 0, 1);
}

VISIBLE gboolean
g_mutex_trylock (GMutex *mutex)
{
  const unsigned flags = __tsan_mutex_try_lock;
  gboolean locked;

  __tsan_mutex_pre_lock (mutex, flags);
  locked = GLIBS (g_mutex_trylock) (mutex);
  __tsan_mutex_post_lock (
      mutex, locked ? flags : flags | __tsan_mutex_try_lock_failed, 1);
  return locked;
}

VISIBLE void
g_mutex_unlock (GMutex *mutex)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  GLIBS (g_mutex_unlock) (mutex);
  __tsan_mutex_post_unlock (mutex, 0);
}

/* ---- conditions: the mutex is let go, and had again ------------------------- */

VISIBLE void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  __tsan_mutex_post_unlock (mutex, 0);
  GLIBS (g_cond_wait) (cond, mutex);
  __tsan_mutex_pre_lock (mutex, 0);
  __tsan_mutex_post_lock (mutex, 0, 1);
}

VISIBLE gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean signalled;

  __tsan_mutex_pre_unlock (mutex, 0);
  __tsan_mutex_post_unlock (mutex, 0);
  signalled = GLIBS (g_cond_wait_until) (cond, mutex, end_time);
  __tsan_mutex_pre_lock (mutex, 0);
  __tsan_mutex_post_lock (mutex, 0, 1);
  return signalled;
}

/* ---- references: all that was done with one comes before the last is gone --- */

VISIBLE
gboolean (g_atomic_ref_count_dec) (gatomicrefcount *refs)
{
  gboolean last;

  __tsan_release (refs);
  last = GLIBS (g_atomic_ref_count_dec) (refs);
  if (last)
    __tsan_acquire (refs);
  return last;
}

/* ---- pools: who hands something to one comes before who works on it ---------- */

typedef struct
{
  GFunc func;
  gpointer user_data;
} Work;

static void
work (gpointer data, gpointer user_data)
{
  const Work *w = user_data;

  __tsan_acquire (data);
  w->func (data, w->user_data);
}

/* Never freed: pools of the library live as long as the program. */
static Work *
work_new (GFunc func, gpointer user_data)
{
  Work *w = g_new (Work, 1);

  *w = (Work){ func, user_data };
  return w;
}

VISIBLE GThreadPool *
g_thread_pool_new (GFunc func, gpointer user_data, gint max_threads,
    gboolean exclusive, GError **error)
{
  return GLIBS (g_thread_pool_new) (
      work, work_new (func, user_data), max_threads, exclusive, error);
}

VISIBLE GThreadPool *
g_thread_pool_new_full (GFunc func, gpointer user_data,
    GDestroyNotify item_free_func, gint max_threads, gboolean exclusive,
    GError **error)
{
  return GLIBS (g_thread_pool_new_full) (work, work_new (func, user_data),
      item_free_func, max_threads, exclusive, error);
}

VISIBLE gboolean
g_thread_pool_push (GThreadPool *pool, gpointer data, GError **error)
{
  __tsan_release (data);
  return GLIBS (g_thread_pool_push) (pool, data, error);
}
