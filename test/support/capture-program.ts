import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const PCAP_HEADER = '\\324\\303\\262\\241\\2\\0\\4\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\4\\0\\1\\0\\0\\0';

/** What a capturing program does that goes on until it is asked to end. */
export const GOING_ON = 'trap "exit 0" INT TERM; while :; do sleep 0.05; done';

/** A PATH where `dumpcap` gives the head of a capture and then does what the shell commands say. */
export function pathWithDumpcap(commands: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'siplens-dumpcap-'));
  const program = join(folder, 'dumpcap');
  writeFileSync(program, `#!/bin/sh\nprintf '${PCAP_HEADER}'\n${commands}\n`);
  chmodSync(program, 0o755);
  return `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
}
