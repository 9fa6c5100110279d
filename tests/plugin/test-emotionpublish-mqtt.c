/* emotionpublish with a real broker, mosquitto, and with ones that misbehave
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../memory/sanitized.h"
#include "publish.h"
#include "relay.h"

#define TOPIC "cameras/door"

/* ---- a broker and who listens ------------------------------------------------------ */

typedef struct
{
  gchar *dir;
  gchar *mosquitto;
  guint port;
  gchar *config;
  pid_t broker;
  pid_t subscriber;
  gchar *out; /* what it got: TOPIC JSON */
} Place;

/* Without GLib, whose thread for children ThreadSanitizer does not understand.
 * What a test that fails leaves behind ends with it. */
static pid_t
run (const gchar *out, const gchar *dir, const gchar *const *argv)
{
  const pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    const int fd = open (out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int null = open ("/dev/null", O_RDWR);

    prctl (PR_SET_PDEATHSIG, SIGKILL);
    dup2 (null, STDIN_FILENO);
    dup2 (fd, STDOUT_FILENO);
    dup2 (null, STDERR_FILENO);
    if (!dir || chdir (dir) == 0)
      execvp (argv[0], (char *const *) argv);
    _exit (127);
  }
  return pid;
}

static void
run_to_end (const gchar *dir, const gchar *const *argv)
{
  const pid_t pid = run ("/dev/null", dir, argv);
  int status;

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
}

static void
kill_process (pid_t *pid)
{
  if (*pid == 0)
    return;
  kill (*pid, SIGKILL);
  g_assert_cmpint (waitpid (*pid, NULL, 0), ==, *pid);
  *pid = 0;
}

