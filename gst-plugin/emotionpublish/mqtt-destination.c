/* SPDX-License-Identifier: MIT */
#include "mqtt-destination.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <mosquitto.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "secrets.h"

/* libmosquitto has no more than so many on their way unless it is told to. */
#define WINDOW 20

/* Between attempts to connect: doubled each time, with a part that is random, so
 * that a broker that restarts is not met by all at once. */
#define MIN_DELAY_MS 250
#define MAX_DELAY_MS 30000

/* While a connection is being made the library does not say what it waits for. */
#define CONNECTING_TICK_MS 20
/* How often it looks after pings. */
#define TICK_MS 500
/* How long the last words may take. */
#define GOODBYE_US (G_USEC_PER_SEC / 2)

typedef struct
{
  Destination parent;
  Outbox *outbox;
  struct mosquitto *mosq; /* of one connection */
  GThread *thread;        /* all of the network */
  int wake_fd;            /* there is something to write, or it is to stop */
  gint stopping;          /* atomic */

  MqttConfig config; /* without address and credentials */
  gchar *host, *topic, *username, *password;
  gint port;
  gboolean tls;

  GMutex lock;
  GHashTable *ids; /* those on their way: of libmosquitto's to the outbox's */
  gboolean connected;

  /* the network's thread */
  gchar *refusal; /* what the broker said, or NULL */
} MqttDestination;

static void
wake (MqttDestination *self)
{
  const guint64 one = 1;

  (void) !write (self->wake_fd, &one, sizeof one);
}

static void
set_connected (MqttDestination *self, gboolean connected)
{
  g_mutex_lock (&self->lock);
  self->connected = connected;
  g_mutex_unlock (&self->lock);
}

/* ---- what libmosquitto tells, all in the network's thread --------------------------- */

static void
publish_status (MqttDestination *self, const gchar *payload)
{
  if (*self->config.will_topic && payload && *payload)
    mosquitto_publish (self->mosq, NULL, self->config.will_topic,
        (int) strlen (payload), payload, 0, TRUE);
}

static void
on_connect (struct mosquitto *mosq, void *data, int code)
{
  MqttDestination *self = data;

  if (code != 0) {
    g_free (self->refusal);
    self->refusal = g_strdup (mosquitto_connack_string (code));
    return;
  }
  publish_status (self, self->config.birth_payload);
  set_connected (self, TRUE);
  outbox_set_connected (self->outbox, TRUE, NULL);
}

static void
on_publish (struct mosquitto *mosq, void *data, int mid)
{
  MqttDestination *self = data;
  guint64 *id, found = 0;

  g_mutex_lock (&self->lock);
  id = g_hash_table_lookup (self->ids, GINT_TO_POINTER (mid));
  if (id) {
    found = *id;
    g_hash_table_remove (self->ids, GINT_TO_POINTER (mid));
  }
  g_mutex_unlock (&self->lock);
  if (id)
    outbox_acknowledge (self->outbox, found);
}

/* The library would send again what it has on its way, but of a broker that
 * forgot the session, as one does that was killed, it would ask at the second
 * quality of service for the rest of what that does not have. So each connection
 * has a client of its own, and all begins anew: twice is better than never. */
static void
return_in_flight (MqttDestination *self)
{
  GHashTableIter iter;
  gpointer id;

  g_mutex_lock (&self->lock);
  self->connected = FALSE;
  g_hash_table_iter_init (&iter, self->ids);
  while (g_hash_table_iter_next (&iter, NULL, &id))
    outbox_return (self->outbox, *(guint64 *) id);
  g_hash_table_remove_all (self->ids);
  g_clear_pointer (&self->mosq, mosquitto_destroy);
  g_mutex_unlock (&self->lock);
}

/* ---- a client ------------------------------------------------------------------------- */

/* mosquitto_new() changes what the whole process does at SIGPIPE. */
static struct mosquitto *
new_client (const gchar *client_id, gpointer data)
{
  static gsize initialised;
  struct sigaction before;
  struct mosquitto *mosq;

  if (g_once_init_enter (&initialised)) {
    mosquitto_lib_init ();
    g_once_init_leave (&initialised, 1);
  }
  sigaction (SIGPIPE, NULL, &before);
  mosq = mosquitto_new (client_id, TRUE, data);
  sigaction (SIGPIPE, &before, NULL);
  return mosq;
}

static int
set_tls (struct mosquitto *mosq, const MqttConfig *config)
{
  if (!config->ca)
    mosquitto_int_option (mosq, MOSQ_OPT_TLS_USE_OS_CERTS, TRUE);
  /* with a certificate of one's own the library wants to be told where others
   * are */
  if (!config->ca && !config->cert)
    return MOSQ_ERR_SUCCESS;
  return mosquitto_tls_set (mosq, config->ca,
      config->ca ? NULL : "/etc/ssl/certs", config->cert, config->key, NULL);
}

