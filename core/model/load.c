/* Loading a model: what kind of file it is, and sharing it by path.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "metadata.h"
#include "model.h"
#include "readers.h"

/* ---- models that live, by file ---- */

typedef struct
{
  char *path; /* canonical */
  dev_t device;
  ino_t inode;
  gint64 size;
  gint64 mtime_s, mtime_ns;
} FileId;

typedef struct
{
  FileId id;
  RenModel *model; /* not a reference; NULL while a thread loads it */
} Shared;

static GMutex shared_lock;
static GCond shared_changed;
static GPtrArray *shared; /* of Shared; NULL while empty. Guarded by the lock */

static void
file_id_init (FileId *id, const char *path, const struct stat *st)
{
  id->path = realpath (path, NULL);
  id->device = st->st_dev;
  id->inode = st->st_ino;
  id->size = st->st_size;
  id->mtime_s = st->st_mtim.tv_sec;
  id->mtime_ns = st->st_mtim.tv_nsec;
}

static gboolean
file_id_equal (const FileId *a, const FileId *b)
{
  return a->device == b->device && a->inode == b->inode && a->size == b->size &&
         a->mtime_s == b->mtime_s && a->mtime_ns == b->mtime_ns &&
         g_strcmp0 (a->path, b->path) == 0;
}

static Shared *
find_shared (const FileId *id)
{
  for (guint i = 0; shared && i < shared->len; i++) {
    Shared *s = shared->pdata[i];

    if (file_id_equal (&s->id, id))
      return s;
  }
  return NULL;
}

static void
remove_shared (Shared *s)
{
  g_ptr_array_remove_fast (shared, s);
  if (shared->len == 0)
    g_clear_pointer (&shared, g_ptr_array_unref);
  free (s->id.path);
  g_free (s);
}

gboolean
ren_model_cache_drop (RenModel *model)
{
  gboolean last;

  /* counting down under the lock: else a thread that looks the model up could
   * take a reference after the last one is gone */
  g_mutex_lock (&shared_lock);
  last = g_atomic_ref_count_dec (&model->refs);
  for (guint i = 0; last && shared && i < shared->len; i++) {
    Shared *s = shared->pdata[i];

    if (s->model == model) {
      remove_shared (s);
      break;
    }
  }
  g_mutex_unlock (&shared_lock);
  return last;
}

/* The living model of a file. Else NULL, and the caller must load it and call
 * finish_load(), unless @loading is NULL with REN_ERROR_NO_MEMORY. Waits for a
 * thread that loads the same file. Takes over the path. */
static RenModel *
get_or_begin_load (FileId *id, Shared **loading, GError **error)
{
  RenModel *model = NULL;
  Shared *s;

  g_mutex_lock (&shared_lock);
  while ((s = find_shared (id)) && !s->model)
    g_cond_wait (&shared_changed, &shared_lock);
  if (s) {
    model = ren_model_ref (s->model);
  } else if ((s = ren_try_new0 (Shared, 1, error))) {
    s->id = *id;
    id->path = NULL;
    if (!shared)
      shared = g_ptr_array_new ();
    g_ptr_array_add (shared, s);
    *loading = s;
  }
  g_mutex_unlock (&shared_lock);
  free (id->path);
  return model;
}

/* After a failure the threads that wait try for themselves. */
static void
finish_load (Shared *loading, RenModel *model)
{
  g_mutex_lock (&shared_lock);
  if (model)
    loading->model = model;
  else
    remove_shared (loading);
  g_cond_broadcast (&shared_changed);
  g_mutex_unlock (&shared_lock);
}

/* ---- kinds of files ---- */

typedef struct
{
  const char *start;
  gsize length;
  const char *advice;
} Lookalike;

#define START(s) s, sizeof (s) - 1

/* What people try to load by mistake. */
static const Lookalike lookalikes[] = {
  { START ("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"),
      "a checkpoint in PyTorch's format before 1.6. Convert it once: python3 "
      "-c \"import torch; torch.save (torch.load ('IN', map_location='cpu'), "
      "'OUT')\"" },
  { START ("\x80"), "a Python pickle; a checkpoint that torch.save wrote, or a "
                    "safetensors file, is needed" },
  { START ("\xfd"
           "7zXZ"),
      "compressed by xz: unpack it first (unxz)" },
  { START ("\x1f\x8b"), "compressed by gzip: unpack it first (gunzip)" },
  { START ("BZh"), "compressed by bzip2: unpack it first (bunzip2)" },
  { START ("\x28\xb5\x2f\xfd"),
      "compressed by zstd: unpack it first (unzstd)" },
  { START ("\x89HDF"), "an HDF5 file, such as Keras writes" },
  { START ("GGUF"), "a GGUF file" },
  { START ("version https://git-lfs"),
      "a Git LFS pointer, not the file itself: fetch it by git lfs pull" },
  { START ("<!DOCTYPE"), "a web page: the download went wrong" },
  { START ("<!doctype"), "a web page: the download went wrong" },
  { START ("<html"), "a web page: the download went wrong" },
};

