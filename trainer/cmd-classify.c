/* resemotenet classify: the emotion of faces in pictures.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "faces.h"
#include "output.h"
#include "results.h"

/* Columns on a terminal; elsewhere names are not cut, for grep's sake. */
#define MIN_NAME_COLUMNS 12
#define MAX_NAME_COLUMNS 32
#define LABEL_COLUMNS 10
#define BAR_COLUMNS 10
#define SCORE_COLUMNS 9

static struct
{
  char *crop, *list, *images;
  gboolean csv, json, scores, logits;
} options;

static const GOptionEntry entries[] = { { "csv", 'c', G_OPTION_FLAG_NONE,
                                            G_OPTION_ARG_NONE, &options.csv,
                                            "As CSV, with every score", NULL },
  { "json", 'j', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.json,
      "As JSON, with every score", NULL },
  { "scores", 's', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.scores,
      "Show the score of every class, in percent", NULL },
  { "crop", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.crop,
      "Where the face is, in pixels; default: everywhere", "X,Y,W,H" },
  { "list", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.list,
      "Faces from a table: file,x,y,w,h; - is stdin", "CSV" },
  G_OPTION_ENTRY_NULL };

static const GOptionEntry more_entries[] = {
  { "logits", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.logits,
      "The network's outputs before softmax", NULL },
  { "images", 'i', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.images,
      "What file names in --list are relative to", "DIR" },
  G_OPTION_ENTRY_NULL
};

typedef struct
{
  RenModel *model;
  GString *text;        /* of text and CSV, not yet written */
  JsonBuilder *builder; /* of JSON; NULL otherwise */
  gboolean begun;
  int name_columns;
  guint n_faces;
  guint n_of_class[REN_MAX_CLASSES];
} Output;

/* ---- one face ------------------------------------------------------------ */

/* The file's name, and which part of it where a table named parts. */
static char *
text_name (const Face *face)
{
  g_autofree char *name = console_name (face_name (face));

  if (!options.list || !face->crop.w)
    return g_steal_pointer (&name);
  return g_strdup_printf ("%s %" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
                          ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT,
      name, face->crop.x, face->crop.y, face->crop.w, face->crop.h);
}

static void
append_bar (GString *text, float score)
{
  /* in eighths of a column: U+2588 is a full one, U+258F an eighth */
  const gboolean utf8 = console_is_utf8 ();
  const guint eighths = (guint) (score * 8 * BAR_COLUMNS + 0.5f);

  for (guint i = 0; i < BAR_COLUMNS; i++) {
    const guint n = MIN (eighths - MIN (eighths, 8 * i), 8);

    if (utf8 && n)
      g_string_append_unichar (text, 0x2590 - n);
    else
      g_string_append_c (text, !utf8 && n >= 4 ? '#' : ' ');
  }
}

static void
append_line (Output *output, const Face *face, const float *scores, guint best)
{
  GString *text = output->text;
  const guint n = ren_model_n_classes (output->model);
  g_autofree char *name = text_name (face);
  g_autofree char *label = console_name (ren_model_label (output->model, best));
  guint second = best == 0 ? 1 : 0;

  for (guint i = 0; i < n; i++)
    if (i != best && scores[i] > scores[second])
      second = i;

  console_pad (text, name, output->name_columns);
  g_string_append_printf (text, "  %s", console_bold ());
  console_pad (text, label, LABEL_COLUMNS);
  g_string_append_printf (
      text, "%s%4.0f %%  ", console_plain (), 100.0 * (double) scores[best]);
  append_bar (text, scores[best]);
  if (scores[second] >= 0.005f) {
    g_autofree char *other =
        console_name (ren_model_label (output->model, second));

    g_string_append_printf (text, "  %s%s %.0f %%%s", console_dim (), other,
        100.0 * (double) scores[second], console_plain ());
  }
  g_string_append_c (text, '\n');
}

static void
append_table_row (Output *output, const Face *face, const float *logits,
    const float *scores, guint best)
{
  GString *text = output->text;
  const guint n = ren_model_n_classes (output->model);
  g_autofree char *name = text_name (face);

  if (!output->begun) {
    console_pad (text, "", output->name_columns);
    g_string_append (text, console_dim ());
    for (guint i = 0; i < n; i++) {
      g_autofree char *label =
          console_name (ren_model_label (output->model, i));

      g_string_append_c (text, ' ');
      console_pad (text, label, -(SCORE_COLUMNS - 1));
    }
    g_string_append_printf (text, "%s\n", console_plain ());
  }
  console_pad (text, name, output->name_columns);
  for (guint i = 0; i < n; i++) {
    g_string_append (text, i == best ? console_bold () : "");
    if (options.logits)
      g_string_append_printf (text, "%*.3f", SCORE_COLUMNS, (double) logits[i]);
    else
      g_string_append_printf (
          text, "%*.1f", SCORE_COLUMNS, 100.0 * (double) scores[i]);
    g_string_append (text, i == best ? console_plain () : "");
  }
  g_string_append_c (text, '\n');
}

