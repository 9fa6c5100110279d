/* Whether an element is installed. SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

static inline gboolean
have_element (const gchar *name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);

  return factory != NULL;
}