static int
set_will (struct mosquitto *mosq, const MqttConfig *config)
{
  const gchar *payload = config->will_payload;

  if (!*config->will_topic || !payload || !*payload)
    return MOSQ_ERR_SUCCESS;
  return mosquitto_will_set (
      mosq, config->will_topic, (int) strlen (payload), payload, 1, TRUE);
}

/* Returns what cannot be set, or NULL. */
static const gchar *
make_client (MqttDestination *self)
{
  const MqttConfig *config = &self->config;
  struct mosquitto *mosq = new_client (config->client_id, self);
  const gchar *wrong = NULL;

  if (!mosq)
    return "mqtt-client-id is not UTF-8";
  if (self->username && mosquitto_username_pw_set (mosq, self->username,
                            self->password) != MOSQ_ERR_SUCCESS)
    wrong = "the user name and password for MQTT are not UTF-8";
  else if (self->tls && set_tls (mosq, config) != MOSQ_ERR_SUCCESS)
    wrong = "the certificates for MQTT cannot be used";
  else if (set_will (mosq, config) != MOSQ_ERR_SUCCESS)
    wrong = "mqtt-will-topic is not a topic to publish to";
  if (wrong) {
    mosquitto_destroy (mosq);
    return wrong;
  }
  /* publishing from another thread leaves the network to ours */
  mosquitto_threaded_set (mosq, TRUE);
  mosquitto_connect_callback_set (mosq, on_connect);
  mosquitto_publish_callback_set (mosq, on_publish);
  self->mosq = mosq;
  return NULL;
}

/* ---- the network --------------------------------------------------------------------- */

/* Non-blocking, the library tries the first of a name's addresses only; in turns
 * with the other way none is left out. */
static int
connect_to_broker (MqttDestination *self, guint attempt)
{
  /* certificates may be replaced just now */
  if (!self->mosq && make_client (self) != NULL)
    return MOSQ_ERR_TLS;
  return (attempt % 2 ? mosquitto_connect : mosquitto_connect_async) (
      self->mosq, self->host, self->port, (int) self->config.keepalive);
}

static gboolean
is_connected (MqttDestination *self)
{
  gboolean connected;

  g_mutex_lock (&self->lock);
  connected = self->connected;
  g_mutex_unlock (&self->lock);
  return connected;
}

/* select(), which mosquitto_loop() is made of, writes beyond its sets where a
 * process has more than 1024 files. */
static int
serve (MqttDestination *self)
{
  const gboolean connected = is_connected (self);
  struct pollfd fds[2] = {
    { .fd = mosquitto_socket (self->mosq), .events = POLLIN },
    { .fd = self->wake_fd, .events = POLLIN },
  };
  guint64 count;
  int rc = MOSQ_ERR_SUCCESS;

  if (fds[0].fd < 0)
    return MOSQ_ERR_CONN_LOST;
  if (mosquitto_want_write (self->mosq))
    fds[0].events |= POLLOUT;
  if (poll (fds, 2, connected ? TICK_MS : CONNECTING_TICK_MS) < 0)
    return errno == EINTR ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ERRNO;
  if (fds[1].revents)
    (void) !read (self->wake_fd, &count, sizeof count);

  /* a handshake of TLS goes on in the library's reading, whatever it waits for */
  if (fds[0].revents & ~POLLOUT || (self->tls && !connected))
    rc = mosquitto_loop_read (self->mosq, 1);
  if (rc == MOSQ_ERR_SUCCESS && mosquitto_want_write (self->mosq))
    rc = mosquitto_loop_write (self->mosq, 1);
  if (rc == MOSQ_ERR_SUCCESS)
    rc = mosquitto_loop_misc (self->mosq);
  return rc;
}

static void
lose_connection (MqttDestination *self, int rc, int e)
{
  g_autofree gchar *reason =
      g_strdup_printf ("%s:%d: %s", self->host, self->port,
          self->refusal            ? self->refusal
          : rc == MOSQ_ERR_ERRNO   ? g_strerror (e)
          : rc == MOSQ_ERR_EAI     ? "the name is not known"
          : rc == MOSQ_ERR_SUCCESS ? "the connection was closed"
                                   : mosquitto_strerror (rc));

  return_in_flight (self);
  outbox_set_connected (self->outbox, FALSE, reason);
  g_clear_pointer (&self->refusal, g_free);
}

