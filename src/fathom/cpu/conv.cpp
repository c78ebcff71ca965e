#include "fathom/cpu/conv.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "conv.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/base/cache_line.hpp"
#include "fathom/cpu/pack-inl.hpp"
#include "fathom/cpu/register_block-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {
namespace {

constexpr Index plane_bytes = 256 << 10;   // of a band, so that it stays in the second-level cache
constexpr Index least_chunks = 16;         // where there is enough to do
constexpr Index partial_bytes = 32 << 20;  // of all sums that conv_weight keeps apart

constexpr Index divide_up(Index a, Index b) { return (a + b - 1) / b; }

// The results of one kernel moved over images: y[line, column] = sum over its taps of
// image[line stride + base + tap dilation] times the tap's weights. [2]: of lines, of columns.
struct Scan {
  Index image[2];  // lines and columns of the images
  Index pixel;     // channels of an image, of which
  Index channels;  // are read
  Index taps[2], stride[2], dilation[2], base[2];
  Index results[2];
  Index outputs;
  Index result_step[2];  // in elements
  Index result_image;

  Index reach(int axis) const { return dilation[axis] * (taps[axis] - 1) + 1; }
  // Lines, or columns, of an image that `count` neighbouring results read.
  Index extent(int axis, Index count) const { return (count - 1) * stride[axis] + reach(axis); }
  // Taps whose channels are neighbours of the last tap's are read in one stretch.
  bool joins_columns() const { return dilation[1] == 1; }
  Index depth() const { return taps[0] * taps[1] * channels; }
  Index stretch_count() const { return joins_columns() ? taps[0] : taps[0] * taps[1]; }
};

// How the lines of a scan are cut into bands.
struct Bands {
  Index count, lines;
};
template <class T>
Bands bands_of(const Scan& s, Index images) {
  const Index line_bytes = s.extent(1, s.results[1]) * s.channels * s.stride[0] * static_cast<Index>(sizeof(T));
  Index lines = std::clamp<Index>(plane_bytes / std::max<Index>(1, line_bytes), 1, std::max<Index>(1, s.results[0]));
  if (images < least_chunks)
    lines = std::min(lines, std::max<Index>(1, divide_up(s.results[0] * images, least_chunks)));
  return {divide_up(s.results[0], lines), lines};
}

template <class T>
std::size_t plane_size(const Scan& s, Index lines) {
  return s.results[0] == 0 || s.results[1] == 0
             ? 0
             : static_cast<std::size_t>(s.extent(0, lines) * s.extent(1, s.results[1]) * s.channels) * sizeof(T);
}

// Copies what results [first, last) of the lines read, with zeros where the image ends: [lines, columns, channels].
template <class T>
void copy_plane(const Scan& s, const T* image, Index first, Index last, T* HWY_RESTRICT plane) {
  const Index lines = s.extent(0, last - first), columns = s.extent(1, s.results[1]), c = s.channels;
  const Index left = std::clamp<Index>(-s.base[1], 0, columns),
              right = std::clamp<Index>(s.image[1] - s.base[1], left, columns);
  for (Index l = 0; l < lines; ++l, plane += columns * c) {
    const Index line = first * s.stride[0] + s.base[0] + l;
    if (line < 0 || line >= s.image[0]) {
      std::fill_n(plane, columns * c, T{});
      continue;
    }
    const T* from = image + (line * s.image[1] + s.base[1] + left) * s.pixel;
    std::fill_n(plane, left * c, T{});
    if (c == s.pixel)
      std::copy_n(from, (right - left) * c, plane + left * c);
    else
      for (Index column = left; column < right; ++column, from += s.pixel) std::copy_n(from, c, plane + column * c);
    std::fill_n(plane + right * c, (columns - right) * c, T{});
  }
}

// Needs: room for 2 stretch_count() at `begins`. Gives: the stretches of a scan's sum, over a plane and packed weights.
Stretches tap_stretches(const Scan& s, Index width, Index* begins) {
  const Index columns = s.extent(1, s.results[1]), count = s.stretch_count(), depth = s.depth() / count;
  Index* const b_begins = begins + count;
  for (Index r = 0; r < count; ++r) {
    const Index p = s.joins_columns() ? r : r / s.taps[1], q = s.joins_columns() ? 0 : r % s.taps[1];
    begins[r] = (p * s.dilation[0] * columns + q * s.dilation[1]) * s.channels;
    b_begins[r] = r * depth * width;
  }
  return {.count = count, .depth = depth, .a_begins = begins, .b_begins = b_begins};
}

// What a worker scans `lines` of results in: a plane, then the list of stretches.
template <class T>
std::size_t scan_size(const Scan& s, Index lines) {
  return whole_lines(plane_size<T>(s, lines)) +
         whole_lines(2 * static_cast<std::size_t>(s.stretch_count()) * sizeof(Index));
}

// Results [first, last) of the lines of one image. `weights`: panels of [depth, panel_width]; `memory`: scan_size().
template <class T>
void scan_band(const Scan& s, const T* image, const T* weights, T* results, Index first, Index last,
               std::byte* memory) {
  if (first >= last || s.results[1] == 0) return;
  const bool nothing = s.depth() == 0;
  T* const plane = reinterpret_cast<T*>(memory);
  if (!nothing) copy_plane(s, image, first, last, plane);
  const Index width = panel_width<T>(), columns = nothing ? 0 : s.extent(1, s.results[1]);
  const Stretches stretches =
      nothing ? Stretches{0, 0, nullptr, nullptr}
              : tap_stretches(s, width, reinterpret_cast<Index*>(memory + whole_lines(plane_size<T>(s, last - first))));
  for (Index output = 0; output < s.outputs; output += width)
    for (Index line = first; line < last; ++line)
      for (Index column = 0; column < s.results[1];) {
        const Index rows = rows_of_block(s.results[1] - column);
        any_block<T, false, true>(
            rows, stretches,
            {.a = plane + ((line - first) * s.stride[0] * columns + column * s.stride[1]) * s.channels,
             .a_row = s.stride[1] * s.channels,
             .a_step = 1,
             .b = weights + output * s.depth(),
             .b_step = width,
             .c = results + line * s.result_step[0] + column * s.result_step[1] + output,
             .c_row = s.result_step[1],
             .columns = std::min(width, s.outputs - output),
             .add = false});
        column += rows;
      }
}

// Lines [first, last) of the results of one image.
Piece lines_of(const Scan& s, Index image, Index first, Index last) {
  const Index line = s.result_step[0];
  return {image * s.result_image + first * line, 1, (last - first) * line, 0};
}

constexpr Index piece_size = 4096;

// Of results that were not final before the last of them was.
void finish_all(Pool& pool, Index size, const Finish& finish) {
  if (finish.call == nullptr) return;
  pool.run(divide_up(size, piece_size), [&](std::int64_t number) {
    const Index first = number * piece_size;
    finish({first, 1, std::min(size - first, piece_size), 0});
  });
}

// --- conv -----------------------------------------------------------------------------------------------------

Scan scan_of(const ConvGeometry& g) {
  return {.image = {g.h, g.w},
          .pixel = g.c,
          .channels = g.c / g.groups,
          .taps = {g.p, g.q},
          .stride = {g.stride[0], g.stride[1]},
          .dilation = {g.dilation[0], g.dilation[1]},
          .base = {-g.before[0], -g.before[1]},
          .results = {g.i, g.j},
          .outputs = g.o / g.groups,
          .result_step = {g.j * g.o, g.o},
          .result_image = g.i * g.j * g.o};
}

template <class T>
Index packed_size(Index depth, Index outputs) {
  return divide_up(outputs, panel_width<T>()) * panel_width<T>() * depth;
}

template <class T>
ConvWorkspace workspace_conv(const ConvGeometry& g) {
  const Scan s = scan_of(g);
  return {whole_lines(static_cast<std::size_t>(g.groups * packed_size<T>(s.depth(), s.outputs)) * sizeof(T)),
          scan_size<T>(s, bands_of<T>(s, g.n).lines)};
}

template <class T>
void run_conv(Pool& pool, const ConvGeometry& g, const T* x, const T* w, T* y, const ConvContext& context) {
  const Scan s = scan_of(g);
  const Index width = panel_width<T>(), panels = divide_up(s.outputs, width), depth = s.depth();
  T* packed = reinterpret_cast<T*>(context.shared);
  pool.run(g.groups * panels, [&](std::int64_t number) {
    const Index group = number / panels, first = number % panels * width;
    pack_along(packed + group * packed_size<T>(depth, s.outputs) + first * depth, width, w + group * s.outputs + first,
               g.o, std::min(width, s.outputs - first), depth);
  });
  const Bands bands = bands_of<T>(s, g.n);
  pool.run(g.n * bands.count, [&](std::int64_t chunk, int worker) {
    const Index image = chunk / bands.count, first = chunk % bands.count * bands.lines;
    std::byte* memory = context.workers + static_cast<std::size_t>(worker) * context.worker_bytes;
    const Index last = std::min(s.results[0], first + bands.lines);
    for (Index group = 0; group < g.groups; ++group)
      scan_band(s, x + image * g.h * g.w * g.c + group * s.channels, packed + group * packed_size<T>(depth, s.outputs),
                y + image * s.result_image + group * s.outputs, first, last, memory);
    context.finish(lines_of(s, image, first, last));
  });
}

// --- conv_input -------------------------------------------------------------------------------------------------

// The taps of a kernel that reach lines (or columns) phase, phase + stride, ... of x: from the last of them, each
// `step` before the other, and where in y the last of them begins.
struct Phase {
  Index taps = 0, last = 0, step = 1, base = 0, dilation = 1;
};
Phase phase_of(const ConvGeometry& g, int axis, Index phase) {
  const Index stride = g.stride[axis], dilation = g.dilation[axis], kernel = axis == 0 ? g.p : g.q;
  Phase result;
  for (Index tap = 0; tap < kernel; ++tap) {
    const Index ahead = phase + g.before[axis] - tap * dilation;
    if (ahead % stride != 0) continue;
    ++result.taps;
    result.last = tap;
    result.base = ahead / stride;
  }
  const Index common = std::gcd(stride, dilation);
  result.step = stride / common;
  result.dilation = dilation / common;
  return result;
}

struct PhaseScan {
  Scan scan;
  Phase rows, columns;
  Index result_offset;
};
PhaseScan phase_scan(const ConvGeometry& g, Index number) {
  const Index a = number / g.stride[1], b = number % g.stride[1];
  const Phase rows = phase_of(g, 0, a), columns = phase_of(g, 1, b);
  const bool none = rows.taps == 0 || columns.taps == 0;
  const auto count = [](Index length, Index phase, Index stride) {
    return length <= phase ? 0 : divide_up(length - phase, stride);
  };
  return {.scan = {.image = {g.i, g.j},
                   .pixel = g.o,
                   .channels = none ? 0 : g.o / g.groups,
                   .taps = {rows.taps, columns.taps},
                   .stride = {1, 1},
                   .dilation = {rows.dilation, columns.dilation},
                   .base = {rows.base, columns.base},
                   .results = {count(g.h, a, g.stride[0]), count(g.w, b, g.stride[1])},
                   .outputs = g.c / g.groups,
                   .result_step = {g.stride[0] * g.w * g.c, g.stride[1] * g.c},
                   .result_image = g.h * g.w * g.c},
          .rows = rows,
          .columns = columns,
          .result_offset = (a * g.w + b) * g.c};
}

template <class T>
ConvWorkspace workspace_input(const ConvGeometry& g) {
  const Index depth = g.p * g.q * (g.o / g.groups);
  ConvWorkspace result{
      whole_lines(static_cast<std::size_t>(g.groups * packed_size<T>(depth, g.c / g.groups)) * sizeof(T)), 0};
  for (Index number = 0; number < g.stride[0] * g.stride[1]; ++number) {
    const Scan s = phase_scan(g, number).scan;
    if (s.depth() > 0) result.worker = std::max(result.worker, scan_size<T>(s, bands_of<T>(s, g.n).lines));
  }
  return result;
}

template <class T>
void run_input(Pool& pool, const ConvGeometry& g, const T* y, const T* w, T* x, const ConvContext& context) {
  const Index c_part = g.c / g.groups, o_part = g.o / g.groups, width = panel_width<T>();
  T* packed = reinterpret_cast<T*>(context.shared);
  const bool in_lines = g.stride[0] * g.stride[1] == 1;  // not those of one phase
  for (Index number = 0; number < g.stride[0] * g.stride[1]; ++number) {
    const PhaseScan phase = phase_scan(g, number);
    const Scan& s = phase.scan;
    if (s.results[0] == 0 || s.results[1] == 0) continue;
    const Index panels = divide_up(c_part, width), depth = s.depth(), group_size = packed_size<T>(depth, c_part);
    pool.run(depth == 0 ? 0 : g.groups * panels, [&](std::int64_t piece) {
      const Index group = piece / panels, first = piece % panels * width;
      T* to = packed + group * group_size + first * depth;
      for (Index p = 0; p < s.taps[0]; ++p)
        for (Index q = 0; q < s.taps[1]; ++q, to += o_part * width) {
          const Index tap = (phase.rows.last - p * phase.rows.step) * g.q + phase.columns.last - q * phase.columns.step;
          pack_across(to, width, w + (tap * c_part + first) * g.o + group * o_part, g.o,
                      std::min(width, c_part - first), o_part);
        }
    });
    const Bands bands = bands_of<T>(s, g.n);
    pool.run(g.n * bands.count, [&](std::int64_t chunk, int worker) {
      const Index image = chunk / bands.count, first = chunk % bands.count * bands.lines;
      std::byte* memory = context.workers + static_cast<std::size_t>(worker) * context.worker_bytes;
      const Index last = std::min(s.results[0], first + bands.lines);
      for (Index group = 0; group < g.groups; ++group)
        scan_band(s, y + image * g.i * g.j * g.o + group * o_part, packed + group * group_size,
                  x + image * s.result_image + phase.result_offset + group * c_part, first, last, memory);
      if (in_lines) context.finish(lines_of(s, image, first, last));
    });
  }
  if (!in_lines) finish_all(pool, g.n * g.h * g.w * g.c, context.finish);
}

// --- conv_weight -------------------------------------------------------------------------------------------------

// The lines of all images, cut into stretches whose sums are kept apart.
struct WeightChunks {
  Index count, lines;
};
template <class T>
WeightChunks weight_chunks(const ConvGeometry& g) {
  const Index lines = g.n * g.i, bytes = g.p * g.q * (g.c / g.groups) * g.o * static_cast<Index>(sizeof(T));
  const Index wanted = std::clamp<Index>(partial_bytes / std::max<Index>(1, bytes), 1, least_chunks);
  const Index each = std::max<Index>(1, divide_up(lines, wanted));
  return {divide_up(lines, each), each};
}

template <class T>
ConvWorkspace workspace_weight(const ConvGeometry& g) {
  const Scan s = scan_of(g);
  const WeightChunks chunks = weight_chunks<T>(g);
  const Index lines = std::min(bands_of<T>(s, least_chunks).lines, std::max<Index>(1, s.results[0]));
  return {whole_lines(static_cast<std::size_t>(chunks.count * s.depth() * g.o) * sizeof(T)),
          whole_lines(plane_size<T>(s, lines)) + whole_lines(2 * static_cast<std::size_t>(lines) * sizeof(Index))};
}

// Adds the sums over lines [first, last) of one image's results to `w`.
template <class T>
void weight_band(const ConvGeometry& g, const Scan& s, const T* x, const T* y, T* w, Index first, Index last, bool add,
                 T* plane, Index* begins) {
  const Index columns = s.extent(1, s.results[1]), lines = last - first, width = panel_width<T>();
  for (Index l = 0; l < lines; ++l) {
    begins[l] = l * s.stride[0] * columns * s.channels;
    begins[lines + l] = l * s.result_step[0];
  }
  const Stretches stretches{lines, s.results[1], begins, begins + lines};
  const Index together = s.joins_columns() ? s.taps[1] * s.channels : s.channels;  // rows that are neighbours
  for (Index group = 0; group < g.groups; ++group) {
    copy_plane(s, x + group * s.channels, first, last, plane);
    for (Index r = 0; r * together < s.depth(); ++r) {
      const Index p = s.joins_columns() ? r : r / s.taps[1], q = s.joins_columns() ? 0 : r % s.taps[1];
      const T* a = plane + (p * s.dilation[0] * columns + q * s.dilation[1]) * s.channels;
      for (Index output = 0; output < s.outputs; output += width)
        for (Index row = 0; row < together;) {
          const Index rows = rows_of_block(together - row);
          any_block<T, true, false>(rows, stretches,
                                    {.a = a + row,
                                     .a_row = 1,
                                     .a_step = s.stride[1] * s.channels,
                                     .b = y + first * s.result_step[0] + group * s.outputs + output,
                                     .b_step = g.o,
                                     .c = w + (r * together + row) * g.o + group * s.outputs + output,
                                     .c_row = g.o,
                                     .columns = std::min(width, s.outputs - output),
                                     .add = add});
          row += rows;
        }
    }
  }
}

template <class T>
void run_weight(Pool& pool, const ConvGeometry& g, const T* x, const T* y, T* w, const ConvContext& context) {
  const Scan s = scan_of(g);
  const Index size = s.depth() * g.o;
  const WeightChunks chunks = weight_chunks<T>(g);
  if (chunks.count == 0 || g.j == 0) {
    std::fill_n(w, size, T{});
    return finish_all(pool, size, context.finish);
  }
  T* partial = reinterpret_cast<T*>(context.shared);
  const Index most_lines = std::min(bands_of<T>(s, least_chunks).lines, s.results[0]);
  pool.run(chunks.count, [&](std::int64_t chunk, int worker) {
    std::byte* own = context.workers + static_cast<std::size_t>(worker) * context.worker_bytes;
    T* plane = reinterpret_cast<T*>(own);
    Index* begins = reinterpret_cast<Index*>(own + whole_lines(plane_size<T>(s, most_lines)));
    T* to = chunks.count == 1 ? w : partial + chunk * size;
    const Index begin = chunk * chunks.lines, end = std::min(g.n * g.i, begin + chunks.lines);
    for (Index line = begin; line < end;) {
      const Index image = line / g.i, first = line % g.i,
                  last = std::min({g.i, first + most_lines, first + end - line});
      weight_band(g, s, x + image * g.h * g.w * g.c, y + image * s.result_image, to, first, last, line > begin, plane,
                  begins);
      line += last - first;
    }
  });
  if (chunks.count == 1) return finish_all(pool, size, context.finish);
  pool.run(divide_up(size, piece_size), [&](std::int64_t number) {
    const Index first = number * piece_size, last = std::min(size, first + piece_size);
    std::copy(partial + first, partial + last, w + first);
    for (Index chunk = 1; chunk < chunks.count; ++chunk)
      for (Index k = first; k < last; ++k) w[k] += partial[chunk * size + k];
    context.finish({first, 1, last - first, 0});
  });
}

ConvWorkspace conv_bytes_f32(const ConvGeometry& g) { return workspace_conv<float>(g); }
ConvWorkspace conv_bytes_f64(const ConvGeometry& g) { return workspace_conv<double>(g); }
ConvWorkspace input_bytes_f32(const ConvGeometry& g) { return workspace_input<float>(g); }
ConvWorkspace input_bytes_f64(const ConvGeometry& g) { return workspace_input<double>(g); }
ConvWorkspace weight_bytes_f32(const ConvGeometry& g) { return workspace_weight<float>(g); }
ConvWorkspace weight_bytes_f64(const ConvGeometry& g) { return workspace_weight<double>(g); }

#define FATHOM_CONV(name)                                                                         \
  void name##_f32(Pool& pool, const ConvGeometry& g, const float* a, const float* b, float* c,    \
                  const ConvContext& context) {                                                   \
    run_##name(pool, g, a, b, c, context);                                                        \
  }                                                                                               \
  void name##_f64(Pool& pool, const ConvGeometry& g, const double* a, const double* b, double* c, \
                  const ConvContext& context) {                                                   \
    run_##name(pool, g, a, b, c, context);                                                        \
  }
