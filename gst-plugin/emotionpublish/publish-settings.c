/* SPDX-License-Identifier: MIT */
#include "publish-settings.h"

#include <string.h>

typedef enum
{
  STRING,
  ADDRESS, /* a string that must not hold a password */
  BOOLEAN,
  UINT,
  UINT64,
  KEY,
} Kind;

/* All there is to know of a property: what is installed, set, read, copied. */
typedef struct
{
  const gchar *name, *nick, *blurb;
  Kind kind;
  gsize offset;
  guint64 min, max, number; /* the default: number, or text */
  const gchar *text;
  gboolean while_playing;
} Property;

#define AT(member) offsetof (PublishSettings, member)

static const Property properties[] = {
  /* ---- where to ------------------------------------------------------------- */
  /**
   * GstEmotionPublish:location:
   *
   * File to write JSON lines to; `-` is standard output (give gst-launch-1.0 its
   * `-q`). Lines are always whole: a line that cannot be written to its end is
   * taken back, and the unfinished last line of a process that was killed is cut
   * off by the next one that appends. A file that another element writes is
   * refused. When the file is moved away or deleted while it is written, as
   * logrotate does, a new one is begun.
   *
   * Since: 1.0
   */
  { .name = "location",
      .nick = "Location",
      .blurb = "File for JSON lines; - = standard output",
      .kind = STRING,
      .offset = AT (file.location) },
  /**
   * GstEmotionPublish:append:
   *
   * Keep what the file holds. Otherwise it is emptied when the first line is
   * written, or at the end of a stream without any: an error before that leaves
   * it as it was.
   *
   * Since: 1.0
   */
  { .name = "append",
      .nick = "Append",
      .blurb = "Keep what the file holds",
      .kind = BOOLEAN,
      .offset = AT (file.append) },
  /**
   * GstEmotionPublish:max-size:
   *
   * Size in bytes from which on a new file is begun, between two lines: FILE
   * becomes FILE.1, FILE.1 becomes FILE.2, and so on. 0 = never.
   *
   * Since: 1.0
   */
  { .name = "max-size",
      .nick = "Maximum size",
      .blurb = "Bytes after which a new file is begun; 0 = no limit",
      .kind = UINT64,
      .offset = AT (file.max_size),
      .max = G_MAXINT64 },
  /**
   * GstEmotionPublish:max-files:
   *
   * Older files to keep beside the one being written. Used with
   * #GstEmotionPublish:max-size.
   *
   * Since: 1.0
   */
  { .name = "max-files",
      .nick = "Maximum files",
      .blurb = "Older files that are kept",
      .kind = UINT,
      .offset = AT (file.max_files),
      .min = 1,
      .max = 1000,
      .number = 5 },
  /**
   * GstEmotionPublish:mqtt:
   *
   * Broker and topic, such as `mqtt://broker.local:1883/cameras/door`, or with
   * TLS `mqtts://broker.local:8883/cameras/door`. An address with a user name
   * and a password is refused: see #GstEmotionPublish:mqtt-credentials. A broker
   * that cannot be reached is no error but a warning, and is tried for ever.
   *
   * Since: 1.0
   */
  { .name = "mqtt",
      .nick = "MQTT",
      .blurb = "Broker and topic: mqtt://HOST:1883/TOPIC, or mqtts://…",
      .kind = ADDRESS,
      .offset = AT (mqtt.address) },
  /**
   * GstEmotionPublish:mqtt-credentials:
   *
   * A file with two lines, `username=…` and `password=…`. Without it the
   * environment's `RESEMOTENET_MQTT_USERNAME` and `RESEMOTENET_MQTT_PASSWORD`
   * are taken, if they are there. A file that everyone can read gets a warning.
   *
   * Since: 1.0
   */
  { .name = "mqtt-credentials",
      .nick = "MQTT credentials",
      .blurb = "File with lines username=… and password=…",
      .kind = STRING,
      .offset = AT (mqtt.credentials) },
  /**
   * GstEmotionPublish:mqtt-ca:
   *
   * Certificates (PEM) of whom to trust; otherwise those of the system.
   *
   * Since: 1.0
   */
  { .name = "mqtt-ca",
      .nick = "MQTT CA",
      .blurb = "File of certificates to trust, for mqtts://",
      .kind = STRING,
      .offset = AT (mqtt.ca) },
  /**
   * GstEmotionPublish:mqtt-cert:
   *
   * Own certificate (PEM), for brokers that ask for one. Needs
   * #GstEmotionPublish:mqtt-key.
   *
   * Since: 1.0
   */
  { .name = "mqtt-cert",
      .nick = "MQTT certificate",
      .blurb = "File of one's own certificate",
      .kind = STRING,
      .offset = AT (mqtt.cert) },
  /**
   * GstEmotionPublish:mqtt-key:
   *
   * Key (PEM, without a passphrase) of #GstEmotionPublish:mqtt-cert. A file that
   * everyone can read gets a warning.
   *
   * Since: 1.0
   */
  { .name = "mqtt-key",
      .nick = "MQTT key",
      .blurb = "File of the certificate's key",
      .kind = STRING,
      .offset = AT (mqtt.key) },
  /**
   * GstEmotionPublish:mqtt-qos:
   *
   * Quality of service: 0 = what is lost on the way is lost, 1 = at least once,
   * 2 = exactly once, as long as the connection lasts. Up to 20 messages that
   * were on their way when it broke are sent again.
   *
   * Since: 1.0
   */
  { .name = "mqtt-qos",
      .nick = "MQTT QoS",
      .blurb = "Quality of service",
      .kind = UINT,
      .offset = AT (mqtt.qos),
      .max = 2,
      .number = 1 },
  /**
   * GstEmotionPublish:mqtt-retain:
   *
   * Have the broker keep the last message for those who subscribe later.
   *
   * Since: 1.0
   */
  { .name = "mqtt-retain",
      .nick = "MQTT retain",
      .blurb = "Have the broker keep the last message",
      .kind = BOOLEAN,
      .offset = AT (mqtt.retain) },
  /**
   * GstEmotionPublish:mqtt-client-id:
   *
   * Name of the client, which no other client of the broker may have. Unset, it
   * is a random one.
   *
   * Since: 1.0
   */
  { .name = "mqtt-client-id",
      .nick = "MQTT client id",
      .blurb = "Name of the client; unset = random",
      .kind = STRING,
      .offset = AT (mqtt.client_id) },
  /**
   * GstEmotionPublish:mqtt-keepalive:
   *
   * Seconds of silence after which each side checks that the other is there.
   *
   * Since: 1.0
   */
  { .name = "mqtt-keepalive",
      .nick = "MQTT keepalive",
      .blurb = "Seconds of silence before the connection is checked",
      .kind = UINT,
      .offset = AT (mqtt.keepalive),
      .min = 5,
      .max = 65535,
      .number = 30 },
  /**
   * GstEmotionPublish:mqtt-will-topic:
   *
   * Topic that tells, retained, whether the element is there:
   * #GstEmotionPublish:mqtt-birth-payload when it is connected,
   * #GstEmotionPublish:mqtt-will-payload when it is not, be it that it said so
   * or that the broker lost it. Unset, the topic of the messages with `/status`
   * after it; empty, none.
   *
   * Since: 1.0
   */
  { .name = "mqtt-will-topic",
      .nick = "MQTT will topic",
      .blurb = "Topic of the last will; unset = TOPIC/status, empty = none",
      .kind = STRING,
      .offset = AT (mqtt.will_topic) },
  /**
   * GstEmotionPublish:mqtt-will-payload:
   *
   * See #GstEmotionPublish:mqtt-will-topic.
   *
   * Since: 1.0
   */
  { .name = "mqtt-will-payload",
      .nick = "MQTT will payload",
      .blurb = "What the last will says",
      .kind = STRING,
      .offset = AT (mqtt.will_payload),
      .text = "{\"status\":\"offline\"}" },
  /**
   * GstEmotionPublish:mqtt-birth-payload:
   *
   * See #GstEmotionPublish:mqtt-will-topic.
   *
   * Since: 1.0
   */
  { .name = "mqtt-birth-payload",
      .nick = "MQTT birth payload",
      .blurb = "What the topic of the will says while connected",
      .kind = STRING,
      .offset = AT (mqtt.birth_payload),
      .text = "{\"status\":\"online\"}" },
  /**
   * GstEmotionPublish:kafka:
   *
   * Bootstrap servers and topic, such as
   * `kafka://one.local:9092,two.local:9092/emotions`. A cluster that cannot be
   * reached is no error but a warning, and is tried for ever.
   *
   * Since: 1.0
   */
  { .name = "kafka",
      .nick = "Kafka",
      .blurb = "Servers and topic: kafka://HOST:9092,HOST:9092/TOPIC",
      .kind = ADDRESS,
      .offset = AT (kafka.address) },
  /**
   * GstEmotionPublish:kafka-config:
   *
   * A file of lines `name=value` with settings of librdkafka, such as
   * `security.protocol=SASL_SSL`, `sasl.mechanism`, `sasl.username`,
   * `sasl.password`, `ssl.ca.location`, `compression.type`. The environment's
   * `RESEMOTENET_KAFKA_USERNAME` and `RESEMOTENET_KAFKA_PASSWORD` stand for
   * `sasl.username` and `sasl.password` where the file has none. A file with a
   * password that everyone can read gets a warning.
   *
   * Since: 1.0
   */
  { .name = "kafka-config",
      .nick = "Kafka config",
      .blurb = "File of librdkafka's settings, name=value",
      .kind = STRING,
      .offset = AT (kafka.config) },
  /**
   * GstEmotionPublish:kafka-key:
   *
   * Key of the messages: those of one key go to one partition, in order.
   *
   * Since: 1.0
   */
  { .name = "kafka-key",
      .nick = "Kafka key",
      .blurb = "Key of the messages",
      .kind = KEY,
      .offset = AT (kafka.key),
      .number = KAFKA_KEY_SOURCE },

  /* ---- what ------------------------------------------------------------------ */
  /**
   * GstEmotionPublish:source:
   *
   * What the objects say under `source`. Unset, it is the address that elements
   * upstream name, without credentials, or else the id of the stream.
   *
   * Since: 1.0
   */
  { .name = "source",
      .nick = "Source",
      .blurb = "Name of the stream; unset = its address or id",
      .kind = STRING,
      .offset = AT (source) },
  /**
   * GstEmotionPublish:tags:
   *
   * A JSON object that is part of each object, under `tags`. At most 256 objects
   * and lists can be in it.
   *
   * Since: 1.0
   */
  { .name = "tags",
      .nick = "Tags",
      .blurb = "JSON object that goes along",
      .kind = STRING,
      .offset = AT (tags) },
  /**
   * GstEmotionPublish:interval:
   *
   * At most one object in so many nanoseconds of the stream's time.
   *
   * Since: 1.0
   */
  { .name = "interval",
      .nick = "Interval",
      .blurb = "At most one object in this time (ns); 0 = no limit",
      .kind = UINT64,
      .offset = AT (filter.interval),
      .max = G_MAXINT64,
      .while_playing = TRUE },
  /**
   * GstEmotionPublish:only-changes:
   *
   * Write an object only when someone came, left, or has another label than the
   * last object said: when the pairs of track and label differ, or without
   * tracks, how many faces have which label. The object that says that the last
   * one left has no faces, whatever #GstEmotionPublish:add-empty.
   *
   * Since: 1.0
   */
  { .name = "only-changes",
      .nick = "Only changes",
      .blurb = "Only when a face comes, leaves or has another label",
      .kind = BOOLEAN,
      .offset = AT (filter.only_changes),
      .while_playing = TRUE },
  /**
   * GstEmotionPublish:add-empty:
   *
   * Write objects of frames without faces, too.
   *
   * Since: 1.0
   */
  { .name = "add-empty",
      .nick = "Add empty",
      .blurb = "Objects of frames without faces, too",
      .kind = BOOLEAN,
      .offset = AT (filter.add_empty),
      .while_playing = TRUE },

  /* ---- how -------------------------------------------------------------------- */
  /**
   * GstEmotionPublish:max-queue:
   *
   * Messages that may wait in memory, for each destination. The oldest are
   * dropped, and counted, where there are more.
   *
   * Since: 1.0
   */
  { .name = "max-queue",
      .nick = "Maximum queue",
      .blurb = "Messages that may wait in memory",
      .kind = UINT,
      .offset = AT (max_queue),
      .min = 1,
      .max = 10000000,
      .number = 10000 },
  /**
   * GstEmotionPublish:max-queue-bytes:
   *
   * The same in bytes.
   *
   * Since: 1.0
   */
  { .name = "max-queue-bytes",
      .nick = "Maximum queue bytes",
      .blurb = "Bytes of messages that may wait in memory",
      .kind = UINT64,
      .offset = AT (max_queue_bytes),
      .min = 4096,
      .max = G_MAXINT64,
      .number = 16 * 1024 * 1024 },
  /**
   * GstEmotionPublish:spool:
   *
   * Folder where messages for MQTT and Kafka are kept until they are
   * acknowledged, so that neither an outage of hours nor the end of the process
   * loses any: what is left is sent at the next start. What was acknowledged is
   * not sent again; what was on its way when the process was killed may be. After
   * a power failure the last second may be missing. An element needs a folder of
   * its own; a second one is refused.
   *
   * Since: 1.0
   */
  { .name = "spool",
      .nick = "Spool",
      .blurb = "Folder to keep messages in until they are acknowledged",
      .kind = STRING,
      .offset = AT (spool) },
  /**
   * GstEmotionPublish:spool-size:
   *
   * Bytes that the spool may take, for each destination. The oldest messages are
   * dropped, and counted, where there are more.
   *
   * Since: 1.0
   */
  { .name = "spool-size",
      .nick = "Spool size",
      .blurb = "Bytes of the spool, for each destination",
      .kind = UINT64,
      .offset = AT (spool_size),
      .min = 1024 * 1024,
      .max = G_MAXINT64,
      .number = 1024 * 1024 * 1024 },
  /**
   * GstEmotionPublish:drain-timeout:
   *
   * How long, in nanoseconds, the end of the stream and the way to READY wait
   * until all is sent. What is not by then stays in the spool, or is dropped.
   *
   * Since: 1.0
   */
  { .name = "drain-timeout",
      .nick = "Drain timeout",
      .blurb = "How long to wait until all is sent, when it ends (ns)",
      .kind = UINT64,
      .offset = AT (drain_timeout),
      .max = 3600 * GST_SECOND,
      .number = 5 * GST_SECOND },
};

