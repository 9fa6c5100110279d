/* SPDX-License-Identifier: MIT */
#include "state-dict.h"

#include <string.h>

#include "pickle-private.h"

/* Dicts that are looked into, and how deep: checkpoints have a few levels, the
 * state of an optimizer one dict for each parameter. */
#define MAX_DICTS 10000
#define MAX_DEPTH 4

/* The network has 82 tensors, and a counter for each norm. */
#define MAX_KEYS 10000

typedef struct
{
  RenValue dict;
  guint depth;
  char *key; /* under which it was found; NULL for the root */
} Candidate;

typedef struct
{
  const RenPickle *pickle;
  GArray *queue;      /* Candidate */
  GHashTable *queued; /* RenValue, against cycles */
} Search;

static void
candidate_clear (gpointer data)
{
  g_free (((Candidate *) data)->key);
}

static void
enqueue (Search *search, RenValue dict, guint depth, RenValue key)
{
  Candidate c = { dict, depth, NULL };
  const char *text = NULL;
  gsize length;

  if (search->queue->len >= MAX_DICTS || depth > MAX_DEPTH ||
      !g_hash_table_add (search->queued, GUINT_TO_POINTER (dict)))
    return;
  if (key != REN_MARK)
    text = ren_pickle_string (search->pickle, key, &length);
  if (text)
    c.key = ren_pickle_printable (text, length);
  g_array_append_val (search->queue, c);
}

/* Looks through a dict once. Returns whether it holds a tensor of the name
 * that the first layer has, whatever the prefix. */
static gboolean
look_into (Search *search, RenValue dict, guint depth, char **example)
{
  static const char first[] = "conv1.weight";
  const gsize n_first = sizeof first - 1;
  guint n = ren_pickle_dict_size (search->pickle, dict);
  gboolean fits = FALSE;

  for (guint i = 0; i < n; i++) {
    RenValue key, value;
    const char *text;
    gsize length;

    ren_pickle_dict_entry (search->pickle, dict, i, &key, &value);
    if (ren_pickle_is_dict (search->pickle, value))
      enqueue (search, value, depth + 1, key);
    if (!ren_pickle_is_tensor (search->pickle, value))
      continue;
    text = ren_pickle_string (search->pickle, key, &length);
    if (!text)
      continue;
    if (!*example)
      *example = ren_pickle_printable (text, length);
    if (length >= n_first &&
        memcmp (text + length - n_first, first, n_first) == 0)
      fits = TRUE;
  }
  return fits;
}

/* Of several, the names that PyTorch's tutorials use come first. */
static const Candidate *
choose (const GPtrArray *fitting)
{
  static const char *const usual[] = { "model_state_dict", "state_dict" };

  for (guint u = 0; u < G_N_ELEMENTS (usual); u++)
    for (guint i = 0; i < fitting->len; i++) {
      const Candidate *c = fitting->pdata[i];

      if (g_strcmp0 (c->key, usual[u]) == 0)
        return c;
    }
  return fitting->len == 1 ? fitting->pdata[0] : NULL;
}

/* Python would keep the last one of a name; what picklers write has one. */
static gboolean
check_keys (const RenPickle *pickle, RenValue dict, GError **error)
{
  const guint n = ren_pickle_dict_size (pickle, dict);
  g_autoptr (GHashTable) keys =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (n > MAX_KEYS) {
    g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
        "refused: the state dict has %u entries, more than %u", n, MAX_KEYS);
    return FALSE;
  }
  for (guint i = 0; i < n; i++) {
    RenValue key, value;
    const char *text;
    gsize length;

    ren_pickle_dict_entry (pickle, dict, i, &key, &value);
    text = ren_pickle_string (pickle, key, &length);
    /* no name of the network has a byte of 0 in it */
    if (text && !memchr (text, '\0', length) &&
        !g_hash_table_add (keys, g_strndup (text, length))) {
      g_autofree char *name = ren_pickle_printable (text, length);

      g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
          "refused: the state dict has '%s' twice", name);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
ren_find_state_dict (const RenPickle *pickle, RenValue *state_dict,
    char **example, GError **error)
{
  g_autoptr (GArray) queue = g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_autoptr (GHashTable) queued = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) fits = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GPtrArray) fitting = g_ptr_array_new ();
  Search search = { pickle, queue, queued };
  RenValue root = ren_pickle_root (pickle);
  const Candidate *chosen;

  *example = NULL;
  g_array_set_clear_func (queue, candidate_clear);
  if (ren_pickle_is_dict (pickle, root))
    enqueue (&search, root, 0, REN_MARK);

  for (guint i = 0; i < queue->len; i++) {
    Candidate c = g_array_index (queue, Candidate, i);

    if (!look_into (&search, c.dict, c.depth, example))
      continue;
    if (c.depth == 0) { /* a bare state dict: nothing else is in question */
      *state_dict = root;
      return check_keys (pickle, root, error);
    }
    g_array_append_val (fits, i);
  }
  /* the queue has stopped moving */
  for (guint i = 0; i < fits->len; i++)
    g_ptr_array_add (fitting,
        &g_array_index (queue, Candidate, g_array_index (fits, guint, i)));

  chosen = choose (fitting);
  if (chosen) {
    *state_dict = chosen->dict;
    return check_keys (pickle, chosen->dict, error);
  }
  if (fitting->len > 1) {
    const Candidate *a = fitting->pdata[0], *b = fitting->pdata[1];

    g_set_error (error, REN_ERROR, REN_ERROR_NETWORK,
        "the checkpoint holds several state dicts, such as '%s' and '%s'; "
        "save the one to use on its own",
        a->key ? a->key : "?", b->key ? b->key : "?");
  } else {
    g_set_error (error, REN_ERROR, REN_ERROR_NETWORK,
        "this is not ResEmoteNet: the checkpoint holds no tensor named "
        "'conv1.weight'%s%s%s",
        *example ? "; it has '" : "", *example ? *example : "",
        *example ? "'" : "");
  }
  g_clear_pointer (example, g_free);
  return FALSE;
}
