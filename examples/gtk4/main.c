/* A GTK 4 window with a video, its emotions, and a chart of their scores
 * SPDX-License-Identifier: MIT
 *
 * Shows gtk4paintablesink, and what to do where it is not packaged (player.c);
 * emotions on their way from GStreamer's threads to the window; a widget of
 * one's own that draws them (emotion-chart.c).
 *
 * Build and run (GTK 4.8 or later):
 *   cc -o emotions main.c player.c emotion-chart.c $(pkg-config --cflags --libs gstresemotenet-1.0 gstreamer-app-1.0 gtk4)
 *   ./emotions talk.mp4
 *
 * Takes a file, an address, or a camera such as /dev/video0.
 */
/* no warnings about what later versions have deprecated */
#define GDK_VERSION_MIN_REQUIRED GDK_VERSION_4_8

#include <glib-unix.h>

#include "emotion-chart.h"
#include "player.h"

typedef struct
{
  GtkApplication *application;
  GtkWidget *window, *picture, *chart, *status;
  Player *player;
} App;

/* ---- what the player tells --------------------------------------------- */

static void
on_picture (GdkPaintable *picture, gpointer data)
{
  App *app = data;

  gtk_picture_set_paintable (GTK_PICTURE (app->picture), picture);
}

static void
on_faces (GstBuffer *frame, gpointer data)
{
  App *app = data;

  emotion_chart_add (EMOTION_CHART (app->chart), frame);
}

static void
show_status (App *app, const char *text, gboolean is_error)
{
  gtk_label_set_text (GTK_LABEL (app->status), text);
  if (is_error)
    gtk_widget_add_css_class (app->status, "error");
  else
    gtk_widget_remove_css_class (app->status, "error");
}

static void
on_ended (gpointer data)
{
  show_status (data, "The end", FALSE);
}

static void
on_failed (const char *reason, gpointer data)
{
  g_printerr ("emotions: %s\n", reason);
  show_status (data, reason, TRUE);
}

static const PlayerEvents events = { on_picture, on_faces, on_ended,
  on_failed };

/* ---- what is played ---------------------------------------------------- */

/* A camera's device is an address of its own kind. */
static char *
uri_of (GFile *file)
{
  const char *path = g_file_peek_path (file);

  if (path && g_str_has_prefix (path, "/dev/video"))
    return g_strconcat ("v4l2://", path, NULL);
  return g_file_get_uri (file);
}

static void
play (App *app, GFile *file)
{
  g_autofree char *uri = uri_of (file);
  g_autofree char *name = g_file_get_basename (file);
  g_autoptr (GError) error = NULL;

  player_free (app->player);
  emotion_chart_clear (EMOTION_CHART (app->chart));
  gtk_picture_set_paintable (GTK_PICTURE (app->picture), NULL);
  gtk_window_set_title (GTK_WINDOW (app->window), name);
  show_status (app, "", FALSE);
  app->player = player_new (uri, &events, app, &error);
  if (!app->player)
    on_failed (error->message, app);
}

static void
on_chosen (GtkNativeDialog *dialog, int response, gpointer data)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr (GFile) file =
        gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

    play (data, file);
  }
  g_object_unref (dialog);
}

/* Apps that need no GTK before 4.10 take GtkFileDialog. */
static void
on_open_clicked (GtkButton *button, gpointer data)
{
  App *app = data;
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new ("Open a video",
      GTK_WINDOW (app->window), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);

  g_signal_connect (dialog, "response", G_CALLBACK (on_chosen), app);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
on_camera_clicked (GtkButton *button, gpointer data)
{
  g_autoptr (GFile) camera = g_file_new_for_path ("/dev/video0");

  play (data, camera);
}

/* ---- window ------------------------------------------------------------ */

static GtkWidget *
header_new (App *app)
{
  GtkWidget *header = gtk_header_bar_new ();
  GtkWidget *open = gtk_button_new_with_mnemonic ("_Open…");
  GtkWidget *camera = gtk_button_new_with_mnemonic ("_Camera");
  GtkWidget *dark = gtk_toggle_button_new_with_mnemonic ("_Dark");

  g_signal_connect (open, "clicked", G_CALLBACK (on_open_clicked), app);
  g_signal_connect (camera, "clicked", G_CALLBACK (on_camera_clicked), app);
  g_object_bind_property (gtk_settings_get_default (),
      "gtk-application-prefer-dark-theme", dark, "active",
      G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), open);
  gtk_header_bar_pack_start (GTK_HEADER_BAR (header), camera);
  gtk_header_bar_pack_end (GTK_HEADER_BAR (header), dark);
  return header;
}

/* Nobody is left to be told. */
static void
on_destroy (GtkWidget *window, gpointer data)
{
  App *app = data;

  g_clear_pointer (&app->player, player_free);
}

static void
on_startup (GApplication *application, gpointer data)
{
  App *app = data;
  GtkWidget *panes = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  app->picture = gtk_picture_new ();
  gtk_widget_set_hexpand (app->picture, TRUE);
  gtk_widget_set_vexpand (app->picture, TRUE);
  app->chart = emotion_chart_new ();
  app->status = gtk_label_new ("Open a video, or the camera");
  gtk_label_set_wrap (GTK_LABEL (app->status), TRUE);
  gtk_widget_set_margin_top (app->status, 6);
  gtk_widget_set_margin_bottom (app->status, 6);
  gtk_box_append (GTK_BOX (panes), app->picture);
  gtk_box_append (GTK_BOX (panes), app->chart);
  gtk_box_append (GTK_BOX (content), panes);
  gtk_box_append (GTK_BOX (content), app->status);

  app->window = gtk_application_window_new (app->application);
  g_signal_connect (app->window, "destroy", G_CALLBACK (on_destroy), app);
  gtk_window_set_title (GTK_WINDOW (app->window), "Emotions");
  gtk_window_set_default_size (GTK_WINDOW (app->window), 840, 520);
  gtk_window_set_titlebar (GTK_WINDOW (app->window), header_new (app));
  gtk_window_set_child (GTK_WINDOW (app->window), content);
}

static void
on_activate (GApplication *application, gpointer data)
{
  App *app = data;

  gtk_window_present (GTK_WINDOW (app->window));
}

static void
on_open (GApplication *application, GFile **files, int n_files,
    const char *hint, gpointer data)
{
  on_activate (application, data);
  play (data, files[0]);
}

static gboolean
on_interrupt (gpointer data)
{
  App *app = data;

  gtk_window_destroy (GTK_WINDOW (app->window));
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  App app = { 0 };

  gst_init (&argc, &argv);
  app.application = gtk_application_new (
      NULL, G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE);
  g_signal_connect (app.application, "startup", G_CALLBACK (on_startup), &app);
  g_signal_connect (
      app.application, "activate", G_CALLBACK (on_activate), &app);
  g_signal_connect (app.application, "open", G_CALLBACK (on_open), &app);
  g_unix_signal_add (SIGINT, on_interrupt, &app);
  int status = g_application_run (G_APPLICATION (app.application), argc, argv);
  g_object_unref (app.application);
  return status;
}