#define FIRST_ID 1

static GType
kafka_key_get_type (void)
{
  static const GEnumValue values[] = {
    { KAFKA_KEY_NONE, "Any partition", "none" },
    { KAFKA_KEY_SOURCE, "The name of the stream", "source" },
    { 0, NULL, NULL },
  };
  static gsize type;

  if (g_once_init_enter (&type)) {
    const GType made =
        g_enum_register_static ("GstEmotionPublishKafkaKey", values);

    gst_type_mark_as_plugin_api (made, 0);
    g_once_init_leave (&type, made);
  }
  return type;
}

static GParamSpec *
make_spec (const Property *p)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      (p->while_playing ? GST_PARAM_MUTABLE_PLAYING : GST_PARAM_MUTABLE_READY);

  switch (p->kind) {
    case STRING:
    case ADDRESS:
      return g_param_spec_string (p->name, p->nick, p->blurb, p->text, flags);
    case BOOLEAN:
      return g_param_spec_boolean (
          p->name, p->nick, p->blurb, p->number != 0, flags);
    case UINT:
      return g_param_spec_uint (p->name, p->nick, p->blurb, (guint) p->min,
          (guint) p->max, (guint) p->number, flags);
    case UINT64:
      return g_param_spec_uint64 (
          p->name, p->nick, p->blurb, p->min, p->max, p->number, flags);
    case KEY:
      return g_param_spec_enum (p->name, p->nick, p->blurb,
          kafka_key_get_type (), (gint) p->number, flags);
  }
  g_return_val_if_reached (NULL);
}

