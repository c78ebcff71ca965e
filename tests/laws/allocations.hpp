// How often this process has allocated memory.
#pragma once

namespace fathom::laws {

long allocations();

}  // namespace fathom::laws
