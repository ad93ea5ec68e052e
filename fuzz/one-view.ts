/** Opens the interactive view over a file and types at random; what it would draw is looked at line by line. */

import { fileSource } from '../src/cli/commands/interactive.js';
import { loadContext } from '../src/cli/materials.js';
import { render } from '../src/report/render.js';
import { plainText, widthOf } from '../src/report/styled.js';
import { KEYMAP } from '../src/tui/keymap.js';
import { Session } from '../src/tui/session.js';
import { Shell } from '../src/tui/shell.js';
import { Theme } from '../src/tui/theme.js';
import { faultOf } from './check-output.js';
import type { Random } from './random.js';

const KEYS = KEYMAP.flatMap(({ keys }) => keys).map((key) => (key === 'space' ? ' ' : key));
/** Of a dialog: without Enter, which would save or load. */
const TEXT = ['a', 'x', '.', '=', '\u001b', '\u202e', '界', 'left', 'backspace', 'tab', 'escape', 'escape'];
const STEPS = 40;

/** Why the view is at fault; undefined where it is not. */
export async function viewFault(file: string, random: Random): Promise<string | undefined> {
  const context = await loadContext({
    key: ['samples/keys'],
    keylog: [],
    psk: [],
    cert: ['samples/certs'],
    ca: [],
    crl: [],
    policyOid: [],
    color: 'always',
    quiet: true,
  });
  const session = new Session(fileSource([file]), context);
  let failure: unknown;
  session.onFailure = (error) => {
    failure = error;
  };
  await session.start();
  const theme = new Theme({ unicode: random.chance(0.5), color: true });
  const shell = new Shell(session, theme, { quit: () => {}, suspend: () => {}, redrawAll: () => {} });
  const area = { columns: 60 + random.below(160), rows: 15 + random.below(50) };
  try {
    for (let step = 0; step < STEPS; step++) {
      const key = random.pick(shell.isAsking ? TEXT : KEYS);
      shell.press([key]);
      if (failure !== undefined) throw failure;
      for (const line of shell.lines(area)) {
        if (widthOf(line) > area.columns) return `after ${key}: a line is wider than the terminal`;
        const fault = faultOf(Buffer.from(render(line, 'colors'), 'utf8'), 'terminal');
        if (fault !== undefined) return `after ${key}: ${fault}`;
        if (/internal error \(/.test(plainText(line)))
          return `after ${key}: ${shell.lines(area).map(plainText).join('\n')}`;
      }
      if (step % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return undefined;
  } finally {
    session.stop();
  }
}
