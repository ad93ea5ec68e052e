/**
 * Live capture by a child process: dumpcap, or tcpdump where that is missing. A native addon in our own process lost
 * most of a burst where dumpcap lost nothing.
 *
 * In: interface and capture filter. Out: the bytes of a pcap as they come, and when the child is done its count of
 * what it had to drop. The child ends with us, however we end: see `watch`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { ByteChunks } from './chunks.js';
import { plainChunks } from './chunks.js';

export type LiveOptions = {
  /** As `dumpcap -D` names it; the program's own choice where undefined. */
  readonly interfaceName: string | undefined;
  /** A filter in the language of pcap-filter. */
  readonly captureFilter: string | undefined;
};

export type LiveCapture = {
  readonly program: 'dumpcap' | 'tcpdump';
  /** The pcap; ends when the capture is stopped, after what was captured by then. */
  readonly chunks: ByteChunks;
  /** Ends the capture in good order. */
  stop(): void;
  /** Resolves when the child has ended. */
  readonly ended: Promise<LiveEnd>;
};

export type LiveEnd = {
  /** Why there was no capture, or why it broke off: sentences. Undefined where it ended as it should. */
  readonly failure: string | undefined;
  /** Packets that were seen and had to be left out; undefined where the program did not say. */
  readonly dropped: number | undefined;
};

/** Memory for packets that wait for us, in MiB: at a gigabit half a second. */
const BUFFER_MEBIBYTES = 64;
/** Standard error kept of the child, which says little. */
const MAX_SAID = 16_384;
/** How long a child has to end in good order. */
const PATIENCE_MILLISECONDS = 3000;

const PROGRAMS = ['dumpcap', 'tcpdump'] as const;
type Program = (typeof PROGRAMS)[number];

/** What to install where there is neither. */
export const NO_PROGRAM =
  'live capture needs dumpcap or tcpdump, and neither is installed: install Wireshark’s command line tools ' +
  '(Debian: apt install wireshark-common, Fedora: dnf install wireshark-cli, macOS: brew install wireshark) or tcpdump';

/** A program to capture with, and the file that it is. */
export type FoundProgram = { readonly name: Program; readonly path: string };

/**
 * The program to capture with, by the PATH; undefined where there is none. Relative entries, empty ones among them, lead
 * to whatever lies in the current folder, which may have come with the captures: they are not used.
 */
export function findProgram(path = process.env['PATH'] ?? ''): FoundProgram | undefined {
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  for (const name of PROGRAMS) {
    const file = folders.map((folder) => join(folder, name)).find(isExecutable);
    if (file !== undefined) return { name, path: file };
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The interfaces as the program lists them, a line each, or why it cannot. */
export function listInterfaces():
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string } {
  const found = findProgram();
  if (found === undefined) return { ok: false, message: NO_PROGRAM };
  const { status, stdout, stderr } = spawnSync(found.path, ['-D'], { encoding: 'utf8' });
  if (status === 0 && stdout.trim() !== '') return { ok: true, text: stdout };
  return { ok: false, message: explain(found.name, stderr) };
}

/** Starts a capture; undefined where no program for it is installed. */
export function startLive(options: LiveOptions): LiveCapture | undefined {
  const found = findProgram();
  if (found === undefined) return undefined;
  const { name: program, path } = found;
  const child = spawn(path, argumentsOf(program, options), { stdio: ['ignore', 'pipe', 'pipe'] });
  watch(child);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MAX_SAID);
  });
  let isStopping = false;
  const ended = new Promise<LiveEnd>((resolve) => {
    child.on('error', (error) => resolve({ failure: `${program}: ${error.message}`, dropped: undefined }));
    child.on('close', (code, signal) => {
      const isGood = code === 0 || (isStopping && (signal !== null || code === null));
      resolve({ failure: isGood ? undefined : explain(program, said), dropped: droppedIn(said) });
    });
  });
  return {
    program,
    chunks: plainChunks(child.stdout as AsyncIterable<Uint8Array>),
    stop: () => {
      if (isStopping) return;
      isStopping = true;
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGKILL'), PATIENCE_MILLISECONDS).unref();
    },
    ended,
  };
}

