/* The network with few channels, so that files of it are read a thousand times a
 * second: names, layers and kernels are the real ones.
 * SPDX-License-Identifier: MIT
 *
 * 32 output channels are the least that 8-bit weights are packed in.
 */
#include "network.h"

/* clang-format off */
const RenLayer ren_network[REN_N_LAYERS] = {
  /*                       name                      norm                     in  out k  s  size bias */
  [REN_CONV1]           = {"conv1",                  "bn1",                    3,  4, 3, 1, 64, TRUE},
  [REN_CONV2]           = {"conv2",                  "bn2",                    4, 32, 3, 1, 32, TRUE},
  [REN_CONV3]           = {"conv3",                  "bn3",                   32, 32, 3, 1, 16, TRUE},
  [REN_SE_SQUEEZE]      = {"se.fc.0",                NULL,                    32,  2, 0, 1,  1, FALSE},
  [REN_SE_EXCITE]       = {"se.fc.2",                NULL,                     2, 32, 0, 1,  1, FALSE},
  [REN_BLOCK1_CONV1]    = {"res_block1.conv1",       "res_block1.bn1",        32, 32, 3, 2,  8, TRUE},
  [REN_BLOCK1_CONV2]    = {"res_block1.conv2",       "res_block1.bn2",        32, 32, 3, 1,  4, TRUE},
  [REN_BLOCK1_SHORTCUT] = {"res_block1.shortcut.0",  "res_block1.shortcut.1", 32, 32, 1, 2,  8, TRUE},
  [REN_BLOCK2_CONV1]    = {"res_block2.conv1",       "res_block2.bn1",        32, 32, 3, 2,  4, TRUE},
  [REN_BLOCK2_CONV2]    = {"res_block2.conv2",       "res_block2.bn2",        32, 32, 3, 1,  2, TRUE},
  [REN_BLOCK2_SHORTCUT] = {"res_block2.shortcut.0",  "res_block2.shortcut.1", 32, 32, 1, 2,  4, TRUE},
  [REN_BLOCK3_CONV1]    = {"res_block3.conv1",       "res_block3.bn1",        32, 32, 3, 2,  2, TRUE},
  [REN_BLOCK3_CONV2]    = {"res_block3.conv2",       "res_block3.bn2",        32, 32, 3, 1,  1, TRUE},
  [REN_BLOCK3_SHORTCUT] = {"res_block3.shortcut.0",  "res_block3.shortcut.1", 32, 32, 1, 2,  2, TRUE},
  [REN_FC1]             = {"fc1",                    NULL,                    32, 32, 0, 1,  1, TRUE},
  [REN_FC2]             = {"fc2",                    NULL,                    32, 32, 0, 1,  1, TRUE},
  [REN_FC3]             = {"fc3",                    NULL,                    32, 32, 0, 1,  1, TRUE},
  [REN_FC4]             = {"fc4",                    NULL,                    32,  0, 0, 1,  1, TRUE},
};
/* clang-format on */
