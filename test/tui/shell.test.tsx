import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createContext } from '../../src/analyzer/context.js';
import { displayWidth } from '../../src/bytes/width.js';
import { fileSource } from '../../src/cli/commands/interactive.js';
import { Keyring } from '../../src/keys/keyring.js';
import { KEYMAP, keymapMarkdown, keyName } from '../../src/tui/keymap.js';
import type { Feed, SessionSource } from '../../src/tui/source.js';
import { ROOT } from '../support/root.js';
import { callCapture, KEY, manyCapture, type Stage, sample, stage, temporaryFile } from './stage.js';

let open: Stage | undefined;
const start = async (...given: Parameters<typeof stage>): Promise<Stage> => {
  open = await stage(...given);
  return open;
};
afterEach(() => {
  open?.close();
  open = undefined;
});

describe('the table of keys', () => {
  it('gives each key to one command', () => {
    const keys = KEYMAP.flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(KEYMAP.map(({ command }) => command)).size).toBe(KEYMAP.length);
  });

  it('makes the help: every key is there', async () => {
    const { type, screen } = await start([temporaryFile('call.pcap', callCapture())], {
      area: { columns: 80, rows: 75 },
    });
    await type(KEY.f1);
    const lines = screen().split('\n');
    for (const { keys, help } of KEYMAP) {
      const line = lines.find((text) => text.endsWith(` ${help}`));
      expect(line, help).toBeDefined();
      for (const key of keys) expect(line).toContain(keyName(key));
    }
    await type('q');
    expect(screen()).toContain('Message 1');
  });

  it('makes the list in Markdown', () => {
    const lines = keymapMarkdown().split('\n');
    expect(lines).toHaveLength(KEYMAP.length + 2);
    expect(lines).toContain('| `PgUp` `^B` | a page up |');
    expect(readFileSync(`${ROOT}README.md`, 'utf8')).toContain(`${keymapMarkdown()}\n`);
  });
});

