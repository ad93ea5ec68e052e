import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GOING_ON, pathWithDumpcap } from '../support/capture-program.js';
import { hasTmux } from '../support/peers.js';
import { TmuxScreen } from './tmux.js';

/** The view of a live capture on a real terminal; a script stands for the program that captures. */

const open: TmuxScreen[] = [];
afterAll(() => {
  for (const screen of open) screen.close();
});

/** A terminal where `dumpcap` gives the head of a capture and then does what `then` says. */
function terminal(then: string): TmuxScreen {
  const screen = new TmuxScreen(120, 24, [`PATH=${pathWithDumpcap(then)}`]);
  open.push(screen);
  return screen;
}

const SAVE_FAILED = /--write \/dev\/full: no space is left on the device: the capture ends here/;

async function expectExit(screen: TmuxScreen, code: number): Promise<void> {
  await screen.until(/ready> *$/m);
  screen.type('echo exit=$?', 'Enter');
  await screen.until(`exit=${code}`);
}

// Side by side: they mostly wait.
describe.skipIf(!hasTmux)('the view of a live capture', { concurrent: true, timeout: 30_000 }, () => {
  it('shows that the packets cannot be saved, and tells it after leaving', async () => {
    const screen = terminal(GOING_ON);
    await screen.run('capture', '-i', 'any', '-w', '/dev/full');
    await screen.until(SAVE_FAILED);
    await screen.until('capture ended');
    screen.type('q');
    await screen.until(/siplens: --write \/dev\/full/);
    await expectExit(screen, 3);
  });

  it('shows its state at SIGUSR1, and ends in order at SIGTERM', async () => {
    const screen = terminal(GOING_ON);
    await screen.run('capture', '-i', 'any');
    await screen.until('Waiting for the first message');
    // The children have other names: the process of the terminal itself is meant.
    process.kill(screen.foreground(), 'SIGUSR1');
    await screen.until(/\d+ s: 0 packets .* MB of memory/);
    expect(screen.fact('alternate_on')).toBe('1');
    process.kill(screen.foreground(), 'SIGTERM');
    await expectExit(screen, 0);
    expect(screen.screen()).not.toContain('Debugger');
  });

  it('shows at once that the capture ended by itself, and what was dropped', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'siplens-test-'));
    const isSeen = join(folder, 'is-seen');
    const screen = terminal(
      `until [ -e ${isSeen} ]; do sleep 0.05; done
       echo "Packets received/dropped on interface 'any': 20/3 (pcap:3)" >&2; exit 1`,
    );
    await screen.run('capture', '-i', 'any');
    await screen.until('Waiting for the first message');
    writeFileSync(isSeen, '');
    await screen.until(/3 DROPPED +capture ended +! dumpcap ended without saying why/);
    screen.type('q');
    await expectExit(screen, 3);
    rmSync(folder, { recursive: true });
  });
});
