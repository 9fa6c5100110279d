/* Prints what a compiler makes of a public header. SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdio.h>

#define STRUCT(type) printf ("%s %zu bytes\n", #type, sizeof (type))
#define FIELD(type, field)                                                     \
  printf ("%s.%s at %zu, %zu bytes\n", #type, #field, offsetof (type, field),  \
      sizeof (((type *) NULL)->field))
#define VALUE(name) printf ("%s = %d\n", #name, (int) (name))
