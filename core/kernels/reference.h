/* Plain C kernels. SPDX-License-Identifier: MIT */
#pragma once

#include "kernels.h"

void ren_kernels_init_reference (RenKernels *k);