static void
append_csv_row (Output *output, const Face *face, const float *logits,
    const float *scores, guint best)
{
  GString *text = output->text;
  const gint64 crop[] = { face->crop.x, face->crop.y, face->crop.w,
    face->crop.h };

  if (!output->begun) {
    g_string_append (text, "file,x,y,w,h");
    if (!options.logits)
      g_string_append (text, ",label,confidence");
    results_append_labels (text, output->model);
    csv_end_row (text);
  }
  csv_append (text, face_name (face));
  for (guint i = 0; i < 4; i++) {
    g_autofree char *number =
        face->crop.w ? g_strdup_printf ("%" G_GINT64_FORMAT, crop[i])
                     : g_strdup ("");

    csv_append (text, number);
  }
  if (!options.logits) {
    csv_append (text, ren_model_label (output->model, best));
    results_append_numbers (text, &scores[best], 1);
  }
  results_append_numbers (text, options.logits ? logits : scores,
      ren_model_n_classes (output->model));
  csv_end_row (text);
}

static void
add_json_face (Output *output, const Face *face, const float *logits,
    const float *scores, guint best)
{
  JsonBuilder *builder = output->builder;
  const gint64 crop[] = { face->crop.x, face->crop.y, face->crop.w,
    face->crop.h };

  json_builder_begin_object (builder);
  output_json_file (builder, face_name (face), face->path);
  if (face->crop.w) {
    json_builder_set_member_name (builder, "crop");
    json_builder_begin_array (builder);
    for (guint i = 0; i < 4; i++)
      json_builder_add_int_value (builder, crop[i]);
    json_builder_end_array (builder);
  }
  output_json_text (builder, "label", ren_model_label (output->model, best));
  json_builder_set_member_name (builder, "label_id");
  json_builder_add_int_value (builder, best);
  output_json_number (builder, "confidence", scores[best]);
  results_add_scores (builder, "scores", output->model, scores);
  if (options.logits)
    results_add_scores (builder, "logits", output->model, logits);
  json_builder_end_object (builder);
}

static void
add_result (const Face *face, const guint8 grey[REN_FACE_BYTES],
    const float *logits, gpointer user_data)
{
  Output *output = user_data;
  float scores[REN_MAX_CLASSES];
  const guint best = ren_softmax (logits, ren_model_n_classes (output->model),
      ren_model_temperature (output->model), scores);

  if (options.json)
    add_json_face (output, face, logits, scores, best);
  else if (options.csv)
    append_csv_row (output, face, logits, scores, best);
  else if (options.scores || options.logits)
    append_table_row (output, face, logits, scores, best);
  else
    append_line (output, face, scores, best);
  output->begun = TRUE;
  output->n_faces++;
  output->n_of_class[best]++;

  /* to standard output at once, to a file when all is there */
  if (!options.json && !output_is_file ()) {
    fwrite (output->text->str, 1, output->text->len, stdout);
    g_string_truncate (output->text, 0);
  }
}

/* ---- the list of faces --------------------------------------------------- */

static GPtrArray *
list_faces (char **arguments, GError **error)
{
  g_autoptr (GPtrArray) faces = g_ptr_array_new_with_free_func (face_free);
  RenRect crop = { 0 };
  guint n_other = 0;

  if (options.crop && !faces_parse_crop (options.crop, &crop, error))
    return NULL;
  if (options.list &&
      !faces_add_list (faces, options.list, options.images, error))
    return NULL;
  for (char **path = arguments; *path; path++) {
    const guint before = faces->len;

    if (!g_file_test (*path, G_FILE_TEST_IS_DIR)) {
      g_ptr_array_add (faces, face_new (g_strdup (*path), NULL, -1));
    } else if (!faces_add_folder (faces, *path, -1, &n_other, error)) {
      return NULL;
    } else if (faces->len == before) {
      g_autofree char *shown = console_name (*path);

      console_error ("%s has no .jpg or .png files", shown);
    }
  }
  if (n_other)
    console_note (
        "%u files that are neither .jpg nor .png are left out", n_other);
  if (faces->len == 0) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_FAILED,
        "there are no pictures to classify");
    return NULL;
  }
  if (options.crop)
    for (guint i = 0; i < faces->len; i++)
      ((Face *) faces->pdata[i])->crop = crop;
  return g_steal_pointer (&faces);
}

