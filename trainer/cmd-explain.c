/* resemotenet explain: where in a face the network looks.
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "explain-picture.h"
#include "faces.h"
#include "image.h"
#include "labels.h"
#include "output.h"
#include "results.h"

#define EXTENSION ".png"

static struct
{
  char *crop, *class_name;
  gboolean all;
} options;

static const GOptionEntry entries[] = { { "all", 'a', G_OPTION_FLAG_NONE,
                                            G_OPTION_ARG_NONE, &options.all,
                                            "A panel for every class", NULL },
  { "class", 'c', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME,
      &options.class_name, "What counts for this class; default: the answer",
      "NAME" },
  { "crop", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.crop,
      "Where the face is, in pixels; default: everywhere", "X,Y,W,H" },
  G_OPTION_ENTRY_NULL };

char *
explain_describe (const Explanation *explanation, guint class_id)
{
  g_autofree char *label =
      console_name (ren_model_label (explanation->model, class_id));

  return g_strdup_printf (
      "%s %.0f %%", label, 100.0 * (double) explanation->scores[class_id]);
}

/* What people see, borrowed from @image, and what the network sees. */
static gboolean
read_face (const char *path, Image *image, Explanation *explanation,
    guint8 grey[REN_FACE_BYTES], GError **error)
{
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  g_autofree char *shown = console_name (path);
  RenPicture *picture = &explanation->picture;

  if (options.crop &&
      !faces_parse_crop (options.crop, &explanation->crop, error))
    return FALSE;
  if (!image_load (path, image, error)) {
    g_prefix_error (error, "cannot use %s: ", shown);
    return FALSE;
  }
  image_picture (image, picture);
  if (!options.crop)
    explanation->crop = (RenRect){ 0, 0, picture->width, picture->height };
  if (!ren_cropper_crop (cropper, picture, &explanation->crop, grey)) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "--crop %s lies outside of the %d x %d pixels of %s", options.crop,
        picture->width, picture->height, shown);
    return FALSE;
  }
  return TRUE;
}

static gboolean
choose_classes (Explanation *explanation, GError **error)
{
  explanation->shown = options.all ? 0 : explanation->answer;
  explanation->n_shown =
      options.all ? ren_model_n_classes (explanation->model) : 1;
  if (options.class_name) {
    g_autofree const char **all = labels_of_model (explanation->model);
    const int class_id = labels_find (all, options.class_name);
    g_autofree char *labels = labels_list (all);

    if (class_id < 0) {
      g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
          "the model has no class '%s'; it has %s", options.class_name, labels);
      return FALSE;
    }
    explanation->shown = (guint) class_id;
  }
  return TRUE;
}

static gboolean
find_maps (Explanation *explanation, const guint8 *grey, GError **error)
{
  const guint n = ren_model_n_classes (explanation->model);
  float logits[REN_MAX_CLASSES];

  explanation->maps = g_new (float, (gsize) n *REN_CAM_SIZE *REN_CAM_SIZE);
  if (!ren_gradcam (explanation->model, grey, explanation->maps, logits, error))
    return FALSE;
  explanation->answer = ren_softmax (logits, n,
      ren_model_temperature (explanation->model), explanation->scores);
  return TRUE;
}

static gboolean
write_picture (const Explanation *explanation, GError **error)
{
  GString *png = explain_picture (explanation, error);
  g_autofree char *answer = NULL;
  g_autofree char *out = NULL;
  gboolean ok;

  if (!png)
    return FALSE;
  ok = output_write (png, error);
  g_string_free (png, TRUE);
  if (!ok)
    return FALSE;
  answer = explain_describe (explanation, explanation->answer);
  out = console_name (shared_options.output);
  console_note ("%s: %s; wrote %s", explanation->file, answer, out);
  return TRUE;
}

static gboolean
explain (const char *path, GError **error)
{
  g_autofree char *base = g_path_get_basename (path);
  g_auto (Image) image = { 0 };
  g_autoptr (RenModel) model = NULL;
  guint8 grey[REN_FACE_BYTES];
  /* pictures are passed on: folders of this machine are nobody's business */
  Explanation explanation = { .file = console_name (base) };
  gboolean ok = FALSE;

  if (read_face (path, &image, &explanation, grey, error) &&
      (model = options_open_model (error))) {
    results_note_labels (model);
    explanation.model = model;
    ok = find_maps (&explanation, grey, error) &&
         choose_classes (&explanation, error) &&
         write_picture (&explanation, error);
  }
  g_free (explanation.maps);
  g_free (explanation.file);
  return ok;
}

static gboolean
run (char **arguments, GError **error)
{
  const char *out = shared_options.output;
  const char *problem = NULL;
  gboolean ok = FALSE;

  if (!arguments[0])
    problem = "no picture: name one";
  else if (arguments[1])
    problem = "too many pictures: one at a time";
  else if (options.all && options.class_name)
    problem = "--all and --class exclude each other";
  else if (!out)
    problem = "where to? give --output FILE" EXTENSION;
  else if (!output_is_file () && console_is_terminal ())
    problem = "a terminal shows no pictures: give --output FILE" EXTENSION;
  else if (output_is_file () && !g_str_has_suffix (out, EXTENSION))
    problem = "--output does not end in " EXTENSION
              ": that is the only format written";

  if (problem)
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE, problem);
  else
    ok = explain_picture_check (error) && explain (arguments[0], error);
  g_clear_pointer (&options.crop, g_free);
  g_clear_pointer (&options.class_name, g_free);
  return ok;
}

const Command command_explain = {
  .name = "explain",
  .arguments = "IMAGE --output OUT" EXTENSION,
  .summary = "Draw where in a face the network looks.",
  .examples = "  resemotenet explain face.jpg -o why.png\n"
              "  resemotenet explain group.png --crop 120,40,200,200 --all -o "
              "all.png\n",
  .entries = entries,
  .shared = OPTIONS_MODEL | OPTIONS_LABELS | OPTIONS_OUTPUT,
  .run = run,
};
