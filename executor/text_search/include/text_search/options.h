// The unit's options.h, for units that have dictionaries of their own.
#pragma once

#include "../../options.h"
