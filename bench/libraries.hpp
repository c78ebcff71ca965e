// Matrix products of other libraries, opened while the program runs: none of them is needed to build or to run.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace fathom::bench {

// c = op(a) op(b), row by row without gaps: op(a) is [m, k] and op(b) is [k, n], stored transposed where it says so.
struct Product {
  int m, n, k;
  bool transpose_a, transpose_b;
  const float* a;
  const float* b;
  float* c;
};

struct Library {
  std::string name;
  std::function<void(const Product&)> multiply;  // on one thread; empty when the library is not installed
};

// OpenBLAS and BLIS (their serial builds; products with a vector by sgemv) and oneDNN (its sgemm), as Debian 12
// installs them. Sets OMP_NUM_THREADS: call it before any thread is made.
std::vector<Library> open_libraries();

}  // namespace fathom::bench
