/* The unpickler: what it takes, what it refuses, and that nothing breaks it.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "pickle.h"
#include "resemotenet.h"
#include "state-dict.h"

#define TENSOR_HEAD                                                            \
  "ctorch._utils\n_rebuild_tensor_v2\n"                                        \
  "((X\x07\0\0\0storagectorch\nFloatStorage\n"                                 \
  "X\x01\0\0\0"                                                                \
  "5X\x03\0\0\0cpuK\x10tQ"
#define HOOKS                                                                  \
  "\x89"                                                                       \
  "ccollections\nOrderedDict\n)R"

/* {'conv1.weight': tensor of shape [2, 3] at 4 in storage 5 of 16 floats} */
static const char good[] = "\x80\x02}X\x0c\0\0\0conv1.weight" TENSOR_HEAD
                           "K\x04K\x02K\x03\x86K\x03K\x01\x86" HOOKS "tRs.";

/* Works on an exact copy, so that sanitizers see a read beyond the end. */
static void
check (const void *bytes, gsize n, gint code, const char *says)
{
  g_autofree guint8 *copy = g_memdup2 (bytes, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RenPickle) p = ren_pickle_parse (copy, n, &error);

  g_assert_null (p);
  if (!error || error->code != code || !strstr (error->message, says))
    g_error ("expected '%s', got %s", says, error ? error->message : "none");
}

static void
test_tensor (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RenPickle) p =
      ren_pickle_parse ((const guint8 *) good, sizeof good - 1, &error);
  g_autofree char *example = NULL;
  RenPickleTensor t;
  RenValue dict, value;

  g_assert_no_error (error);
  g_assert_true (ren_find_state_dict (p, &dict, &example, &error));
  g_assert_true (dict == ren_pickle_root (p));
  g_assert_true (ren_pickle_lookup (p, dict, "conv1.weight", &value));
  g_assert_false (ren_pickle_lookup (p, dict, "conv1.weigh", &value));
  g_assert_true (ren_pickle_get_tensor (p, value, &t, &error));
  g_assert_cmpint (t.element, ==, REN_ELEMENT_FLOAT32);
  g_assert_cmpmem (t.key, t.key_length, "5", 1);
  g_assert_cmpuint (t.storage_n, ==, 16);
  g_assert_cmpuint (t.offset, ==, 4);
  g_assert_cmpuint (t.n_dims, ==, 2);
  g_assert_cmpuint (t.dims[1], ==, 3);
  g_assert_cmpuint (t.strides[0], ==, 3);
}

