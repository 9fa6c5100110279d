/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "app.h"
#include "train-settings.h"

typedef enum
{
  TEXT,   /* char*, NULL for the empty text */
  COUNT,  /* guint */
  SEED,   /* guint64 */
  NUMBER, /* double */
  SWITCH, /* gboolean */
  CHOICE, /* guint: place in the list of names */
} Type;

/* What a run that goes on does with a setting that it is given. */
typedef enum
{
  KEEP,    /* refuses it: what is computed hangs on it */
  CHANGE,  /* takes it for the rest of the run */
  MACHINE, /* is told each time: it says how, not what */
} Lifetime;

typedef struct
{
  const char *name;
  Type type;
  gsize offset; /* in TrainSettings */
  Lifetime lifetime;
  double least, most;
  const char *choices;     /* "none|sqrt", of CHOICE */
  const char *defaults[2]; /* [Recipe] */
} Setting;

/* in the order of their enumerations */
#define SPLITS "any|train|validation|test"
#define VOTES "majority|soft|paper"
#define RECIPES "best|paper"
#define SCHEDULES "constant|cosine|plateau"
#define WEIGHTS "none|sqrt|effective|inverse"
/* of what has to stay below 1 */
#define BELOW_1 .999999

/* X (name, letter, type, field, lifetime, least, most, choices, default of
 * `best`, of `paper`, what the value is called, help). In the help, [a|b] are
 * the values of the recipes. */
/* clang-format off */
#define MAIN_SETTINGS(X)                                                       \
  X ("data", 'd', TEXT, data, CHANGE, 0, 0, NULL, "", "", "DIR|FILE",          \
      "Pictures to learn from")                                                \
  X ("validation", 'v', TEXT, validation, CHANGE, 0, 0, NULL, "", "",          \
      "DIR|FILE", "To measure with; default: set apart by --data")             \
  X ("output", 'o', TEXT, output, MACHINE, 0, 0, NULL, "", "", "DIR",          \
      "Folder of a new training")                                              \
  X ("resume", 0, TEXT, resume, MACHINE, 0, 0, NULL, "", "", "DIR",            \
      "Go on with the training in this folder")                                \
  X ("recipe", 'r', CHOICE, recipe, KEEP, 0, 0, RECIPES, "best", "paper",      \
      RECIPES, "Which defaults, [best|paper]; default best")                   \
  X ("epochs", 'e', COUNT, epochs, CHANGE, 1, 100000, NULL, "60", "80", "N",   \
      "Times to see every picture [60|80]")                                    \
  X ("batch", 'b', COUNT, batch, KEEP, 2, 1024, NULL, "64", "16", "N",         \
      "Pictures a step and process, 2 to 1024 [64|16]")                        \
  X ("lr", 0, NUMBER, lr, KEEP, 0, 100, NULL, "0.05", "0.001", "X",            \
      "Learning rate, the highest [0.05|0.001]")                               \
  X ("threads", 't', COUNT, threads, MACHINE, 0, 64, NULL, "0", "0", "N",      \
      "1 to 64; 0, the default: all processors")

