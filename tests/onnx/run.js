// Runs exported networks in ONNX Runtime.
//   NODE_PATH=.../node_modules node run.js FOLDER
// FOLDER/cases.json: [{"model": file, "inputs": [{"name", "type", "dims", "file"}], "outputs": [name]}]; numbers lie raw
// in their files. For each case K its outputs are written to FOLDER/K.NAME.out, NAME being the output's place, with
// their dims in FOLDER/results.json: [{"error": text} or {"dims": [[...]]}].
'use strict';
const fs = require('fs');
const path = require('path');
const ort = require('onnxruntime-node');

const arrays = {float32: Float32Array, float64: Float64Array, int64: BigInt64Array, int32: Int32Array};

function tensor(folder, input) {
  const bytes = fs.readFileSync(path.join(folder, input.file));
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return new ort.Tensor(input.type, new arrays[input.type](copy), input.dims);
}

async function run(folder, number, one) {
  const session = await ort.InferenceSession.create(path.join(folder, one.model),
                                                    {intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3});
  const feeds = {};
  for (const input of one.inputs) feeds[input.name] = tensor(folder, input);
  const results = await session.run(feeds);
  const dims = [];
  one.outputs.forEach((name, place) => {
    const {data} = results[name];
    fs.writeFileSync(path.join(folder, `${number}.${place}.out`), Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    dims.push(results[name].dims);
  });
  return {dims};
}

async function main(folder) {
  const results = [];
  const cases = JSON.parse(fs.readFileSync(path.join(folder, 'cases.json')));
  for (let number = 0; number < cases.length; ++number) {
    try {
      results.push(await run(folder, number, cases[number]));
    } catch (error) {
      results.push({error: String(error.message || error)});
    }
  }
  fs.writeFileSync(path.join(folder, 'results.json'), JSON.stringify(results));
}

main(process.argv[2]);
