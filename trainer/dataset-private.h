/* What the kinds of data sets share.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "csv.h"
#include "dataset.h"

/* A data set that is being opened. */
typedef struct
{
  const DatasetOptions *options;
  gboolean is_folder;
  CsvRow *header;       /* (nullable): first row of a file that is a table */
  char *root;           /* the folder, or the one that the file lies in */
  char *shown;          /* its name for messages */
  GPtrArray *faces;     /* Face* */
  GHashTable *left_out; /* why (char*) -> how many */
  guint n_other;        /* files that are no pictures */
  gboolean by_number;   /* labels are numbers in the model's order */
} Dataset;

typedef struct
{
  const char *name;
  const char *layout; /* for people, what is looked for */
  gboolean (*recognise) (const Dataset *dataset);
  gboolean (*open) (Dataset *dataset, GError **error);
} DatasetKind;

extern const DatasetKind dataset_folders, dataset_csv, dataset_fer2013,
    dataset_ferplus, dataset_raf_db, dataset_affectnet, dataset_expw,
    dataset_ck;

/* Emotions that a data set knows by number, from @first on. */
typedef struct
{
  guint first;
  const char *const *names; /* NULL-terminated */
} ClassNumbers;

extern const ClassNumbers raf_db_numbers, affectnet_numbers;

/* A name or a number that is neither a class nor an emotion. */
#define CLASS_UNKNOWN (-2)
/* One that the model has no class for: dataset_leave_out() it. */
#define CLASS_LEFT_OUT (-1)

/* The model's class of a name, or one of the two above. */
int dataset_class (const Dataset *dataset, const char *name);

/* The name of a number, or NULL if it is out of range. */
const char *class_of_number (const ClassNumbers *numbers, const char *text);

/* Counts faces that are left out because of their class. */
void dataset_leave_out (Dataset *dataset, const char *class_name, guint n);

/* The same for another reason: "… are left out: REASON". */
void dataset_leave_out_as (Dataset *dataset, const char *reason, guint n);

/* Adds a face of the model's class, or counts it. Takes over the strings.
 * Returns it, or NULL if it was counted. */
Face *dataset_add (Dataset *dataset, char *path, char *name,
    const char *class_name, DatasetSplit split);

/* FALSE with an error about a line of a file, or of all of it (line 0). */
gboolean dataset_fail (GError **error, const char *path, guint line,
    const char *format, ...) G_GNUC_PRINTF (4, 5);

/* An error that lists names that are no classes. */
gboolean dataset_fail_unknown (const Dataset *dataset, const char *path,
    const GPtrArray *unknown, const char *advice, GError **error);

/* Sets the split that a folder or a table's field names. */
gboolean dataset_split_of (const char *name, DatasetSplit *split);

/* The first of the paths below a folder that exists, or NULL; @names is
 * NULL-terminated. */
char *dataset_find (const char *folder, const char *const *names);

/* Where the pictures lie: --images, or the first of the folders below the root
 * that exists, or the root. */
char *dataset_images (const Dataset *dataset, const char *const *names);

/* Names of the folders in a folder, sorted. */
GPtrArray *dataset_list_folders (const char *path, GError **error);

/* Names of the entries of a folder that end in @suffix, sorted. */
GPtrArray *dataset_list_files (
    const char *path, const char *suffix, GError **error);

/* Column of a table, or -1. Blanks around names and case do not matter. */
int dataset_column (const CsvRow *header, const char *name);

/* A field of a row without the blanks around it; "" where it has none. */
const char *dataset_field (const CsvRow *row, int column);

/* Adds folders of classes, which are known by name or, with @numbers, by
 * number; either directly in the data set or in folders of its splits. */
gboolean dataset_add_class_folders (
    Dataset *dataset, const ClassNumbers *numbers, GError **error);

/* Whether the folders of classes are numbered in just the way that a data set
 * does; "class000" counts as a number, and then @any is enough. */
gboolean dataset_has_numbers (
    const Dataset *dataset, guint first, guint last, gboolean with_prefix);
