/* The command `resemotenet`: finds the subcommand, parses, reports errors.
 * SPDX-License-Identifier: MIT
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "app.h"

/* clang-format off */
static const Command *const commands[] = {
  &command_classify,
  &command_eval,
  &command_explain,
  &command_data,
  &command_train,
  &command_info,
  &command_convert,
  &command_quantize,
  &command_bench,
};
/* clang-format on */

static const Command *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i]->name, name) == 0)
      return commands[i];
  return NULL;
}

/* Levenshtein distance; names are short, so a table on the stack does. */
static guint
edit_distance (const char *a, const char *b)
{
  guint row[32];
  const guint n = MIN (strlen (b), G_N_ELEMENTS (row) - 1);

  for (guint j = 0; j <= n; j++)
    row[j] = j;
  for (guint i = 0; a[i]; i++) {
    guint diagonal = row[0];

    row[0] = i + 1;
    for (guint j = 0; j < n; j++) {
      const guint above = row[j + 1];

      row[j + 1] =
          MIN (MIN (above, row[j]) + 1, diagonal + (a[i] == b[j] ? 0 : 1));
      diagonal = above;
    }
  }
  return row[n];
}

static int
unknown_command (const char *name)
{
  g_autofree char *shown = console_name (name);
  const char *nearest = NULL;
  guint least = 3; /* more than two slips is another word */

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    const guint distance = edit_distance (name, commands[i]->name);

    if (distance < least ||
        (strlen (name) > 2 && g_str_has_prefix (commands[i]->name, name))) {
      least = MIN (least, distance);
      nearest = commands[i]->name;
    }
  }
  if (nearest)
    console_error (
        "there is no command '%s': did you mean '%s'?", shown, nearest);
  else
    console_error (
        "there is no command '%s': 'resemotenet help' lists them", shown);
  return STATUS_USAGE;
}

static void
print_overview (FILE *out)
{
  fputs ("Usage:\n"
         "  resemotenet COMMAND [OPTION…] …\n"
         "\n"
         "Tells which emotion a face shows, with the ResEmoteNet network.\n"
         "\n"
         "Commands:\n",
      out);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
  fputs ("\n"
         "'resemotenet COMMAND --help' shows the options of a command,\n"
         "'resemotenet --version' the version.\n"
         "\n"
         "Examples:\n"
         "  resemotenet classify face.jpg\n"
         "  resemotenet eval --model fer.pth --data fer2013/validation\n"
         "Manual: man resemotenet\n",
      out);
}

static GOptionContext *
new_context (const Command *command)
{
  GOptionContext *context = g_option_context_new (command->arguments);
  g_autofree char *program = g_strconcat ("resemotenet ", command->name,
      command->verb ? " " : NULL, command->verb, NULL);
  g_autofree char *description =
      g_strdup_printf ("Examples:\n%sManual: man resemotenet-%s",
          command->examples, command->name);

  /* what the usage line of GOption starts with */
  g_set_prgname (program);
  g_option_context_set_summary (context, command->summary);
  g_option_context_set_description (context, description);
  options_add (context, command);
  return context;
}

static void
print_help (GOptionContext *context)
{
  g_autofree char *text =
      g_option_context_get_help (context, !shared_options.help_all, NULL);
  g_autoptr (GString) help = g_string_new (text);

  g_string_replace (help, "Application Options:", "Options:", 1);
  fputs (help->str, stdout);
}

/* Writes that failed late, such as a full disk behind a pipe. */
static int
flush_stdout (int status)
{
  if (fflush (stdout) != 0 || ferror (stdout)) {
    console_error ("cannot write to standard output");
    return STATUS_FAILED;
  }
  return status;
}

static int
run_command (const Command *command, char **arguments)
{
  g_autoptr (GOptionContext) context = new_context (command);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) rest = g_strdupv (arguments);
  int status = STATUS_OK;

  if (!g_option_context_parse_strv (context, &rest, &error)) {
    error->domain = APP_ERROR;
    error->code = APP_ERROR_USAGE;
  } else if (shared_options.help || shared_options.help_all) {
    print_help (context);
  } else if (options_check (command, &error)) {
    console_set_quiet (shared_options.quiet);
    command->run (rest + 1, &error);
  }

  console_progress_end ();
  if (error) {
    const gboolean usage = g_error_matches (error, APP_ERROR, APP_ERROR_USAGE);

    console_error ("%s", error->message);
    if (usage)
      console_error (
          "'resemotenet %s --help' shows how it is used", command->name);
    status = usage ? STATUS_USAGE
             : g_error_matches (error, APP_ERROR, APP_ERROR_INTERRUPTED)
                 ? STATUS_INTERRUPTED
                 : STATUS_FAILED;
  }
  options_clear ();
  return flush_stdout (status);
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : NULL;
  const Command *command;

  /* characters as the user's terminal has them; numbers and messages stay in
   * the form that scripts expect */
  setlocale (LC_CTYPE, "");
  g_set_prgname ("resemotenet");

  if (!name) {
    print_overview (stderr);
    return STATUS_USAGE;
  }
  if (strcmp (name, "--version") == 0 || strcmp (name, "version") == 0) {
    printf ("resemotenet %s\n", ren_version_string ());
    return flush_stdout (STATUS_OK);
  }
  if (strcmp (name, "help") == 0 || strcmp (name, "--help") == 0 ||
      strcmp (name, "--help-all") == 0 || strcmp (name, "-h") == 0) {
    g_autoptr (GOptionContext) context = NULL;

    if (argc == 2) {
      print_overview (stdout);
      return flush_stdout (STATUS_OK);
    }
    if (!(command = find_command (argv[2])))
      return unknown_command (argv[2]);
    context = new_context (command);
    print_help (context);
    return flush_stdout (STATUS_OK);
  }
  if (name[0] == '-') {
    g_autofree char *shown = console_name (name);

    console_error ("the command comes first, options follow it: "
                   "'resemotenet COMMAND %s …'; 'resemotenet help' lists them",
        shown);
    return STATUS_USAGE;
  }
  if (!(command = find_command (name)))
    return unknown_command (name);
  return run_command (command, argv + 1);
}