static gboolean
can_connect (guint port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
    .sin_port = htons ((guint16) port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  const int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const gboolean ok =
      connect (fd, (struct sockaddr *) &address, sizeof address) == 0;

  close (fd);
  return ok;
}

static void
start_broker (Place *place)
{
  const gchar *const argv[] = { place->mosquitto, "-c", place->config, NULL };

  place->broker = run ("/dev/null", NULL, argv);
  wait_until (can_connect (place->port));
}

static void
configure (Place *place, const gchar *listener, const gchar *extra)
{
  g_autofree gchar *text = NULL;

  place->port = place->port ? place->port : publish_free_port ();
  /* it would give up root's rights, and with them its files */
  text = g_strdup_printf (
      "listener %u 127.0.0.1\n%sallow_anonymous %s\nlog_type none\n%s%s",
      place->port, listener, strstr (extra, "password_file") ? "false" : "true",
      getuid () == 0 ? "user root\n" : "", extra);
  g_assert_true (g_file_set_contents (place->config, text, -1, NULL));
}

/* The lines so far, without one that is just being written. */
static gchar **
received (const Place *place)
{
  g_autofree gchar *text = NULL;
  gchar *end;

  if (!g_file_get_contents (place->out, &text, NULL, NULL) ||
      !(end = strrchr (text, '\n')))
    return g_new0 (gchar *, 1);
  *end = 0;
  return g_strsplit (text, "\n", -1);
}

static guint
n_received (const Place *place)
{
  g_autofree gchar *text = NULL;
  guint n = 0;

  if (!g_file_get_contents (place->out, &text, NULL, NULL))
    return 0;
  for (const gchar *p = text; (p = strchr (p, '\n')); p++)
    n++;
  return n;
}

/* Who listens is there when it gets what is retained. */
static void
subscribe (Place *place)
{
  g_autofree gchar *program = publish_program ("mosquitto_sub");
  g_autofree gchar *pub = publish_program ("mosquitto_pub");
  g_autofree gchar *port = g_strdup_printf ("%u", place->port);
  const gchar *const ready[] = { pub, "-h", "127.0.0.1", "-p", port, "-t",
    TOPIC "/ready", "-m", "{}", "-r", "-q", "1", NULL };
  const gchar *const argv[] = { program, "-h", "127.0.0.1", "-p", port, "-t",
    TOPIC "/#", "-q", "2", "-F", "%t %p", NULL };

  run_to_end (NULL, ready);
  g_unlink (place->out);
  place->subscriber = run (place->out, NULL, argv);
  wait_until (n_received (place) > 0);
}

static void
set_up (Place *place, gconstpointer data)
{
  g_autofree gchar *sub = publish_program ("mosquitto_sub");

  place->mosquitto = publish_program ("mosquitto");
  place->dir = publish_dir ();
  place->config = g_build_filename (place->dir, "mosquitto.conf", NULL);
  place->out = g_build_filename (place->dir, "out", NULL);
  if (!place->mosquitto || !sub) {
    g_clear_pointer (&place->mosquitto, g_free);
    return;
  }
  configure (place, "", "");
  start_broker (place);
  subscribe (place);
}

static void
tear_down (Place *place, gconstpointer data)
{
  kill_process (&place->subscriber);
  kill_process (&place->broker);
  publish_remove_dir (place->dir);
  g_free (place->mosquitto);
  g_free (place->config);
  g_free (place->out);
}

/* How many of n frames were received, and how many more than once. */
static guint
count_frames (const Place *place, guint n, guint *n_repeated)
{
  g_autofree guint *times = g_new0 (guint, n);
  gchar **lines = received (place);
  guint n_different = 0;

  *n_repeated = 0;
  for (guint i = 0; lines[i]; i++) {
    gint64 sequence;

    if (!g_str_has_prefix (lines[i], TOPIC " "))
      continue;
    sequence = publish_sequence (lines[i]);
    g_assert_cmpint (sequence, <, n);
    n_different += times[sequence] == 0;
    *n_repeated += times[sequence]++ > 0;
  }
  g_strfreev (lines);
  return n_different;
}

/* Waits for all of n frames: what is said at the end may overtake the last. */
static void
check_received (const Place *place, guint n, guint max_repeated)
{
  guint n_repeated;

  wait_until (count_frames (place, n, &n_repeated) == n);
  g_test_message ("%u frames, %u repeated", n, n_repeated);
  g_assert_cmpuint (n_repeated, <=, max_repeated);
}

static guint
n_of (const Place *place, const gchar *line)
{
  gchar **lines = received (place);
  guint n = 0;

  for (guint i = 0; lines[i]; i++)
    n += g_str_equal (lines[i], line);
  g_strfreev (lines);
  return n;
}

#define OFFLINE TOPIC "/status {\"status\":\"offline\"}"

/* ---- what a good broker gets --------------------------------------------------------- */

static void
test_qos (Place *place, gconstpointer data)
{
  if (!place->mosquitto)
    return;
  for (guint qos = 0; qos <= 2; qos++) {
    /* what is retained under the last one's comes again */
    g_autofree gchar *online =
        g_strdup_printf (TOPIC "/%u {\"status\":\"online\"}", qos);
    g_autofree gchar *offline = g_strdup_printf (TOPIC "/%u gone", qos);
    GstHarness *h = publish_harness ("mqtt=mqtt://127.0.0.1:%u/" TOPIC
                                     " mqtt-qos=%u mqtt-will-topic=" TOPIC
                                     "/%u mqtt-will-payload=gone",
        place->port, qos, qos);

    publish_push_many (h, 0, 100);
    gst_harness_push_event (h, gst_event_new_eos ());
    g_assert_cmpuint (publish_stat (h, "mqtt", "acknowledged"), ==, 100);
    g_assert_cmpuint (publish_stat (h, "mqtt", "dropped"), ==, 0);
    publish_finish (h);
    wait_until (n_of (place, offline) == 1);
    g_assert_cmpuint (n_of (place, online), ==, 1);
    check_received (place, 100, 0);
    kill_process (&place->subscriber);
    subscribe (place);
  }
}

/* The last message is there for those who come later. */
static void
test_retain (Place *place, gconstpointer data)
{
  GstHarness *h;

  if (!place->mosquitto)
    return;
  h = publish_harness ("mqtt=mqtt://127.0.0.1:%u/" TOPIC
                       " mqtt-retain=true mqtt-will-topic=\"\"",
      place->port);
  publish_push_many (h, 0, 3);
  publish_finish (h);
  kill_process (&place->subscriber);
  subscribe (place);
  wait_until (n_received (place) == 2);
  g_usleep (50000);
  g_assert_cmpuint (n_received (place), ==, 2);
}

/* ---- who may ------------------------------------------------------------------------- */

static void
restart_with (Place *place, const gchar *listener, const gchar *extra)
{
  kill_process (&place->subscriber);
  kill_process (&place->broker);
  configure (place, listener, extra);
  start_broker (place);
}

static gchar *
make_password_file (Place *place)
{
  g_autofree gchar *program = publish_program ("mosquitto_passwd");
  gchar *path = g_build_filename (place->dir, "passwords", NULL);
  const gchar *const argv[] = { program, "-b", "-c", path, "me", "s3cret",
    NULL };

  g_assert_nonnull (program);
  run_to_end (NULL, argv);
  return path;
}

static gchar *
drain_warnings (GstHarness *h)
{
  GString *all = g_string_new (NULL);
  gchar *text;

  while ((text = publish_pop_warning (h))) {
    g_string_append (all, text);
    g_free (text);
  }
  return g_string_free (all, FALSE);
}

static void
check_connects (const gchar *properties, Place *place)
{
  GstHarness *h = publish_harness (
      "mqtt=mqtt://127.0.0.1:%u/" TOPIC " %s", place->port, properties);

  publish_push_many (h, 0, 3);
  gst_harness_push_event (h, gst_event_new_eos ());
  g_assert_cmpuint (publish_stat (h, "mqtt", "acknowledged"), ==, 3);
  publish_finish (h);
}

static void
test_password (Place *place, gconstpointer data)
{
  g_autofree gchar *passwords = NULL, *extra = NULL, *file = NULL,
                   *properties = NULL, *warning = NULL;
  GstHarness *h;

  if (!place->mosquitto)
    return;
  passwords = make_password_file (place);
  extra = g_strdup_printf ("password_file %s\n", passwords);
  restart_with (place, "", extra);
  file = g_build_filename (place->dir, "credentials", NULL);
  properties = g_strdup_printf ("mqtt-credentials=%s", file);
  g_assert_true (g_file_set_contents (
      file, "# of the broker\n username = me \npassword=s3cret\n", -1, NULL));
  g_chmod (file, 0600);
  check_connects (properties, place);

  /* that others can read it is said */
  g_chmod (file, 0644);
  h = publish_harness (
      "mqtt=mqtt://127.0.0.1:%u/" TOPIC " %s", place->port, properties);
  wait_until (publish_is_connected (h, "mqtt"));
  warning = drain_warnings (h);
  g_assert_nonnull (strstr (warning, "chmod 600"));
  publish_finish (h);
  g_free (warning);

  g_setenv ("RESEMOTENET_MQTT_USERNAME", "me", TRUE);
  g_setenv ("RESEMOTENET_MQTT_PASSWORD", "s3cret", TRUE);
  check_connects ("", place);
  /* the wrong one is no error, and is not told */
  g_setenv ("RESEMOTENET_MQTT_PASSWORD", "wr0ng", TRUE);
  h = publish_harness (
      "mqtt=mqtt://127.0.0.1:%u/" TOPIC " drain-timeout=0", place->port);
  wait_until ((warning = publish_pop_warning (h)));
  g_assert_nonnull (strstr (warning, "not authorised"));
  g_assert_null (strstr (warning, "wr0ng"));
  publish_finish (h);
  g_unsetenv ("RESEMOTENET_MQTT_USERNAME");
  g_unsetenv ("RESEMOTENET_MQTT_PASSWORD");
}

static void
openssl (const gchar *dir, const gchar *line)
{
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);

  run_to_end (dir, (const gchar *const *) argv);
}

