/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "data-report.h"
#include "dataset.h"
#include "output.h"
#include "results.h"

/* Files and groups that are shown as examples. */
#define MAX_EXAMPLES 5

/* Numbers about groups of twins. */
typedef struct
{
  guint n_groups, n_faces, n_differ;
  /* [a][b]: faces of split a that have a twin in split b */
  guint across[N_SPLITS][N_SPLITS];
} TwinCounts;

static const Face *
face_at (const Scan *scan, guint i)
{
  return scan->faces->pdata[i];
}

/* Pictures, by class and split. */
static void
count_classes (const Scan *scan, guint counts[REN_MAX_CLASSES][N_SPLITS],
    guint totals[N_SPLITS])
{
  memset (counts, 0, REN_MAX_CLASSES * sizeof counts[0]);
  memset (totals, 0, N_SPLITS * sizeof *totals);
  for (guint i = 0; i < scan->faces->len; i++) {
    const Face *face = face_at (scan, i);

    counts[face->label][face->split]++;
    totals[face->split]++;
  }
}

/* Adds up groups; near ones without those that are all identical. */
static void
count_twins (
    const Scan *scan, const GArray *groups, gboolean near, TwinCounts *counts)
{
  *counts = (TwinCounts){ 0 };
  for (guint g = 0; g < groups->len; g++) {
    const Twins *twins = &g_array_index (groups, Twins, g);
    guint n[N_SPLITS] = { 0 };

    if (near && scan_all_identical (scan, twins))
      continue;
    counts->n_groups++;
    counts->n_faces += twins->n;
    counts->n_differ += scan_labels_differ (scan, twins) ? 1 : 0;
    for (guint i = 0; i < twins->n; i++)
      n[face_at (scan, twins->faces[i])->split]++;
    for (guint a = 0; a < N_SPLITS; a++)
      for (guint b = 0; b < N_SPLITS; b++)
        if (a != b && n[b])
          counts->across[a][b] += n[a];
  }
}

/* ---- for people ---------------------------------------------------------- */

static void
append_cell (GString *line, guint n)
{
  g_autofree char *number = console_number (n);

  console_pad (line, number, -12);
}

static void
print_classes (const Scan *scan)
{
  guint counts[REN_MAX_CLASSES][N_SPLITS], totals[N_SPLITS];
  g_autoptr (GString) line = g_string_new (NULL);

  count_classes (scan, counts, totals);
  console_pad (line, "Class", 16);
  for (guint s = 0; s < N_SPLITS; s++)
    if (totals[s])
      console_pad (line,
          s == SPLIT_ANY ? "pictures" : dataset_split_name ((DatasetSplit) s),
          -12);
  printf ("\n%s%s%s\n", console_bold (), line->str, console_plain ());
  for (guint c = 0; c <= scan->n_classes; c++) {
    g_autofree char *label =
        console_name (c < scan->n_classes ? scan->labels[c] : "All");

    g_string_truncate (line, 0);
    console_pad (line, label, 16);
    for (guint s = 0; s < N_SPLITS; s++)
      if (totals[s])
        append_cell (line, c < scan->n_classes ? counts[c][s] : totals[s]);
    printf ("%s\n", line->str);
  }
}

static void
print_unreadable (const Scan *scan)
{
  if (!scan->unreadable->len)
    return;
  printf ("\n%s%u unreadable%s\n", console_bold (), scan->unreadable->len,
      console_plain ());
  for (guint i = 0; i < MIN (scan->unreadable->len, MAX_EXAMPLES); i++) {
    const SkippedFace *entry = scan->unreadable->pdata[i];
    g_autofree char *shown = console_name (face_name (entry->face));

    printf ("  %s: %s\n", shown, entry->reason);
  }
  if (scan->unreadable->len > MAX_EXAMPLES)
    printf ("  … and %u more; --json names all\n",
        scan->unreadable->len - MAX_EXAMPLES);
}

/* One picture of each label of some twins. */
static void
print_labels (const Scan *scan, const Twins *twins)
{
  gboolean shown[REN_MAX_CLASSES] = { FALSE };
  const char *mark = "-";

  for (guint i = 0; i < twins->n; i++) {
    const Face *face = face_at (scan, twins->faces[i]);
    g_autofree char *name = console_name (face_name (face));
    g_autofree char *label = console_name (scan->labels[face->label]);

    if (shown[face->label])
      continue;
    shown[face->label] = TRUE;
    printf ("  %s %s: %s\n", mark, name, label);
    mark = " ";
  }
}

static void
print_differing (const Scan *scan, const GArray *groups, gboolean near)
{
  guint n = 0;

  for (guint g = 0; g < groups->len && n < MAX_EXAMPLES; g++) {
    const Twins *twins = &g_array_index (groups, Twins, g);

    if (!scan_labels_differ (scan, twins) ||
        (near && scan_all_identical (scan, twins)))
      continue;
    print_labels (scan, twins);
    n++;
  }
}

