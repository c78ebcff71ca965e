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
      {"Each interval is that of one comparison: of many that are compared, one may lead by chance.",
       "每个区间只属于一次比较：比较得多了，总有一个可能偶然领先。"},
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
      // --- lab depth
      {"more layers: at the same number of weights, and added at one width",
       "更多的层：权重数相同时，以及宽度不变时增加层数"},
      {"training, last epoch", "训练，最后一轮"},
      {"validation, best epoch", "验证，最佳一轮"},
      {"Means over the seeds with their 95 % intervals.", "各种子的平均及其 95 % 区间。"},
      {"hidden layers", "隐藏层数"},
      {"Accuracy on rows that were trained on, and on others", "在训练过的行与其他行上的准确率"},
      {"The distance of the two is the generalization gap.", "两者之差即泛化差距。"},
      {"lab depth needs a network with hidden layers, and this one has none",
       "lab depth 需要有隐藏层的网络，而此网络没有"},
      {"set model.hidden, such as model.hidden = [64]", "请设置 model.hidden，例如 model.hidden = [64]"},
      {"Depth", "深度"},
      {"Does this training gain by more layers: at the same number of weights, and by layers added at one width? Where "
       "a "
       "deeper network ends with a higher training loss, that is the optimization: it could compute what the shallower "
       "one "
       "does.",
       "更多的层对本训练有益吗：在权重数相同时，以及在宽度不变而增加层数时？若更深的网络以更高的训练损失结束，那是优化"
       "的问题：它本"
       "可以算出较浅网络所算的。"},
      {"Layers added at one width", "宽度不变，增加层数"},
      {"Loss with hidden layers of {}", "隐藏层宽度为 {} 时的损失"},
      {"The same number of weights", "权重数相同"},
      {"About {} weights in each network, as in the configuration's.", "每个网络约 {} 个权重，与配置中的相同。"},
      {"Loss with the same number of weights", "权重数相同时的损失"},
      {"With {} layers of {} the training loss ends {} above that of one layer: that is optimization, not capacity.",
       "{} 层、每层 {} 个单元时，训练损失最终比一层高 {}：这是优化的问题，而非容量。"},
      {"No deeper network ends with a training loss that is surely above that of one layer (the highest, {} layers: "
       "{}).",
       "没有更深的网络以确实高于一层的训练损失结束（最高的是 {} 层：{}）。"},
      {"At one width, the validation loss is lowest with {}: {}.", "宽度不变时，验证损失最低的是 {}：{}。"},
      {"At the same number of weights, it is lowest with {}: {}.", "权重数相同时，最低的是 {}：{}。"},
      {"The generalization gap", "泛化差距"},
      {"The bars are Hoeffding's bound for {} validation rows at 95 %: ± {:.3f}, whatever the distribution. It does "
       "not "
       "count that the best epoch was chosen on these rows.",
       "误差线为 {} 个验证行在 95 % 下的霍夫丁界：± {}，与分布无关；未计入最佳一轮也由这些行选出。"},
      {"The gap between training and validation accuracy grows from {:.3f} with one layer to {:.3f} with {}, more than "
       "the "
       "{:.3f} that the validation rows leave open.",
       "训练与验证准确率之差从一层的 {} 增至 {2} 层的 {1}，超过验证行所能确定的 {3}。"},
      {"The gap between training and validation accuracy is {:.3f} with one layer and {:.3f} with {}; the validation "
       "rows "
       "leave {:.3f} open.",
       "训练与验证准确率之差一层时为 {}，{2} 层时为 {1}；验证行的不确定为 {3}。"},
      {"Not one of the trainings came to its end with a loss that is a number: try a lower trainer.learning_rate first "
       "(fathom lab rate).",
       "没有一次训练以有限的损失结束：请先降低 trainer.learning_rate（fathom lab rate）。"},
      {"The deep networks are held up by optimization. Before more layers: model.norm = \"layer\", another "
       "trainer.learning_rate, or an optimizer that adapts (fathom lab optimizer).",
       "深的网络受制于优化。在增加层数之前：试 model.norm = \"layer\"、另一个 "
       "trainer.learning_rate，或自适应的优化器（fathom "
       "lab optimizer）。"},
      {"Set model.hidden = {}: {} below one layer of {}.", "设置 model.hidden = {}：比一层 {2} 个单元低 {1}。"},
      {"More layers than one do not surely lower the validation loss here: model.hidden = [{}] is enough, and faster.",
       "此处多于一层并不确实降低验证损失：model.hidden = [{}] 已足够，而且更快。"},
      // --- lab regularization
      {"what each kind of regularization is worth, and more rows, and an ensemble",
       "各种正则化、更多的行与集成各值多少"},
      {"none", "无"},
      {"weight decay", "权重衰减"},
      {"L2 penalty", "L2 惩罚"},
      {"dropout", "随机失活"},
      {"augmentation", "数据增强"},
      {"input noise", "输入噪声"},
      {"label smoothing", "标签平滑"},
      {"early stopping", "提前停止"},
      {"ensemble of {}", "{} 个网络的集成"},
      {"{:.0f} % of the rows", "{} % 的行"},
      {"Right of zero is better.", "零的右侧更好。"},
      {"Loss by epoch", "各轮的损失"},
      {"A line for each method, the mean of its seeds.", "每种方法一条线，为各种子的平均。"},
      {"{} compares on validation rows, and there are none", "{} 用验证行比较，而此处没有"},
      {"Without regularization no training came to its end, so there is nothing to compare with: try a lower "
       "trainer.learning_rate first (fathom lab rate).",
       "不加正则化时没有一次训练到达终点，因此无从比较：请先降低 trainer.learning_rate（fathom lab rate）。"},
      {"Regularization", "正则化"},
      {"What narrows the distance between the rows that were trained on and others? The same network is trained "
       "without any "
       "regularization, and with each kind alone.",
       "什么能缩小训练过的行与其他行之间的差距？同一网络先不用正则化训练，再分别单用每一种。"},
      {"What each is worth", "各自的作用"},
      {"Lower {} on validation rows, by", "验证行上 {} 的降低量"},
      {"With 95 % intervals. Each beside the network without any, in the epoch in which that was best; early stopping "
       "beside "
       "its last epoch; the ensemble, of {} networks without any, beside one of them, row by row.",
       "附 95 % 区间。各方法与不用正则化的网络在其最佳一轮相比；提前停止与其最后一轮相比；{} "
       "个不用正则化的网络的集成与其中之一逐行相比。"},
      {"The training losses are those that are minimised: penalties are not in them, smoothed labels are.",
       "训练损失即所最小化的损失：不含惩罚项，但含平滑后的标签。"},
      {"training rows", "训练行数"},
      {"More rows", "更多的行"},
      {"{} by training rows, without regularization", "不用正则化时，{} 随训练行数的变化"},
      {"Where both meet, more rows bring nothing; where they are apart, more rows bring them together.",
       "两者相接时，更多的行没有帮助；两者分开时，更多的行使其靠拢。"},
      {"Without regularization: {} {} on rows that were trained on, {} on others.",
       "不用正则化时：{} 在训练过的行上为 {}，在其他行上为 {}。"},
      {"{}: lower by {}.", "{}：降低 {}。"},
      {"{}: a loss, by {}.", "{}：反而变差，{}。"},
      {"{}: {}, which may be nothing.", "{}：{}，可能没有作用。"},
      {"{} % of the rows: {} higher than with all.", "用 {} % 的行：比全部高 {}。"},
      {"Set {}: of what one key sets, it helps most.", "设置 {}：在单个配置项中作用最大。"},
      {"By these seeds no single kind of regularization surely helps this training. More seeds (--seeds) may show a "
       "small "
       "gain; a large one lies elsewhere, in the model, the optimization or the data.",
       "就这些种子而言，没有哪一种正则化确能帮助本训练。更多种子（--"
       "seeds）或可显出小的收益；大的收益在别处：模型、优化或数据。"},
      {"{}: lower by at most {}, as the rows that judge it chose the epoch.",
       "{}：至多降低 {}，因为评判它的行也选择了轮次。"},
      {"Where accuracy is worth {} times the work, train {} networks by their seeds and give them all to fathom "
       "predict.",
       "若准确率值得 {} 倍的计算，可用不同种子训练 {} 个网络，并一起交给 fathom predict。"},
      {"The learning curve still falls: more rows would help.", "学习曲线仍在下降：更多的行会有帮助。"},
      // --- lab batch
      {"how many rows an update should see: what it costs, what the trainings reach, how noisy gradients are",
       "每次更新该看多少行：代价、训练结果与梯度噪声"},
      {"Batch size", "批大小"},
      {"How many rows should an update see? The same network is trained with batches from one row to all of them, each "
       "for as many epochs, and what an update costs and how noisy its gradient is are measured.",
       "每次更新该看多少行？同一个网络分别以一行直到全部行为一批来训练，轮数相同；并测量每次更新的代价和梯度的噪声。"},
      {"batch {}", "批大小 {}"},
      {"1 thread", "1 个线程"},
      {"{} threads", "{} 个线程"},
      {"{} µs", "{} 微秒"},
      {"{} ms", "{} 毫秒"},
      {"{} s", "{} 秒"},
      {"{} min", "{} 分钟"},
      {"one training takes about {}, longer than the time limit of {}", "一次训练约需 {}，超过了时间上限 {}"},
      {"give a longer --time-limit, or fewer --epochs; what is done is kept",
       "请增大 --time-limit，或减小 --epochs；已完成的部分已保存"},
      {"batch size (rows)", "批大小（行）"},
      {"Time of one update by batch size", "一次更新的时间与批大小"},
      {"A line for each number of threads.", "每种线程数一条线。"},
      {"time of one update (ms)", "一次更新的时间（毫秒）"},
      {"rows per second", "每秒行数"},
      {"twice batch {}", "批大小 {} 的两倍"},
      {"linear from {}", "从 {} 起线性"},
      {"Forward, backward and optimizer, the rows in memory: the median of repeated timings that take turns, and the "
       "band "
       "of their middle half.",
       "前向、反向与优化器，数据已在内存中：各批大小轮流多次计时，取中位数；色带为居中的一半。"},
      {"Time of one epoch by batch size", "一轮的时间与批大小"},
      {"time of one epoch (s)", "一轮的时间（秒）"},
      {"yours", "你的设置"},
      {" (yours)", "（你的设置）"},
      {"your batch", "你的批大小"},
      {"The median step of the training loop, rows gathered, times the steps of an epoch; without judging on "
       "validation "
       "rows.",
       "训练循环一步时间（含取行）的中位数乘以每轮步数；不含在验证行上的评估。"},
      {"A line for each batch size, the mean of its seeds.", "每种批大小一条线，为各种子的均值。"},
      {"What the trainings reach by batch size", "训练结果与批大小"},
      {"Training and validation, with intervals.", "训练与验证，附区间。"},
      {"Of the weights that each training kept, those of its best epoch: means over the seeds with their 95 % "
       "intervals.",
       "取每次训练保留的权重，即最好一轮的权重：各种子的均值与 95 % 区间。"},
      {"Gradient noise scale", "梯度噪声尺度"},
      {"Two estimates with intervals, at the beginning and when trained.", "训练前与训练后各两种估计，附区间。"},
      {"from norms at two batch sizes", "由两种批大小的梯度范数"},
      {"from gradients of many batches", "由许多批的梯度"},
      {"estimate", "估计方法"},
      {"noise scale (rows)", "噪声尺度（行）"},
      {"95 % interval", "95 % 区间"},
      {"trace of the covariance", "协方差的迹"},
      {"squared gradient", "梯度范数的平方"},
      {"norms", "范数"},
      {"gradients", "梯度"},
      {"at the beginning", "训练前"},
      {"when trained", "训练后"},
      {"What an update and an epoch cost", "一次更新与一轮的代价"},
      {"Larger batches than these need more memory than is free.", "更大的批所需内存超过可用内存。"},
      {"What the trainings reach", "训练结果"},
      {"Left out, since the time limit is too short for their trainings: batch {}.",
       "因时间上限不够训练而略去的批大小：{}。"},
      {"The same loss by updates, by epochs and by time", "同一损失：按更新次数、按轮数、按时间"},
      {"Loss by updates", "损失与更新次数"},
      {"updates", "更新次数"},
      {"Loss by epochs", "损失与轮数"},
      {"epochs", "轮数"},
      {"Loss by time", "损失与时间"},
      {"seconds", "秒"},
      {"Time is that of the epochs on {}, measured with the machine to itself; the trainings ran side by side.",
       "时间为单独测得的 {} 下每轮的时间；各训练是并行运行的。"},
      {"The noise in the gradient", "梯度中的噪声"},
      {"The noise scale is the number of rows at which the noise of a batch's gradient is as strong as the gradient "
       "itself: the trace of the covariance of single rows' gradients over the squared norm of the mean gradient. Well "
       "below it, twice the batch needs about half the updates; well above it, about as many (McCandlish et al. 2018).",
       "噪声尺度是一批梯度的噪声与梯度本身一样强时的行数：单行梯度协方差的迹除以平均梯度范数的平方。远小于它时，批大小"
       "加倍，更新次数约减半；远大于它时，更新次数几乎不变（文献：arXiv 1812.06162）。"},
      {"Intervals of 95 % from resampled draws; where one has no end, the draws do not tell the mean gradient from "
       "zero.",
       "95 % 区间由重抽样得到；没有上界的区间表示样本分辨不出平均梯度与零。"},
      {"The best {} on validation rows is that of batch {}: {}.", "验证集上最好的{}来自批大小 {1}：{2}。"},
      {"Batch {} diverged in {} of {} trainings.", "批大小 {} 的训练发散：{} 次，共 {} 次。"},
      {"The trainings of batch {} did not come to their end.", "批大小 {} 的训练没有完成。"},
      {"Batch {} ends {} behind it, by the one seed there is.", "批大小 {} 落后 {}（仅一个种子）。"},
      {"The gradient noise scale is {} rows at the beginning ({}).", "梯度噪声尺度在训练前为 {} 行（{}）。"},
      {"Try trainer.batch_size = {}: on average it ends {} better than your {}, though these seeds do not make it "
       "sure; an "
       "epoch takes {} in place of {}.",
       "可试 trainer.batch_size = {}：平均结果比你的 {2} 好 {1}，但这些种子还不能确定；一轮需 {3}，而不是 {4}。"},
      {"Batch {} ends {} behind it, but the seeds do not agree: by them, the two cannot be told apart.",
       "批大小 {} 落后 {}，但各种子并不一致：由此无法区分二者。"},
      {"Batch {} ends {} behind it, and its training loss is {} higher as well: it is optimization that lacks, with {} "
       "updates in place of {}.",
       "批大小 {} 落后 {}，训练损失也高出 {}：缺的是优化，它只更新了 {} 次，而不是 {} 次。"},
      {"Batch {} ends {} behind it, and its training loss is {} higher as well: the noise of so few rows, at this "
       "learning rate, keeps it from going lower.",
       "批大小 {} 落后 {}，训练损失也高出 {}：在此学习率下，行数太少带来的噪声使它无法更低。"},
      {"Batch {} ends {} behind it, though its training loss is {} lower: what it learns holds less on new rows.",
       "批大小 {} 落后 {}，而训练损失却低 {}：它学到的在新数据上不如前者。"},
      {"Batch {} ends {} behind it; by their training losses the two cannot be told apart.",
       "批大小 {} 落后 {}；从训练损失看，二者无法区分。"},
      {"On {}, one update of {} row takes {}, and one of {} already twice as long.",
       "用 {} 时，{} 行的一次更新需 {}，而 {} 行的已需两倍时间。"},
      {"On {}, no batch costs twice an update of one row ({}): up to all {} rows it takes {}.",
       "用 {} 时，没有哪种批大小达到一行更新（{}）的两倍时间：全部 {} 行也只需 {}。"},
      {"On {}, an update stays under twice that of one row ({}) up to batch {} ({}).",
       "用 {} 时，直到批大小 {2}（{3}），一次更新都不到一行更新（{1}）的两倍时间。"},
      {"From batch {} on, time grows in proportion to the rows (to the power {:.2f}).",
       "从批大小 {} 起，时间与行数成正比（指数为 {}）。"},
      {"Within the sizes measured, time does not come to grow in proportion to the rows.",
       "在所测范围内，时间还没有与行数成正比。"},
      {"An epoch takes {} in batches of {} and {} in batches of {}, on {}.",
       "用 {4} 时，批大小为 {1} 的一轮需 {0}，批大小为 {3} 的需 {2}。"},
      {"Half of the sizes reach a validation loss of {}: first by time batch {}, after {}; by updates batch {}, after "
       "{}; "
       "by epochs batch {}, after {}.",
       "半数批大小达到了验证损失 {}：按时间最先的是批大小 {}，用时 {}；按更新次数是 {}，在 {} 次之后；按轮数是 "
       "{}，在第 {} "
       "轮。"},
      {"both estimates agree", "两种估计一致"},
      {"the two estimates do not agree", "两种估计不一致"},
      {"The gradient noise scale is {} rows at the beginning; of the trained weights, these draws do not tell the "
       "gradient from noise ({}).",
       "梯度噪声尺度在训练前为 {} 行；对训练后的权重，这些样本分辨不出梯度与噪声（{}）。"},
      {"The gradient noise scale is {} rows at the beginning and {} when trained ({}): it suggests batches of about "
       "{}.",
       "梯度噪声尺度在训练前为 {} 行，训练后为 {} 行（{}）：建议的批大小约为 {}。"},
      {"Nothing is advised before all of the trainings are done: the same command with a longer --time-limit goes on. "
       "One "
       "training takes about {}.",
       "在全部训练完成之前不作建议：用更长的 --time-limit 再次运行同一命令即可继续。一次训练约需 {}。"},
      {"The gradient noise scale is {} rows at the beginning and {} when trained ({}): it bears batches of at least "
       "{}.",
       "梯度噪声尺度在开始时为 {} 行，训练后为 {} 行（{}）：它至少容许 {} 的批量。"},
      {"The gradient noise bears at least {} rows: a larger batch than {} could do with fewer updates, if the rate is "
       "raised with it.",
       "梯度噪声至少容许 {} 行：比 {} 更大的批量可以用更少的更新，前提是随之提高学习率。"},
      {"The gradient noise bears at least {} rows: it is no reason for smaller batches than {}.",
       "梯度噪声至少容许 {} 行：它不是使用小于 {} 的批量的理由。"},
      {"Keep trainer.batch_size = {}: of the sizes that end as well, none has a shorter epoch.",
       "保留 trainer.batch_size = {}：在结果同样好的批大小中，没有哪种每轮更快。"},
      {"Set trainer.batch_size = {}: it ends {} better than your {}, and an epoch takes {} in place of {}.",
       "请设 trainer.batch_size = {}：结果比你的 {2} 好 {1}，一轮需 {3}，而不是 {4}。"},
      {"Set trainer.batch_size = {}: by these seeds it ends as well as the best, and an epoch takes {} in place of {} "
       "with your {}.",
       "请设 trainer.batch_size = {}：就这些种子看，结果与最好的一样，一轮需 {1}，而你的 {3} 需 {2}。"},
      {"With it goes trainer.learning_rate = {}, as --scale {} makes it.",
       "与之相配的是 trainer.learning_rate = {}（由 --scale {} 得出）。"},
      {"One seed shows no more than a tendency: --seeds 3 would tell how far its results can be trusted.",
       "一个种子只能显示趋势：用 --seeds 3 才知道结果有多可靠。"},
      {"If batches of {} are wanted for speed, they need more from each update: see whether a higher rate makes up for "
       "it "
       "(--scale linear with SGD, --scale sqrt with Adam), or raise trainer.epochs.",
       "若为了速度想用批大小 {}，每次更新就要走得更远：可用 --scale 看更高的学习率能否弥补，或增大 trainer.epochs。"},
      {"A higher rate (--scale {}) does not make up for the few updates of batches of {}: they need more "
       "trainer.epochs.",
       "更高的学习率（--scale {}）弥补不了批大小 {} 的更新次数之少：需要增大 trainer.epochs。"},
      {"The gradient noise suggests about {} rows: batches of {} spend more rows on an update than its gradient needs.",
       "梯度噪声建议约 {} 行：批大小 {} 在每次更新上用的行数多于梯度所需。"},
      {"The gradient noise suggests about {} rows: a larger batch than {} could do with fewer updates, if the rate is "
       "raised with it.",
       "梯度噪声建议约 {} 行：若学习率随之提高，比 {} 更大的批可用更少的更新完成训练。"},
      {"The gradient noise, which suggests about {} rows, agrees.", "梯度噪声建议约 {} 行，与此相符。"},
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
      // --- lab loss
      {"cross-entropy against squared errors; for numbers MSE, MAE and Huber with outliers",
       "交叉熵与平方误差的比较；数值目标则比较有离群值时的 MSE、MAE 与 Huber"},
      {"cross-entropy", "交叉熵"},
      {"MSE, three times the rate", "MSE，三倍学习率"},
      {"MSE, ten times the rate", "MSE，十倍学习率"},
      {"norm of the gradient", "梯度的范数"},
      {"Where the prediction is confidently wrong", "预测自信却错误之处"},
      {"What a row says to the weights passes through the gradient of its loss in the logits. For squared errors of "
       "probabilities it goes to zero where the network is sure of the wrong class: the worse the mistake, the weaker "
       "the "
       "correction.",
       "每一行对权重的作用都经过其损失对逻辑值的梯度。概率的平方误差在网络确信错误类别之处梯度趋于零：错得越厉害，纠正"
       "越弱。"},
      {"Gradient in the logits by the probability of the true class", "逻辑值梯度随真实类别概率的变化"},
      {"Computed by derivatives of the two losses, two classes.", "由两种损失的导数算出，两个类别。"},
      {"probability of the true class", "真实类别的概率"},
      {"Where the true class is given a probability of {}, the gradient of cross-entropy is {:.3g}, that of MSE "
       "{:.2g}: "
       "{:.0f} times smaller.",
       "真实类别的概率为 {} 时，交叉熵的梯度为 {}，MSE 为 {}：小 {} 倍。"},
      {"The two surfaces", "两种曲面"},
      {"Training loss around the start of the training.", "训练起点周围的训练损失。"},
      {"from the start to where cross-entropy ended", "从起点到交叉熵的终点"},
      {"across, by chance", "横向，随机方向"},
      {"The same network and rows on the same plane: the start at the ring, where the training by cross-entropy ended "
       "at the "
       "dot. {} training rows.",
       "同一网络与行，同一平面：圆环为起点，圆点为交叉熵训练的终点。训练行数 {}。"},
      {"At the edge of that plane cross-entropy is {:.0f} % as steep as anywhere on it, MSE {:.0f} %.",
       "在该平面的边缘，交叉熵的坡度为最陡处的 {} %，MSE 为 {} %。"},
      {"By epoch", "各轮"},
      {"A line for each loss, the mean of its seeds.", "每种损失一条线，为各种子的平均。"},
      {"The loss of a classifier", "分类器的损失"},
      {"Cross-entropy or squared errors of the probabilities? The same classifier is trained by both, by squared "
       "errors also "
       "at higher rates, as their gradients are smaller.",
       "用交叉熵还是概率的平方误差？同一分类器分别用两者训练；因平方误差的梯度较小，也以更高的学习率训练。"},
      {"Trained by both", "分别用两者训练"},
      {"The losses of the table are those that each minimises, and cannot be compared.",
       "表中的损失为各自所最小化的损失，不可互相比较。"},
      {"Validation accuracy: cross-entropy {}, MSE at the same rate {}, at its best rate {}.",
       "验证准确率：交叉熵 {}，同一学习率的 MSE {}，其最佳学习率下 {}。"},
      {"Keep output.loss = \"cross_entropy\": it is {} more accurate than MSE at its best rate.",
       "保持 output.loss = \"cross_entropy\"：比最佳学习率下的 MSE 准确率高 {}。"},
      {"Set output.loss = \"mse\", with trainer.learning_rate = {:.2g}: it is {} more accurate.",
       "设置 output.loss = \"mse\" 与 trainer.learning_rate = {}：准确率高 {}。"},
      {"These seeds do not tell which is more accurate ({}). Keep output.loss = \"cross_entropy\": it needs no other "
       "rate, "
       "and its probabilities are what is minimised.",
       "这些种子不能说明哪一个更准确（{}）。保持 output.loss = "
       "\"cross_entropy\"：它不需要另设学习率，且其概率正是被最小化的量。"},
      {"With outliers, MSE ends {} below Huber's loss.", "有离群值时，MSE 的结果比 Huber 损失低 {}。"},
      {"The loss of a regression", "回归的损失"},
      {"Squared errors, absolute errors, or Huber's, which is between? The same network is trained by each, on the "
       "rows as "
       "they are and with outliers among them.",
       "平方误差、绝对误差，还是介于其间的 Huber？同一网络分别用三者训练，行保持原样或含离群值。"},
      {"MSE, with outliers", "MSE，含离群值"},
      {"MAE, with outliers", "MAE，含离群值"},
      {"Huber, with outliers", "Huber，含离群值"},
      {"Trained by each", "分别用三者训练"},
      {"Outliers: {:.0f} % of the training targets are moved up by {} of their standard deviations. The validation "
       "rows have "
       "none, and are judged by the mean absolute error.",
       "离群值：{} % 的训练目标上移 {} 个标准差。验证行没有离群值，以平均绝对误差评判。"},
      {"{}: {} {} without outliers; with them {} more.", "{}：无离群值时 {} 为 {}；有离群值时再高 {}。"},
      {"With outliers, Huber's loss ends {} below MSE.", "有离群值时，Huber 比 MSE 低 {}。"},
      {"With outliers, MSE ends {} above Huber's loss: these seeds do not show a difference.",
       "有离群值时，MSE 比 Huber 高 {}：这些种子未显示差别。"},
      {"If your targets have outliers that are mistakes, set output.loss = \"huber\": it costs {} without them.",
       "若目标中有属于错误的离群值，请设置 output.loss = \"huber\"：没有离群值时其代价为 {}。"},
      {"{}: {} {} without outliers; with them no training came to its end.",
       "{}：无离群值时{} {}；有离群值时没有一次训练到达终点。"},
      {"Keep output.loss as it is: outliers do no harm to this training that Huber's loss would surely lessen.",
       "保持 output.loss 不变：离群值对本训练没有 Huber 损失确能减轻的损害。"},
      {"If your targets have outliers that are mistakes, set output.loss = \"huber\": with them MSE diverges.",
       "若目标中有属于错误的离群值，请设 output.loss = \"huber\"：有它们时 MSE 发散。"},
      {"Too few trainings came to their end to compare the losses with outliers.",
       "到达终点的训练太少，无法比较有离群值时的各损失。"},
      {"Keep output.loss = \"cross_entropy\": by MSE no training came to its end.",
       "保持 output.loss = \"cross_entropy\"：用 MSE 没有一次训练到达终点。"},
      {"By cross-entropy no training came to its end: try a lower trainer.learning_rate first (fathom lab rate).",
       "用交叉熵没有一次训练到达终点：请先降低 trainer.learning_rate（fathom lab rate）。"},
      {"With batches of {} no training came to its end: try a lower trainer.learning_rate first (fathom lab rate).",
       "批量为 {} 时没有一次训练到达终点：请先降低 trainer.learning_rate（fathom lab rate）。"},
      {"Set trainer.optimizer = \"{}\" and trainer.momentum = {}: without momentum the training diverges.",
       "请设 trainer.optimizer = \"{}\"、trainer.momentum = {}：没有动量时训练发散。"},
      {"Set {}: at a constant rate the training diverges.", "请设 {}：用恒定学习率时训练发散。"},
      {"Set model.hidden = {}: of the networks that came to their end it has the lowest validation loss.",
       "请设 model.hidden = {}：在到达终点的网络中其验证损失最低。"},
      // --- lab rate
      {"which learning rates the training bears, by a range test and at x0.1, x1 and x10",
       "训练能承受怎样的学习率：范围测试，以及 0.1、1、10 倍学习率的训练"},
      {"The learning rate", "学习率"},
      {"Which learning rates does this training bear, and what happens a factor of ten below and above?",
       "这个训练能承受怎样的学习率？低十倍和高十倍时又会怎样？"},
      {"a tenth of the rate", "学习率的十分之一"},
      {"the rate", "该学习率"},
      {"ten times the rate", "学习率的十倍"},
      {"hardly moves", "几乎不动"},
      {"is still falling", "仍在下降"},
      {"converges", "收敛"},
      {"oscillates", "振荡"},
      {"diverges", "发散"},
      {"{} in {}", "{}：{} 个"},
      {"Range test: the loss while the rate grows", "范围测试：学习率增大时的损失"},
      {"The loss of each batch against the learning rate of the update before it, and its running mean.",
       "每个批次的损失对其前一次更新的学习率，及其滑动平均。"},
      {"of single batches", "单个批次"},
      {"running mean, a line for each seed", "滑动平均，每个种子一条线"},
      {"suggested", "建议"},
      {"blows up", "爆炸"},
      {"Range test: the loss falls at no rate before it blows up at {:.2g}.",
       "范围测试：损失在任何学习率下都未下降，到 {:.2g} 时爆炸。"},
      {"Range test: the loss falls at no rate from {:.2g} to {:.2g}.",
       "范围测试：学习率从 {:.2g} 到 {:.2g}，损失都未下降。"},
      {"Range test: the loss falls and holds up to rate {:.2g}, and blows up at {:.2g}.",
       "范围测试：学习率到 {:.2g} 为止损失下降并保持，到 {:.2g} 时爆炸。"},
      {"Range test: the loss falls and holds up to rate {:.2g}, and does not blow up until {:.2g}.",
       "范围测试：学习率到 {:.2g} 为止损失下降并保持，直到 {:.2g} 也未爆炸。"},
      {"It suggests a rate of {:.2g}, but the seeds do not agree: theirs differ by a factor of {:.2g}.",
       "它建议学习率 {:.2g}，但各种子不一致：相差 {:.2g} 倍。"},
      {"It suggests a rate of {:.2g}, 1/{:g} of that.", "它建议学习率 {:.2g}，即前者的 1/{:g}。"},
      {"At {:.3g}, {}, the seeds do not agree: {}.", "{:.3g}（{}）：各种子不一致：{}。"},
      {"At {:.3g}, {}, the training {}: its loss is no longer a finite number.",
       "{:.3g}（{}）：训练{}：损失不再是有限的数。"},
      {"At {:.3g}, {}, the training {}: the loss fell by {} of what the best did, and rose again by up to {}.",
       "{:.3g}（{}）：训练{}：损失的下降为最好者的 {}，其间最多回升 {}。"},
      {"what the loss does (seeds)", "损失的走向（种子数）"},
      {"it fell by", "下降"},
      {"it gave back", "回升"},
      {"Shares of the fall from the loss before training, or where it is lower that of a network which says the same "
       "of "
       "every row, to the lowest that any of the trainings of the same seed reached; the median of the seeds. Fell: "
       "until the last quarter of the epochs, by their median. Gave back: the highest rise above the lowest loss "
       "before "
       "it. Hardly moves: fell less than {}. Converges: fell {} or more; still falling: between them. Oscillates: gave "
       "back more than {}. Diverges: gave that much back, fell less than {}, and ends that much above its lowest or "
       "rose "
       "above twice the start; or the loss is no longer a finite number.",
       "均为占总降幅的份额：总降幅从训练前的损失（若对每行说同样的话的网络损失更低，则从后者）到同一种子各训练所达最低"
       "；取各种子的中位数。下降：到最后四分之一轮为止，取其中位数。回升：高出此前最低损失的最大幅度。几乎不动：下降少"
       "于 {}。收敛：下降 {} 或更多；仍在下降：介于两者之间。振荡：回升超过 {}。发散：回升超过此数、下降少于 "
       "{}，并且最后仍高出最低值同样之多或曾升至起始值的两倍以上；或损失不再是有限的数。"},
      {"Loss by epoch at three rates", "三种学习率下各轮的损失"},
      {"A line for each rate, the mean of its seeds, in a band from the lowest to the highest.",
       "每种学习率一条线，为各种子的平均；色带从最低到最高。"},
      {"Which rates it bears", "能承受的学习率"},
      {"One training of at most {} updates for each seed, whose rate grows from {:.2g} to {:.2g} by the same factor "
       "with "
       "each. The running mean reaches back over {:.0f} updates. It blows up where the loss is no longer a finite "
       "number, or where the mean has given back half of what it had gained and has risen by 8 times its standard "
       "error. It bears the rates up to the last one after which the mean was within 2 standard errors of its lowest; "
       "suggested is 1/{:g} of that. Over the seeds, geometric means.",
       "每个种子一次训练，至多 {} 次更新，学习率从 {:.2g} 起每次乘以同一因子，直到 {:.2g}。滑动平均回看约 {:.0f} "
       "次更新。损失不再是有限的数，或滑动平均已交还一半降幅并回升达标准误的 8 "
       "倍，即为爆炸。能承受的学习率到滑动平均最后一次处于最低值 2 个标准误以内为止；建议值为其 "
       "1/{:g}。各种子之间取几何平均。"},
      {"A tenth, once, ten times", "十分之一、一倍、十倍"},
      {"Full trainings around your rate, {:.3g}.", "围绕所设学习率 {:.3g} 的完整训练。"},
      {"Full trainings around the suggested rate, {:.3g}.", "围绕建议学习率 {:.3g} 的完整训练。"},
      {"Full trainings around the rate that is taken where none is set, {:.3g}.",
       "围绕未设时所用学习率 {:.3g} 的完整训练。"},
      {"No training came to its end at any of the three rates: set trainer.learning_rate = {:.2g}, the suggestion or a "
       "hundredth of yours, and run this again.",
       "三种学习率下都没有训练完成：请设置 trainer.learning_rate = {:.2g}（建议值，或所设值的百分之一），再运行一次。"},
      {"Keep trainer.learning_rate = {:.3g}: the validation loss ends {} lower than at {:.3g}.",
       "保持 trainer.learning_rate = {:.3g}：验证损失比 {2:.3g} 时低 {1}。"},
      {"Keep trainer.learning_rate = {:.3g}: none of the others ends lower.",
       "保持 trainer.learning_rate = {:.3g}：其他学习率都没有更低的结果。"},
      {"Set trainer.learning_rate = {:.3g}: at {:.3g} {} of {} trainings diverge.",
       "请设 trainer.learning_rate = {:.3g}：学习率为 {:.3g} 时 {3} 次训练中有 {2} 次发散。"},
      {"Set trainer.learning_rate = {:.3g}: neither a tenth nor ten times of it ends lower.",
       "请设 trainer.learning_rate = {:.3g}：它的十分之一和十倍都不会更低。"},
      {"{:.3g} ends {} lower than {:.3g}, by the one seed there is: --seeds 3 would tell whether that holds.",
       "就唯一的种子而言，{:.3g} 的结果比 {2:.3g} 低 {1}：--seeds 3 可说明是否如此。"},
      {"In the last epoch the training loss of a constant rate is {} below that of the cosine: the falling rate stops "
       "it on "
       "its way.",
       "在最后一轮，恒定学习率的训练损失比余弦低 {}：下降的学习率使它半途停下。"},
      {"A constant rate ends {} higher, by the one seed there is.", "就唯一的种子而言，恒定学习率的结果高 {}。"},
      {"Set trainer.learning_rate = {:.3g}: the validation loss ends {} lower than at {:.3g}.",
       "设置 trainer.learning_rate = {:.3g}：验证损失比 {2:.3g} 时低 {1}。"},
      {"{:.3g} ends {} lower than {:.3g}, but the seeds do not agree: keep trainer.learning_rate = {:.3g}, or ask more "
       "seeds (--seeds).",
       "{:.3g} 的结果比 {2:.3g} 低 {1}，但各种子不一致：保持 trainer.learning_rate = {3:.3g}，或增加种子（--seeds）。"},
      {"In the range test the loss blows up at {:.2g} already, below {:.3g}: what keeps the training is its schedule.",
       "在范围测试中，损失在 {:.2g} 时就已爆炸，低于 {:.3g}：是学习率计划维持着训练。"},
      {"In the range test the loss blows up at {:.2g}, {:.2g} times as high as {:.3g}.",
       "在范围测试中，损失在 {:.2g} 时爆炸，为 {2:.3g} 的 {1:.2g} 倍。"},
      {"Single batches above {} are left out.", "高于 {} 的单个批次未画出。"},
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
      // --- curvature
      {"--checkpoint must be best or last, not \"{}\"", "--checkpoint 必须是 best 或 last，而不是“{}”"},
      {"run {} has no checkpoint \"{}\" yet", "运行 {} 还没有检查点“{}”"},
      {"{} has a weight that is not finite, in {}", "{} 的 {} 中有不是有限数的权重"},
      {"put the old file back", "请放回原来的文件"},
      {"best", "最佳"},
      {"last", "最后"},
      {"run {}, {} checkpoint: {} weights, {} of {} training rows, {}",
       "运行 {}，{}检查点：{} 个权重，训练部分 {} 行（共 {} 行），{}"},
      {"A step that follows the gradient lowers the loss from {} to {}: this is no critical point.",
       "顺着梯度走一步使损失从 {} 降到 {}：这不是临界点。"},
      {"Groups of rows do not agree on a gradient (p = {}): what these rows have of it may be chance, and more rows or "
       "another point would be needed to say more.",
       "各组行的梯度并不一致（p = {}）：这些行上的梯度可能只是偶然，要说得更多，需要更多的行或另一个位置。"},
      {"All {} eigenvalues are above 0: a local minimum of the loss of these rows.",
       "全部 {} 个特征值都大于 0：是这些行上损失的局部极小值。"},
      {"Every eigenvalue that was computed is above 0, and with {} % confidence none is below {}: a local minimum "
       "within "
       "this bound.",
       "算出的特征值都大于 0，且有 {} % 的把握没有特征值低于 {}：在此界限内是局部极小值。"},
      {"No direction goes up: a local maximum. The least negative eigenvalue is {}.",
       "没有向上的方向：是局部极大值。最接近 0 的特征值为 {}。"},
      {"The loss bends down along {} of the {} directions that were computed, most with curvature {}: a saddle. A way "
       "out "
       "along them was not tried, and trained networks keep some that lead nowhere.",
       "在算出的方向中有 {0} 个（共 {1} 个）使损失向下弯曲，最大的曲率为 "
       "{2}：是鞍点。尚未试过沿这些方向离开，而训练好的网络也会留有一些无益的方向。"},
      {"{} of the {} directions that were computed are flat, and none bends down: a degenerate point. Curvature does "
       "not "
       "say whether the loss falls further along them.",
       "在算出的方向中有 {0} 个（共 {1} "
       "个）是平坦的，没有向下弯曲的：是退化的临界点。曲率不能说明损失沿这些方向是否还会下降。"},
      {"The loss of these rows bends down, but fresh rows do not prove it: more rows would settle it (--rows).",
       "这些行上的损失向下弯曲，但新的行不能证实：更多的行可以判定（--rows）。"},
      {"Some eigenvalues are not known sharply enough to tell their sign: more products would settle it (--products).",
       "有些特征值不够精确，无法判断符号：更多次相乘可以判定（--products）。"},
      {"density of eigenvalues", "特征值的密度"},
      {"95 % interval", "95 % 区间"},
      {"density", "密度"},
      {"Where the eigenvalues lie", "特征值的分布"},
      {"{} eigenvalues from {} to {}", "{} 个特征值，从 {} 到 {}"},
      {"eigenvalue", "特征值"},
      {"bound", "误差界"},
      {"where its direction lies", "其方向所在"},
      {"The gradient of the loss {} has norm {}; to first order, one step of plain gradient descent at the run's "
       "learning "
       "rate {} would gain {}.",
       "损失为 {}，其梯度的范数为 {}；以该运行的学习率 {} 作一步普通梯度下降，一阶估计可得 {}。"},
      {"By {} groups of rows, the norm over endless rows of the kind lies between {} and {} (95 %), and chance makes "
       "groups agree as much in {} % of cases.",
       "由 {} 组行估计，同类的无穷多行上的范数在 {} 与 {} 之间（95 %）；仅凭偶然而同样一致的情形占 {} %。"},
      {"Of the eigenvalues that were computed, {} are negative, {} are 0, {} are positive and {} are undecided; up to "
       "{} "
       "counts as 0, and rounding hides up to {}.",
       "算出的特征值中，{} 个为负，{} 个为 0，{} 个为正，{} 个未定；不超过 {} 的算作 0，舍入误差会掩盖不超过 {} "
       "的值。"},
      {"With {} % confidence no eigenvalue is below {} or above {}.", "有 {} % 的把握没有特征值低于 {} 或高于 {}。"},
      {"On {} fresh rows the most negative direction has curvature {} (95 %: {} to {}): it is negative beyond these "
       "rows.",
       "在 {} 个新的行上，最负方向的曲率为 {}（95 %：{} 至 {}）：它不只在这些行上为负。"},
      {"On {} fresh rows the most negative direction has curvature {} (95 %: {} to {}): it may be a chance of these "
       "rows.",
       "在 {} 个新的行上，最负方向的曲率为 {}（95 %：{} 至 {}）：它可能只是这些行的偶然。"},
      {"Of the most negative curvature, the Gauss-Newton part makes {} and the rest {}.",
       "在最负的曲率中，高斯-牛顿部分占 {}，其余占 {}。"},
      {"2 / the largest eigenvalue is {}: above such a rate, plain gradient descent on all rows oscillates. The run "
       "trains "
       "with {} at {}, to which this applies only as a scale.",
       "2 / 最大特征值 = {}：学习率超过它时，全部行上的普通梯度下降会振荡。该运行用 {} 以 {} 训练，此值对它仅供参考。"},
      {"The eigenvalues sum up to {} (95 %: {} to {}), their squares to {}².",
       "特征值之和为 {}（95 %：{} 至 {}），平方和为 {}²。"},
      {"The eigenvalues sum up to {}, their squares to {}².", "特征值之和为 {}，平方和为 {}²。"},
      {"Curvature of run {}: {}", "运行 {} 的曲率：{}"},
      {"Verdict", "结论"},
      {"Loss", "损失"},
      {"Norm of the gradient", "梯度的范数"},
      {"Largest eigenvalue", "最大特征值"},
      {"Smallest eigenvalue", "最小特征值"},
      {"Stochastic Lanczos quadrature, seen through a normal distribution of standard deviation {}.",
       "随机 Lanczos 求积，以标准差为 {} 的正态分布平滑。"},
      {"All {} eigenvalues, seen through a normal distribution of standard deviation {}.",
       "全部 {} 个特征值，以标准差为 {} 的正态分布平滑。"},
      {"What it rests on", "依据"},
      {"Largest eigenvalues", "最大的特征值"},
      {"Smallest eigenvalues", "最小的特征值"},
      {"Not every eigenvalue reached the accuracy that was wanted; the bounds say how far each is.",
       "并非每个特征值都达到所要求的精度；误差界给出各自的偏差。"},
      {"{} weights of the {} checkpoint, {} of {} training rows, {}, {} products with the Hessian.",
       "{1}检查点的 {0} 个权重，训练部分 {2} 行（共 {3} 行），{4}，与海森矩阵相乘 {5} 次。"},
      {"Dropout is off and batch normalisation uses what it has kept. The second derivative of relu is taken as 0. The "
       "optimizer's weight decay is not part of the loss.",
       "关闭丢弃，批归一化使用所保存的统计量。relu 的二阶导数取为 0。优化器的权重衰减不计入损失。"},
  };
  return table;
}

}  // namespace fathom::app
