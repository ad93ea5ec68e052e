import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { render } from 'ink-testing-library';
import { type AnalysisContext, createContext } from '../../src/analyzer/context.js';
import { fileSource } from '../../src/cli/commands/interactive.js';
import { Keyring } from '../../src/keys/keyring.js';
import { loadKeyMaterial } from '../../src/keys/load.js';
import { App } from '../../src/tui/app.js';
import type { Area } from '../../src/tui/screen.js';
import { Session } from '../../src/tui/session.js';
import { Shell, type ShellHost } from '../../src/tui/shell.js';
import type { SessionSource } from '../../src/tui/source.js';
import { Theme } from '../../src/tui/theme.js';
import { ROOT } from '../support/root.js';
import { temporaryFolder } from './folder.js';

export { temporaryFolder } from './folder.js';
export * from './messages.js';

export type StageOptions = {
  readonly keys?: readonly string[];
  readonly certificates?: readonly string[];
  readonly anchors?: readonly string[];
  readonly area?: Area;
  readonly unicode?: boolean;
  readonly color?: boolean;
  readonly source?: SessionSource;
  /** Whether to wait for the end of the analysis; yes by default. */
  readonly wait?: boolean;
};

export type Stage = {
  readonly session: Session;
  readonly shell: Shell;
  readonly host: { quits: number; suspends: number; redraws: number };
  /** Types keys as a terminal sends them, and waits until they were taken. */
  type(...keys: readonly string[]): Promise<void>;
  /** The screen as text, without styles and blanks at the ends of lines. */
  screen(): string;
  /** The screen with its styles. */
  styled(): string;
  /** Waits until the screen has a text. */
  until(text: string | RegExp): Promise<void>;
  close(): void;
};

/** Names of keys as terminals send them. */
export const KEY = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[H',
  end: '\u001b[F',
  pageUp: '\u001b[5~',
  pageDown: '\u001b[6~',
  enter: '\r',
  escape: '\u001b',
  tab: '\t',
  shiftTab: '\u001b[Z',
  space: ' ',
  f1: '\u001bOP',
  f2: '\u001bOQ',
  f6: '\u001b[17~',
  f7: '\u001b[18~',
  f10: '\u001b[21~',
  backspace: '\u007f',
  ctrl: (letter: string): string => String.fromCharCode(letter.toUpperCase().charCodeAt(0) - 64),
} as const;

/** A session over files, drawn by Ink into memory. */
export async function stage(files: readonly string[], options: StageOptions = {}): Promise<Stage> {
  const session = new Session(options.source ?? fileSource(files), contextOf(options));
  const host = { quits: 0, suspends: 0, redraws: 0 };
  const shellHost: ShellHost = {
    quit: () => host.quits++,
    suspend: () => host.suspends++,
    redrawAll: () => host.redraws++,
  };
  const theme = new Theme({ unicode: options.unicode ?? true, color: options.color ?? false });
  const shell = new Shell(session, theme, shellHost);
  session.onChange = () => shell.redraw();
  session.onFailure = (error) => {
    throw error;
  };
  const area = options.area ?? { columns: 80, rows: 23 };
  const app = render(<App shell={shell} area={area} />);
  await settle();
  const running = session.start();
  if (options.wait !== false) await running;
  shell.redraw();
  const styled = (): string => app.lastFrame() ?? '';
  const screen = (): string => {
    const plain = styled().replace(/\u001b\[[0-9;]*m/g, '');
    return plain
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n');
  };
  return {
    session,
    shell,
    host,
    type: async (...keys) => {
      for (const key of keys) {
        app.stdin.write(key);
        // A lone escape waits for what may follow it.
        if (key === KEY.escape) await new Promise((resolve) => setTimeout(resolve, 45));
        await settle();
      }
    },
    screen,
    styled,
    until: async (text) => {
      const has = (): boolean => (typeof text === 'string' ? screen().includes(text) : text.test(screen()));
      const end = Date.now() + 5000;
      while (!has()) {
        if (Date.now() > end) throw new Error(`the screen never had ${String(text)}:\n${screen()}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    close: () => {
      session.stop();
      app.unmount();
    },
  };
}

/** A file of its own with these bytes. */
export function temporaryFile(name: string, bytes: Uint8Array | string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

export function sample(name: string): string {
  return `${ROOT}samples/${name}`;
}

function contextOf({ keys = [], certificates = [], anchors = [] }: StageOptions): AnalysisContext {
  const keyring = new Keyring();
  const load = (file: string) => {
    const loaded = loadKeyMaterial(file, readFileSync(file));
    if (!loaded.ok) throw new Error(loaded.error.message);
    return loaded.value;
  };
  for (const file of keys) keyring.add(load(file));
  const others = certificates.flatMap((file) => load(file).certificates);
  const trusted = anchors.flatMap((file) => load(file).certificates);
  return createContext({ keyring, certificates: others, anchors: trusted, now: 1_700_000_000 }).context;
}

/** Lets timers that are due and React's work come first. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