static void
wait_to_reconnect (MqttDestination *self, guint delay_ms)
{
  const gint64 until_us =
      g_get_monotonic_time () +
      (gint64) (delay_ms * g_random_double_range (0.75, 1.25)) * 1000;

  while (!g_atomic_int_get (&self->stopping)) {
    const gint64 left_ms = (until_us - g_get_monotonic_time ()) / 1000;
    struct pollfd p = { .fd = self->wake_fd, .events = POLLIN };
    guint64 count;

    if (left_ms <= 0)
      break;
    if (poll (&p, 1, (int) left_ms) > 0)
      (void) !read (self->wake_fd, &count, sizeof count);
  }
}

/* Who leaves in order takes its last will along. */
static void
say_goodbye (MqttDestination *self)
{
  const gint64 until_us = g_get_monotonic_time () + GOODBYE_US;

  if (!is_connected (self))
    return;
  publish_status (self, self->config.will_payload);
  mosquitto_disconnect (self->mosq);
  while (g_get_monotonic_time () < until_us &&
         serve (self) == MOSQ_ERR_SUCCESS && mosquitto_want_write (self->mosq))
    ;
}

static gpointer
mqtt_run (gpointer data)
{
  MqttDestination *self = data;
  guint delay_ms = MIN_DELAY_MS, attempt = 0;
  sigset_t set;

  /* writing through TLS to who is gone */
  sigemptyset (&set);
  sigaddset (&set, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  while (!g_atomic_int_get (&self->stopping)) {
    int rc = connect_to_broker (self, attempt++);

    while (rc == MOSQ_ERR_SUCCESS && !g_atomic_int_get (&self->stopping))
      rc = serve (self);
    if (g_atomic_int_get (&self->stopping))
      break;
    if (is_connected (self)) {
      delay_ms = MIN_DELAY_MS;
      attempt = 0;
    }
    lose_connection (self, rc, errno);
    wait_to_reconnect (self, delay_ms);
    delay_ms = MIN (2 * delay_ms, MAX_DELAY_MS);
  }
  say_goodbye (self);
  return NULL;
}

/* ---- the destination --------------------------------------------------------------- */

static void
mqtt_start (Destination *destination, Outbox *outbox)
{
  MqttDestination *self = (MqttDestination *) destination;

  self->outbox = outbox;
  self->thread = g_thread_new ("mqtt-network", mqtt_run, self);
}

static SendResult
mqtt_send (Destination *destination, guint64 id, Message *message)
{
  MqttDestination *self = (MqttDestination *) destination;
  gsize size;
  const gchar *json = message_json (message, &size);
  int rc = MOSQ_ERR_NO_CONN, mid;

  /* locked until it is known by which number the library calls it */
  g_mutex_lock (&self->lock);
  if (self->connected)
    rc = mosquitto_publish (self->mosq, &mid, self->topic, (int) size, json,
        (int) self->config.qos, self->config.retain);
  if (rc == MOSQ_ERR_SUCCESS)
    g_hash_table_insert (
        self->ids, GINT_TO_POINTER (mid), g_memdup2 (&id, sizeof id));
  g_mutex_unlock (&self->lock);

  if (rc == MOSQ_ERR_PAYLOAD_SIZE || rc == MOSQ_ERR_OVERSIZE_PACKET) {
    outbox_reject (self->outbox, id, "a message is too large for the broker");
    return SEND_TAKEN;
  }
  if (rc != MOSQ_ERR_SUCCESS)
    return SEND_LATER;
  wake (self);
  return SEND_TAKEN;
}

static void
mqtt_free (Destination *destination)
{
  MqttDestination *self = (MqttDestination *) destination;

  g_atomic_int_set (&self->stopping, TRUE);
  if (self->thread) {
    wake (self);
    g_thread_join (self->thread);
  }
  if (self->mosq)
    mosquitto_destroy (self->mosq);
  if (self->wake_fd >= 0)
    close (self->wake_fd);
  g_hash_table_unref (self->ids);
  g_mutex_clear (&self->lock);
  g_free (self->host);
  g_free (self->topic);
  g_free (self->username);
  if (self->password)
    explicit_bzero (self->password, strlen (self->password));
  g_free (self->password);
  g_free (self->config.ca);
  g_free (self->config.cert);
  g_free (self->config.key);
  g_free (self->config.client_id);
  g_free (self->config.will_topic);
  g_free (self->config.will_payload);
  g_free (self->config.birth_payload);
  g_free (self->refusal);
  g_free (self);
}

static const DestinationClass mqtt_class = {
  .name = "mqtt",
  .window = WINDOW,
  .start = mqtt_start,
  .send = mqtt_send,
  .free = mqtt_free,
};

/* ---- the settings ----------------------------------------------------------------- */

static gboolean
fail (GError **error, const gchar *text)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, text);
  return FALSE;
}

