// lab batch: how many rows an update should see.
#include "fathom/lab/batch_parts.hpp"
#include "fathom/lab/experiments.hpp"

namespace fathom {

LabReport lab_batch(Laboratory& lab) {
  const batch_lab::Measured measured = batch_lab::measure(lab);
  return {.title = "Batch size",
          .question =
              "How many rows should an update see? The same network is trained with batches from one row to all "
              "of them, each for as many epochs, and what an update costs and how noisy its gradient is are "
              "measured.",
          .sections = batch_lab::sections(lab, measured),
          .findings = batch_lab::findings(lab, measured),
          .advice = batch_lab::advice(lab, measured)};
}

}  // namespace fathom
