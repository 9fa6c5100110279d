/* The faces that a command works on, and running them through the network.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "image.h"
#include "resemotenet.h"

/* What a face is for. */
typedef enum
{
  SPLIT_ANY, /* the data set does not say */
  SPLIT_TRAIN,
  SPLIT_VALIDATION,
  SPLIT_TEST,
} DatasetSplit;
#define N_SPLITS 4

typedef struct
{
  char *path;   /* to open; of the table, where that holds the pixels */
  char *name;   /* as the user or the table named it; NULL = path */
  RenRect crop; /* in pixels of the upright picture; w = 0: all of it */
  int label;    /* the class that it belongs to, or -1 */
  DatasetSplit split;
  float *targets; /* (nullable): probability of each class; owned */
  guint8 *pixels; /* (nullable): grey levels, row after row; owned */
  gint pixels_width, pixels_height;
} Face;

/* Takes over the strings. */
Face *face_new (char *path, char *name, int label);
void face_free (gpointer face);
const char *face_name (const Face *face);

/* From a face to what the network reads: opens and decodes its picture, unless
 * the face holds its pixels, crops and resamples. The error says what is wrong,
 * without the file's name. */
gboolean face_read (const Face *face, RenCropper *cropper,
    guint8 out[REN_FACE_BYTES], GError **error);

/* Its two halves, for faces that share a picture. Where the face holds its
 * pixels, @image stays empty. */
gboolean face_open (
    const Face *face, Image *image, RenPicture *picture, GError **error);
gboolean face_crop (const Face *face, const RenPicture *picture,
    RenCropper *cropper, guint8 out[REN_FACE_BYTES], GError **error);

/* The JPEG and PNG files of a folder and below, told by their extension, in
 * the order of their names; hidden ones are left out, links to folders are not
 * followed. Adds to @faces and counts in @n_other the files of other kinds. */
gboolean faces_add_folder (GPtrArray *faces, const char *path, int label,
    guint *n_other, GError **error);

/* Rows file,x,y,w,h: with a header, columns may come in any order and others
 * are ignored; without, these are the first five. Empty x, y, w, h mean the
 * whole picture. File names are relative to @folder, or to the table's own
 * where that is NULL. */
gboolean faces_add_list (
    GPtrArray *faces, const char *path, const char *folder, GError **error);

/* x, y, w, h in pixels; w and h at least 1. */
gboolean faces_parse_rect (const char *const text[4], RenRect *rect);

/* The same as one text, "X,Y,W,H". */
gboolean faces_parse_crop (const char *text, RenRect *crop, GError **error);

/* Folder of a table's file names: @folder, or the one that it lies in. */
char *faces_list_folder (const char *path, const char *folder);

/* One that could not be read. */
typedef struct
{
  const Face *face;
  char *reason;
} SkippedFace;

/* Gets a face as the network saw it, and its logits; called in the order of the
 * faces, from the thread that called faces_classify(). */
typedef void (*FaceFunc) (const Face *face, const guint8 grey[REN_FACE_BYTES],
    const float *logits, gpointer user_data);

typedef enum
{
  FACES_DEFAULT = 0,
  /* Logits are the mean of those of the face and of its mirror image: twice the
   * time, and a little better. Logits, because a temperature then applies to
   * them as to any others; means of probabilities are as good, no better. */
  FACES_MIRROR = 1 << 0,
} FacesFlags;

/* Reads, crops and classifies all faces, reading ahead on other threads.
 * Unreadable ones are named on stderr, counted and left out; it is an error
 * when there is no other. @skipped: (out): SkippedFace*, to be freed. */
gboolean faces_classify (RenModel *model, GPtrArray *faces, FacesFlags flags,
    FaceFunc func, gpointer user_data, GPtrArray **skipped, GError **error);
