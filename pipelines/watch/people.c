/* SPDX-License-Identifier: MIT */
#include "people.h"

#ifdef HAVE_REPORT
#include "recorder.h"
#include "terminal.h"

struct _People
{
  Recorder *recorder;
  const gchar *uri; /* of the input that the last frame was from */
  GError *failure;  /* first one to write a picture */
};

People *
people_new (const Source *source, const gchar *report, const gchar *faces,
    GError **error)
{
  const gchar *const uri = g_ptr_array_index (source->uris, 0);
  /* what several files or standard input are called is no address */
  const gchar *const name =
      source->uris->len == 1 && !g_str_has_prefix (uri, "fd:") ? uri
                                                               : source->name;
  Recorder *recorder;
  People *people;

  if (report && !source_check_output (source, "--report", report, error))
    return NULL;
  recorder = recorder_new (
      &(RecorderSettings){ .source = name, .report = report, .faces = faces },
      error);
  if (!recorder)
    return NULL;
  people = g_new0 (People, 1);
  people->recorder = recorder;
  return people;
}

void
people_take (gpointer self, const Frame *frame)
{
  People *people = self;
  g_autoptr (GError) error = NULL;

  if (people->uri && people->uri != frame->uri)
    recorder_restart (people->recorder);
  people->uri = frame->uri;
  if (!recorder_add (people->recorder, frame->buffer, frame->faces, frame->info,
          frame->time, &error)) {
    say ("%s; no more pictures of faces are written", error->message);
    if (!people->failure)
      people->failure = g_steal_pointer (&error);
  }
}

guint
people_get_n_files (People *people)
{
  return recorder_n_faces (people->recorder);
}

gboolean
people_free (People *people, gboolean write, GError **error)
{
  gboolean ok = !write || recorder_finish (people->recorder, error);

  if (ok && people->failure) {
    g_propagate_error (error, g_steal_pointer (&people->failure));
    ok = FALSE;
  }
  g_clear_error (&people->failure);
  recorder_free (people->recorder);
  g_free (people);
  return ok;
}

#else

People *
people_new (const Source *source, const gchar *report, const gchar *faces,
    GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "--report and --faces were left out of this build: it had no libjpeg");
  return NULL;
}

void
people_take (gpointer self, const Frame *frame)
{
}

guint
people_get_n_files (People *people)
{
  return 0;
}

gboolean
people_free (People *people, gboolean write, GError **error)
{
  return TRUE;
}

#endif