static void
print_twins (const Scan *scan, const guint *group, gboolean near)
{
  g_autofree guint *order = NULL;
  g_autoptr (GArray) groups = scan_groups (scan, group, &order);
  TwinCounts counts;

  count_twins (scan, groups, near, &counts);
  printf ("\n%s%s%s\n", console_bold (),
      near ? "Near twins, groups that are not only of identical pictures"
           : "Identical pictures",
      console_plain ());
  if (!counts.n_groups) {
    printf ("  none\n");
    return;
  }
  printf (
      "  %u groups of together %u pictures\n", counts.n_groups, counts.n_faces);
  for (guint a = 0; a < N_SPLITS; a++)
    for (guint b = 0; b < N_SPLITS; b++)
      if (counts.across[a][b])
        printf ("  %u in %s have a twin in %s\n", counts.across[a][b],
            dataset_split_name ((DatasetSplit) a),
            dataset_split_name ((DatasetSplit) b));
  printf ("  %u groups bear different labels%s\n", counts.n_differ,
      counts.n_differ ? ", such as:" : "");
  print_differing (scan, groups, near);
}

void
data_report_print (const Scan *scan, const ReportedData *data)
{
  g_autofree char *shown = console_name (data->path);

  printf (
      "%s%s%s (%s)\n", console_bold (), shown, console_plain (), data->kind);
  print_classes (scan);
  print_unreadable (scan);
  print_twins (scan, scan->identical, FALSE);
  if (data->near_searched)
    print_twins (scan, scan->near, TRUE);
}

/* ---- for programs -------------------------------------------------------- */

static void
add_number (JsonBuilder *builder, const char *key, gint64 value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, value);
}

static void
add_text (JsonBuilder *builder, const char *key, const char *text)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, text);
}

static void
add_counts (JsonBuilder *builder, const Scan *scan)
{
  guint counts[REN_MAX_CLASSES][N_SPLITS], totals[N_SPLITS];

  count_classes (scan, counts, totals);
  add_number (builder, "pictures", scan->faces->len);
  json_builder_set_member_name (builder, "splits");
  json_builder_begin_object (builder);
  for (guint s = 0; s < N_SPLITS; s++) {
    if (!totals[s])
      continue;
    json_builder_set_member_name (
        builder, dataset_split_name ((DatasetSplit) s));
    json_builder_begin_object (builder);
    add_number (builder, "pictures", totals[s]);
    json_builder_set_member_name (builder, "classes");
    json_builder_begin_object (builder);
    for (guint c = 0; c < scan->n_classes; c++)
      add_number (builder, scan->labels[c], counts[c][s]);
    json_builder_end_object (builder);
    json_builder_end_object (builder);
  }
  json_builder_end_object (builder);
}

static void
add_group (JsonBuilder *builder, const Scan *scan, const Twins *twins)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "labels_differ");
  json_builder_add_boolean_value (builder, scan_labels_differ (scan, twins));
  json_builder_set_member_name (builder, "faces");
  json_builder_begin_array (builder);
  for (guint i = 0; i < twins->n; i++) {
    const Face *face = face_at (scan, twins->faces[i]);

    json_builder_begin_object (builder);
    output_json_file (builder, face_name (face), face->path);
    add_text (builder, "label", scan->labels[face->label]);
    add_text (builder, "split", dataset_split_name (face->split));
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
add_twins (JsonBuilder *builder, const Scan *scan, const char *key,
    const guint *group, gboolean near)
{
  g_autofree guint *order = NULL;
  g_autoptr (GArray) groups = scan_groups (scan, group, &order);
  TwinCounts counts;

  count_twins (scan, groups, near, &counts);
  json_builder_set_member_name (builder, key);
  json_builder_begin_object (builder);
  add_number (builder, "groups", counts.n_groups);
  add_number (builder, "pictures", counts.n_faces);
  add_number (builder, "groups_whose_labels_differ", counts.n_differ);
  json_builder_set_member_name (builder, "across_splits");
  json_builder_begin_array (builder);
  for (guint a = 0; a < N_SPLITS; a++)
    for (guint b = 0; b < N_SPLITS; b++) {
      if (!counts.across[a][b])
        continue;
      json_builder_begin_object (builder);
      add_text (builder, "split", dataset_split_name ((DatasetSplit) a));
      add_text (builder, "twin_in", dataset_split_name ((DatasetSplit) b));
      add_number (builder, "pictures", counts.across[a][b]);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "members");
  json_builder_begin_array (builder);
  for (guint g = 0; g < groups->len; g++) {
    const Twins *twins = &g_array_index (groups, Twins, g);

    if (!near || !scan_all_identical (scan, twins))
      add_group (builder, scan, twins);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

gboolean
data_report_write_json (
    const Scan *scan, const ReportedData *data, gint64 n_kept, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  output_json_text (builder, "data", data->path);
  add_text (builder, "kind", data->kind);
  add_counts (builder, scan);
  results_add_skipped (builder, scan->unreadable);
  add_twins (builder, scan, "identical", scan->identical, FALSE);
  if (data->near_searched)
    add_twins (builder, scan, "near", scan->near, TRUE);
  if (n_kept >= 0)
    add_number (builder, "kept", n_kept);
  json_builder_end_object (builder);
  return output_write_json (builder, error);
}
