/* emotionpublish's property tags. SPDX-License-Identifier: MIT */
#include "fuzz-input.h"
#include "fuzzer.h"
#include "tags.h"

/* json-glib leaks a value that another one follows */
int __lsan_is_turned_off (void);

int
__lsan_is_turned_off (void)
{
  return 1;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *text = fuzz_text ((FuzzInput){ data, size });
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) tags = tags_parse (text, &error);
  g_autofree gchar *json = tags ? json_to_string (tags, FALSE) : NULL;

  g_assert (!tags == !!error);
  if (json)
    g_assert_cmpint (json[0], ==, '{');
  return 0;
}