/* Columns for the names: what the widest needs, and a terminal leaves. */
static int
name_columns (const GPtrArray *faces, const RenModel *model)
{
  const guint rest = ren_model_n_classes (model) * SCORE_COLUMNS;
  guint columns = 1, room = MAX_NAME_COLUMNS;

  for (guint i = 0; i < faces->len; i++) {
    g_autofree char *name = text_name (faces->pdata[i]);

    columns = MAX (columns, console_width (name));
  }
  if (!console_is_terminal () || output_is_file ())
    return (int) columns;
  if (options.scores || options.logits)
    room = console_columns (STDOUT_FILENO) > rest
               ? console_columns (STDOUT_FILENO) - rest
               : 0;
  return (int) MIN (columns, CLAMP (room, MIN_NAME_COLUMNS, MAX_NAME_COLUMNS));
}

/* ---- the command --------------------------------------------------------- */

static gboolean
finish (Output *output, const GPtrArray *skipped, GError **error)
{
  g_autoptr (GString) sums = g_string_new (NULL);

  if (options.json) {
    json_builder_end_array (output->builder);
    results_add_skipped (output->builder, skipped);
    json_builder_end_object (output->builder);
    if (!output_write_json (output->builder, error))
      return FALSE;
  } else if (output_is_file () && !output_write (output->text, error)) {
    return FALSE;
  }

  for (guint i = 0; i < ren_model_n_classes (output->model); i++)
    if (output->n_of_class[i])
      g_string_append_printf (sums, "%s%u %s", sums->len ? ", " : "",
          output->n_of_class[i], ren_model_label (output->model, i));
  if (output->n_faces > 1)
    console_note ("%u faces: %s", output->n_faces, sums->str);
  return TRUE;
}

static gboolean
classify (char **arguments, GError **error)
{
  g_autoptr (GPtrArray) faces = list_faces (arguments, error);
  g_autoptr (RenModel) model = NULL;
  g_autoptr (GPtrArray) skipped = NULL;
  Output output = { 0 };
  gboolean ok;

  if (!faces || !(model = options_open_model (error)))
    return FALSE;
  results_note_labels (model);
  output.model = model;
  output.text = g_string_new (NULL);
  output.name_columns = name_columns (faces, model);
  if (options.json) {
    output.builder = json_builder_new ();
    json_builder_begin_object (output.builder);
    results_add_model (output.builder, model);
    json_builder_set_member_name (output.builder, "faces");
    json_builder_begin_array (output.builder);
  }

  /* lines that appear one after the other are progress enough */
  if (options.json || output_is_file () || !console_is_terminal ())
    console_progress_begin (faces->len, "pictures");
  ok = faces_classify (
           model, faces, FACES_DEFAULT, add_result, &output, &skipped, error) &&
       finish (&output, skipped, error);

  g_string_free (output.text, TRUE);
  g_clear_object (&output.builder);
  return ok;
}

static gboolean
run (char **arguments, GError **error)
{
  const char *problem = NULL;
  gboolean ok = FALSE;

  if (!arguments[0] && !options.list)
    problem = "no pictures: name files or folders, or a table with --list";
  else if (options.csv && options.json)
    problem = "--json and --csv exclude each other";
  else if (options.scores && options.logits)
    problem = "--scores and --logits exclude each other";
  else if (options.crop && options.list)
    problem = "--crop and --list exclude each other: the table has the crops";
  else if (options.images && !options.list)
    problem = "--images is for names in a table: give it with --list";

  if (problem)
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE, problem);
  else
    ok = classify (arguments, error);
  g_clear_pointer (&options.crop, g_free);
  g_clear_pointer (&options.list, g_free);
  g_clear_pointer (&options.images, g_free);
  return ok;
}

const Command command_classify = {
  .name = "classify",
  .arguments = "IMAGE|DIR…",
  .summary = "Tell which emotion the face in each picture shows.",
  .examples =
      "  resemotenet classify face.jpg\n"
      "  resemotenet classify -m fer.pth faces/ --csv -o emotions.csv\n",
  .entries = entries,
  .more = more_entries,
  .shared = OPTIONS_RUN | OPTIONS_LABELS | OPTIONS_OUTPUT,
  .run = run,
};
