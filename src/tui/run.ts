/** Runs the interactive view on a terminal until the user leaves. */
import type { AnalysisContext } from '../analyzer/context.js';
import type { Area } from './screen.js';
import { Session } from './session.js';
import type { SessionSource } from './source.js';
import { Terminal, type TerminalStreams } from './terminal.js';
import { Theme } from './theme.js';

/**
 * Redraws a second. A key that comes just after a frame waits for the next one; while 500,000 messages load at
 * 200 x 60, the slowest of 61 keys took 110 to 116 ms at 20 frames a second and 72 to 90 ms at 30. Only keys redraw so
 * often: data has a slower beat of its own.
 */
const MAX_FPS = 30;
/** Time between two redraws that data asks for; a key does not wait for it. The first rows are shown sooner. */
const DATA_REDRAW_MILLISECONDS = 400;
const FIRST_REDRAW_MILLISECONDS = 20;
/** While a window is being dragged its sizes come by the dozen. */
const RESIZE_MILLISECONDS = 40;

export type InteractiveOptions = {
  readonly source: SessionSource;
  readonly context: AnalysisContext;
  readonly filter?: string;
  readonly color: boolean;
  readonly unicode: boolean;
  readonly streams: TerminalStreams;
};

/** Resolves when the user has left and the terminal is as it was. */
export async function runInteractive(options: InteractiveOptions): Promise<void> {
  const { stdin, stdout } = options.streams;
  // Before React loads: its development build keeps a performance entry of every redraw.
  process.env['NODE_ENV'] = 'production';
  // Ink draws only at the end where it believes to be in a build server; here a person sits at a terminal.
  process.env['CI'] = 'false';
  // Not side by side with the analysis: slices of it between the hundreds of files that Ink is made of made the first
  // rows come half a second later.
  const [{ render }, { createElement }, { App }, { Shell }] = await Promise.all([
    import('ink'),
    import('react'),
    import('./app.js'),
    import('./shell.js'),
  ]);

  const session = new Session(options.source, options.context);
  const terminal = new Terminal(options.streams);
  let left = (): void => {};
  const leaving = new Promise<void>((resolve) => {
    left = resolve;
  });
  const theme = new Theme({ unicode: options.unicode, color: options.color });
  const quit = (): void => {
    close();
    session.stop();
    terminal.close();
    left();
  };
  const shell = new Shell(session, theme, {
    quit,
    suspend: () => terminal.suspend(),
    redrawAll: () => reopen(),
  });
  // A row less than the terminal has: at full height Ink clears the screen for every frame.
  const area = (): Area => ({ columns: stdout.columns || 80, rows: (stdout.rows || 24) - 1 });

  let app: ReturnType<typeof render> | undefined;
  const mount = (): void => {
    app = render(createElement(App, { shell, area: area() }), {
      stdin,
      stdout,
      exitOnCtrlC: false,
      patchConsole: false,
      maxFps: MAX_FPS,
    });
  };
  const close = (): void => {
    app?.unmount();
    app = undefined;
  };
  const reopen = (): void => {
    close();
    terminal.clear();
    mount();
  };

  terminal.open({
    close,
    reopen,
    end: () => session.stop(),
    tellStatus: () => shell.notice(options.source.status?.() ?? ''),
    // A capture has no other end than the one it is asked for.
    ...(options.source.isLive ? { quit } : {}),
  });
  let resizing: NodeJS.Timeout | undefined;
  const resized = (): void => {
    clearTimeout(resizing);
    resizing = setTimeout(reopen, RESIZE_MILLISECONDS);
  };
  stdout.on('resize', resized);

  let isWaiting = false;
  let isEmpty = true;
  session.onChange = () => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(
      () => {
        isWaiting = false;
        shell.redraw();
      },
      isEmpty ? FIRST_REDRAW_MILLISECONDS : DATA_REDRAW_MILLISECONDS,
    );
    isEmpty &&= session.store.messages.length === 0;
  };
  session.onFailure = (error) => {
    throw error;
  };
  if (options.filter !== undefined) session.setFilter(options.filter);
  void session.start();
  // Not before the start: it would draw a session that has nothing and does nothing.
  mount();
  await leaving;
  clearTimeout(resizing);
  stdout.off('resize', resized);
}
