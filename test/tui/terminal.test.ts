import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hasTmux } from '../support/peers.js';
import { ROOT } from '../support/root.js';
import { temporaryFolder } from './folder.js';
import { TmuxScreen } from './tmux.js';

/** The built command on a real terminal, as a person has it. */

const TLS = 'samples/tls-message.pcap';
const BOTH = [
  'samples/smime-signed-encrypted.pcap',
  '-k',
  'samples/keys/user_key_kumiko@example.net.pem',
  '--cert',
  'samples/certs/user_cert_fluffy@example.com.pem',
  '--ca',
  'samples/certs/root_cert_fluffyCA.pem',
];

const open: TmuxScreen[] = [];
const terminal = (columns: number, rows: number, ...environment: string[]): TmuxScreen => {
  const screen = new TmuxScreen(columns, rows, environment);
  open.push(screen);
  return screen;
};
afterAll(() => {
  for (const screen of open) screen.close();
});

/** Whether the shell has its terminal back: no alternate screen, a cursor, line editing and echo by the kernel. */
async function expectRestored(screen: TmuxScreen): Promise<void> {
  await screen.until(/ready> *$/m);
  expect(screen.fact('alternate_on')).toBe('0');
  expect(screen.fact('cursor_flag')).toBe('1');
  screen.type(
    'clear; stty -a < /dev/tty | tr ";" "\\n" | grep -ow -e "-\\?icanon" -e "-\\?echo" | tr "\\n" " "; echo done',
    'Enter',
  );
  const after = await screen.until(/echo done$|icanon.*done/m);
  expect(after).not.toMatch(/-icanon|-echo\b/);
}