function argumentsOf(program: Program, { interfaceName, captureFilter }: LiveOptions): string[] {
  const from = interfaceName === undefined ? [] : ['-i', interfaceName];
  if (program === 'dumpcap') {
    const filter = captureFilter === undefined ? [] : ['-f', captureFilter];
    return ['-q', '-P', ...from, '-s', '0', '-B', String(BUFFER_MEBIBYTES), ...filter, '-w', '-'];
  }
  // What follows `--` is no option, whatever it begins with: `-w/path` would write a file.
  const filter = captureFilter === undefined ? [] : ['--', captureFilter];
  return ['-n', '-U', ...from, '-s', '0', '-B', String(BUFFER_MEBIBYTES * 1024), '-w', '-', ...filter];
}

/**
 * Sees to it that the child ends with us. At an ordinary end we end it. Where we are killed, a shell that waits at the
 * other end of a pipe of ours reads its end, and ends the child: by itself the child would notice that its own pipe is
 * closed only at the next packet.
 */
function watch(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  const end = (): void => {
    child.kill('SIGTERM');
  };
  process.on('exit', end);
  // The shell's own commands alone: what else is installed, and in the PATH, is not known.
  const guard = spawn('/bin/sh', ['-c', `while read -r line; do :; done; kill -TERM ${pid} 2> /dev/null`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => {});
  guard.stdin?.on('error', () => {});
  guard.unref();
  // A pipe to a child keeps the event loop going; this one must not.
  (guard.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  child.once('close', () => {
    process.off('exit', end);
    // The number may soon be that of another process.
    if (guard.pid !== undefined) {
      try {
        process.kill(-guard.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
  });
}

/** Sum of the drop counts in what the program says at its end; undefined where it says none. */
export function droppedIn(said: string): number | undefined {
  // dumpcap: "Packets received/dropped on interface 'lo': 20/0 (pcap:0/dumpcap:0/flushed:0/ps_ifdrop:0) (100.0%)"
  const dumpcap = [...said.matchAll(/received\/dropped on interface .*?: \d+\/(\d+)/g)];
  if (dumpcap.length > 0) return dumpcap.reduce((sum, match) => sum + Number(match[1]), 0);
  const tcpdump = [...said.matchAll(/^(\d+) packets? dropped by (?:kernel|interface)/gm)];
  if (tcpdump.length > 0) return tcpdump.reduce((sum, match) => sum + Number(match[1]), 0);
  return undefined;
}

/** What the program said, and what to do about it where that is known. */
function explain(program: Program, said: string): string {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(Capturing on|File:|Packets |tcpdump: listening)/.test(line))
    .map((line) => line.replace(/^(?:dumpcap|tcpdump): /, ''));
  if (/permission|not permitted|EPERM|EACCES/i.test(said)) {
    return (
      `${program} may not capture here (${lines[0] ?? 'permission denied'}). ` +
      `Capturing needs the capabilities CAP_NET_RAW and CAP_NET_ADMIN: give them to the program with ` +
      `\`sudo setcap cap_net_raw,cap_net_admin=eip "$(command -v ${program})"\`` +
      (program === 'dumpcap'
        ? ', or on Debian let `sudo dpkg-reconfigure wireshark-common` give them to the group wireshark and add yourself to it (`sudo usermod -aG wireshark $USER`)'
        : ', for a group that alone may run it (`sudo chgrp` and `sudo chmod 750`), or install dumpcap, which needs fewer rights') +
      '. Root is the last resort: all of siplens would run with it'
    );
  }
  if (lines.length === 0) return `${program} ended without saying why`;
  const hint = /no (?:such )?device/i.test(said) ? '; `siplens capture -D` lists the interfaces' : '';
  return `${program}: ${lines.slice(0, 3).join(' ')}${hint}`;
}
