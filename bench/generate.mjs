/** `node bench/generate.mjs [--scale N] [NAME...]`: makes the captures of the benchmark in bench/work. */
import { parseArgs } from 'node:util';
import { prepare, WORKLOADS } from './lib/workloads.mjs';

const { values, positionals } = parseArgs({
  options: { scale: { type: 'string', default: '1' } },
  allowPositionals: true,
});
for (const workload of WORKLOADS) {
  if (positionals.length > 0 && !positionals.includes(workload.name)) continue;
  const began = performance.now();
  const made = await prepare(workload, Number(values.scale));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (made === undefined) console.log(`${workload.name}: left out, as there is no openssl`);
  else
    console.log(
      `${workload.name}: ${made.messages} messages, ${made.frames} frames, ${made.bytes} bytes (${seconds} s)`,
    );
}