static void
make_certificates (const gchar *dir)
{
  g_autofree gchar *san = g_build_filename (dir, "san", NULL);

  g_assert_true (
      g_file_set_contents (san, "subjectAltName=IP:127.0.0.1\n", -1, NULL));
  openssl (dir, "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "
                "/CN=authority -keyout ca.key -out ca.pem");
  for (guint i = 0; i < 2; i++) {
    const gchar *name = i ? "client" : "server";
    g_autofree gchar *request = g_strdup_printf (
        "openssl req -newkey rsa:2048 -nodes -subj /CN=%s -keyout %s.key "
        "-out %s.csr",
        name, name, name);
    g_autofree gchar *sign = g_strdup_printf (
        "openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -CAcreateserial "
        "-days 2 -extfile san -out %s.pem",
        name, name);

    openssl (dir, request);
    openssl (dir, sign);
  }
}

static void
test_tls (Place *place, gconstpointer data)
{
  const gchar *dir = place->dir;
  g_autofree gchar *program = publish_program ("openssl");
  g_autofree gchar *listener = NULL, *warning = NULL, *message = NULL;
  g_autofree gchar *key = g_build_filename (dir, "client.key", NULL);
  GstHarness *h;

  if (!place->mosquitto || !program)
    return;
  make_certificates (dir);
  listener = g_strdup_printf ("cafile %s/ca.pem\ncertfile %s/server.pem\n"
                              "keyfile %s/server.key\n"
                              "require_certificate true\n",
      dir, dir, dir);
  restart_with (place, listener, "");

  h = publish_harness ("mqtt=mqtts://127.0.0.1:%u/" TOPIC
                       " mqtt-ca=%s/ca.pem mqtt-cert=%s/client.pem "
                       "mqtt-key=%s/client.key",
      place->port, dir, dir, dir);
  publish_push_many (h, 0, 50);
  gst_harness_push_event (h, gst_event_new_eos ());
  g_assert_cmpuint (publish_stat (h, "mqtt", "acknowledged"), ==, 50);
  publish_finish (h);

  /* that others can read the key is said */
  g_chmod (key, 0644);
  h = publish_harness ("mqtt=mqtts://127.0.0.1:%u/" TOPIC
                       " mqtt-ca=%s/ca.pem mqtt-cert=%s/client.pem "
                       "mqtt-key=%s",
      place->port, dir, dir, key);
  wait_until (publish_is_connected (h, "mqtt"));
  warning = drain_warnings (h);
  g_assert_nonnull (strstr (warning, "client.key: chmod 600"));
  publish_finish (h);
  g_clear_pointer (&warning, g_free);

  /* a broker that the system's authorities do not vouch for */
  h = publish_harness (
      "mqtt=mqtts://127.0.0.1:%u/" TOPIC " drain-timeout=0", place->port);
  wait_until ((warning = publish_pop_warning (h)));
  g_assert_false (publish_is_connected (h, "mqtt"));
  publish_finish (h);

  message =
      publish_start_error ("mqtt=mqtts://127.0.0.1/a mqtt-ca=%s/none.pem", dir);
  g_assert_nonnull (strstr (message, "none.pem"));
  g_free (message);
  message =
      publish_start_error ("mqtt=mqtt://127.0.0.1/a mqtt-ca=%s/ca.pem", dir);
  g_assert_nonnull (strstr (message, "mqtts://"));
  g_free (message);
  message =
      publish_start_error ("mqtt=mqtts://127.0.0.1/a mqtt-key=%s/ca.key", dir);
  g_assert_nonnull (strstr (message, "belong together"));
}

