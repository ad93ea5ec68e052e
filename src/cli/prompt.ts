import { render } from '../report/render.js';

/** Asks for a password on the terminal without showing it; undefined where there is no terminal to ask on. */
export async function promptPassword(question: string): Promise<string | undefined> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  stderr.write(render(question, 'nothing'));
  stdin.setRawMode(true);
  stdin.resume();
  try {
    return await new Promise<string | undefined>((resolve) => {
      let typed = '';
      const take = (chunk: Buffer): void => {
        for (const character of chunk.toString('utf8')) {
          if (character === '\r' || character === '\n' || character === '\u0004') {
            stdin.off('data', take);
            resolve(typed);
            return;
          }
          if (character === '\u0003') {
            stdin.off('data', take);
            resolve(undefined);
            return;
          }
          if (character === '\u007f' || character === '\b') typed = typed.slice(0, -1);
          else typed += character;
        }
      };
      stdin.on('data', take);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