#define MORE_SETTINGS(X)                                                       \
  X ("init", 0, TEXT, init, KEEP, 0, 0, NULL, "", "", "MODEL",                 \
      "Start from its weights, not from random ones")                          \
  X ("labels", 'l', TEXT, labels, KEEP, 0, 0, NULL, "", "", "A,B,…",           \
      "Classes to learn, in output order")                                     \
  X ("seed", 0, SEED, seed, KEEP, 0, 0, NULL, "1", "1", "N",                   \
      "Of all that is random; default 1")                                      \
  X ("kind", 'k', TEXT, kind, CHANGE, 0, 0, NULL, "", "", "KIND",              \
      "Layout of the data set; default: told by files")                        \
  X ("images", 'i', TEXT, images, CHANGE, 0, 0, NULL, "", "", "DIR",           \
      "What names in a table are relative to")                                 \
  X ("validation-split", 0, CHOICE, validation_split, KEEP, 0, 0, SPLITS,      \
      "validation", "validation", "SPLIT",                                     \
      "any, train, validation (default) or test")                              \
  X ("votes", 0, CHOICE, votes, KEEP, 0, 0, VOTES, "majority", "majority",     \
      "USE", "majority (default), soft or paper")                              \
  X ("limit", 0, COUNT, limit, KEEP, 0, 1e9, NULL, "0", "0", "N",              \
      "Learn from N pictures, drawn by --seed; 0: all")                        \
  X ("keep-twins", 0, SWITCH, keep_twins, KEEP, 0, 0, NULL, "no", "no",        \
      "yes|no", "Also from those to measure with")                             \
  X ("patience", 0, COUNT, patience, CHANGE, 0, 100000, NULL, "0", "15", "N",  \
      "Stop after more epochs in vain; 0: never [0|15]")                       \
  X ("schedule", 0, CHOICE, schedule, KEEP, 0, 0, SCHEDULES, "cosine",         \
      "plateau", "SCHEDULE", "constant, cosine or plateau [cosine|plateau]")   \
  X ("warmup", 0, NUMBER, warmup, KEEP, 0, 1000, NULL, "2", "0", "EPOCHS",     \
      "Rise to --lr in a line at first [2|0]")                                 \
  X ("plateau-factor", 0, NUMBER, plateau_factor, KEEP, 0.001, BELOW_1, NULL,  \
      "0.1", "0.1", "X", "What a plateau multiplies by; default 0.1")          \
  X ("plateau-patience", 0, COUNT, plateau_patience, KEEP, 0, 100000, NULL,    \
      "10", "10", "N", "Epochs in vain that are none; default 10")             \
  X ("momentum", 0, NUMBER, momentum, KEEP, 0, BELOW_1, NULL, "0.9", "0.9",    \
      "X", "Of SGD; default 0.9")                                              \
  X ("nesterov", 0, SWITCH, nesterov, KEEP, 0, 0, NULL, "yes", "no", "yes|no", \
      "Nesterov's momentum [yes|no]")                                          \
  X ("weight-decay", 0, NUMBER, weight_decay, KEEP, 0, 1, NULL, "0.0005",      \
      "0.0001", "X", "Pull of the weights to 0 [0.0005|0.0001]")               \
  X ("dropout", 0, NUMBER, dropout, KEEP, 0, BELOW_1, NULL, "0.2", "0.2", "P", \
      "Share of values dropped early; default 0.2")                            \
  X ("dropout-fc", 0, NUMBER, dropout_fc, KEEP, 0, BELOW_1, NULL, "0.5",       \
      "0.5", "P", "Share dropped at the end; default 0.5")                     \
  X ("label-smoothing", 0, NUMBER, label_smoothing, KEEP, 0, BELOW_1, NULL,    \
      "0.1", "0", "X", "Share of targets spread evenly [0.1|0]")               \
  X ("class-weights", 0, CHOICE, class_weights, KEEP, 0, 0, WEIGHTS, "none",   \
      "none", "WEIGHTS", "none (default), sqrt, effective, inverse")           \
  X ("average", 0, NUMBER, average, KEEP, 0, BELOW_1, NULL, "0.999", "0", "X", \
      "Decay of the averaged weights [0.999|0]")                               \
  X ("flip", 0, NUMBER, flip, KEEP, 0, 1, NULL, "0.5", "0.5", "P",             \
      "How likely a face is mirrored; default 0.5")                            \
  X ("shift", 0, NUMBER, shift, KEEP, 0, 1, NULL, "0.1", "0", "X",             \
      "Moves by up to X of its width [0.1|0]")                                 \
  X ("scale", 0, NUMBER, scale, KEEP, 0, 1, NULL, "0.15", "0", "X",            \
      "Grows or shrinks by up to 1 + X [0.15|0]")                              \
  X ("rotate", 0, NUMBER, rotate, KEEP, 0, 180, NULL, "10", "0", "DEGREES",    \
      "Turns by up to that [10|0]")                                            \
  X ("brightness", 0, NUMBER, brightness, KEEP, 0, 1, NULL, "0.1", "0", "X",   \
      "Lighter, darker; 1 = black to white [0.1|0]")                           \
  X ("contrast", 0, NUMBER, contrast, KEEP, 0, 1, NULL, "0.2", "0", "X",       \
      "Contrast times 1 − X to 1 + X [0.2|0]")                                 \
  X ("erase", 0, NUMBER, erase, KEEP, 0, 1, NULL, "0.25", "0", "P",            \
      "How likely noise covers a part of it [0.25|0]")                         \
  X ("erase-area", 0, NUMBER, erase_area, KEEP, 0, 1, NULL, "0.2", "0.2", "X", \
      "The largest part; default 0.2")                                         \
  X ("mixup", 0, NUMBER, mixup, KEEP, 0, 4, NULL, "0", "0", "A",               \
      "Blend pairs by Beta (A, A), 0.05 to 4; 0: no")                          \
  X ("tta", 0, SWITCH, tta, KEEP, 0, 0, NULL, "yes", "no", "yes|no",           \
      "Measure by faces and mirror images [yes|no]")                           \
  X ("sync-norm", 0, SWITCH, sync_norm, KEEP, 0, 0, NULL, "no", "no",          \
      "yes|no", "Batch norm over all processes of mpirun")                     \
  X ("cache", 0, COUNT, cache_mb, MACHINE, 0, 1e6, NULL, "0", "0", "MB",       \
      "For decoded faces; default a quarter of memory")                        \
  X ("checkpoint-every", 0, NUMBER, checkpoint_minutes, MACHINE, 0, 1e5, NULL, \
      "5", "5", "MINUTES", "Default 5; 0: after each step")

