// What one core of this machine can do at most, measured beside every benchmark.
#pragma once

namespace fathom::bench {

// f32 multiply-adds that never leave the registers, in GFlop/s: the best of a few short runs.
double fma_peak_gflops();
// Bytes read plus bytes written by a copy that is far larger than the caches, in GB/s.
double copy_gb_per_second();
// The most memory that this process has held at once, in MB (VmHWM of /proc/self/status); 0 where that cannot be read.
double peak_memory_mb();
// Gives memory that is free back to the system, and lets peak_memory_mb() begin again at what is held now. Throws
// Error(resource) where Linux does not let it.
void forget_peak_memory();

}  // namespace fathom::bench