FATHOM_CONV(conv)
FATHOM_CONV(input)
FATHOM_CONV(weight)
#undef FATHOM_CONV

}  // namespace
}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom {

HWY_EXPORT(conv_bytes_f32);
HWY_EXPORT(conv_bytes_f64);
HWY_EXPORT(input_bytes_f32);
HWY_EXPORT(input_bytes_f64);
HWY_EXPORT(weight_bytes_f32);
HWY_EXPORT(weight_bytes_f64);
HWY_EXPORT(conv_f32);
HWY_EXPORT(conv_f64);
HWY_EXPORT(input_f32);
HWY_EXPORT(input_f64);
HWY_EXPORT(weight_f32);
HWY_EXPORT(weight_f64);

#define FATHOM_CONV(function, name)                                                                      \
  ConvWorkspace function##_workspace(Dtype dtype, const ConvGeometry& g) {                               \
    return dtype == Dtype::f32 ? HWY_DYNAMIC_DISPATCH(name##_bytes_f32)(g)                               \
                               : HWY_DYNAMIC_DISPATCH(name##_bytes_f64)(g);                              \
  }                                                                                                      \
  template <>                                                                                            \
  void function<float>(Pool & pool, const ConvGeometry& g, const float* a, const float* b, float* c,     \
                       const ConvContext& context) noexcept {                                            \
    HWY_DYNAMIC_DISPATCH(name##_f32)(pool, g, a, b, c, context);                                         \
  }                                                                                                      \
  template <>                                                                                            \
  void function<double>(Pool & pool, const ConvGeometry& g, const double* a, const double* b, double* c, \
                        const ConvContext& context) noexcept {                                           \
    HWY_DYNAMIC_DISPATCH(name##_f64)(pool, g, a, b, c, context);                                         \
  }
FATHOM_CONV(conv, conv)
FATHOM_CONV(conv_input, input)
FATHOM_CONV(conv_weight, weight)
#undef FATHOM_CONV

}  // namespace fathom
#endif