static void
test_bad_addresses (void)
{
  static const gchar *const addresses[] = { "mqtt://host", "mqtt://host/",
    "mqtt:///topic", "http://host/topic", "mqtt://host/a%23",
    "mqtt://host/a%2B", "mqtt://host/a#b", "mqtt://host:99999/a", "nonsense" };

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
    g_autofree gchar *message = publish_start_error ("mqtt=%s", addresses[i]);

    g_assert_nonnull (strstr (message, "mqtt://HOST:1883/TOPIC"));
  }
}

/* ---- outages ------------------------------------------------------------------------- */

/* The connection breaks again and again: nothing is lost, nor, of the third
 * quality, repeated. */
static void
test_cuts (Place *place, gconstpointer data)
{
  const guint qos = GPOINTER_TO_UINT (data), n = 600;
  Relay *relay;
  GstHarness *h;
  guint64 reconnects;

  if (!place->mosquitto)
    return;
  relay = relay_new (place->port, RELAY_PASS);
  h = publish_harness ("mqtt=mqtt://127.0.0.1:%u/" TOPIC
                       " mqtt-qos=%u spool=%s/spool drain-timeout=30000000000",
      relay_port (relay), qos, place->dir);
  for (guint i = 0; i < n; i++) {
    if (i % 150 == 50) {
      wait_until (publish_stat (h, "mqtt", "acknowledged") > i - 50);
      relay_cut (relay);
    }
    publish_push (h, i, 0, 1);
    g_usleep (200);
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  g_assert_cmpuint (publish_stat (h, "mqtt", "acknowledged"), ==, n);
  g_assert_cmpuint (publish_stat (h, "mqtt", "dropped"), ==, 0);
  reconnects = publish_stat (h, "mqtt", "reconnects");
  g_assert_cmpuint (reconnects, >=, 3);
  publish_finish (h);
  wait_until (n_of (place, OFFLINE) >= 1);
  check_received (place, n, 20 * (guint) reconnects);
  relay_free (relay);
}

/* The broker is killed, and comes back without memory of anyone. What goes to a
 * file as well is written all the time. */
static void
test_broker_killed (Place *place, gconstpointer data)
{
  Relay *relay;
  GstHarness *h;
  g_autofree gchar *warning = NULL;
  g_autofree gchar *log = g_build_filename (place->dir, "log", NULL);
  gchar **before;

  if (!place->mosquitto)
    return;
  relay = relay_new (place->port, RELAY_PASS);
  h = publish_harness ("mqtt=mqtt://127.0.0.1:%u/" TOPIC
                       " spool=%s/spool drain-timeout=30000000000 location=%s",
      relay_port (relay), place->dir, log);
  publish_push_many (h, 0, 50);
  wait_until (n_received (place) >= 52);
  kill_process (&place->broker);
  publish_push_many (h, 50, 150);
  wait_until ((warning = publish_pop_warning (h)));
  g_assert_nonnull (strstr (warning, "trying again"));
  g_assert_cmpuint (publish_stat (h, "mqtt", "acknowledged"), ==, 50);
  wait_until (publish_stat (h, "mqtt", "spooled-bytes") > 0);
  /* the other destination does not notice */
  wait_until (publish_stat (h, "file", "acknowledged") == 150);

  /* who listens is back before the element is */
  relay_set_mode (relay, RELAY_CLOSED);
  kill_process (&place->subscriber);
  before = received (place);
  start_broker (place);
  subscribe (place);
  relay_set_mode (relay, RELAY_PASS);
  publish_push_many (h, 150, 160);
  gst_harness_push_event (h, gst_event_new_eos ());
  g_assert_cmpuint (publish_stat (h, "mqtt", "acknowledged"), ==, 160);
  g_assert_cmpuint (publish_stat (h, "mqtt", "dropped"), ==, 0);
  publish_finish (h);
  wait_until (n_of (place, OFFLINE) >= 1);
  {
    gchar **after = received (place);
    g_autofree gchar *a = g_strjoinv ("\n", before);
    g_autofree gchar *b = g_strjoinv ("\n", after);
    g_autofree gchar *all = g_strconcat (a, "\n", b, "\n", NULL);

    g_assert_true (g_file_set_contents (place->out, all, -1, NULL));
    g_strfreev (after);
  }
  check_received (place, 160, 20);
  g_strfreev (before);
  relay_free (relay);
}

/* ---- a process that is killed ------------------------------------------------------------ */

static gchar *program;

/* As another process: sends frames until it is killed. */
static void
be_child (const gchar *address, const gchar *spool, guint n)
{
  GstHarness *h = publish_harness ("mqtt=%s spool=%s", address, spool);

  for (guint i = 0; i < n; i++) {
    publish_push (h, i, 0, 1);
    g_usleep (1000);
  }
  wait_until (publish_stat (h, "mqtt", "waiting") <= 20);
  puts ("done");
  fflush (stdout);
  for (;;)
    g_usleep (G_USEC_PER_SEC);
}

static pid_t
start_child (guint port, const gchar *spool, guint n, const gchar *out)
{
  g_autofree gchar *address =
      g_strdup_printf ("mqtt://127.0.0.1:%u/" TOPIC, port);
  g_autofree gchar *count = g_strdup_printf ("%u", n);
  const gchar *const argv[] = { program, "--child", address, spool, count,
    NULL };

  return run (out, NULL, argv);
}

static gboolean
has_text (const gchar *path)
{
  GStatBuf st;

  return g_stat (path, &st) == 0 && st.st_size > 0;
}

/* Nothing that a process had spooled when it was killed is lost, and its last
 * will is heard. Connected or not, and in the midst of it. */
static void
test_killed (Place *place, gconstpointer data)
{
  const gboolean connected = GPOINTER_TO_INT (data);
  g_autofree gchar *spool = g_build_filename (place->dir, "spool", NULL);
  g_autofree gchar *out = g_build_filename (place->dir, "child", NULL);
  const guint n = 200;
  Relay *relay;
  pid_t child;
  GstHarness *h;

  if (!place->mosquitto)
    return;
  relay = relay_new (place->port, connected ? RELAY_PASS : RELAY_CLOSED);
  child = start_child (relay_port (relay), spool, n, out);
  if (connected) /* nothing of the last half is acknowledged */
    wait_until (n_received (place) >= n / 2);
  relay_set_mode (relay, connected ? RELAY_SILENT : RELAY_CLOSED);
  if (connected)
    relay_cut (relay);
  wait_until (has_text (out));
  kill_process (&child);
  if (connected)
    wait_until (n_of (place, OFFLINE) >= 1);

  h = publish_harness ("mqtt=mqtt://127.0.0.1:%u/" TOPIC
                       " spool=%s drain-timeout=30000000000",
      place->port, spool);
  gst_harness_push_event (h, gst_event_new_eos ());
  g_assert_cmpuint (publish_stat (h, "mqtt", "queued"), ==, 0);
  g_assert_cmpuint (publish_stat (h, "mqtt", "acknowledged"), >=, n / 2 - 20);
  g_assert_cmpuint (publish_stat (h, "mqtt", "spooled-bytes"), ==, 0);
  publish_finish (h);
  wait_until (n_of (place, OFFLINE) >= (connected ? 2 : 1));
  check_received (place, n, connected ? 20 : 0);
  relay_free (relay);
}

static void
test_spool_in_use (Place *place, gconstpointer data)
{
  g_autofree gchar *message = NULL;
  GstHarness *h = publish_harness (
      "mqtt=mqtt://127.0.0.1:1/a spool=%s drain-timeout=0", place->dir);

  message =
      publish_start_error ("mqtt=mqtt://127.0.0.1:1/b spool=%s", place->dir);
  g_assert_nonnull (strstr (message, "is in use"));
  publish_finish (h);
}

/* ---- brokers that are none ---------------------------------------------------------------- */

static glong
resident_kib (void)
{
  g_autofree gchar *text = NULL;
  glong pages, resident;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%ld %ld", &pages, &resident), ==, 2);
  return resident * sysconf (_SC_PAGESIZE) / 1024;
}

static int
by_value (gconstpointer a, gconstpointer b)
{
  return *(const gint *) a - *(const gint *) b;
}

/* sanitizers are slow, and keep what is freed */
#if SANITIZED
#define MANY_FRAMES 10000
#define MAX_GROWTH_KIB (1024 * 1024)
#else
#define MANY_FRAMES 100000
#define MAX_GROWTH_KIB (8 * 1024)
#endif

/* Nobody there, nobody who answers, and a name that is none: no frame waits, no
 * memory grows, and what is dropped is counted. */
static void
test_dead (gconstpointer data)
{
  const gchar *how = data;
  const gboolean silent = g_str_equal (how, "silent");
  const guint n = g_str_equal (how, "nobody") ? MANY_FRAMES : 2000;
  Relay *relay = relay_new (1, silent ? RELAY_SILENT : RELAY_CLOSED);
  g_autofree gchar *host =
      g_str_equal (how, "no-name")
          ? g_strdup ("no.such.invalid")
          : g_strdup_printf ("127.0.0.1:%u", relay_port (relay));
  GstHarness *h = publish_harness (
      "mqtt=mqtt://%s/" TOPIC " max-queue=1000 drain-timeout=100000000", host);
  g_autofree gint *us = g_new (gint, n);
  gint64 start_us;
  glong before_kib = 0;

  for (guint i = 0; i < n; i++) {
    const gint64 before_us = g_get_monotonic_time ();

    publish_push (h, i, 0, 1);
    us[i] = (gint) (g_get_monotonic_time () - before_us);
    if (i == n / 10)
      before_kib = resident_kib ();
  }
  g_assert_cmpint (resident_kib () - before_kib, <, MAX_GROWTH_KIB);
  if (silent)
    wait_until (relay_bytes (relay) > 0);
  qsort (us, n, sizeof *us, by_value);
  g_test_message ("a frame takes %d us, 99 of 100 at most %d, all %d",
      us[n / 2], us[n * 99 / 100], us[n - 1]);
  /* a look-up or a connection would take longer; a busy machine may, too, for
   * the few that it interrupts */
  g_assert_cmpint (us[n * 99 / 100], <, 20000);
  start_us = g_get_monotonic_time ();
  gst_harness_push_event (h, gst_event_new_eos ());
  gst_element_set_state (h->element, GST_STATE_NULL);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (publish_stat (h, "mqtt", "queued"), ==, n);
  g_assert_cmpuint (publish_stat (h, "mqtt", "dropped"), ==, n);
  g_assert_cmpuint (publish_stat (h, "mqtt", "acknowledged"), ==, 0);
  publish_finish (h);
  relay_free (relay);
}

#define add(path, data, function)                                              \
  g_test_add ("/mqtt/" path, Place, data, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  if (argc == 5 && g_str_equal (argv[1], "--child")) {
    test_init (&argc, &argv);
    be_child (argv[2], argv[3], (guint) atoi (argv[4]));
  }
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  test_init (&argc, &argv);
  add ("qos", NULL, test_qos);
  add ("retain", NULL, test_retain);
  add ("password", NULL, test_password);
  add ("tls", NULL, test_tls);
  g_test_add_func ("/mqtt/bad-addresses", test_bad_addresses);
  add ("cuts/qos1", GINT_TO_POINTER (1), test_cuts);
  add ("cuts/qos2", GINT_TO_POINTER (2), test_cuts);
  add ("broker-killed", NULL, test_broker_killed);
  add ("killed/unconnected", GINT_TO_POINTER (FALSE), test_killed);
  add ("killed/connected", GINT_TO_POINTER (TRUE), test_killed);
  add ("spool-in-use", NULL, test_spool_in_use);
  g_test_add_data_func ("/mqtt/dead/nobody", "nobody", test_dead);
  g_test_add_data_func ("/mqtt/dead/silent", "silent", test_dead);
  g_test_add_data_func ("/mqtt/dead/no-name", "no-name", test_dead);
  return g_test_run ();
}
