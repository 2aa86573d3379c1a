// The unit's hash.h, for units that have kernels of their own.
#pragma once

#include "../../hash.h"
