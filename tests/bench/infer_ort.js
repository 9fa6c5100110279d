// ONNX Runtime's side: infer_ort.js MODEL.onnx THREADS; see infer_side.py.
const readline = require ('readline');
const ort = require ('onnxruntime-node');
const MEAN = [.485, .456, .406], STD = [.229, .224, .225];

function faces (n)
{
  const x = new Float32Array (n * 3 * 4096);

  for (let i = 0; i < n; i++)
    for (let c = 0; c < 3; c++)
      for (let p = 0; p < 4096; p++) {
        const column = p % 64, row = p >> 6;
        const grey = (column * 3 + row * 2 + i * 37 + (column * row >> 3)) % 256;

        x[(i * 3 + c) * 4096 + p] = (grey / 255 - MEAN[c]) / STD[c];
      }
  return new ort.Tensor ('float32', x, [n, 3, 64, 64]);
}

function answer (value)
{
  process.stdout.write (JSON.stringify (value) + '\n');
}

async function main ()
{
  const session = await ort.InferenceSession.create (process.argv[2],
      { intraOpNumThreads: +process.argv[3], graphOptimizationLevel: 'all' });
  const run = async x => (await session.run ({ faces: x })).logits;
  const first = await run (faces (4)), n = first.dims[1];

  answer ({ logits: [0, 1, 2, 3].map (i => Array.from (first.data.slice (i * n, i * n + n))),
    version: require ('onnxruntime-node/package.json').version });
  for await (const line of readline.createInterface ({ input: process.stdin })) {
    const request = JSON.parse (line), x = faces (request.batch), times = [];
    let spent = 0;

    await run (x);
    while (times.length < 3 || spent < request.seconds) {
      const start = process.hrtime.bigint ();

      await run (x);
      times.push (Number (process.hrtime.bigint () - start) / 1e9);
      spent += times[times.length - 1];
    }
    answer ({ times, peak_bytes: process.resourceUsage ().maxRSS * 1024 });
  }
}

main ();
