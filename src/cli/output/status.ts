import type { Statistics } from '../../analyzer/statistics.js';
import { tell } from './output.js';

/** Prints a status line at each SIGUSR1 until what is returned is called. */
export function onStatusSignal(line: () => string): () => void {
  // Windows has no such signal.
  if (process.platform === 'win32') return () => {};
  const print = (): void => tell(line());
  process.on('SIGUSR1', print);
  return () => {
    process.off('SIGUSR1', print);
  };
}

/** Where a run stands, in one line. */
export function statusLine(statistics: Statistics | undefined, milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const memory = Math.round(process.memoryUsage.rss() / 1e6);
  const { frames = 0, bytes = 0, messages = 0, connections = 0, connectionsOpened = 0 } = statistics ?? {};
  return (
    `${seconds} s: ${frames} packets (${Math.round(bytes / 1e3)} kB), ${messages} messages, ` +
    `${connections} TLS connections ended (${connectionsOpened} decrypted), ${memory} MB of memory`
  );
}
