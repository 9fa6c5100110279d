/* SPDX-License-Identifier: MIT */
#pragma once

#include "resemotenet.h"

/* A picture's width and height may not exceed this: positions are kept exact
 * in gint, and scratch memory stays small. */
#define REN_MAX_SIDE 32767

/* Room for n faces, that of the cropper: grows, and is kept until the next call. */
guint8 *ren_cropper_batch (RenCropper *cropper, guint n_faces);
