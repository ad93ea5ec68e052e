import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './workloads.mjs';

/** The text of docs/performance.md: the table of a run, and behind it bench/notes.md as it stands. */
export function page({ results, scale, runs, installed, missing }) {
  const machine = `${availableParallelism()} processors (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}`;
  const load = loadavg()[0]?.toFixed(1);
  const lines = [
    '# Performance',
    '',
    '<!-- Written by `npm run bench -- --write`: change bench/lib/jobs.mjs and bench/notes.md instead. -->',
    '',
    `Medians of ${runs === 1 ? 'one run' : `${runs} runs`} in turn (of ratios, run by run) on the same captures, which \`bench/generate.mjs\` makes` +
      `${scale === 1 ? '' : ` (at ${scale} of their full size, on which the titles are)`}. ` +
      'siplens writes full NDJSON records with all headers, bodies and findings to a file, in one thread; where there is RSA to do, a second one decrypts ahead. ' +
      `Processor seconds are user and system time of all threads. ${machine}; load average at the end ${load}.`,
    '',
    `Peers: ${installed.map((one) => one.replace(/\.+$/, '')).join('; ') || 'none'}.${missing.length === 0 ? '' : ` Not installed here: ${missing.join(', ')}.`}`,
    '',
    '| job | tool | seconds | processor s | memory MB | messages found | times as fast | by processor | aim |',
    '|---|---|---:|---:|---:|---:|---:|---:|---:|',
  ];
  for (const { row, capture, lines: tools } of results) {
    const ours = tools[0];
    for (const tool of tools) {
      const isOurs = tool === ours;
      const aim = row.atLeast?.[tool.name];
      lines.push(
        `| ${[
          isOurs ? `${row.title} (${(capture.bytes / 1e6).toFixed(1)} MB)` : '',
          `\`${tool.name}\``,
          tool.wall.toFixed(2),
          tool.processor?.toFixed(2) ?? '',
          tool.memory === undefined ? '' : Math.round(tool.memory),
          `${tool.found ?? '?'}${tool.found === capture.messages || tool.found === undefined ? '' : ` of ${capture.messages}`}`,
          isOurs ? '' : `${tool.timesWall.toFixed(1)} x`,
          isOurs || tool.processor === undefined ? '' : `${tool.timesProcessor.toFixed(1)} x`,
          isOurs || aim === undefined ? '' : `${aim} x`,
        ].join(' | ')} |`,
      );
    }
  }
  for (const { row, lines: tools } of results) {
    const whole = results.find((other) => other.row.workload === row.tenthOf);
    if (whole === undefined) continue;
    const [tenth, all] = [tools[0], whole.lines[0]];
    lines.push(
      '',
      `${whole.row.title}: ten times the capture of ${row.title} takes ${(all.wall / tenth.wall).toFixed(1)} times as long ` +
        `and ${(all.memory / tenth.memory).toFixed(2)} times the memory.`,
    );
  }
  lines.push('', 'What bounds each row:', '');
  for (const { row } of results) lines.push(`- ${row.title}: ${row.bound}.`);
  const notes = join(ROOT, 'bench', 'notes.md');
  if (existsSync(notes)) lines.push('', readFileSync(notes, 'utf8').trim());
  return `${lines.join('\n')}\n`;
}
