// The unit's wire.h, for units that have types of their own.
#pragma once

#include "../../wire.h"
