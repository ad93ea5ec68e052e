/**
 * `node bench/run.mjs [--scale N] [--runs N] [--only a,b] [--write]`: runs siplens and each installed peer on the same
 * captures in turn, several times, and prints medians, ratios, peak memory and what each found. With `--write` the
 * table goes to docs/performance.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { OURS, ROWS } from './lib/jobs.mjs';
import { median, runOnce, versionOf } from './lib/measure.mjs';
import { page } from './lib/page.mjs';
import { prepare, ROOT, WORK, WORKLOADS } from './lib/workloads.mjs';

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const scale = Number(values.scale);
const runs = Number(values.runs);
const only = values.only?.split(',');

const versions = new Map(
  [
    ['tshark', '--version'],
    ['sngrep', '--version'],
    ['ssldump', '-v'],
  ].map(([program, argument]) => [program, versionOf(program, argument)]),
);

const results = [];
for (const row of ROWS) {
  if (only !== undefined && !only.includes(row.workload)) continue;
  const workload = WORKLOADS.find(({ name }) => name === row.workload);
  const capture = await prepare(workload, scale);
  if (capture === undefined) {
    console.log(`${row.title}: left out, as there is no openssl`);
    continue;
  }
  console.log(
    `${row.title}: ${capture.messages} messages, ${capture.frames} frames, ${(capture.bytes / 1e6).toFixed(1)} MB`,
  );
  const own = row.ours ?? OURS;
  const tools = [
    { tool: own, args: own.args(capture.path, workload.keys ?? []) },
    ...row.peers
      .filter(({ program }) => versions.get(program) !== undefined)
      .map((tool) => ({
        tool,
        args: tool.args(capture.path, workload.tsharkKeys ?? [], join(WORK, 'server.key')),
      })),
  ];
  const measured = tools.map(() => []);
  // In turn, so that what else the machine does falls on all alike.
  for (let run = 0; run < runs; run++) {
    for (const [index, { tool, args }] of tools.entries()) {
      measured[index].push(await runOnce(tool.program, args, `${row.workload}-${index}`));
    }
  }
  const lines = tools.map(({ tool }, index) => {
    const these = measured[index];
    const of = (name) => (these[0][name] === undefined ? undefined : median(these.map((one) => one[name])));
    // Run by run, as the machine may be slower in one than in the next.
    const ratio = (name) =>
      these[0][name] === undefined
        ? undefined
        : median(these.map((one, run) => one[name] / measured[0][run][name]));
    return {
      name: tool.name,
      wall: of('wall'),
      processor: of('processor'),
      timesWall: ratio('wall'),
      timesProcessor: ratio('processor'),
      memory: these[0].memory === undefined ? undefined : Math.max(...these.map(({ memory }) => memory)),
      found: tool.count(these[0].output),
      codes: [...new Set(these.map(({ code }) => code))],
    };
  });
  results.push({ row, capture, lines });
  for (const line of lines) console.log(`  ${describe(line, lines[0])}`);
}

function describe(line, ours) {
  const ratio = line === ours ? '' : `, siplens is ${line.timesWall.toFixed(1)} times as fast`;
  const work = line.processor === undefined ? '' : `, ${line.processor.toFixed(2)} s of processor`;
  const memory = line.memory === undefined ? '' : `, ${Math.round(line.memory)} MB`;
  return `${line.name}: ${line.wall.toFixed(2)} s${work}${memory}, found ${line.found ?? '?'}${ratio}`;
}

if (values.write) {
  const missing = [...versions].filter(([, version]) => version === undefined).map(([program]) => program);
  const installed = [...versions].flatMap(([, version]) => version ?? []);
  writeFileSync(join(ROOT, 'docs', 'performance.md'), page({ results, scale, runs, installed, missing }));
}