#define ENTRY(name, letter, type, field, lifetime, least, most, choices, best, \
    paper, arg, help)                                                          \
  { name, letter,                                                              \
    G_OPTION_FLAG_FILENAME |                                                   \
        (type == SWITCH ? G_OPTION_FLAG_OPTIONAL_ARG : 0),                     \
    G_OPTION_ARG_CALLBACK, (gpointer) collect, help, arg },
#define SETTING(name, letter, type, field, lifetime, least, most, choices,     \
    best, paper, arg, help)                                                    \
  { name, type, offsetof (TrainSettings, field), lifetime, least, most,        \
    choices, { best, paper } },
/* clang-format on */

/* clang-format off */
static const Setting table[] = {
  MAIN_SETTINGS (SETTING)
  MORE_SETTINGS (SETTING)
};
/* clang-format on */

/* ---- collecting ---------------------------------------------------------- */

/* What the command line says: name → text; NULL while it says nothing. */
static GHashTable *given;

static const Setting *
find_setting (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i].name, name) == 0)
      return &table[i];
  return NULL;
}

static gboolean collect (
    const char *option, const char *value, gpointer data, GError **error);

/* clang-format off */
const GOptionEntry train_settings_main[] = { MAIN_SETTINGS (ENTRY) G_OPTION_ENTRY_NULL };
const GOptionEntry train_settings_more[] = { MORE_SETTINGS (ENTRY) G_OPTION_ENTRY_NULL };
/* clang-format on */

static const char *
long_name (const GOptionEntry *entries, char letter)
{
  for (; entries->long_name; entries++)
    if (entries->short_name == letter)
      return entries->long_name;
  return NULL;
}

static gboolean
collect (const char *option, const char *value, gpointer data, GError **error)
{
  const char *name = option + 2; /* --name */

  if (option[1] != '-') {
    name = long_name (train_settings_main, option[1]);
    if (!name)
      name = long_name (train_settings_more, option[1]);
  }
  if (!given)
    given = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  /* a switch without a value is on */
  g_hash_table_insert (
      given, g_strdup (name), g_strdup (value ? value : "yes"));
  return TRUE;
}

const char *
train_settings_given (const char *name)
{
  return given ? g_hash_table_lookup (given, name) : NULL;
}

/* ---- values -------------------------------------------------------------- */