void
publish_settings_install (GObjectClass *klass)
{
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    g_object_class_install_property (
        klass, FIRST_ID + i, make_spec (&properties[i]));
  /**
   * GstEmotionPublish:stats:
   *
   * Counts since the element was started: `frames` and `objects` (uint64), and
   * for each destination a structure named `file`, `mqtt` or `kafka` with
   * `queued` (objects for it), `sent` (handed over; again where that failed),
   * `acknowledged`, `dropped`, `waiting` (in memory now), `spooled-bytes`,
   * `corrupt-bytes` (of the spool, that could not be read), `reconnects` (all
   * uint64) and `connected` (boolean). With a spool, what an earlier process
   * left is sent and acknowledged, too.
   *
   * Since: 1.0
   */
  g_object_class_install_property (klass, PUBLISH_PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Counts since the element was started", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

#define MEMBER(type, settings, p)                                              \
  ((type *) (gpointer) ((gchar *) (settings) + (p)->offset))

static gboolean
is_text (const Property *p)
{
  return p->kind == STRING || p->kind == ADDRESS;
}

void
publish_settings_init (PublishSettings *settings)
{
  memset (settings, 0, sizeof *settings);
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++) {
    const Property *p = &properties[i];

    if (is_text (p))
      *MEMBER (gchar *, settings, p) = g_strdup (p->text);
    else if (p->kind == UINT64)
      *MEMBER (guint64, settings, p) = p->number;
    else
      *MEMBER (guint, settings, p) = (guint) p->number;
  }
}

void
publish_settings_copy (PublishSettings *to, const PublishSettings *from)
{
  *to = *from;
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    if (is_text (&properties[i]))
      *MEMBER (gchar *, to, &properties[i]) =
          g_strdup (*MEMBER (gchar *, from, &properties[i]));
}

void
publish_settings_clear (PublishSettings *settings)
{
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    if (is_text (&properties[i]))
      g_clear_pointer (MEMBER (gchar *, settings, &properties[i]), g_free);
}

/* Is there no user name and password in it? */
static gboolean
is_open_address (const gchar *address)
{
  const gchar *host = strstr (address, "://");

  host = host ? host + 3 : address;
  return !memchr (host, '@', strcspn (host, "/?#"));
}

static const Property *
find_property (guint id)
{
  return id >= FIRST_ID && id < FIRST_ID + G_N_ELEMENTS (properties)
             ? &properties[id - FIRST_ID]
             : NULL;
}

gboolean
publish_settings_set (PublishSettings *settings, guint id, const GValue *value)
{
  const Property *p = find_property (id);
  const guint64 bit = G_GUINT64_CONSTANT (1) << (id - FIRST_ID);
  gchar **text;

  if (!p)
    return FALSE;
  switch (p->kind) {
    case STRING:
    case ADDRESS:
      text = MEMBER (gchar *, settings, p);
      g_free (*text);
      *text = g_value_dup_string (value);
      if (p->kind == ADDRESS) {
        settings->refused &= ~bit;
        if (*text && !is_open_address (*text)) {
          settings->refused |= bit;
          g_clear_pointer (text, g_free);
        }
      }
      break;
    case BOOLEAN:
      *MEMBER (gboolean, settings, p) = g_value_get_boolean (value);
      break;
    case UINT:
      *MEMBER (guint, settings, p) = g_value_get_uint (value);
      break;
    case UINT64:
      *MEMBER (guint64, settings, p) = g_value_get_uint64 (value);
      break;
    case KEY:
      settings->kafka.key = (KafkaKey) g_value_get_enum (value);
      break;
  }
  return TRUE;
}

gboolean
publish_settings_get (const PublishSettings *settings, guint id, GValue *value)
{
  const Property *p = find_property (id);

  if (!p)
    return FALSE;
  switch (p->kind) {
    case STRING:
    case ADDRESS:
      g_value_set_string (value, *MEMBER (gchar *, settings, p));
      break;
    case BOOLEAN:
      g_value_set_boolean (value, *MEMBER (gboolean, settings, p));
      break;
    case UINT:
      g_value_set_uint (value, *MEMBER (guint, settings, p));
      break;
    case UINT64:
      g_value_set_uint64 (value, *MEMBER (guint64, settings, p));
      break;
    case KEY:
      g_value_set_enum (value, (gint) settings->kafka.key);
      break;
  }
  return TRUE;
}