static gboolean
read_tensors (int fd, RenModel *model, GError **error)
{
  char head[32] = { 0 };
  gssize n = pread (fd, head, sizeof head, 0);

  if (n < 0) {
    g_set_error (error, REN_ERROR, REN_ERROR_OPEN, "%s", g_strerror (errno));
    return FALSE;
  }
  if (n == 0) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT, "the file is empty");
    return FALSE;
  }
  model->tensors = ren_tensors_new (error);
  if (!model->tensors)
    return FALSE;
  if (memcmp (head, "PK\3\4", 4) == 0)
    return ren_torch_read (fd, model->tensors, error);
  for (guint i = 0; i < G_N_ELEMENTS (lookalikes); i++)
    if ((gsize) n >= lookalikes[i].length &&
        memcmp (head, lookalikes[i].start, lookalikes[i].length) == 0 &&
        head[8] != '{') {
      g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED, "this is %s",
          lookalikes[i].advice);
      return FALSE;
    }
  if (n >= 9 && head[8] != '{') {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "this is neither a safetensors file nor a PyTorch checkpoint");
    return FALSE;
  }
  return ren_safetensors_read (fd, model->tensors, model->metadata, error);
}

/* What is in memory. Matrices that were left in the file are looked at by whoever
 * reads them: plans check what they pack, and ren_model_save() what it writes. */
static gboolean
check_numbers (const RenTensors *tensors, GError **error)
{
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++)
      if (tensors->tensor[id][part].data &&
          !ren_tensor_is_finite (tensors, id, part, error))
        return FALSE;
  return TRUE;
}

static gboolean
check_variances (const RenModel *model, GError **error)
{
  float v[REN_MAX_CHANNELS];

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    if (!ren_network[id].norm)
      continue;
    ren_model_read_vector (model, id, REN_PART_NORM_VAR, v);
    for (guint i = 0; i < ren_network[id].c_out; i++)
      if (v[i] < 0) {
        char name[REN_TENSOR_NAME_MAX];

        ren_tensor_name (id, REN_PART_NORM_VAR, name);
        g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
            "tensor '%s' holds a negative variance at %u; the training that "
            "wrote it went wrong",
            name, i);
        return FALSE;
      }
  }
  return TRUE;
}

static char *
short_name (const char *path)
{
  char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.');

  if (dot && dot != name)
    *dot = '\0';
  return name;
}

static RenModel *
load (int fd, const char *path, const struct stat *st, GError **error)
{
  g_autoptr (RenModel) model = ren_model_new (error);

  if (!model)
    return NULL;
  model->path = g_strdup (path);
  model->name = short_name (path);
  if (!read_tensors (fd, model, error) || !ren_metadata_apply (model, error) ||
      !check_numbers (model->tensors, error) || !check_variances (model, error))
    return NULL;
  if (!ren_file_is_unchanged (fd, st)) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "the file changed while it was read");
    return NULL;
  }
  return g_steal_pointer (&model);
}

static int
open_regular (const char *path, struct stat *st, GError **error)
{
  /* O_NONBLOCK: a named pipe must not hold the caller up */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (fd < 0 || fstat (fd, st) != 0) {
    g_set_error (error, REN_ERROR, REN_ERROR_OPEN, "%s", g_strerror (errno));
  } else if (!S_ISREG (st->st_mode)) {
    g_set_error (error, REN_ERROR, REN_ERROR_OPEN, "this is %s",
        S_ISDIR (st->st_mode) ? "a directory" : "not a regular file");
  } else {
    return fd;
  }
  if (fd >= 0)
    close (fd);
  return -1;
}

RenModel *
ren_model_load (const char *path, GError **error)
{
  Shared *loading = NULL;
  RenModel *model = NULL;
  FileId id = { 0 };
  struct stat st;
  int fd;

  g_return_val_if_fail (path != NULL, NULL);

  fd = open_regular (path, &st, error);
  if (fd < 0)
    goto out;
  file_id_init (&id, path, &st);
  model = get_or_begin_load (&id, &loading, error);
  if (loading) {
    model = load (fd, path, &st, error);
    finish_load (loading, model);
  }

out:
  if (!model)
    g_prefix_error (error, "%s: ", path);
  if (fd >= 0)
    close (fd);
  return model;
}