static gboolean
refuse (const Setting *setting, const char *text, GError **error)
{
  g_autofree char *shown = console_name (text);

  switch (setting->type) {
    case CHOICE:
    case SWITCH:
      g_set_error (error, APP_ERROR, APP_ERROR_USAGE, "--%s '%s' is none of %s",
          setting->name, shown,
          setting->type == SWITCH ? "yes|no" : setting->choices);
      break;
    case TEXT:
      g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
          "--%s '%s' is not UTF-8, as what a checkpoint notes must be: give it "
          "another name, or a symbolic link that has one",
          setting->name, shown);
      break;
    case SEED:
      g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
          "--%s '%s' is no whole number of 0 or more", setting->name, shown);
      break;
    default:
      g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
          "--%s '%s' is out of range: %s from %.15g to %.15g", setting->name,
          shown, setting->type == COUNT ? "a whole number" : "a number",
          setting->least, setting->most);
  }
  return FALSE;
}

static gboolean
parse_choice (const char *choices, const char *text, guint *value)
{
  g_auto (GStrv) names = g_strsplit (choices, "|", -1);

  for (guint i = 0; names[i]; i++)
    if (strcmp (names[i], text) == 0) {
      *value = i;
      return TRUE;
    }
  return FALSE;
}

static gboolean
set_value (TrainSettings *settings, const Setting *setting, const char *text,
    GError **error)
{
  gpointer field = (guint8 *) settings + setting->offset;
  guint64 whole;
  double number;
  char *end;

  switch (setting->type) {
    case TEXT:
      /* a checkpoint notes it, and its text is UTF-8 */
      if (setting->lifetime != MACHINE && !g_utf8_validate (text, -1, NULL))
        return refuse (setting, text, error);
      g_free (*(char **) field);
      *(char **) field = *text ? g_strdup (text) : NULL;
      return TRUE;
    case COUNT:
      if (!g_ascii_string_to_unsigned (text, 10, (guint64) setting->least,
              (guint64) setting->most, &whole, NULL))
        return refuse (setting, text, error);
      *(guint *) field = (guint) whole;
      return TRUE;
    case SEED:
      if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &whole, NULL))
        return refuse (setting, text, error);
      *(guint64 *) field = whole;
      return TRUE;
    case NUMBER:
      number = g_ascii_strtod (text, &end);
      /* so written that it refuses what is not a number */
      if (end == text || *end ||
          !(number >= setting->least && number <= setting->most))
        return refuse (setting, text, error);
      *(double *) field = number;
      return TRUE;
    case SWITCH:
      if (strcmp (text, "yes") != 0 && strcmp (text, "no") != 0)
        return refuse (setting, text, error);
      *(gboolean *) field = text[0] == 'y';
      return TRUE;
    case CHOICE:
      return parse_choice (setting->choices, text, field) ||
             refuse (setting, text, error);
  }
  return FALSE;
}

static gboolean
apply_recipe (TrainSettings *settings, Recipe recipe, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (!set_value (settings, &table[i], table[i].defaults[recipe], error))
      return FALSE;
  return TRUE;
}

/* The words of an earlier run's line. */
static GStrv
split_line (const char *line)
{
  GStrv words = NULL;

  return g_shell_parse_argv (line, NULL, &words, NULL)
             ? words
             : g_strsplit ("?", " ", -1);
}

/* The recipe that a line of words names, if it does. */
static void
find_recipe (char *const *words, guint *recipe)
{
  for (; *words; words++)
    if (g_str_has_prefix (*words, "--recipe="))
      parse_choice (RECIPES, *words + strlen ("--recipe="), recipe);
}

/* What the line has no word on, as one of an earlier version may, stays what
 * its recipe says. */
