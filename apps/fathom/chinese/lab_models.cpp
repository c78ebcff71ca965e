// Experiments that compare losses and networks, in Chinese.
#include "chinese/tables.hpp"

namespace fathom::app {

std::span<const Translation> chinese_lab_models() {
  static constexpr Translation table[] = {
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
  };
  return table;
}

}  // namespace fathom::app
