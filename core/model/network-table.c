/* SPDX-License-Identifier: MIT */
#include "network.h"

/* One row a layer; everything else about shapes is derived from this table. */
/* clang-format off */
const RenLayer ren_network[REN_N_LAYERS] = {
  /*                       name                      norm                       in    out  k  s  size bias */
  [REN_CONV1]           = {"conv1",                  "bn1",                      3,    64, 3, 1, 64, TRUE},
  [REN_CONV2]           = {"conv2",                  "bn2",                     64,   128, 3, 1, 32, TRUE},
  [REN_CONV3]           = {"conv3",                  "bn3",                    128,   256, 3, 1, 16, TRUE},
  [REN_SE_SQUEEZE]      = {"se.fc.0",                NULL,                     256,    16, 0, 1,  1, FALSE},
  [REN_SE_EXCITE]       = {"se.fc.2",                NULL,                      16,   256, 0, 1,  1, FALSE},
  [REN_BLOCK1_CONV1]    = {"res_block1.conv1",       "res_block1.bn1",         256,   512, 3, 2,  8, TRUE},
  [REN_BLOCK1_CONV2]    = {"res_block1.conv2",       "res_block1.bn2",         512,   512, 3, 1,  4, TRUE},
  [REN_BLOCK1_SHORTCUT] = {"res_block1.shortcut.0",  "res_block1.shortcut.1",  256,   512, 1, 2,  8, TRUE},
  [REN_BLOCK2_CONV1]    = {"res_block2.conv1",       "res_block2.bn1",         512,  1024, 3, 2,  4, TRUE},
  [REN_BLOCK2_CONV2]    = {"res_block2.conv2",       "res_block2.bn2",        1024,  1024, 3, 1,  2, TRUE},
  [REN_BLOCK2_SHORTCUT] = {"res_block2.shortcut.0",  "res_block2.shortcut.1",  512,  1024, 1, 2,  4, TRUE},
  [REN_BLOCK3_CONV1]    = {"res_block3.conv1",       "res_block3.bn1",        1024,  2048, 3, 2,  2, TRUE},
  [REN_BLOCK3_CONV2]    = {"res_block3.conv2",       "res_block3.bn2",        2048,  2048, 3, 1,  1, TRUE},
  [REN_BLOCK3_SHORTCUT] = {"res_block3.shortcut.0",  "res_block3.shortcut.1", 1024,  2048, 1, 2,  2, TRUE},
  [REN_FC1]             = {"fc1",                    NULL,                    2048,  1024, 0, 1,  1, TRUE},
  [REN_FC2]             = {"fc2",                    NULL,                    1024,   512, 0, 1,  1, TRUE},
  [REN_FC3]             = {"fc3",                    NULL,                     512,   256, 0, 1,  1, TRUE},
  [REN_FC4]             = {"fc4",                    NULL,                     256,     0, 0, 1,  1, TRUE},
};
/* clang-format on */
