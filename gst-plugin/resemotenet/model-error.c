/* resemotenet: what went wrong with a model, as an element error
 * SPDX-License-Identifier: MIT
 */
#include "model-error.h"

#include "resemotenet.h"

/* What the core says of a file begins with its path; what it says of settings
 * does not. */
void
model_error (GstElement *element, const gchar *path, const GError *error)
{
  switch (error->code) {
    case REN_ERROR_OPEN:
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        GST_ELEMENT_ERROR (element, RESOURCE, OPEN_READ,
            ("Could not read the model: %s", error->message), (NULL));
      else
        GST_ELEMENT_ERROR (element, RESOURCE, NOT_FOUND,
            ("There is no model file “%s”.", path), ("%s", error->message));
      break;
    case REN_ERROR_CORRUPT:
    case REN_ERROR_REFUSED:
      GST_ELEMENT_ERROR (element, STREAM, DECODE,
          ("The model cannot be loaded: %s", error->message), (NULL));
      break;
    case REN_ERROR_NETWORK:
    case REN_ERROR_UNSUPPORTED:
      GST_ELEMENT_ERROR (element, RESOURCE, SETTINGS,
          ("The model cannot be used: %s", error->message), (NULL));
      break;
    default:
      GST_ELEMENT_ERROR (element, RESOURCE, SETTINGS,
          ("The model %s cannot be used: %s", path, error->message), (NULL));
      break;
  }
}
