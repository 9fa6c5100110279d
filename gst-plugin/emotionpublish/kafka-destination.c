/* SPDX-License-Identifier: MIT */
#include "kafka-destination.h"

#include <gio/gio.h>
#include <librdkafka/rdkafka.h>

#include "secrets.h"

/* Messages that librdkafka has at a time, to make batches of. */
#define WINDOW 512

#define POLL_MS 100

typedef struct
{
  Destination parent;
  Outbox *outbox;
  rd_kafka_t *kafka;
  gchar *topic;
  gboolean keyed;
  GThread *thread; /* takes what librdkafka tells */
  gint stopping;   /* atomic */
} KafkaDestination;

/* ---- what librdkafka tells ------------------------------------------------------------ */

static gboolean
is_refused_for_good (rd_kafka_resp_err_t e)
{
  return e == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
         e == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE ||
         e == RD_KAFKA_RESP_ERR_INVALID_MSG ||
         e == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

static void
on_delivery (rd_kafka_t *kafka, const rd_kafka_message_t *m, void *data)
{
  KafkaDestination *self = data;
  const guint64 id = (guint64) (guintptr) m->_private;

  if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    outbox_acknowledge (self->outbox, id);
    outbox_set_connected (self->outbox, TRUE, NULL);
  } else if (is_refused_for_good (m->err)) {
    outbox_reject (self->outbox, id, rd_kafka_err2str (m->err));
  } else {
    outbox_return (self->outbox, id);
    if (!g_atomic_int_get (&self->stopping))
      outbox_set_connected (self->outbox, FALSE, rd_kafka_err2str (m->err));
  }
}

/* Of one broker of several, which librdkafka goes around, too: what matters is
 * that none is left. */
static void
on_error (rd_kafka_t *kafka, int e, const char *reason, void *data)
{
  KafkaDestination *self = data;

  if (e == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
      e == RD_KAFKA_RESP_ERR__AUTHENTICATION || e == RD_KAFKA_RESP_ERR__SSL ||
      e == RD_KAFKA_RESP_ERR__FATAL)
    outbox_set_connected (self->outbox, FALSE, reason);
}

/* Its own log goes to standard error; what matters comes by on_error(), too. */
static void
on_log (
    const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
}

static gpointer
kafka_run (gpointer data)
{
  KafkaDestination *self = data;

  while (!g_atomic_int_get (&self->stopping))
    rd_kafka_poll (self->kafka, POLL_MS);
  return NULL;
}

/* ---- the destination ------------------------------------------------------------------- */

static void
kafka_start (Destination *destination, Outbox *outbox)
{
  KafkaDestination *self = (KafkaDestination *) destination;

  self->outbox = outbox;
  self->thread = g_thread_new ("kafka-reports", kafka_run, self);
}

static SendResult
kafka_send (Destination *destination, guint64 id, Message *message)
{
  KafkaDestination *self = (KafkaDestination *) destination;
  const gchar *key = message_key (message);
  const gsize key_size = self->keyed ? strlen (key) : 0;
  gsize size;
  const gchar *json = message_json (message, &size);
  const rd_kafka_resp_err_t e =
      rd_kafka_producev (self->kafka, RD_KAFKA_V_TOPIC (self->topic),
          RD_KAFKA_V_KEY (key_size ? key : NULL, key_size),
          RD_KAFKA_V_VALUE ((void *) json, size),
          RD_KAFKA_V_MSGFLAGS (RD_KAFKA_MSG_F_COPY),
          RD_KAFKA_V_OPAQUE ((void *) (guintptr) id), RD_KAFKA_V_END);

  if (e == RD_KAFKA_RESP_ERR_NO_ERROR)
    return SEND_TAKEN;
  if (is_refused_for_good (e)) {
    outbox_reject (self->outbox, id, rd_kafka_err2str (e));
    return SEND_TAKEN;
  }
  if (e != RD_KAFKA_RESP_ERR__QUEUE_FULL)
    outbox_set_connected (self->outbox, FALSE, rd_kafka_err2str (e));
  return SEND_LATER;
}