/* Arguments of _rebuild_tensor_v2 that lie. */
static void
test_lies (void)
{
#define LIE(args) TENSOR_HEAD args "tR."
  static const struct
  {
    const char *bytes;
    gsize n;
    const char *says;
  } lies[] = {
#define L(args, says) { LIE (args), sizeof (LIE (args)) - 1, says }
    L ("K\x0bK\x02K\x03\x86K\x03K\x01\x86" HOOKS, "beyond"),
    L ("K\x00K\x02K\x09\x86K\x09K\x01\x86" HOOKS, "beyond"),
    L ("K\x00K\x02K\x03\x86K\x0eK\x01\x86" HOOKS, "beyond"),
    L ("J\xff\xff\xff\xffK\x02\x85K\x01\x85" HOOKS, "offset"),
    L ("K\x00J\xff\xff\xff\xff\x85K\x01\x85" HOOKS, "size"),
    L ("K\x00K\x02\x85J\xff\xff\xff\xff\x85" HOOKS, "stride"),
    L ("K\x00K\x00\x85K\x01\x85" HOOKS, "beyond"),
    L ("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\x02\x85K\x01\x85" HOOKS,
        "beyond"),
    L ("K\x00\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85\x8a\x08\xff\xff\xff"
       "\xff\xff\xff\xff\x7f\x85" HOOKS,
        "beyond"),
    L ("K\x00\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x01\x85K\x01\x85" HOOKS,
        "size"),
    L ("K\x00K\x02K\x03\x86K\x03\x85" HOOKS, "strides do not match"),
    L ("K\x00K\x02K\x03" HOOKS, "strides do not match"),
    L ("K\x00", "no size"),
    L ("", "offset"),
    L ("K\x00(K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01t(K\x01K\x01K\x01K"
       "\x01K\x01K\x01K\x01K\x01K\x01t" HOOKS,
        "strides do not match"),
    L ("K\x00K\x02\x85K\x01\x85" HOOKS "}X\x03\0\0\0neg\x88s", "kind"),
#undef L
  };

  for (guint i = 0; i < G_N_ELEMENTS (lies); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (RenPickle) p =
        ren_pickle_parse ((const guint8 *) lies[i].bytes, lies[i].n, &error);
    RenPickleTensor t;

    g_assert_no_error (error);
    g_assert_true (ren_pickle_is_tensor (p, ren_pickle_root (p)));
    g_assert_false (ren_pickle_get_tensor (p, ren_pickle_root (p), &t, &error));
    g_assert_error (error, REN_ERROR, REN_ERROR_CORRUPT);
    if (!strstr (error->message, lies[i].says))
      g_error ("%u: expected '%s', got %s", i, lies[i].says, error->message);
  }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *bytes;
    gsize n;
    gint code;
    const char *says;
  } pickles[] = {
#define P(bytes, code, says) { bytes, sizeof (bytes) - 1, code, says }
#define REFUSED REN_ERROR_REFUSED
#define CORRUPT REN_ERROR_CORRUPT
    P ("cos\nsystem\n(X\x02\0\0\0lstR.", REFUSED, "asks for os.system"),
    P ("\x80\x04\x8c\x02os\x8c\x06system\x93.", REFUSED, "os.system"),
    P ("\x80\x04\x8c\x05torch\x8c\x0e_utils.os.sys_\x93.", REFUSED, "torch."),
    P ("c__builtin__\neval\n.", REFUSED, "__builtin__.eval"),
    P ("cbuiltins\ngetattr\n.", REFUSED, "builtins.getattr"),
    P ("ctorch\nload\n.", REFUSED, "torch.load"),
    P ("ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", REFUSED,
        "__globals__"),
    P ("c__main__\nResEmoteNet\n)\x81}b.", REFUSED, "__main__.ResEmoteNet"),
    P ("c\x1b[2J\nx\n.", REFUSED, "\\x1b[2J.x"),
    P ("(S'ls'\nios\nsystem\n.", REFUSED, "0x53"),
    P ("(ios\nsystem\n.", REFUSED, "os.system"),
    P ("(ccollections\nOrderedDict\no.", REFUSED, "OBJ"),
    P (")})\x92.", REFUSED, "NEWOBJ_EX"),
    P ("\x82\x01.", REFUSED, "EXT"),
    P ("Pabc\n.", REFUSED, "0x50"),
    P ("I1\n.", REFUSED, "0x49"),
    P ("\x97.", REFUSED, "0x97"),
    P ("\xff.", REFUSED, "0xff"),
    P ("X\x02\0\0\0ls)R.", REFUSED, "not a function"),
    P ("ctorch\nFloatStorage\n)R.", REFUSED, "torch.FloatStorage"),
    P ("ctorch\nfloat32\n)R.", REFUSED, "torch.float32"),
    P ("X\x02\0\0\0ls}b.", REFUSED, "BUILD"),
    P ("ctorch\nSize\n}b.", REFUSED, "BUILD"),
    P ("K\x01Q.", REFUSED, "persistent"),
    P (")Q.", REFUSED, "persistent"),
    P ("(X\x06\0\0\0modulectorch\nFloatStorage\nX\x01\0\0\0"
       "0X\x03\0\0\0cpuK\x01tQ.",
        REFUSED, "persistent"),
    P ("(X\x07\0\0\0storagectorch\nSize\nX\x01\0\0\0"
       "0X\x03\0\0\0cpuK\x01tQ.",
        REFUSED, "persistent"),
    P ("(X\x07\0\0\0storagectorch\nFloatStorage\nK\x01X\x03\0\0\0cpuK\x01tQ.",
        REFUSED, "persistent"),
    P ("(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
       "0X\x03\0\0\0cpuJ\xff\xff\xff\xfftQ.",
        REFUSED, "persistent"),
    P ("", CORRUPT, "cut short"),
    P (".", CORRUPT, "stack is empty"),
    P ("(.", CORRUPT, "stack is empty"),
    P ("0.", CORRUPT, "stack is empty"),
    P ("1.", CORRUPT, "no mark"),
    P ("2.", CORRUPT, "stack is empty"),
    P ("t.", CORRUPT, "no mark"),
    P ("\x85.", CORRUPT, "stack is empty"),
    P ("K\x01(\x86.", CORRUPT, "stack is empty"),
    P ("(e.", CORRUPT, "stack is empty"),
    P ("((e.", CORRUPT, "stack is empty"),
    P ("K\x01(K\x01"
       "e.",
        CORRUPT, "holds none"),
    P ("}(K\x01u.", CORRUPT, "holds none"),
    P ("](K\x01K\x02u.", CORRUPT, "holds none"),
    P ("}K\x01s.", CORRUPT, "stack is empty"),
    P ("(K\x01"
       "d.",
        CORRUPT, "holds none"),
    P ("Q.", CORRUPT, "stack is empty"),
    P ("R.", CORRUPT, "stack is empty"),
    P ("b.", CORRUPT, "stack is empty"),
    P ("K\x01K\x02\x93.", CORRUPT, "not text"),
    P ("h\0.", CORRUPT, "no such entry"),
    P ("j\xff\xff\xff\xff.", CORRUPT, "no such entry"),
    P ("Nr\xff\xff\xff\xff.", CORRUPT, "memo is too large"),
    P ("q\0.", CORRUPT, "stack is empty"),
    P ("X\xff\xff\xff\xff"
       "a.",
        CORRUPT, "cut short"),
    P ("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
       "a.",
        CORRUPT, "cut short"),
    P ("\x8b\xff\xff\xff\x7f.", CORRUPT, "cut short"),
    P ("cos", CORRUPT, "cut short"),
    P ("ctorch._utils\n_rebuild_parameter\nK\x01\x85R.", CORRUPT, "parameter"),
    P ("ctorch._tensor\n_rebuild_from_type_v2\n)R.", CORRUPT, "odd tensor"),
    P ("ctorch._tensor\n_rebuild_from_type_v2\nq\0(h\0N)tR.", CORRUPT,
        "tensor"),
    P ("ccollections\nOrderedDict\nK\x01\x85R.", CORRUPT, "OrderedDict"),
    P ("ccollections\nOrderedDict\n](K\x01"
       "e\x85R.",
        CORRUPT, "OrderedDict"),
#undef P
  };

  for (guint i = 0; i < G_N_ELEMENTS (pickles); i++)
    check (pickles[i].bytes, pickles[i].n, pickles[i].code, pickles[i].says);
}

