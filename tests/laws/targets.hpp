// Instruction sets: tests that run once with each.
#pragma once

#include <gtest/gtest.h>
#include <hwy/highway.h>

namespace fathom::laws {

// While it lives, kernels are chosen as on a processor with this instruction set alone.
class OnlyTarget {
 public:
  explicit OnlyTarget(std::int64_t target) { choose(target); }
  ~OnlyTarget() { choose(0); }
  OnlyTarget(const OnlyTarget&) = delete;
  OnlyTarget& operator=(const OnlyTarget&) = delete;

 private:
  // 0: whatever the processor has.
  static void choose(std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

// Calls law() with each instruction set that this processor has and this build was compiled for.
template <class Law>
void for_each_target(Law&& law) {
  for (std::int64_t rest = hwy::SupportedTargets() & (HWY_TARGETS); rest != 0; rest &= rest - 1) {
    const std::int64_t target = rest & -rest;
    SCOPED_TRACE(hwy::TargetName(target));
    const OnlyTarget only(target);
    law();
  }
}

}  // namespace fathom::laws
