/* Pictures whose emotion is known.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

/**
 * dataset_open:
 * @path: a folder with a folder of pictures for each class, or a CSV file with
 *   the columns `ImageName,Label` that the original's code reads
 * @images: (nullable): folder that the names in a CSV file are relative to;
 *   %NULL: the one that the file lies in
 * @model: whose classes the labels become, see labels_find()
 *
 * Lists a data set; no picture is read yet. Folders and labels that the model
 * does not know are an error that lists what there is on both sides. Labels of
 * a CSV file may also be numbers, in the model's order.
 *
 * Returns: (transfer full): Face* with labels, sorted by name; %NULL on error
 */
GPtrArray *dataset_open (const char *path, const char *images,
    const RenModel *model, GError **error);
