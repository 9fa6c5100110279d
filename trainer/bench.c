/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <sys/resource.h>

#include "output.h"

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  const double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

Spread
bench_spread (GArray *values)
{
  const double *v = (const double *) (gpointer) values->data;
  const guint n = values->len;

  g_array_sort (values, compare_doubles);
  return (Spread){
    .median = (v[(n - 1) / 2] + v[n / 2]) / 2, .min = v[0], .max = v[n - 1]
  };
}

double
bench_milliseconds (gint64 from_us, gint64 to_us)
{
  return (double) MAX (1, to_us - from_us) / 1e3;
}

guint64
bench_peak_memory (void)
{
  struct rusage usage = { 0 };

  getrusage (RUSAGE_SELF, &usage);
  return (guint64) usage.ru_maxrss * 1024;
}

void
bench_json_count (JsonBuilder *builder, const char *key, guint64 n)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, (gint64) n);
}

void
bench_json_spread (JsonBuilder *builder, const char *key, const Spread *spread)
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_object (builder);
  output_json_number (builder, "median", spread->median);
  output_json_number (builder, "min", spread->min);
  output_json_number (builder, "max", spread->max);
  json_builder_end_object (builder);
}
