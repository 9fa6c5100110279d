/* resemotenet: what went wrong with a model, as an element error
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/gst.h>

/* Posts the error message for what the core says of the model at path. */
void model_error (GstElement *element, const gchar *path, const GError *error);
