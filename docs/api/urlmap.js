// where gi-docgen's links to other libraries lead
baseURLs = [
  ["GLib", "https://docs.gtk.org/glib/"],
  ["GObject", "https://docs.gtk.org/gobject/"],
  ["Gst", "https://gstreamer.freedesktop.org/documentation/gstreamer/"],
  ["GstVideo", "https://gstreamer.freedesktop.org/documentation/video/"],
];
