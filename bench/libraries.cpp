#include "bench/libraries.hpp"

#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>

namespace fathom::bench {

namespace {

// cblas.h and oneDNN's dnnl.h, as far as they are used here.
using Sgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a,
                       int lda, const float* b, int ldb, float beta, float* c, int ldc);
using Sgemv = void (*)(int order, int transpose, int rows, int columns, float alpha, const float* a, int lda,
                       const float* x, int x_step, float beta, float* y, int y_step);
using DnnlSgemm = int (*)(char transpose_a, char transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
                          float alpha, const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float beta,
                          float* c, std::int64_t ldc);
constexpr int row_major = 101, straight = 111, transposed = 112;

int lda(const Product& p) { return p.transpose_a ? p.m : p.k; }
int ldb(const Product& p) { return p.transpose_b ? p.k : p.n; }

template <class Function>
Function symbol(void* library, const char* name) {
  return library == nullptr ? nullptr : reinterpret_cast<Function>(dlsym(library, name));
}

Library blas(const std::string& name, const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const auto sgemm = symbol<Sgemm>(library, "cblas_sgemm");
  const auto sgemv = symbol<Sgemv>(library, "cblas_sgemv");
  if (sgemm == nullptr || sgemv == nullptr) return {name, {}};
  return {name, [=](const Product& p) {
            const int a = p.transpose_a ? transposed : straight, b = p.transpose_b ? transposed : straight;
            if (p.n == 1)
              sgemv(row_major, a, p.transpose_a ? p.k : p.m, lda(p), 1, p.a, lda(p), p.b, 1, 0, p.c, 1);
            else if (p.m == 1)  // the transposed product: op(b)' times a row
              sgemv(row_major, p.transpose_b ? straight : transposed, p.transpose_b ? p.n : p.k, ldb(p), 1, p.b, ldb(p),
                    p.a, 1, 0, p.c, 1);
            else
              sgemm(row_major, a, b, p.m, p.n, p.k, 1, p.a, lda(p), p.b, ldb(p), 0, p.c, p.n);
          }};
}

Library onednn(const std::string& name) {
  const auto sgemm = symbol<DnnlSgemm>(dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL), "dnnl_sgemm");
  if (sgemm == nullptr) return {name, {}};
  return {name, [=](const Product& p) {
            sgemm(p.transpose_a ? 'T' : 'N', p.transpose_b ? 'T' : 'N', p.m, p.n, p.k, 1, p.a, lda(p), p.b, ldb(p), 0,
                  p.c, p.n);
          }};
}

}  // namespace

std::vector<Library> open_libraries() {
  setenv("OMP_NUM_THREADS", "1", 1);
  const std::string folder = "/usr/lib/x86_64-linux-gnu/";
  return {blas("OpenBLAS", folder + "openblas-serial/libopenblas.so.0"),
          blas("BLIS", folder + "blis-serial/libblis.so.4"), onednn("oneDNN")};
}

}  // namespace fathom::bench