// Side by side: they mostly wait.
describe.skipIf(!hasTmux)('on a terminal', { concurrent: true }, () => {
  it.each([
    [80, 24],
    [200, 60],
  ])(
    '%i x %i: the tree down to hello, its bytes marked, ladder, difference, and out',
    { timeout: 60_000 },
    async (columns, rows) => {
      const screen = terminal(columns, rows);
      await screen.run(...BOTH);
      // The bottom line is drawn last.
      const list = await screen.until(/signed ok[\s\S]*\? Help/);
      expect(screen.fact('alternate_on')).toBe('1');
      expect(list).toMatch(/^▶ +1 23:35:40\.477\d* 127\.0\.0\.1:5070 127\.0\.0\.1:5080 UDP MESSAGE /m);
      expect(list.split('\n')[0]).toContain(' 1 Messages  2 Calls  3 TLS  4 Findings  5 Statistics ');
      // A row is left free, so that what is drawn never scrolls.
      expect(list.split('\n')[rows - 2]).toContain('? Help');
      screen.type('Enter', '/');
      screen.text('hello');
      screen.type('Enter');
      await screen.until('Decrypted content: 68 bytes, marked 63-67 (5)');
      expect(screen.styled()).toMatch(/\u001b\[7m65 6c 6c 6f/);
      screen.type('q', 'L');
      await screen.until(/│─+ MESSAGE ✎ 🔒 ─+▶│/);
      screen.type('Space', 'Down', 'Space');
      const difference = await screen.until('- message 1   + message 2');
      expect(difference).toMatch(/- MESSAGE sip:kumiko@example\.net SIP\/2\.0/);
      expect(difference).toMatch(/\+ SIP\/2\.0 200 OK/);
      screen.type('q', 'q', 'q');
      await expectRestored(screen);
    },
  );

  it('leaves with exit code 3 where the capture could not be read whole', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'cut.pcap');
    writeFileSync(path, readFileSync(TLS).subarray(0, 3000));
    const screen = terminal(80, 24);
    await screen.run(path);
    await screen.until('not read whole');
    screen.type('q');
    await screen.until(/ready> *$/m);
    screen.type('echo code $?', 'Enter');
    await screen.until('code 3');
  });

  it('filters with a caret for a mistake', { timeout: 60_000 }, async () => {
    const screen = terminal(80, 24);
    await screen.run(...BOTH);
    await screen.until('signed ok');
    screen.type('f');
    screen.text('metod == MESSAGE');
    await screen.until('\n        ^^^^^ there is no field "metod"; did you mean "method"?');
    screen.type('Home', 'Right', 'Right', 'Right');
    screen.text('h');
    screen.type('Enter');
    await screen.until('1 of 2');
  });

  it('K: the right key after the wrong one; saved with its secrets it opens again', {
    timeout: 60_000,
  }, async () => {
    const saved = join(temporaryFolder(), 'saved.pcapng');
    const screen = terminal(80, 24);
    await screen.run(TLS);
    await screen.until('No message to show.');
    for (const [key, answer] of [
      ['samples/keys/domain_key_example.com.pem', 'key_mismatch'],
      ['samples/keys/domain_key_example.net.pem', '1 more thing decrypted'],
    ] as const) {
      screen.type('K');
      await screen.until('Add a private key');
      screen.text(key);
      screen.type('Enter');
      await screen.until(answer);
    }
    await screen.until(/1 .* TLS MESSAGE/);
    screen.type('s', 'Down', 'Down', 'Right', 'Down', 'C-u');
    screen.text(saved);
    screen.type('Enter');
    await screen.until('saved 16 frames, 1 secret inside');
    screen.type('q');
    await expectRestored(screen);
    await screen.run(saved);
    await screen.until(/1 .* TLS MESSAGE/);
  });

  it('is drawn anew when the size changes, and says when it is too small', { timeout: 60_000 }, async () => {
    const screen = terminal(80, 24);
    await screen.run(...BOTH);
    // Who talks to whom is told once nothing is being loaded any more.
    await screen.until('→ kumiko@example.net');
    const before = screen.screen();
    screen.resize(50, 12);
    await screen.until('Too small: 50x12, needs 60x16');
    screen.resize(200, 60);
    await screen.until('decrypted; signed ok');
    screen.resize(80, 24);
    await screen.until(/opened, signed ok[^;]*$/m);
    await screen.untilSame(before);
  });

  it('goes to the shell with ^Z and comes back with fg', { timeout: 60_000 }, async () => {
    const screen = terminal(80, 24);
    await screen.run(...BOTH);
    // Who talks to whom is told once nothing is being loaded any more.
    await screen.until('→ kumiko@example.net');
    const before = screen.screen();
    screen.type('C-z');
    await screen.until('Stopped');
    expect(screen.fact('alternate_on')).toBe('0');
    screen.type('fg', 'Enter');
    await screen.until('signed ok');
    await screen.untilSame(before);
    screen.type('j');
    await screen.until(/▶ +2 /);
    screen.type('C-c');
    await expectRestored(screen);
  });

  it('gives the terminal back on SIGTERM and on an error, and tells the error', {
    timeout: 60_000,
  }, async () => {
    const pid = join(temporaryFolder(), 'pid');
    const screen = terminal(80, 24);
    await screen.until('ready>');
    const node = `'${process.execPath}'`;
    screen.type(
      `clear; sh -c 'echo $$ > ${pid}; exec ${node} bin/siplens.js ${TLS}'`.replaceAll(
        `'${process.execPath}'`,
        process.execPath,
      ),
      'Enter',
    );
    await screen.until('No message to show.');
    process.kill(Number(readFileSync(pid, 'utf8')), 'SIGTERM');
    await expectRestored(screen);
    const alone = join(temporaryFolder(), 'terminal.mjs');
    const build = ['node_modules/rolldown/bin/cli.mjs', 'src/tui/terminal.ts', '--platform', 'node'];
    execFileSync(process.execPath, [...build, '--logLevel', 'warn', '-o', alone], { cwd: ROOT });
    screen.type(
      `clear; ${process.execPath} -e "import('${alone}').then(({Terminal})=>{new Terminal(process).open({close(){},reopen(){},end(){}});setTimeout(()=>{throw new Error('bo'+'om')},300)})"`,
      'Enter',
    );
    await screen.until('siplens: internal error (Error): a fault of siplens');
    // The text of an exception may be of an input.
    expect(screen.screen()).not.toMatch(/boom(?!'\+)/);
    await expectRestored(screen);
  });

  it('ends when its terminal is closed', { timeout: 60_000 }, async () => {
    const pid = join(temporaryFolder(), 'pid');
    const screen = terminal(80, 24);
    await screen.until('ready>');
    screen.type(`clear; sh -c 'echo $$ > ${pid}; exec ${process.execPath} bin/siplens.js ${TLS}'`, 'Enter');
    await screen.until('No message to show.');
    const number = Number(readFileSync(pid, 'utf8'));
    screen.close();
    const end = Date.now() + 10_000;
    while (existsSync(`/proc/${number}`) && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isRunning(number)).toBe(false);
  });

  it('honours NO_COLOR and a locale without UTF-8', { timeout: 60_000 }, async () => {
    const screen = terminal(80, 24, 'NO_COLOR=1', 'LC_ALL=C');
    await screen.run(TLS, '-k', 'samples/keys/domain_key_example.net.pem');
    await screen.until(/^> +1 .* TLS MESSAGE/m);
    expect(screen.styled()).not.toMatch(/\u001b\[[0-9;]*\b(3[0-7]|9[0-7])m/);
    expect(screen.screen()).not.toMatch(/[\u2500-\u25ff]/);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
