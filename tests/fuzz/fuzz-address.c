/* Addresses, and that no password in them is shown. SPDX-License-Identifier: MIT
 *
 * An input is three lines: an address as a user has it, where a report is to be, and
 * where to listen, as of --http, or the header Host of who asks there.
 */
#include <string.h>

#include "fuzz-input.h"
#include "credentials.h"
#include "fuzzer.h"
#include "source-link.h"
#include "source.h"
#include "stream-facts.h"
#include "user-info.h"
#ifdef HAVE_WEB
#include "web-spec.h"
#endif

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  gst_init (NULL, NULL);
  return 0;
}

static void
check_open (const gchar *address)
{
  const gchar *start, *at;

  g_assert_false (user_info_find (address, &start, &at));
}

static void
check_source (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  Source source;
  const gboolean ok = source_init (&source, text, &error);

  g_assert (ok == !error);
  if (ok) {
    check_open (source.name);
    g_assert_cmpuint (source.uris->len, >, 0);
    for (guint i = 0; i < source.uris->len; i++)
      check_open (source.uris->pdata[i]);
    source_check_output (&source, "--json", text, NULL);
  }
  source_clear (&source);
}

/* Hidden in the command line itself, with its length kept. */
static void
check_arguments (const gchar *text)
{
  g_autofree gchar *copy = g_strdup (text);
  gchar *argv[] = { (gchar *) "resemotenet-watch", copy, NULL };
  Credentials credentials = { 0 };

  if (credentials_take_from_arguments (&credentials, 2, argv)) {
    const gchar *start, *at;

    g_assert_nonnull (credentials.user);
    g_assert_true (user_info_find (copy, &start, &at));
    g_assert_cmpuint (strspn (start, "*"), >=, at - start);
  }
  g_assert_cmpuint (strlen (copy), ==, strlen (text));
  credentials_clear (&credentials);
}

static void
check_links (const gchar *text, const gchar *report)
{
  g_autofree gchar *link = source_link_new (text, report);
  g_autofree gchar *name = source_link_name (text);

  g_assert_true (g_utf8_validate (name, -1, NULL));
  if (link && !g_str_has_prefix (link, "./") &&
      !g_str_has_prefix (link, "file:"))
    check_open (link);
}

#ifdef HAVE_WEB
static void
check_listen (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  WebSpec spec;
  const gboolean ok = web_spec_parse (&spec, text, &error);

  g_assert (ok == !error);
  if (ok) {
    g_autofree gchar *host = web_spec_host (&spec);

    g_assert (!spec.any || !g_inet_address_get_is_loopback (spec.addresses[0]));
    g_assert (!spec.addresses[1] || web_host_is_loopback (host));
  }
  web_spec_clear (&spec);
  web_host_is_loopback (text);
}
#endif

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  g_autofree gchar *text = fuzz_text (fuzz_until (&input, '\n'));
  g_autofree gchar *report = fuzz_text (fuzz_until (&input, '\n'));
  g_autofree gchar *listen = fuzz_text (fuzz_until (&input, '\n'));
  g_autofree gchar *bare = user_info_remove (text);
  g_autofree gchar *shown = uri_without_credentials (text);

  check_open (bare);
  g_assert_nonnull (shown);
  check_open (shown);
  check_links (text, report);
  check_arguments (text);
  if (strlen (text) < 300)
    check_source (text);
#ifdef HAVE_WEB
  check_listen (listen);
#endif
  return 0;
}
