/* Data sets of a fuzzer's making. SPDX-License-Identifier: MIT */
#pragma once

#include "fuzz-input.h"
#include "dataset.h"

/* Options from two bytes: the kind of data set, then split, votes, classes. The
 * path and where the pictures are, are the caller's. */
DatasetOptions dataset_input_options (FuzzInput *input);

/* Opens it, and looks at the faces that it has. */
void dataset_input_open (const DatasetOptions *options);