/* Values that checkpoints hold beside tensors; odd ones are only skipped. */
static void
test_inert (void)
{
  static const struct
  {
    const char *bytes;
    gsize n;
  } pickles[] = {
#define P(bytes) { bytes, sizeof (bytes) - 1 }
    P ("\x80\x05\x95\x01\0\0\0\0\0\0\0N."), P ("\x8a\x00."),
    P ("\x8a\x0c"
       "0123456789ab."),
    P ("\x8b\x01\0\0\0\x80."), P ("G@\x09\x21\xfb\x54\x44\x2d\x18."),
    P ("C\x02"
       "ab."),
    P ("U\x02"
       "ab."),
    P ("T\x02\0\0\0ab."), P ("B\x02\0\0\0ab."), P ("\x8e\x02\0\0\0\0\0\0\0ab."),
    P ("\x96\x02\0\0\0\0\0\0\0ab."), P ("\x8f\x94(K\x01K\x02\x90."),
    P ("(K\x01K\x02\x91."), P ("(K\x01K\x02l."),
    P ("(K\x01K\x02"
       "d."),
    P ("c__builtin__\nset\n](K\x01"
       "e\x85R."),
    P ("ccollections\ndefaultdict\ncbuiltins\nlist\n\x85R(K\x01K\x02u."),
    P ("ccollections\nOrderedDict\n](K\x01K\x02\x86"
       "e\x85R."),
    P ("ccollections\nOrderedDict\n)R}X\x09\0\0\0_metadata}sb."),
    P ("cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nU\x02"
       "f8K\x00K\x01"
       "\x87R(K\x03tbU\x08"
       "01234567\x86R."),
    P ("ctorch\ndevice\nX\x03\0\0\0cpu\x85R."), P ("ctorch\nSize\n)\x85R."),
    P ("((11N."),
    P ("K\x01"
       "20."),
    P ("]2a."), /* a list that holds itself */
#undef P
  };

  for (guint i = 0; i < G_N_ELEMENTS (pickles); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (RenPickle) p = ren_pickle_parse (
        (const guint8 *) pickles[i].bytes, pickles[i].n, &error);
    g_autofree char *example = NULL;
    RenValue dict;

    if (!p)
      g_error ("%u: %s", i, error->message);
    g_assert_false (ren_find_state_dict (p, &dict, &example, &error));
    g_assert_error (error, REN_ERROR, REN_ERROR_NETWORK);
    g_assert_null (example);
  }
}

