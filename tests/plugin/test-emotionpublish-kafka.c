/* emotionpublish with the brokers that librdkafka brings for tests
 * SPDX-License-Identifier: MIT
 */
#include <glib/gstdio.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <string.h>

#include "publish.h"

#define TOPIC "emotions"

typedef struct
{
  gchar *dir;
  rd_kafka_t *owner;
  rd_kafka_mock_cluster_t *cluster;
  const gchar *servers;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  gchar text[256];

  rd_kafka_conf_set (conf, "client.id", "mock", text, sizeof text);
  place->dir = publish_dir ();
  place->owner = rd_kafka_new (RD_KAFKA_PRODUCER, conf, text, sizeof text);
  place->cluster = rd_kafka_mock_cluster_new (place->owner, 1);
  place->servers = rd_kafka_mock_cluster_bootstraps (place->cluster);
  rd_kafka_mock_topic_create (place->cluster, TOPIC, 4, 1);
}

static void
tear_down (Place *place, gconstpointer data)
{
  rd_kafka_mock_cluster_destroy (place->cluster);
  rd_kafka_destroy (place->owner);
  publish_remove_dir (place->dir);
}

/* Reads all partitions until n messages came: how often each sequence number
 * did, and that all of a key are in one partition. */
static void
check_received (Place *place, const gchar *key, guint n, guint max_repeated)
{
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_topic_partition_list_t *parts =
      rd_kafka_topic_partition_list_new (4);
  g_autofree guint *times = g_new0 (guint, n);
  gchar text[256];
  rd_kafka_t *consumer;
  guint n_different = 0, n_repeated = 0;
  gint partition = -1;
  const gint64 give_up_us = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  rd_kafka_conf_set (
      conf, "bootstrap.servers", place->servers, text, sizeof text);
  rd_kafka_conf_set (conf, "group.id", "test", text, sizeof text);
  consumer = rd_kafka_new (RD_KAFKA_CONSUMER, conf, text, sizeof text);
  g_assert_nonnull (consumer);
  rd_kafka_poll_set_consumer (consumer);
  for (gint i = 0; i < 4; i++)
    rd_kafka_topic_partition_list_add (parts, TOPIC, i)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign (consumer, parts);
  while (n_different < n) {
    rd_kafka_message_t *m = rd_kafka_consumer_poll (consumer, 100);
    g_autofree gchar *json = NULL;
    gint64 sequence;

    g_assert_cmpint (g_get_monotonic_time (), <, give_up_us);
    if (!m)
      continue;
    g_assert_cmpint (m->err, ==, 0);
    json = g_strndup (m->payload, m->len);
    sequence = publish_sequence (json);
    g_assert_cmpint (sequence, <, n);
    n_different += times[sequence] == 0;
    n_repeated += times[sequence]++ > 0;
    g_assert_cmpmem (m->key, m->key_len, key, key ? strlen (key) : 0);
    g_assert_true (!key || partition < 0 || partition == m->partition);
    partition = m->partition;
    rd_kafka_message_destroy (m);
  }
  g_test_message ("%u messages, %u repeated", n, n_repeated);
  g_assert_cmpuint (n_repeated, <=, max_repeated);
  rd_kafka_topic_partition_list_destroy (parts);
  rd_kafka_consumer_close (consumer);
  rd_kafka_destroy (consumer);
}

static void
test_through (Place *place, gconstpointer data)
{
  GstHarness *h = publish_harness (
      "kafka=kafka://%s/" TOPIC " source=door", place->servers);

  publish_push_many (h, 0, 200);
  gst_harness_push_event (h, gst_event_new_eos ());
  g_assert_cmpuint (publish_stat (h, "kafka", "acknowledged"), ==, 200);
  g_assert_cmpuint (publish_stat (h, "kafka", "dropped"), ==, 0);
  g_assert_true (publish_is_connected (h, "kafka"));
  publish_finish (h);
  check_received (place, "door", 200, 0);
}

static void
test_no_key (Place *place, gconstpointer data)
{
  GstHarness *h = publish_harness (
      "kafka=%s/" TOPIC " source=door kafka-key=none", place->servers);

  publish_push_many (h, 0, 20);
  publish_finish (h);
  check_received (place, NULL, 20, 0);
}

