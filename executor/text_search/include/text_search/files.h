// The unit's files.h, for units that have dictionaries of their own.
#pragma once

#include "../../files.h"
