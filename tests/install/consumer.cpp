// Includes and links every layer from the install prefix: a header or a library that was not installed fails here.
#include <cstdio>
#include <fathom/fathom.hpp>

#include "fathom/rank/click_log.hpp"
#include "fathom/train/run_folder.hpp"
#include "fathom/train/safetensors.hpp"

int main() {
  const fathom::rank::ClickLog log = fathom::rank::simulate_clicks(fathom::rank::Shop(1), 100);
  const fathom::Tensor clicks(fathom::Shape{100}, [&] {
    std::vector<float> values(log.clicked.begin(), log.clicked.end());
    return values;
  }());
  double sum = 0;
  for (fathom::Index i = 0; i < clicks.count(); ++i) sum += clicks.at(i);
  const bool right = sum >= 0 && sum <= 100 && fathom::slug("An Installed Run") == "an-installed-run";
  std::printf("%g clicks in 100 impressions\n", sum);
  return right ? 0 : 1;
}