/* The broker goes and comes: nothing is lost. */
static void
test_outage (Place *place, gconstpointer data)
{
  GstHarness *h =
      publish_harness ("kafka=kafka://%s/" TOPIC " source=door spool=%s "
                       "drain-timeout=30000000000",
          place->servers, place->dir);
  g_autofree gchar *warning = NULL;

  publish_push_many (h, 0, 100);
  wait_until (publish_stat (h, "kafka", "acknowledged") == 100);
  rd_kafka_mock_broker_set_down (place->cluster, 1);
  publish_push_many (h, 100, 2000);
  wait_until ((warning = publish_pop_warning (h)));
  g_assert_false (publish_is_connected (h, "kafka"));
  rd_kafka_mock_broker_set_up (place->cluster, 1);
  gst_harness_push_event (h, gst_event_new_eos ());
  g_assert_cmpuint (publish_stat (h, "kafka", "acknowledged"), ==, 2000);
  g_assert_cmpuint (publish_stat (h, "kafka", "dropped"), ==, 0);
  g_assert_cmpuint (publish_stat (h, "kafka", "reconnects"), >=, 1);
  publish_finish (h);
  check_received (place, "door", 2000, 512);
}

/* What is not sent at the end is sent at the next start, with its key. */
static void
test_restart (Place *place, gconstpointer data)
{
  GstHarness *h;

  rd_kafka_mock_broker_set_down (place->cluster, 1);
  h = publish_harness ("kafka=kafka://%s/" TOPIC
                       " source=door spool=%s drain-timeout=0",
      place->servers, place->dir);
  publish_push_many (h, 0, 1000);
  gst_harness_push_event (h, gst_event_new_eos ());
  gst_element_set_state (h->element, GST_STATE_NULL);
  g_assert_cmpuint (publish_stat (h, "kafka", "acknowledged"), ==, 0);
  g_assert_cmpuint (publish_stat (h, "kafka", "dropped"), ==, 0);
  publish_finish (h);
  rd_kafka_mock_broker_set_up (place->cluster, 1);
  h = publish_harness ("kafka=kafka://%s/" TOPIC
                       " source=other spool=%s drain-timeout=30000000000",
      place->servers, place->dir);
  gst_harness_push_event (h, gst_event_new_eos ());
  g_assert_cmpuint (publish_stat (h, "kafka", "acknowledged"), ==, 1000);
  publish_finish (h);
  check_received (place, "door", 1000, 0);
}

/* Settings and secrets come from a file; what is wrong in it is said without what
 * it says. */
static void
test_config (Place *place, gconstpointer data)
{
  static const gchar *const bad[] = { "no.such.setting=s3cret\n",
    "linger.ms=s3cret\n", "s3cret\n", "=s3cret\n" };
  g_autofree gchar *path = g_build_filename (place->dir, "kafka.conf", NULL);
  g_autofree gchar *warning = NULL;
  GstHarness *h;

  g_assert_true (g_file_set_contents (
      path, "# ours\nlinger.ms = 1\n\nsasl.password=s3cret\n", -1, NULL));
  g_chmod (path, 0644);
  h = publish_harness ("kafka=kafka://%s/" TOPIC " source=door kafka-config=%s",
      place->servers, path);
  wait_until ((warning = publish_pop_warning (h)));
  g_assert_nonnull (strstr (warning, "chmod 600"));
  publish_push_many (h, 0, 20);
  publish_finish (h);
  check_received (place, "door", 20, 0);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *message = NULL;

    g_assert_true (g_file_set_contents (path, bad[i], -1, NULL));
    message = publish_start_error (
        "kafka=kafka://%s/" TOPIC " kafka-config=%s", place->servers, path);
    g_assert_null (strstr (message, "s3cret"));
  }
}

/* A path that was mistyped is not read for ever. */
static void
test_bad_config_path (void)
{
  static const gchar *const cases[][2] = { { "/dev/zero", "too large" },
    { "/nowhere/kafka.conf", "cannot read /nowhere/kafka.conf" },
    { "/dev", "cannot read /dev: Is a directory" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *message = publish_start_error (
        "kafka=kafka://localhost/" TOPIC " kafka-config=%s", cases[i][0]);

    g_assert_nonnull (strstr (message, cases[i][1]));
  }
}

static void
test_bad_addresses (void)
{
  static const gchar *const addresses[] = { "kafka://host:9092", "host",
    "kafka:///topic", "kafka://host/", "kafka://host/a/b" };

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
    g_autofree gchar *message = publish_start_error ("kafka=%s", addresses[i]);

    g_assert_nonnull (strstr (message, "kafka://HOST:9092"));
  }
}

#define add(path, function)                                                    \
  g_test_add ("/kafka/" path, Place, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_init (&argc, &argv);
  add ("through", test_through);
  add ("no-key", test_no_key);
  add ("outage", test_outage);
  add ("restart", test_restart);
  add ("config", test_config);
  g_test_add_func ("/kafka/bad-config-path", test_bad_config_path);
  g_test_add_func ("/kafka/bad-addresses", test_bad_addresses);
  return g_test_run ();
}