static gboolean
apply_earlier (TrainSettings *settings, char **words, GError **error)
{
  for (char **word = words; *word; word++) {
    char *value = strchr (*word, '=');
    const Setting *setting;

    if (value)
      *value++ = '\0';
    setting = value && g_str_has_prefix (*word, "--") ? find_setting (*word + 2)
                                                      : NULL;
    /* what is of the machine was never noted: it is not for a file to say */
    if (!setting || setting->lifetime == MACHINE ||
        !set_value (settings, setting, value, NULL)) {
      g_autofree char *shown = console_name (*word);

      g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
          "the checkpoint's settings make no sense here: '%s'; was it written "
          "by a newer version?",
          shown);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
apply_given (TrainSettings *settings, gboolean goes_on, GError **error)
{
  for (guint i = 0; given && i < G_N_ELEMENTS (table); i++) {
    const Setting *setting = &table[i];
    const char *text = g_hash_table_lookup (given, setting->name);

    if (!text)
      continue;
    if (goes_on && setting->lifetime == KEEP) {
      g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
          "--%s cannot change in a run that goes on: leave it out, or begin "
          "another run with --output",
          setting->name);
      return FALSE;
    }
    if (!set_value (settings, setting, text, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_together (const TrainSettings *settings, GError **error)
{
  const char *wrong = NULL;

  if (!settings->data)
    wrong = "no data: give --data DIR or --data FILE";
  else if (settings->mixup > 0 && settings->mixup < .05)
    wrong = "--mixup is out of range: 0.05 to 4, or 0 for none";
  else if (settings->nesterov && settings->momentum <= 0)
    wrong = "--nesterov needs --momentum above 0";
  if (wrong) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE, wrong);
    return FALSE;
  }
  if (settings->warmup <= settings->epochs)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
      "--warmup of %g is longer than the %u of --epochs", settings->warmup,
      settings->epochs);
  return FALSE;
}

gboolean
train_settings_resolve (
    TrainSettings *settings, const char *earlier, GError **error)
{
  const char *name = train_settings_given ("recipe");
  const gboolean warmup_is_free = !earlier && !train_settings_given ("warmup");
  g_auto (GStrv) words = earlier ? split_line (earlier) : NULL;
  guint recipe = RECIPE_BEST;
  gboolean ok;

  memset (settings, 0, sizeof *settings);
  /* a wrong name is refused where all values are */
  if (name)
    parse_choice (RECIPES, name, &recipe);
  if (words)
    find_recipe (words, &recipe);
  ok = apply_recipe (settings, recipe, error) &&
       (!words || apply_earlier (settings, words, error)) &&
       apply_given (settings, earlier != NULL, error);
  /* the recipe's has to give way to a short training */
  if (ok && warmup_is_free)
    settings->warmup = MIN (settings->warmup, settings->epochs);
  ok = ok && check_together (settings, error);
  g_clear_pointer (&given, g_hash_table_unref);
  return ok;
}

/* ---- text ---------------------------------------------------------------- */

/* The shortest number that reads back the same. */
static char *
number_text (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  for (int digits = 3; digits <= 17; digits++) {
    char format[8];

    g_snprintf (format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd (text, sizeof text, format, value);
    if (g_ascii_strtod (text, NULL) == value)
      break;
  }
  return g_strdup (text);
}

static char *
quote (const char *text)
{
  static const char harmless[] =
      G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_./,:+-@%";

  return strspn (text, harmless) == strlen (text) ? g_strdup (text)
                                                  : g_shell_quote (text);
}

static char *
value_text (const TrainSettings *settings, const Setting *setting)
{
  gconstpointer field = (const guint8 *) settings + setting->offset;

  switch (setting->type) {
    case TEXT:
      return *(char *const *) field ? quote (*(char *const *) field) : NULL;
    case COUNT:
      return g_strdup_printf ("%u", *(const guint *) field);
    case SEED:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, *(const guint64 *) field);
    case NUMBER:
      return number_text (*(const double *) field);
    case SWITCH:
      return g_strdup (*(const gboolean *) field ? "yes" : "no");
    case CHOICE: {
      g_auto (GStrv) names = g_strsplit (setting->choices, "|", -1);

      return g_strdup (names[*(const guint *) field]);
    }
  }
  return NULL;
}

char *
train_settings_to_text (const TrainSettings *settings)
{
  GString *line = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *value = NULL;

    if (table[i].lifetime == MACHINE)
      continue;
    value = value_text (settings, &table[i]);
    if (value)
      g_string_append_printf (
          line, "%s--%s=%s", line->len ? " " : "", table[i].name, value);
  }
  return g_string_free (line, FALSE);
}

void
train_settings_clear (TrainSettings *settings)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].type == TEXT)
      g_clear_pointer (
          (char **) ((guint8 *) settings + table[i].offset), g_free);
}
