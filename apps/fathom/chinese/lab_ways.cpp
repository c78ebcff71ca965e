// Experiments that compare ways to train, in Chinese.
#include "chinese/tables.hpp"

namespace fathom::app {

std::span<const Translation> chinese_lab_ways() {
  static constexpr Translation table[] = {
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
      {"{} in {} of {}", "{}：{1}/{2}"},
      {"Trainings that diverged: {}.", "发散的训练：{}。"},
      {"no result", "无结果"},
      {"step by step's size: 90 % by 10 %", "步长之比：90 % 分位比 10 % 分位"},
      {"twofold", "两倍"},
      {"Why warm-up helps Adam", "预热为何有助于 Adam"},
      {"Adam divides each weight's step by the root of a mean of squared gradients. In the first updates that mean is "
       "of a few "
       "batches, and so is the size of the step: by which batches happened to come first. Warm-up keeps the rate low "
       "until "
       "the mean is one.",
       "Adam "
       "把每个权重的步长除以梯度平方平均的平方根。最初几次更新中，该平均只来自少数几批，步长因此取决于碰巧先来的是哪几"
       "批。预热使学"
       "习率保持较低，直到平均名副其实。"},
      {"How far Adam's steps depend on the batches that came first", "Adam 的步长在多大程度上取决于先来的批"},
      {"The 90 % quantile of the size of a step over sequences of batches by the 10 % quantile; the median over "
       "weights.",
       "步长在各批序列上的 90 % 分位与 10 % 分位之比；取各权重的中位数。"},
      {"Of this network at its start, with its batches; the weights stay where they are.",
       "取自本网络的起点与其批；权重保持不动。"},
      {"In its first update Adam's step for a weight differs {:.1f}-fold by which batch came; less than twofold from "
       "update "
       "{} on.",
       "第一次更新中，Adam 对一个权重的步长因批而异达 {} 倍；从第 {} 次更新起不到两倍。"},
      {"In its first update Adam's step for a weight differs {:.1f}-fold by which batch came, and still {:.1f}-fold in "
       "update "
       "{}.",
       "第一次更新中，Adam 对一个权重的步长因批而异达 {} 倍，到第 {2} 次更新仍达 {1} 倍。"},
      {"update", "更新次数"},
      {"distance along the steep direction", "沿陡峭方向的距离"},
      {"with the mean", "用平均"},
      {"with the mean, rate falling like 1/t", "用平均，学习率按 1/t 下降"},
      {"with the sum", "用总和"},
      {"Adagrad's late bursts", "Adagrad 的后期突跳"},
      {"In a bowl of curvatures {:.0f} and {:.0f}, the steep direction is soon at its bottom, and its gradient near "
       "zero. "
       "Where steps are divided by the root of the mean of all squared gradients, that divisor fades, until a step is "
       "large "
       "all at once. Adagrad's sum does not fade, at the price of steps that only shrink.",
       "在曲率为 {} 与 {} "
       "的碗中，陡峭方向很快到底，其梯度接近零。若步长除以全部梯度平方平均的平方根，该除数逐渐消减，直到某一步突然变大"
       "。Adagrad "
       "的总和不会消减，代价是步长只会缩小。"},
      {"Adagrad in the bowl", "碗中的 Adagrad"},
      {"Three forms of Adagrad from the same start.", "同一起点的三种 Adagrad。"},
      {"Rate {}; 1/t: half of it after {} updates.", "学习率 {}；1/t：{} 次更新后减半。"},
      {"Adagrad with the mean leaves the bottom again, by {:.2g} of where it began; a rate that falls like 1/t removes "
       "{:.1f} "
       "% of that.",
       "用平均的 Adagrad 会再次离开谷底，达起点距离的 {}；按 1/t 下降的学习率消除其中的 {} %。"},
      {"Set {}: it ended {} below a constant rate.", "设置 {}：其损失比恒定学习率低 {}。"},
      {"Nothing is gained by changing the rate in this training: trainer.schedule = \"constant\" is as good as any.",
       "本训练中改变学习率没有好处：trainer.schedule = \"constant\" 不逊于任何计划。"},
      {"The schedules cannot be told apart by {} seeds. More seeds (--seeds) or longer trainings would tell; until "
       "then "
       "keep what you have.",
       "用 {} 个种子无法区分这些计划。更多种子（--seeds）或更长的训练才能区分；在此之前保持现状。"},
      // --- lab optimizer
      {"which optimizer trains best, each at its own best rate, and how far it moves each layer",
       "各优化器在各自最佳学习率下哪个训练得最好，以及它使各层移动多远"},
      {"The optimizer", "优化器"},
      {"Which update rule trains this network best, when each has the learning rate that suits it?",
       "当每种更新规则都用适合自己的学习率时，哪一种把这个网络训练得最好？"},
      {"momentum", "动量"},
      {"Validation loss by learning rate", "验证损失与学习率"},
      {"at the end", "终点"},
      {"after {} epochs", "{} 轮之后"},
      {"A line for each optimizer; its lowest point at the end is the rate it is given.",
       "每种优化器一条线；终点处的最低点即为所给的学习率。"},
      {"Loss by epoch, each at its best rate", "各轮的损失，各用最佳学习率"},
      {"A line for each optimizer, the mean of its seeds, in a band from the lowest to the highest.",
       "每种优化器一条线，为各种子的平均；色带从最低到最高。"},
      {"How far each layer moves in one update, as a share of its weights", "一次更新使各层移动多远（占其权重的份额）"},
      {"A panel for each optimizer, a line for each matrix of weights.", "每种优化器一幅，每个权重矩阵一条线。"},
      {"Each at its own best rate", "各用自己的最佳学习率"},
      {"One training of each, with a seed of its own, at rates half a decade apart around the default of the "
       "optimizer; "
       "where the best lay at an end, on beyond it. After {} of {} epochs the best {} went on to the end.",
       "每个学习率用一个专用的种子训练一次，学习率在优化器默认值附近，相隔半个数量级；若最佳值位于边缘，则继续向外。{} "
       "轮（共 {} 轮）之后，最好的 {} 个训练到底。"},
      {"How far each layer moves", "各层移动多远"},
      {"|after - before| / |before| of one training each, at updates evenly spaced on a logarithmic axis. Less than "
       "1/{:g} of the highest is not drawn.",
       "各一次训练的 |之后 - 之前| / |之前|，更新在对数轴上均匀选取。低于最高值 1/{:g} 的未画出。"},
      {"The way down a bowl that is flat along x and steep along y", "在沿 x 平缓、沿 y 陡峭的碗中下行"},
      {"Contours of the loss, and the path of each optimizer at its best rate.",
       "损失的等高线，以及各优化器在最佳学习率下的路径。"},
      {"x (curvature {:g})", "x（曲率 {:g}）"},
      {"y (curvature {:g})", "y（曲率 {:g}）"},
      {"{}: {} steps", "{}：{} 步"},
      {"best rate, held", "最佳学习率（恒定）"},
      {"steps", "步数"},
      {"best rate, falling to 0", "最佳学习率（降至 0）"},
      {"of SGD's steps", "与 SGD 步数之比"},
      {"Why one rate for all directions fails", "为何所有方向共用一个学习率不行"},
      {"The loss ({:g} x² + {:g} y²) / 2 from x = {:g}, y = {:g}, where both directions hold the same share of it. A "
       "rate above 2/{:g} leaves the bowl along y; below it, x comes nearer by at most {:.1f} % a step. Theory has "
       "{:.0f} steps for gradient descent at its best. What divides each direction's step by the size of its gradients "
       "goes straight down.",
       "损失 ({:g} x² + {:g} y²) / 2，起点 x = {:g}，y = {:g}，两个方向各占其一半。学习率高于 2/{:g} 会沿 y "
       "离开碗；低于它时，x 每步至多接近 {:.1f} %。理论上梯度下降最好需要 {:.0f} "
       "步。把每个方向的步长除以其梯度大小的方法则直接下行。"},
      {"A ring is the start, a dot the end. Drawn is the shorter of the two walks below.",
       "圆环为起点，圆点为终点。所画为下表两种走法中较短者。"},
      {"Walked by the same update rules as the trainings, without batches and noise. Held: steps until the loss stays "
       "at "
       "or below {:g} of the start's, at the best of {} constant rates from {:.2g} to {:.2g}. Falling: the length of "
       "the "
       "shortest walk that ends there while its rate falls to 0 by a cosine. Rates at which the loss is ever above the "
       "start's are left out. AdamW without weight decay walks as Adam does.",
       "与训练所用的更新规则相同，没有批次和噪声。恒定：在 {1} 个恒定学习率（{2:.2g} 至 "
       "{3:.2g}）中最好的一个下，损失降到并保持在起点的 "
       "{0:g} 以下所需的步数。下降：学习率按余弦降至 0 "
       "时能到达该处的最短步数。损失曾高于起点的学习率不计。无权重衰减的 AdamW 与 Adam 走法相同。"},
      {"On a bowl with curvatures {:g}:{:g}, SGD needs {} steps at its best rate, Adam {}: 1/{:.1f}.",
       "在曲率为 {:g}:{:g} 的碗中，SGD 在最佳学习率下需要 {} 步，Adam 需要 {} 步：1/{:.1f}。"},
      {"No optimizer came to its end with every number finite: look at the data first.",
       "没有一种优化器以有限的数完成训练：请先检查数据。"},
      {"Lowest validation loss: {} at rate {:.2g}, {}.", "验证损失最低：{}，学习率 {:.2g}，{}。"},
      {"Best rates: {}.", "最佳学习率：{}。"},
      {"{} is as low as SGD ever gets after {} of {} epochs.", "{} 用 {} 轮（共 {} 轮）达到 SGD 的最低损失。"},
      {"In one update, SGD moves one layer {:.2g} times as far as another, as a share of its weights; Adam {:.2g} "
       "times.",
       "一次更新中，按占权重的份额计，SGD 使某层移动的距离为另一层的 {:.2g} 倍；Adam 为 {:.2g} 倍。"},
      {"Set trainer.optimizer = \"{}\" and trainer.learning_rate = {:.2g}: with {} no training came to its end.",
       "设置 trainer.optimizer = \"{}\" 和 trainer.learning_rate = {:.2g}：用 {} 没有训练完成。"},
      {"Set trainer.optimizer = \"{}\" and trainer.learning_rate = {:.2g}: it ends {} below {} at its best rate, "
       "{:.2g}.",
       "设置 trainer.optimizer = \"{}\" 和 trainer.learning_rate = {:.2g}：其结果比 {3} 在最佳学习率 {4:.2g} 时低 "
       "{2}。"},
      {"{} ends lower than {} by {}, but the seeds do not agree: keep trainer.optimizer = \"{}\", at "
       "trainer.learning_rate = {:.2g}.",
       "{} 的结果比 {} 低 {}，但各种子不一致：保持 trainer.optimizer = \"{}\"，trainer.learning_rate = {:.2g}。"},
      {"Keep trainer.optimizer = \"{}\": no other ends lower. Its best rate is trainer.learning_rate = {:.2g}.",
       "保持 trainer.optimizer = \"{}\"：其他优化器都没有更低的结果。其最佳学习率为 trainer.learning_rate = {:.2g}。"},
      {"Your rate, {:.2g}, is {:.2g} times as high as the best that was found for {}.",
       "所设学习率 {:.2g} 是为 {2} 找到的最佳值的 {1:.2g} 倍。"},
      {"Your rate, {:.2g}, is {:.2g} times lower than the best that was found for {}.",
       "所设学习率 {:.2g} 只有为 {2} 找到的最佳值的 1/{1:.2g}。"},
      {"{} ends lower than {} by {}, by the one seed there is: --seeds 3 would tell whether that holds.",
       "就唯一的种子而言，{} 的结果比 {} 低 {}：--seeds 3 可说明是否如此。"},
      // --- lab momentum
      {"going on in the direction of the updates before: curves, and the way the weights take",
       "沿之前更新的方向继续前进：损失曲线与权重走过的路"},
      {"no momentum", "无动量"},
      {"momentum 0.5", "动量 0.5"},
      {"momentum 0.9", "动量 0.9"},
      {"momentum 0.99", "动量 0.99"},
      {"Nesterov 0.9", "涅斯捷罗夫 0.9"},
      {"Momentum", "动量"},
      {"Does it help to go on in the direction of the updates before? The same network at the same learning rate, with "
       "more "
       "and more momentum.",
       "沿之前更新的方向继续前进有帮助吗？同一网络、同一学习率，动量逐渐加大。"},
      {"Five ways down", "五种下降方式"},
      {"A line for each momentum, the mean of its seeds.", "每种动量一条线，为各种子的平均。"},
      {"The way of the weights", "权重走过的路"},
      {"Training loss on the plane through the start and both ends.", "过起点与两个终点的平面上的训练损失。"},
      {"from the start to the end with momentum 0.9", "从起点到动量 0.9 的终点"},
      {"across, through the end without", "横向，过无动量的终点"},
      {"The way down", "下降之路"},
      {"Both walks begin at the ring. The end with momentum is {} from the start; on its way it was at most {} beside "
       "the "
       "plane, where the loss is another.",
       "两条路都从圆环处开始。有动量的终点距起点 {}；途中最多偏离平面 {}，那里的损失有所不同。"},
      {"Height on the way", "沿途的高度"},
      {"Training loss of the same rows at each place of the walk.", "沿途每处在同一批行上的训练损失。"},
      {"share of the training", "训练进程"},
      {"With seed {}; losses are of {} training rows at {} places of each walk.",
       "种子 {}；损失取自 {} 个训练行，每条路 {} 处。"},
      {"Momentum 0.9 has the training loss that {} epochs end with without it, {}, after {}.",
       "无动量训练 {} 轮后的训练损失 {}，动量 0.9 用 {} 轮即达到。"},
      {"Momentum 0.9 does not reach the training loss that {} epochs end with without it, {}.",
       "动量 0.9 未达到无动量训练 {} 轮后的训练损失 {}。"},
      {"On its way momentum 0.9 crosses bumps of up to {}, and the walk without of up to {}: it comes over what would "
       "stop "
       "it.",
       "动量 0.9 途中越过最高 {} 的小丘，无动量时最高 {}：它能越过本会使其停下之处。"},
      {"On its way momentum 0.9 crosses bumps of up to {}, and the walk without of up to {}: these seeds do not show "
       "that it "
       "comes over more.",
       "动量 0.9 途中越过最高 {} 的小丘，无动量时最高 {}：这些种子未显示它能越过更多。"},
      {"Of these, trainer.optimizer = \"{}\" with trainer.momentum = {} at trainer.learning_rate = {:.3g} is best: {} "
       "below "
       "no momentum.",
       "其中 trainer.optimizer = \"{}\"、trainer.momentum = {}、trainer.learning_rate = {:.3g} 最好：比无动量低 {}。"},
      {"Your own optimizer, {}, is not among them: fathom lab optimizer compares it with momentum, each at its best "
       "rate.",
       "你所用的优化器 {} 不在其中：fathom lab optimizer 会在各自最佳学习率下将它与动量比较。"},
      {"All at a learning rate of {:.3g}.", "学习率均为 {:.3g}。"},
      {"At this rate momentum brings nothing: the rate is high enough by itself, or too high with it (fathom lab "
       "rate).",
       "在此学习率下动量没有帮助：学习率本身已足够高，或加上动量后过高（fathom lab rate）。"},
      {"By {} seeds the momenta cannot be told apart in what they reach. More seeds (--seeds) or longer trainings "
       "would tell.",
       "用 {} 个种子无法区分各动量所达到的结果。更多种子（--seeds）或更长的训练才能区分。"},
      // --- tune
      {"which settings train better than the configuration's", "哪些设置比配置中的训练得更好"},
      {"fathom tune cannot search {}: all trials have the same rows and the same length",
       "fathom tune 不能搜索 {}：各次尝试的行与训练长度都必须相同"},
      {"it searches keys of [model], [trainer] and [augment]", "可搜索 [model]、[trainer] 与 [augment] 中的配置项"},
      {"what is searched of {} must be {}", "{} 的搜索范围必须是 {}"},
      {"{{ log = [low, high] }}, {{ range = [low, high] }} or {{ choice = [...] }}",
       "{{ log = [低, 高] }}、{{ range = [低, 高] }} 或 {{ choice = [...] }}"},
      {"{{ choice = [...] }}", "{{ choice = [...] }}"},
      {"for example \"{}\" = {{ log = [0.001, 0.1] }}", "例如 \"{}\" = {{ log = [0.001, 0.1] }}"},
      {"for example \"{}\" = {{ choice = [...] }}", "例如 \"{}\" = {{ choice = [...] }}"},
      {"A point for each trial that came to its end or to where it was stopped.",
       "每次尝试一点，无论训练到底还是中途停止。"},
      {"to the end", "训练到底"},
      {"stopped early", "中途停止"},
      {"best so far", "迄今最佳"},
      {"trials", "尝试"},
      {"The search", "搜索过程"},
      {"A point for each trial; trial 0 is the configuration as it is.", "每次尝试一点；第 0 次为原配置。"},
      {"trial", "尝试"},
      {"epochs", "轮数"},
      {"Search of settings", "设置的搜索"},
      {"Which settings train better than the configuration's? Settings are drawn by chance, and the best of them is "
       "trained again beside the configuration, with seeds that did not choose it.",
       "哪些设置比配置中的训练得更好？设置随机抽取，其中最好的再与现有配置并排训练，所用种子未参与挑选。"},
      {"Other seeds were judged by the validation rows that chose it: fathom eval tells what holds on the test part.",
       "其他种子仍由选出它的验证行评判：fathom eval 可告知在测试部分上还剩多少。"},
      {"What matters", "什么重要"},
      {"What a key alone explains of the scores, in percent", "单个配置项所解释的得分变化（百分比）"},
      {"Of the logarithm of the lowest score within {} epochs, which every trial had: for numbers by a parabola, for "
       "choices by their means, less what chance explains. Trials that diverged by then are left out.",
       "取每次尝试都经历的 {} "
       "轮之内最低得分的对数：数值用抛物线，选项用各自的平均，并扣除偶然所能解释的部分。届时已发散的尝试不计入。"},
      {"The trials", "各次尝试"},
      {"The best of those that came to their end, by the lowest value that the validation part has shown.",
       "训练到底者中最好的，按验证部分出现过的最低值。"},
      {"Of {} trials none is better than the configuration: {} {}.", "{} 次尝试中没有一次优于现有配置：{} {}。"},
      {"The best of {} trials: {} {} with {}.", "{} 次尝试中最好的：{} {}，设置为 {}。"},
      {"{} epochs were trained, {:.0f} % of what all trials to the end would have taken.",
       "共训练 {} 轮，为全部训练到底的 {} %。"},
      {"{} epochs were trained.", "共训练 {} 轮。"},
      {"{} matters most: alone it explains {:.0f} % of how the scores vary.", "{} 最重要：单独解释了得分变化的 {} %。"},
      {"{} of {} trials diverged.", "{1} 次尝试中有 {0} 次发散。"},
      {"Keep the configuration: nothing that was tried is better.", "保持现有配置：所尝试的都不更好。"},
      {"The best one was not trained again with every other seed: time was lacking.",
       "最好的一个未能用每个其他种子再次训练：时间不足。"},
      {"Trained again with {} other seeds, the configuration diverged with {} of them, the best trial with {}.",
       "用另外 {} 个种子再次训练，现有配置有 {} 次发散，最好的尝试有 {} 次。"},
      {"Trained again with {} other seeds it is not better but {} higher than the configuration.",
       "用另外 {} 个种子再次训练，它并不更好，反而比现有配置高 {}。"},
      {"fathom tune cannot search {}: these rows have no images", "fathom tune 不能搜索 {}：这些行没有图像"},
      {"remove it from [tune]", "请从 [tune] 中删去"},
      {"Trained again with {} other seeds it is {} lower than the configuration.",
       "用另外 {} 个种子再次训练，比现有配置低 {}。"},
      {"Trained again with {} other seeds it is {} lower than the configuration: that may be nothing.",
       "用另外 {} 个种子再次训练，比现有配置低 {}：可能没有差别。"},
      {"Set {}.", "设置 {}。"},
      {"Keep the configuration: that the best trial is better than it is not sure. More trials (--trials) or a wider "
       "[tune] may find one that is.",
       "保持现有配置：最好的尝试是否更好并不确定。更多尝试（--trials）或更宽的 [tune] 或许能找到。"},
  };
  return table;
}

}  // namespace fathom::app
