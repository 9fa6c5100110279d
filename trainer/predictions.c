/* Lists of classified faces.
 * SPDX-License-Identifier: MIT
 */
#include "visual-report.h"

static void
clear_prediction (gpointer data)
{
  Prediction *prediction = data;

  g_free (prediction->name);
}

GArray *
predictions_new (void)
{
  GArray *array = g_array_new (FALSE, FALSE, sizeof (Prediction));

  g_array_set_clear_func (array, clear_prediction);
  return array;
}