static gboolean
parse_address (MqttDestination *self, const gchar *address, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (address, G_URI_FLAGS_NONE, NULL);
  const gchar *scheme = uri ? g_uri_get_scheme (uri) : "";
  const gchar *path = uri ? g_uri_get_path (uri) : "";

  self->tls = g_str_equal (scheme, "mqtts");
  if ((!self->tls && !g_str_equal (scheme, "mqtt")) || !g_uri_get_host (uri) ||
      !*g_uri_get_host (uri) || g_uri_get_query (uri) ||
      g_uri_get_fragment (uri) || strlen (path) < 2 ||
      mosquitto_pub_topic_check (path + 1) != MOSQ_ERR_SUCCESS)
    return fail (error,
        "property mqtt is an address such as mqtt://HOST:1883/TOPIC, or with "
        "TLS, mqtts://HOST:8883/TOPIC");
  self->host = g_strdup (g_uri_get_host (uri));
  self->port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri)
               : self->tls              ? 8883
                                        : 1883;
  self->topic = g_strdup (path + 1);
  return TRUE;
}

/* The first that is found is told. */
static void
warn_of_public (const gchar *path, gchar **warning)
{
  if (!*warning)
    *warning = g_strdup_printf (
        "everyone on this machine can read %s: chmod 600 it", path);
}

static gboolean
read_credentials (
    MqttDestination *self, const gchar *path, gchar **warning, GError **error)
{
  g_autoptr (GPtrArray) secrets = NULL;
  const gchar *username = g_getenv ("RESEMOTENET_MQTT_USERNAME");
  const gchar *password = g_getenv ("RESEMOTENET_MQTT_PASSWORD");
  gboolean is_public;

  if (path) {
    secrets = secrets_read_file (path, &is_public, error);
    if (!secrets)
      return FALSE;
    if (is_public)
      warn_of_public (path, warning);
    username = secrets_get (secrets, "username");
    password = secrets_get (secrets, "password");
    if (!username) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
          "%s has no line username=…", path);
      return FALSE;
    }
  }
  self->username = g_strdup (username);
  self->password = g_strdup (password);
  return TRUE;
}

static gboolean
check_file (const gchar *path, GError **error)
{
  if (!path || g_access (path, R_OK) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
      "cannot read %s: %s", path, g_strerror (errno));
  return FALSE;
}

static gboolean
check_tls (MqttDestination *self, gchar **warning, GError **error)
{
  const MqttConfig *config = &self->config;
  struct stat st;

  if (!self->tls)
    return (!config->ca && !config->cert && !config->key) ||
           fail (error,
               "certificates are for TLS, that is for addresses mqtts://…");
  if (!config->cert != !config->key)
    return fail (error, "mqtt-cert and mqtt-key belong together");
  if (config->key && stat (config->key, &st) == 0 && (st.st_mode & S_IROTH))
    warn_of_public (config->key, warning);
  return check_file (config->ca, error) && check_file (config->cert, error) &&
         check_file (config->key, error);
}

static void
copy_config (MqttDestination *self, const MqttConfig *config)
{
  self->config = *config;
  self->config.address = self->config.credentials = NULL;
  self->config.ca = g_strdup (config->ca);
  self->config.cert = g_strdup (config->cert);
  self->config.key = g_strdup (config->key);
  self->config.client_id = g_strdup (config->client_id);
  self->config.will_topic = config->will_topic || !self->topic
                                ? g_strdup (config->will_topic)
                                : g_strconcat (self->topic, "/status", NULL);
  self->config.will_payload = g_strdup (config->will_payload);
  self->config.birth_payload = g_strdup (config->birth_payload);
}

Destination *
mqtt_destination_new (const MqttConfig *config, gchar **warning, GError **error)
{
  MqttDestination *self = g_new0 (MqttDestination, 1);
  const gboolean has_address = parse_address (self, config->address, error);
  const gchar *wrong = NULL;

  self->parent.klass = &mqtt_class;
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_mutex_init (&self->lock);
  self->ids = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  copy_config (self, config);
  if (!has_address ||
      !read_credentials (self, config->credentials, warning, error) ||
      !check_tls (self, warning, error))
    goto failed;
  wrong = self->wake_fd < 0 ? "there are no files left to open"
                            : make_client (self);
  if (!wrong)
    return &self->parent;
  fail (error, wrong);

failed:
  mqtt_free (&self->parent);
  return NULL;
}