/* Depth, loops and numbers without end. */
static void
test_exhaustion (void)
{
  const gsize n = REN_PICKLE_MAX_BYTES, depth = REN_PICKLE_MAX_OPCODES / 4 - 1;
  g_autofree char *bytes = g_malloc (n);
  g_autofree char *example = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RenPickle) p = NULL;
  RenValue dict;

  memset (bytes, '(', n); /* marks only */
  check (bytes, n, REN_ERROR_REFUSED, "objects");
  memset (bytes, ']', n);
  check (bytes, n, REN_ERROR_REFUSED, "objects");
  memset (bytes, '2', n);
  bytes[0] = 'N';
  check (bytes, n, REN_ERROR_REFUSED, "objects");
  for (gsize i = 0; i < n; i += 2)
    memcpy (bytes + i, "\x85\x85", 2);
  bytes[0] = 'N';
  check (bytes, n, REN_ERROR_REFUSED, "objects");

  /* dicts in dicts, as many as may be: {0: {0: {… */
  for (gsize i = 0; i < depth; i++)
    memcpy (bytes + 3 * i, "}K\0", 3);
  bytes[3 * depth] = 'N';
  memset (bytes + 3 * depth + 1, 's', depth);
  bytes[4 * depth + 1] = '.';
  p = ren_pickle_parse ((const guint8 *) bytes, 4 * depth + 2, &error);
  g_assert_no_error (error);
  g_assert_false (ren_find_state_dict (p, &dict, &example, &error));
  g_clear_pointer (&p, ren_pickle_free);
  g_clear_error (&error);

  /* a dict that holds itself */
  p = ren_pickle_parse ((const guint8 *) "}q\0X\x01\0\0\0ah\0s.", 13, &error);
  g_assert_no_error (error);
  g_assert_false (ren_find_state_dict (p, &dict, &example, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_NETWORK);
  g_clear_pointer (&p, ren_pickle_free);
  g_clear_error (&error);

  check (bytes, 0, REN_ERROR_CORRUPT, "cut short");
  g_clear_pointer (&bytes, g_free);
  bytes = g_malloc0 (REN_PICKLE_MAX_BYTES + 1);
  check (bytes, REN_PICKLE_MAX_BYTES + 1, REN_ERROR_REFUSED, "bytes");
}

/* Does with a pickle all that the reader would. */
static gboolean
survive (const char *bytes, gsize n)
{
  g_autofree guint8 *copy = g_memdup2 (bytes, n);
  g_autofree char *example = NULL;
  g_autoptr (RenPickle) p = ren_pickle_parse (copy, n, NULL);
  RenPickleTensor t;
  RenValue dict, value;

  if (!p || !ren_find_state_dict (p, &dict, &example, NULL) ||
      !ren_pickle_lookup (p, dict, "conv1.weight", &value) ||
      !ren_pickle_is_tensor (p, value) ||
      !ren_pickle_get_tensor (p, value, &t, NULL))
    return FALSE;
  g_assert_cmpuint (t.offset, <, t.storage_n);
  return TRUE;
}

static void
test_mutated (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  const guint n_rounds = g_getenv ("REN_LONG") ? 3000000 : 100000;
  guint n_alive = 0;

  for (gsize n = 0; n < sizeof good - 1; n++)
    g_assert_false (survive (good, n));
  g_assert_true (survive (good, sizeof good - 1));

  for (guint i = 0; i < n_rounds; i++) {
    char bytes[sizeof good];
    guint changes = g_rand_int_range (rand, 1, 5);

    memcpy (bytes, good, sizeof good);
    while (changes--)
      bytes[g_rand_int_range (rand, 0, sizeof good - 1)] =
          (char) g_rand_int_range (rand, 0, 256);
    n_alive += survive (bytes, sizeof good - 1);
  }
  g_test_message ("%u of %u still a checkpoint", n_alive, n_rounds);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pickle/tensor", test_tensor);
  g_test_add_func ("/pickle/lies", test_lies);
  g_test_add_func ("/pickle/refused", test_refused);
  g_test_add_func ("/pickle/inert", test_inert);
  g_test_add_func ("/pickle/exhaustion", test_exhaustion);
  g_test_add_func ("/pickle/mutated", test_mutated);
  return g_test_run ();
}
