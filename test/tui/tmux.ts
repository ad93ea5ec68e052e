import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { ROOT } from '../support/root.js';

/** How long something may take to appear: the machine may be busy with other tests. */
const PATIENCE = 20_000;

/** Every look at a screen starts a process, and many screens are waited for at once. */
const BETWEEN_LOOKS = 120;

let serial = 0;

/** A shell in a tmux of its own, whose screen is read as text. */
export class TmuxScreen {
  readonly #socket = `siplens-test-${process.pid}-${++serial}`;

  constructor(columns: number, rows: number, environment: readonly string[] = []) {
    const shell = [
      'env',
      'LC_ALL=C.UTF-8',
      'PS1=ready> ',
      'TERM=screen-256color',
      ...environment,
      'bash',
      '--norc',
      '-i',
    ];
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      String(columns),
      '-y',
      String(rows),
      '-c',
      ROOT,
      shell.join(' ').replace('ready> ', "'ready> '"),
    );
    this.#tmux('set', '-g', 'status', 'off');
  }

  /** Starts the built command. */
  async run(...argv: readonly string[]): Promise<void> {
    await this.until('ready>');
    this.type(
      `clear; '${process.execPath}' bin/siplens.js ${argv.map((word) => `'${word}'`).join(' ')}`,
      'Enter',
    );
  }

  /** Names of keys as tmux has them, or texts. */
  type(...keys: readonly string[]): void {
    for (const key of keys) this.#tmux('send-keys', '--', key);
  }

  /** A text, letter by letter. */
  text(text: string): void {
    this.#tmux('send-keys', '-l', '--', text);
  }

  screen(): string {
    return this.#tmux('capture-pane', '-p')
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n');
  }

  styled(): string {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  /** Waits until the screen has a text, and gives the screen. */
  async until(text: string | RegExp): Promise<string> {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const screen = this.screen();
      if (typeof text === 'string' ? screen.includes(text) : text.test(screen)) return screen;
      if (Date.now() > end) throw new Error(`the screen never had ${String(text)}:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
    }
  }

  /** Waits until the screen is as it was. */
  async untilSame(before: string): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (this.screen() !== before && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
    expect(this.screen()).toBe(before);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What tmux knows of the pane, as `alternate_on` or `cursor_flag`. */
  fact(name: string): string {
    return this.#tmux('display-message', '-p', `#{${name}}`).trim();
  }

  /** The process that has the terminal: the leader of the foreground job. */
  foreground(): number {
    const { stdout } = spawnSync('ps', ['-o', 'tpgid=', '-p', this.fact('pane_pid')], { encoding: 'utf8' });
    return Number(stdout);
  }

  close(): void {
    this.#tmux('kill-server');
  }

  #tmux(...argv: readonly string[]): string {
    return spawnSync('tmux', ['-L', this.#socket, ...argv], { encoding: 'utf8' }).stdout;
  }
}
