// ONNX Runtime's side: infer_ort.js MODEL.onnx THREADS; see infer_side.py.
const readline = require ('readline');
const MEAN = [.485, .456, .406], STD = [.229, .224, .225];
const N_CHECKED = 8, WARM_UP = 3;

function answer (value)
{
  process.stdout.write (JSON.stringify (value) + '\n');
}

function faces (ort, n)
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

async function turn (run, x, seconds)
{
  const times = [];
  let spent = 0;

  for (let i = 0; i < WARM_UP; i++)
    await run (x);
  while (times.length < 3 || spent < seconds) {
    const start = process.hrtime.bigint ();

    await run (x);
    times.push (Number (process.hrtime.bigint () - start) / 1e9);
    spent += times[times.length - 1];
  }
  return times;
}

async function main ()
{
  const ort = require ('onnxruntime-node');
  // all else as it comes: among others, threads spin while they wait for work
  const session = await ort.InferenceSession.create (process.argv[2],
      { intraOpNumThreads: +process.argv[3], interOpNumThreads: 1, graphOptimizationLevel: 'all' });
  const run = async x => (await session.run ({ faces: x })).logits;
  const first = await run (faces (ort, N_CHECKED)), n = first.dims[1];

  answer ({ logits: Array.from ({ length: N_CHECKED }, (_, i) => Array.from (first.data.slice (i * n, i * n + n))),
    version: require ('onnxruntime-node/package.json').version });
  for await (const line of readline.createInterface ({ input: process.stdin })) {
    const request = JSON.parse (line);
    const times = await turn (run, faces (ort, request.batch), request.seconds);

    answer ({ times, peak_bytes: process.resourceUsage ().maxRSS * 1024 });
  }
}

main ().catch (e => answer ({ failed: e.message, missing: e.code === 'MODULE_NOT_FOUND' }));