describe('the shell', () => {
  it('goes to views by number, and back with q; q at the top leaves, Esc does not', async () => {
    const { type, screen, host } = await start([temporaryFile('call.pcap', callCapture())]);
    for (const [key, text] of [
      ['2', 'Method'],
      ['4', 'Finding'],
      ['5', 'Methods'],
      ['3', 'No TLS connection'],
    ] as const) {
      await type(key);
      expect(screen()).toContain(text);
    }
    await type('q');
    expect(screen()).toContain('Message 1');
    await type(KEY.escape);
    expect(host.quits).toBe(0);
    expect(screen()).toContain('q leaves');
    await type('q');
    expect(host.quits).toBe(1);
    await type(KEY.ctrl('c'));
    expect(host.quits).toBe(2);
    await type(KEY.ctrl('z'), KEY.ctrl('l'));
    expect(host).toMatchObject({ suspends: 1, redraws: 1 });
  });

  it('takes the function keys and capital Q for what their letters do', async () => {
    const { type, screen, host } = await start([temporaryFile('call.pcap', callCapture())]);
    for (const [letter, functionKey] of [
      ['s', KEY.f2],
      ['r', KEY.f6],
      ['f', KEY.f7],
      ['?', KEY.f1],
    ] as const) {
      const before = screen();
      await type(letter);
      const opened = screen();
      expect(opened).not.toBe(before);
      await type(KEY.escape);
      expect(screen()).toBe(before);
      await type(functionKey);
      expect(screen()).toBe(opened);
      await type(KEY.escape);
    }
    await type(KEY.f10);
    expect(host.quits).toBe(1);
    await type('Q');
    expect(host.quits).toBe(2);
  });

  it('opens and closes a branch of the tree with the arrows and with h and l', async () => {
    const { type, screen } = await start([temporaryFile('call.pcap', callCapture())]);
    await type(KEY.tab);
    for (const [right, left] of [
      [KEY.right, KEY.left],
      ['l', 'h'],
    ] as const) {
      expect(screen()).not.toContain('Captured Length');
      await type(right);
      expect(screen()).toContain('Captured Length');
      await type(left);
    }
    expect(screen()).not.toContain('Captured Length');
  });

  it.each([
    [60, 15],
    [80, 23],
    [100, 40],
  ])('fits %i columns and %i rows in every view', async (columns, rows) => {
    const keys = [sample('keys/domain_key_example.net.pem')];
    const { type, screen } = await start([sample('tls-message.pcap')], { keys, area: { columns, rows } });
    const check = (): void => {
      const lines = screen().split('\n');
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      expect(lines[rows - 1]).not.toBe('');
    };
    for (const keysOf of [
      [],
      ['\r'],
      ['z'],
      ['q', 'L'],
      ['\r'],
      ['q', 'q', '2'],
      ['3'],
      ['\r'],
      ['4'],
      ['5'],
      ['?'],
      ['q', '1', 's'],
      [KEY.escape, 'K'],
      [KEY.escape, 'f'],
      [KEY.escape, 'r'],
      ['q', ' ', 'j', ' '],
    ]) {
      await type(...keysOf);
      check();
    }
  });

  it('says that the terminal is too small, and works again when it is not', async () => {
    const { screen } = await start([temporaryFile('call.pcap', callCapture())], {
      area: { columns: 40, rows: 9 },
    });
    expect(screen().trim()).toBe('Too small: 40x10, needs 60x16. q leaves.');
  });

  it('draws in ASCII alone where the locale has no UTF-8', async () => {
    const keys = [sample('keys/domain_key_example.net.pem')];
    const { type, styled } = await start([sample('tls-message.pcap')], { keys, unicode: false });
    for (const key of [
      '',
      '\r',
      'z',
      'q',
      'L',
      'q',
      '2',
      '3',
      '\r',
      '4',
      '5',
      '?',
      'q',
      '1',
      's',
      KEY.escape,
      'K',
    ]) {
      await type(key);
      // Texts of rules and help may have a sign or two of their own; what is drawn may not.
      expect(styled()).not.toMatch(/[\u2500-\u25ff\u2190-\u21ff\u2026\u{1f512}\u270e]/u);
    }
  });

  it('has colour, or none and all signs', async () => {
    const keys = [sample('keys/user_key_kumiko@example.net.pem')];
    const { type, styled, screen } = await start([sample('smime-signed-encrypted.pcap')], {
      keys,
      color: true,
    });
    const colours = (): number => styled().match(/\u001b\[(3[0-9]|4[0-9]|9[0-9])m/g)?.length ?? 0;
    expect(colours()).toBeGreaterThan(0);
    const text = screen();
    await type('c');
    expect(colours()).toBe(0);
    expect(screen()).toBe(text);
  });

  it('draws no more rows than are seen, whatever there is', async () => {
    const { screen, session, type } = await start([temporaryFile('many.pcap', manyCapture(3000))]);
    expect(session.rows.length).toBe(3000);
    await type('z', 'G');
    expect(screen().split('\n')).toHaveLength(23);
    expect(screen()).toMatch(/▶ +3000 /);
  });
});

type Live = { readonly source: SessionSource; readonly go: () => void; drops: number };

/** A source whose chunks come when the test says so. */
function liveSource(file: string): Live {
  let wake: (() => void) | undefined;
  const inner = fileSource([file]);
  const live: Live = {
    drops: 0,
    go: () => wake?.(),
    source: {
      ...inner,
      name: 'eth0',
      isLive: true,
      canRepeat: false,
      drops: () => live.drops,
      run: (feed: Feed) =>
        inner.run({
          ...feed,
          breathe: async () => {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            return feed.breathe();
          },
        }),
    },
  };
  return live;
}

describe('a pipe as the source', () => {
  it('is not read again, and is left at once while its writer is waited for', async () => {
    const path = `${temporaryFile('beside', Buffer.alloc(0))}.pipe`;
    spawnSync('mkfifo', [path]);
    const source = fileSource([path]);
    expect(source.canRepeat).toBe(false);
    const running = source.run({
      context: createContext({ keyring: new Keyring(), certificates: [], anchors: [], now: 0 }).context,
      event: () => {},
      progress: () => {},
      breathe: async () => true,
    });
    setTimeout(() => source.stop?.(), 50);
    expect(await running).toMatchObject({ isWhole: true });
  });
});

describe('a live source', () => {
  it('is followed, held and let go; drops are shown', async () => {
    const file = temporaryFile('many.pcap', manyCapture(1000));
    const live = liveSource(file);
    const { type, screen, session, until, shell } = await start([file], { source: live.source, wait: false });
    await until('following');
    const grow = async (): Promise<number> => {
      const before = session.store.messages.length;
      for (let tries = 0; tries < 200 && session.store.messages.length === before; tries++) {
        live.go();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      shell.redraw();
      await type('');
      return session.store.messages.length;
    };
    const first = await grow();
    expect(first).toBeLessThan(1000);
    expect(screen()).toMatch(new RegExp(`▶ +${first} `));
    await type('p');
    expect(screen()).toContain('PAUSED');
    const second = await grow();
    expect(second).toBeGreaterThan(first);
    expect(session.rows.length).toBe(first);
    await type('p');
    expect(session.rows.length).toBe(second);
    expect(screen()).toMatch(new RegExp(`▶ +${second} `));
    await type('g');
    expect(screen()).not.toContain('following');
    await grow();
    expect(screen()).toMatch(/▶ +1 /);
    await type('A');
    live.drops = 12;
    await type('t');
    expect(screen()).toContain('12 DROPPED');
    expect(screen()).toContain('following');
  });
});
