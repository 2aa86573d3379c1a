// The unit's comparison.h, for units that have kernels of their own.
#pragma once

#include "../../comparison.h"
