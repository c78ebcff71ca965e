// What the laboratory says, in Chinese.
#include "translation.hpp"

namespace fathom::app {

std::span<const Translation> chinese_lab_table() {
  static constexpr Translation table[] = {
      // --- the laboratory at large
      {"there is no experiment \"{}\"", "没有名为“{}”的实验"},
      {"the experiments are {}", "可用的实验有 {}"},
      {"--seeds must be a whole number from 1 to 100, not \"{}\"", "--seeds 必须是 1 到 100 的整数，而不是“{}”"},
      {"--time-limit must be a time such as 10m, not \"{}\"", "--time-limit 必须是时间，如 10m，而不是“{}”"},
      {"--{} is not of the experiment {}", "--{} 不属于实验 {}"},
      {"--{} must be one of {}, not \"{}\"", "--{} 必须是 {} 之一，而不是“{}”"},
      {"epoch {}/{}", "第 {}/{} 轮"},
      {"Measured on {}: {} training and {} validation rows; {} seeds for each variant.",
       "在 {} 上测量：训练 {} 行，验证 {} 行；每种设置用 {} 个种子。"},
      {"The time limit ended the experiment before all of its trainings were done: what follows is of those that were. "
       "The same command with more time goes on from here.",
       "时间用尽时仍有训练未完成：以下只含已完成的训练。用同一命令并给出更多时间即可继续。"},
      {"What was found", "发现"},
      {"What this means for your training", "这对你的训练意味着什么"},
      {"What was set", "设置"},
      {"{} (95 %: {} to {})", "{}（95 %：{} 至 {}）"},
      {"{}, {}", "{}（{}）"},
      {"training loss", "训练损失"},
      {"validation loss", "验证损失"},
      {"Of the weights that each training kept: the mean over the seeds ± half of its 95 % interval.",
       "各次训练所保留的权重：各种子的平均 ± 95 % 区间的一半。"},
      {"training loss", "训练损失"},
      {"validation loss", "验证损失"},
      // --- lab schedule
      {"how the learning rate should change over the training, and what warm-up and decay do",
       "训练中学习率应如何变化，预热与衰减各有何作用"},
      {"constant rate", "恒定"},
      {"step", "阶梯"},
      {"cosine", "余弦"},
      {"warm-up and cosine", "预热加余弦"},
      {"plateau", "停滞时降低"},
      {"Loss and learning rate by epoch", "各轮的损失与学习率"},
      {"A line for each schedule, the mean of its seeds.", "每种计划一条线，为各种子的平均。"},
      {"The learning rate over the training", "训练中的学习率"},
      {"Should the learning rate stay as it is, fall, or rise first? The same network is trained with each schedule, "
       "all "
       "from the same highest rate.",
       "学习率应保持不变、逐渐下降，还是先升后降？同一网络用每种计划训练，最高学习率相同。"},
      {"Six schedules", "六种计划"},
      {"Bands: from the lowest to the highest of the seeds. Step: a tenth after each third. 1/t: half after a tenth of "
       "the "
       "training. Warm-up: the first tenth rises from zero. Plateau: three tenths of it when the validation loss has "
       "not "
       "fallen for three epochs.",
       "色带：各种子的最低到最高。阶梯：每过三分之一降为十分之一。1/"
       "t：训练十分之一时减半。预热：前十分之一从零升起。停滞时降低：验"
       "证损失三轮未降则乘以 0.3。"},
      {"Not one schedule came to its end with a loss that is a number: try a lower trainer.learning_rate first (fathom "
       "lab rate).",
       "没有一种计划以有限的损失结束：请先降低 trainer.learning_rate（fathom lab rate）。"},
      {"Lowest validation loss: {}, {}.", "验证损失最低：{}，{}。"},
      {"A constant rate ends {} higher: the schedule is worth having.", "恒定学习率的损失高出 {}：值得使用该计划。"},
      {"A constant rate ends {} higher, but the seeds do not agree: by them, the two cannot be told apart.",
       "恒定学习率的损失高出 {}，但各种子不一致：由此无法区分两者。"},
      {"In the last epoch the training loss of a constant rate is {} above that of the cosine: it keeps jumping over "
       "what "
       "a falling rate settles in.",
       "最后一轮中，恒定学习率的训练损失比余弦高 {}：它不断跳过下降的学习率能落入的低处。"},
      {"In the last epoch the training loss of a constant rate is {} above that of the cosine: these seeds do not show "
       "that a falling rate settles lower.",
       "最后一轮中，恒定学习率的训练损失比余弦高 {}：这些种子未显示下降的学习率能落得更低。"},
      {"Warm-up before the cosine lowers the loss by {}.", "余弦之前的预热使损失降低 {}。"},
      {"Warm-up before the cosine raises the loss by {}.", "余弦之前的预热使损失升高 {}。"},
      {"Warm-up before the cosine changes the loss by {}: no effect that these seeds show.",
       "余弦之前的预热使损失变化 {}：这些种子未显示其作用。"},
      {"{} diverged in {} of {} trainings.", "{}：{1}/{2} 次训练发散。"},
      {"Set {}: it ended {} below a constant rate.", "设置 {}：其损失比恒定学习率低 {}。"},
      {"Nothing is gained by changing the rate in this training: trainer.schedule = \"constant\" is as good as any.",
       "本训练中改变学习率没有好处：trainer.schedule = \"constant\" 不逊于任何计划。"},
      {"The schedules cannot be told apart by {} seeds. More seeds (--seeds) or longer trainings would tell; until "
       "then "
       "keep what you have.",
       "用 {} 个种子无法区分这些计划。更多种子（--seeds）或更长的训练才能区分；在此之前保持现状。"},
  };
  return table;
}

}  // namespace fathom::app
