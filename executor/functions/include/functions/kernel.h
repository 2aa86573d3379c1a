// The unit's kernel.h, for units that have kernels of their own.
#pragma once

#include "../../kernel.h"
