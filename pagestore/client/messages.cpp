#include "pagestore/messages.h"
#include "pagestore/node_channel.h"
