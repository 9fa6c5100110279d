/* Criticals of GLib, which trap, end a fuzzer as failed assertions do: libFuzzer keeps
 * the input of an abort, and knows nothing of traps.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdlib.h>

static void
on_trap (int number)
{
  abort ();
}

__attribute__ ((constructor)) static void
turn_traps_into_aborts (void)
{
  signal (SIGTRAP, on_trap);
}
