#include "fathom/chart/palette.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fathom::chart {

std::string color_class(int index) { return fmt::format("c{}", index % palette_size); }

std::string heat_color(double share) {
  // Cividis at ninths.
  static constexpr unsigned char stops[10][3] = {{0, 34, 78},     {18, 53, 112},   {59, 73, 108},   {87, 93, 109},
                                                 {112, 113, 115}, {138, 134, 120}, {165, 156, 116}, {195, 179, 105},
                                                 {225, 204, 85},  {254, 232, 56}};
  const double place = (std::isnan(share) ? 0 : std::clamp(share, 0.0, 1.0)) * 9;
  const int below = std::min(8, static_cast<int>(place));
  const double t = place - below;
  const auto mixed = [&](int channel) {
    return static_cast<int>(std::lround((1 - t) * stops[below][channel] + t * stops[below + 1][channel]));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", mixed(0), mixed(1), mixed(2));
}

std::string_view chart_style() {
  return R"(.chart{font:12px system-ui,"Segoe UI","Helvetica Neue","Noto Sans","PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif}
.chart text{fill:#4a5058}
.chart .title{font-size:15px;font-weight:600;fill:#16191d}
.chart .name{fill:#16191d}
.chart .grid{stroke:#e4e7eb;fill:none}
.chart .axis{stroke:#8b929b;fill:none}
.chart .rule{stroke:#6b727b;stroke-dasharray:2 3;fill:none}
.chart .guide{stroke:#16191d;stroke-width:1.2;fill:none}
.chart .back{fill:#fff}
.chart .halo{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}
.chart .line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.chart .faint{stroke-width:1;opacity:.45}
.chart .dash{stroke-dasharray:5 4}
.chart .dots{fill:none;stroke:currentColor;stroke-linecap:round}
.chart .fill{fill:currentColor}
.chart .band{fill:currentColor;fill-opacity:.18}
.chart .error{fill:none;stroke:currentColor;stroke-width:1.5}
.chart .level{fill:none;stroke:#fff;stroke-opacity:.55;stroke-width:.7}
.chart .under{stroke:#fff;stroke-width:4.5;fill:none;stroke-linejoin:round;stroke-linecap:round;opacity:.85}
.chart .strong text{fill:#fff}
.heat,.c0{color:#0072b2}.c1{color:#d55e00}.c2{color:#009e73}.c3{color:#b8568f}.c4{color:#b97d00}.c5{color:#3c9bd2}.c6{color:#5b6068}
@media (prefers-color-scheme:dark){
.chart text{fill:#b4bac2}
.chart .title,.chart .name{fill:#eceef0}
.chart .grid{stroke:#2e343b}
.chart .axis{stroke:#747b84}
.chart .rule{stroke:#98a0a9}
.chart .guide{stroke:#eceef0}
.chart .under{stroke:#15181c}
.chart .back{fill:#15181c}
.chart .halo{stroke:#15181c}
.chart .strong text{fill:#fff}
.heat{color:#2b7fb8}.c0{color:#4da6dd}.c1{color:#f2894a}.c2{color:#2fbf95}.c3{color:#dd93bd}.c4{color:#e6a93a}.c5{color:#8fcdf2}.c6{color:#a9b0b8}
}
)";
}

}  // namespace fathom::chart
