/* What the subcommands share: their table, options, errors, terminal.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

/* Exit status of the command. */
enum
{
  STATUS_OK = 0,
  STATUS_FAILED = 1,        /* the work could not be done; stderr says why */
  STATUS_USAGE = 2,         /* the command line makes no sense */
  STATUS_INTERRUPTED = 130, /* by Ctrl-C, as shells have it; work is saved */
};

/**
 * APP_ERROR:
 *
 * Errors of the command itself; those of the core are #REN_ERROR.
 */
#define APP_ERROR (app_error_quark ())
GQuark app_error_quark (void);

typedef enum
{
  APP_ERROR_USAGE,       /* ends with STATUS_USAGE */
  APP_ERROR_FAILED,      /* ends with STATUS_FAILED */
  APP_ERROR_PICTURE,     /* one picture is unreadable: it is skipped */
  APP_ERROR_INTERRUPTED, /* ends with STATUS_INTERRUPTED */
  APP_ERROR_NO_SPLIT,    /* the data set has others; ends with STATUS_FAILED */
} AppError;

/* Option groups that several subcommands have. */
typedef enum
{
  OPTIONS_LABELS = 1 << 0,    /* --labels */
  OPTIONS_MODEL = 1 << 1,     /* --model */
  OPTIONS_PRECISION = 1 << 2, /* --precision, of the arithmetic */
  OPTIONS_BATCH = 1 << 3,     /* --threads --batch */
  OPTIONS_OUTPUT = 1 << 4,    /* --output */
  /* to run a network */
  OPTIONS_RUN = OPTIONS_MODEL | OPTIONS_PRECISION | OPTIONS_BATCH,
} AppOptions;

/* One subcommand. `run` gets what is left after the options, NULL-terminated,
 * with the options parsed into the variables that `entries` points at. */
typedef struct
{
  const char *name;
  const char *verb;            /* (nullable): the word that has to follow */
  const char *arguments;       /* "IMAGE|DIR…", for the usage line */
  const char *summary;         /* one line */
  const char *examples;        /* two lines; what there is to say is in man/ */
  const GOptionEntry *entries; /* its own options, of --help */
  const GOptionEntry *more;    /* (nullable): its own ones of --help-all only */
  AppOptions shared;
  gboolean (*run) (char **arguments, GError **error);
} Command;

extern const Command command_bench, command_classify, command_convert,
    command_data, command_eval, command_explain, command_info, command_quantize,
    command_train;

/* ---- options.c: the shared options --------------------------------------- */

/* Values of the shared options, valid while a subcommand runs. */
typedef struct
{
  char *model; /* --model; NULL = the default model */
  char *labels;
  char *output;           /* NULL or "-" = standard output */
  char *precision_name;   /* --precision; NULL = auto */
  RenPrecision precision; /* what it says, from options_check() on */
  int threads;            /* 0 = one for each processor */
  int batch;
  gboolean quiet;
  gboolean help, help_all;
} SharedOptions;

extern SharedOptions shared_options;

/* Adds the shared options that a subcommand has to its context. */
void options_add (GOptionContext *context, const Command *command);

/* Checks that GOption cannot do. */
gboolean options_check (const Command *command, GError **error);

/* Frees the values. */
void options_clear (void);

/* Loads the file and gives it the labels of --labels, if any. */
RenModel *options_load_model (const char *path, GError **error);

/* Path of the model that is used when none is named. @advice: how to name one,
 * for the usage error where there is none. */
char *options_default_model (const char *advice, GError **error);

/* The model of --model, or the default one. */
RenModel *options_open_model (GError **error);

/* ---- console.c: text for people ------------------------------------------ */

/* Sets whether notes and the progress bar are shown. */
void console_set_quiet (gboolean quiet);

/* Sets whether nothing at all is shown, errors included: for a process that
 * works with others, one of which speaks for all. */
void console_set_mute (gboolean mute);

/* "resemotenet: …" on stderr. File names in it must be console_name()s. */
void console_error (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* The same for what did not stop the work; silent with --quiet. */
void console_note (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Bytes from outside as valid UTF-8 without control characters, so that a
 * file's name or metadata cannot steer the terminal. Free with g_free(). */
char *console_name (const char *bytes);

/* Columns that text takes on a terminal. */
guint console_width (const char *utf8);

/* Appends text and spaces up to a number of columns; longer text is cut in the
 * middle, where file names differ least. `width` < 0: flush right. */
void console_pad (GString *line, const char *utf8, int width);

/* "80,238,599" */
char *console_number (guint64 n);

/* Whether stdout is a terminal, and whether it shows UTF-8. */
gboolean console_is_terminal (void);
gboolean console_is_utf8 (void);

/* Columns of the terminal that is behind a file descriptor; 80 if none is. */
guint console_columns (int fd);

/* Escape sequences, empty strings where stdout is no terminal. */
const char *console_bold (void);
const char *console_dim (void);
const char *console_plain (void);

/* A progress bar on stderr, if that is a terminal; otherwise all three do
 * nothing. Messages above interrupt it cleanly. */
void console_progress_begin (guint64 total, const char *unit);
void console_progress (guint64 done);
void console_progress_end (void);

/* What was done before it began, which says nothing of the speed. */
void console_progress_skip (guint64 done);

/* Text behind the bar. */
void console_progress_label (const char *format, ...) G_GNUC_PRINTF (1, 2);
