/* resemotenet data check: what is in a data set, and what is in it twice.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "data-list.h"
#include "data-report.h"
#include "dataset.h"
#include "labels.h"

#define DEFAULT_NEAR 8

static struct
{
  char *data, *kind, *images, *split, *list;
  int near;
  gboolean exact, json;
} options = { .near = DEFAULT_NEAR };

static const GOptionEntry entries[] = {
  { "data", 'd', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.data,
      "Folder or table of the data set", "PATH" },
  { "kind", 'k', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.kind,
      "What it is, if that is not recognised", "KIND" },
  { "split", 's', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.split,
      "any (default), train, validation or test", "SPLIT" },
  { "near", 'n', G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, &options.near,
      "How near twins are, 0 to 12 bits of 64; default 8", "N" },
  { "exact", 'e', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.exact,
      "Look for identical pictures only", NULL },
  { "output", 'o', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.list,
      "Write a list without twins there", "LIST" },
  { "json", 'j', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.json,
      "The report as JSON, with all groups", NULL },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry more_entries[] = {
  { "images", 'i', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.images,
      "What names in a table are relative to", "DIR" },
  G_OPTION_ENTRY_NULL
};

static gboolean
write_list (const Scan *scan, gint64 *n_kept, GError **error)
{
  g_autofree gboolean *keep = scan_keep (scan);
  g_autofree char *shown = console_name (options.list);
  guint n;

  if (!data_list_write (scan, keep, options.list, &n, error))
    return FALSE;
  console_note ("wrote %s: %u of %u pictures", shown, n, scan->faces->len);
  *n_kept = n;
  return TRUE;
}

static gboolean
check_data (const DatasetOptions *data, GError **error)
{
  ReportedData reported = { .path = data->path,
    .kind = dataset_recognise (data, error),
    .near_searched = !options.exact };
  GPtrArray *faces = reported.kind ? dataset_open (data, error) : NULL;
  g_auto (Scan) scan = { 0 };
  gint64 n_kept = -1;

  if (!faces)
    return FALSE;
  scan_read (&scan, faces, data->labels, options.exact ? -1 : options.near);
  if (scan.faces->len == 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "none of %u pictures could be read, such as %s", scan.unreadable->len,
        ((SkippedFace *) scan.unreadable->pdata[0])->reason);
    return FALSE;
  }
  if (options.list && !write_list (&scan, &n_kept, error))
    return FALSE;
  if (options.json)
    return data_report_write_json (&scan, &reported, n_kept, error);
  data_report_print (&scan, &reported);
  return TRUE;
}

/* Labels that --labels names, or those of the published checkpoints. */
static gboolean
read_labels (GStrv *labels, GError **error)
{
  guint n;

  if (!shared_options.labels) {
    *labels = g_strdupv ((char **) labels_published);
    return TRUE;
  }
  *labels = g_strsplit (shared_options.labels, ",", -1);
  n = g_strv_length (*labels);
  for (guint i = 0; i < n; i++)
    if (!*g_strstrip ((*labels)[i]))
      n = 0;
  if (n >= 2 && n <= REN_MAX_CLASSES)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
      "--labels needs 2 to %d names with commas between them", REN_MAX_CLASSES);
  return FALSE;
}

static gboolean
check (GError **error)
{
  DatasetOptions data = {
    .path = options.data, .kind = options.kind, .images = options.images
  };
  g_auto (GStrv) labels = NULL;

  if (!options.data) {
    g_set_error_literal (
        error, APP_ERROR, APP_ERROR_USAGE, "no data: give --data PATH");
    return FALSE;
  }
  if (options.near < 0 || options.near > TWINS_MAX_BITS) {
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "--near %d is out of range: 0 to %d", options.near, TWINS_MAX_BITS);
    return FALSE;
  }
  if (!read_labels (&labels, error) ||
      (options.split &&
          !dataset_parse_split (options.split, &data.split, error)))
    return FALSE;
  data.labels = (const char *const *) labels;
  return check_data (&data, error);
}

static gboolean
run (char **arguments, GError **error)
{
  gboolean ok = FALSE;

  if (!arguments[0] || strcmp (arguments[0], "check") != 0)
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        "say what to do with the data: 'resemotenet data check --data PATH'");
  else if (arguments[1])
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "'%s' is too much: the data set is --data PATH", arguments[1]);
  else
    ok = check (error);
  g_clear_pointer (&options.data, g_free);
  g_clear_pointer (&options.kind, g_free);
  g_clear_pointer (&options.images, g_free);
  g_clear_pointer (&options.split, g_free);
  g_clear_pointer (&options.list, g_free);
  return ok;
}

const Command command_data = {
  .name = "data",
  .verb = "check",
  .arguments = "--data PATH",
  .summary = "Count a data set's classes and find pictures that occur twice.",
  .examples =
      "  resemotenet data check --data fer2013.csv\n"
      "  resemotenet data check -d fer2013 --exact --output clean.csv\n",
  .entries = entries,
  .more = more_entries,
  .shared = OPTIONS_LABELS,
  .run = run,
};
