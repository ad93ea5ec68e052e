/** The help: all keys by what they are for, from the one table; and what to know about the view. */
import { displayWidth } from '../../bytes/width.js';
import { bold, type Styled } from '../../report/styled.js';
import { MAX_COPIED_BYTES } from '../../store/session-store.js';
import { formatBytes } from '../format.js';
import { type Command, type Group, KEYMAP, keyName } from '../keymap.js';
import type { Area, Screen, Ui } from '../screen.js';
import { TextScroller } from './text-scroller.js';

const GROUPS: readonly Group[] = ['Views', 'Moving', 'Panes', 'Finding', 'Messages', 'Session'];
const KEYS_WIDTH = 16;

export class HelpScreen implements Screen {
  readonly title = 'Help';
  readonly hints: readonly Command[] = ['down', 'pageDown', 'search', 'back'];
  readonly #ui: Ui;
  readonly #scroller: TextScroller;

  constructor(ui: Ui) {
    this.#ui = ui;
    this.#scroller = new TextScroller(helpLines(ui));
  }

  lines(area: Area): readonly Styled[] {
    return this.#scroller.lines(area);
  }

  run(command: Command): boolean {
    return this.#scroller.run(command);
  }

  search(text: string, step: 1 | -1): void {
    if (!this.#scroller.search(text, step)) this.#ui.notice(`no more "${text}" here`);
  }
}

function helpLines({ theme }: Ui): Styled[] {
  const keys = GROUPS.flatMap((group) => [
    '',
    bold(` ${group}`),
    ...KEYMAP.filter((binding) => binding.group === group).map((binding) => {
      const names = binding.keys.map((key) => keyName(key, theme.unicode)).join(' ');
      return `   ${names}${' '.repeat(Math.max(1, KEYS_WIDTH - displayWidth(names)))} ${binding.help}`;
    }),
  ]);
  return [
    ...keys.slice(1),
    '',
    bold(' Signs'),
    '   *  a marked message    =  a selected one    !  an error    ?  a warning',
    `   ${theme.glyphs.lock}  encrypted (TLS or S/MIME)    ${theme.glyphs.pen}  signed    (again)  a retransmission`,
    '   signed ok: valid, trusted, by the sender; BAD, ?: invalid, not checked; decrypted: a key was found',
    '',
    bold(' Display filter'),
    '   names are those of the JSON: method == INVITE, src == 10.0.0.1, status_code >= 400,',
    '   from.uri contains alice, header.User-Agent matches "x-lite", **.signature == invalid; and, or, not, ( )',
    '   it holds for messages, and for calls that have such a message',
    '',
    bold(' Limits'),
    `   messages that cannot be read again from their file are copied, ${formatBytes(MAX_COPIED_BYTES)} in all; of more, only the row is kept`,
  ];
}