static void
kafka_free (Destination *destination)
{
  KafkaDestination *self = (KafkaDestination *) destination;

  g_atomic_int_set (&self->stopping, TRUE);
  if (self->thread)
    g_thread_join (self->thread);
  if (self->kafka) {
    rd_kafka_purge (
        self->kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy (self->kafka);
  }
  g_free (self->topic);
  g_free (self);
}

static const DestinationClass kafka_class = {
  .name = "kafka",
  .window = WINDOW,
  .start = kafka_start,
  .send = kafka_send,
  .free = kafka_free,
};

/* ---- the settings ------------------------------------------------------------------- */

static gboolean
fail (GError **error, const gchar *text)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, text);
  return FALSE;
}

static gboolean
set (rd_kafka_conf_t *conf, const gchar *name, const gchar *value,
    GError **error)
{
  gchar text[256] = "";

  if (rd_kafka_conf_set (conf, name, value, text, sizeof text) ==
      RD_KAFKA_CONF_OK)
    return TRUE;
  /* librdkafka's text may hold the value, which may be a password */
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "Kafka's setting %s is not known, or its value is not", name);
  return FALSE;
}

static gboolean
set_address (KafkaDestination *self, rd_kafka_conf_t *conf,
    const gchar *address, GError **error)
{
  const gchar *servers =
      g_str_has_prefix (address, "kafka://") ? address + 8 : address;
  const gchar *slash = strchr (servers, '/');
  g_autofree gchar *bootstrap = NULL;

  if (!slash || slash == servers || !slash[1] || strchr (slash + 1, '/') ||
      memchr (servers, '@', (gsize) (slash - servers)))
    return fail (error, "property kafka is an address such as "
                        "kafka://HOST:9092,HOST:9092/TOPIC");
  bootstrap = g_strndup (servers, (gsize) (slash - servers));
  self->topic = g_strdup (slash + 1);
  return set (conf, "bootstrap.servers", bootstrap, error);
}

static gboolean
set_from_environment (rd_kafka_conf_t *conf, GError **error)
{
  const gchar *username = g_getenv ("RESEMOTENET_KAFKA_USERNAME");
  const gchar *password = g_getenv ("RESEMOTENET_KAFKA_PASSWORD");

  return (!username || set (conf, "sasl.username", username, error)) &&
         (!password || set (conf, "sasl.password", password, error));
}

static gboolean
set_from_file (
    rd_kafka_conf_t *conf, const gchar *path, gchar **warning, GError **error)
{
  g_autoptr (GPtrArray) secrets = NULL;
  gboolean is_public;

  if (!path)
    return TRUE;
  secrets = secrets_read_file (path, &is_public, error);
  if (!secrets)
    return FALSE;
  if (is_public && (secrets_get (secrets, "sasl.password") ||
                       secrets_get (secrets, "ssl.key.password")))
    *warning = g_strdup_printf (
        "everyone on this machine can read %s: chmod 600 it", path);
  for (guint i = 0; i < secrets->len; i++) {
    const Secret *secret = g_ptr_array_index (secrets, i);

    if (!set (conf, secret->name, secret->value, error))
      return FALSE;
  }
  return TRUE;
}

Destination *
kafka_destination_new (
    const KafkaConfig *config, gchar **warning, GError **error)
{
  KafkaDestination *self = g_new0 (KafkaDestination, 1);
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  gchar text[256] = "";

  self->parent.klass = &kafka_class;
  self->keyed = config->key == KAFKA_KEY_SOURCE;
  /* librdkafka is never to give up: what is too old is for the outbox to say */
  if (!set_address (self, conf, config->address, error) ||
      !set (conf, "client.id", "resemotenet", error) ||
      !set (conf, "message.timeout.ms", "0", error) ||
      !set_from_environment (conf, error) ||
      !set_from_file (conf, config->config, warning, error))
    goto failed;
  rd_kafka_conf_set_opaque (conf, self);
  rd_kafka_conf_set_dr_msg_cb (conf, on_delivery);
  rd_kafka_conf_set_error_cb (conf, on_error);
  rd_kafka_conf_set_log_cb (conf, on_log);
  self->kafka = rd_kafka_new (RD_KAFKA_PRODUCER, conf, text, sizeof text);
  if (self->kafka)
    return &self->parent;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "the settings for Kafka cannot be used: %s", text);

failed:
  rd_kafka_conf_destroy (conf);
  kafka_free (&self->parent);
  return NULL;
}
