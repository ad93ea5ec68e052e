/** The one table of keys: it makes the dispatch, the help screen, the hints of the bottom line, and the README's list. */

export type Command =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'halfUp'
  | 'halfDown'
  | 'top'
  | 'bottom'
  | 'open'
  | 'back'
  | 'quit'
  | 'nextPane'
  | 'previousPane'
  | 'zoom'
  | 'grow'
  | 'shrink'
  | 'expandAll'
  | 'source'
  | 'view1'
  | 'view2'
  | 'view3'
  | 'view4'
  | 'view5'
  | 'search'
  | 'searchNext'
  | 'searchPrevious'
  | 'filter'
  | 'clearFilter'
  | 'select'
  | 'mark'
  | 'nextMark'
  | 'raw'
  | 'ladder'
  | 'save'
  | 'addKey'
  | 'time'
  | 'color'
  | 'pause'
  | 'autoscroll'
  | 'help'
  | 'suspend'
  | 'redraw';

export type Group = 'Views' | 'Moving' | 'Panes' | 'Finding' | 'Messages' | 'Session';

export type Binding = {
  readonly command: Command;
  /** Names as the key decoder gives them; the first is the one that is shown. */
  readonly keys: readonly string[];
  readonly group: Group;
  /** A word or two for the bottom line. */
  readonly hint: string;
  /** A line of the help. */
  readonly help: string;
};

const bind = (group: Group, command: Command, keys: string, hint: string, help: string): Binding => ({
  group,
  command,
  keys: keys.split(' '),
  hint,
  help,
});

export const KEYMAP: readonly Binding[] = [
  bind('Views', 'view1', '1', 'Messages', 'messages: list, tree, bytes'),
  bind('Views', 'view2', '2', 'Calls', 'calls, with the ladder of each'),
  bind('Views', 'view3', '3', 'TLS', 'TLS connections, and why one was not decrypted'),
  bind('Views', 'view4', '4', 'Findings', 'findings, the worst first'),
  bind('Views', 'view5', '5 i', 'Statistics', 'statistics'),
  bind('Moving', 'up', 'up k', 'Up', 'a line up'),
  bind('Moving', 'down', 'down j', 'Down', 'a line down'),
  bind('Moving', 'left', 'left h', 'Close', 'close a branch of the tree; in the bytes, the source before'),
  bind('Moving', 'right', 'right l', 'Open', 'open a branch of the tree; in the bytes, the next source'),
  bind('Moving', 'pageUp', 'pageup ctrl-b', 'Page up', 'a page up'),
  bind('Moving', 'pageDown', 'pagedown ctrl-f', 'Page down', 'a page down'),
  bind('Moving', 'halfUp', 'ctrl-u', 'Half up', 'half a page up'),
  bind('Moving', 'halfDown', 'ctrl-d', 'Half down', 'half a page down'),
  bind('Moving', 'top', 'g home', 'Top', 'to the first line'),
  bind('Moving', 'bottom', 'G end', 'End', 'to the last line'),
  bind('Moving', 'open', 'enter', 'Open', 'open what the cursor is on'),
  bind('Moving', 'back', 'q escape', 'Back', 'back; q at the top leaves'),
  bind('Panes', 'nextPane', 'tab', 'Next pane', 'next pane'),
  bind('Panes', 'previousPane', 'shift-tab', 'Previous pane', 'pane before'),
  bind('Panes', 'zoom', 'z', 'Zoom', 'the pane alone, or all panes again'),
  bind('Panes', 'grow', '+ =', 'Larger', 'the pane larger'),
  bind('Panes', 'shrink', '-', 'Smaller', 'the pane smaller'),
  bind('Panes', 'expandAll', 'E', 'Expand all', 'open the whole branch of the tree, or close it'),
  bind('Panes', 'source', 'b', 'Bytes of', 'other bytes: frame, stream, decrypted TLS, CMS content'),
  bind('Finding', 'search', '/', 'Search', 'search for a text'),
  bind('Finding', 'searchNext', 'n', 'Next', 'next match'),
  bind('Finding', 'searchPrevious', 'N', 'Previous', 'match before'),
  bind('Finding', 'filter', 'f f7', 'Filter', 'display filter; Tab completes names'),
  bind('Finding', 'clearFilter', 'F', 'No filter', 'drop the display filter'),
  bind('Messages', 'select', 'space', 'Select', 'select a message; at the second one, their difference'),
  bind('Messages', 'mark', 'm', 'Mark', 'mark a message, or take the mark away'),
  bind('Messages', 'nextMark', 'M', 'Next mark', 'to the next marked message'),
  bind('Messages', 'raw', 'r f6', 'Raw', 'the message as it was sent'),
  bind('Messages', 'ladder', 'L', 'Ladder', 'the ladder of the call that the message is in'),
  bind('Messages', 'save', 's f2', 'Save', 'save: pcapng, NDJSON, text, key log'),
  bind('Session', 'addKey', 'K', 'Key', 'add a key, a key log or a certificate'),
  bind('Session', 'time', 't', 'Time', 'time (UTC), date, since the first, since the one before'),
  bind('Session', 'color', 'c', 'Colour', 'colour on or off'),
  bind('Session', 'pause', 'p', 'Pause', 'live: hold the list, or let it go on'),
  bind('Session', 'autoscroll', 'A', 'Follow', 'follow the newest message, or stay'),
  bind('Session', 'help', '? f1', 'Help', 'this help'),
  bind('Session', 'redraw', 'ctrl-l', 'Redraw', 'draw the screen anew'),
  bind('Session', 'suspend', 'ctrl-z', 'Suspend', 'to the shell; fg comes back'),
  bind('Session', 'quit', 'ctrl-c f10 Q', 'Quit', 'leave'),
];

const BY_KEY: ReadonlyMap<string, Command> = new Map(
  KEYMAP.flatMap(({ keys, command }) =>
    keys.map((key): [string, Command] => [key === 'space' ? ' ' : key, command]),
  ),
);

const BY_COMMAND: ReadonlyMap<Command, Binding> = new Map(
  KEYMAP.map((binding): [Command, Binding] => [binding.command, binding]),
);

/** The command of a key, as the decoder names it. */
export function commandOf(key: string): Command | undefined {
  return BY_KEY.get(key);
}

/** The binding of a command. */
export function bindingOf(command: Command): Binding {
  const binding = BY_COMMAND.get(command);
  if (binding === undefined) throw new RangeError(`no key is bound to ${command}`);
  return binding;
}

const SHOWN: { readonly [key: string]: string } = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  enter: 'Enter',
  escape: 'Esc',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  space: 'Space',
};

/** A key as a person knows it: `^B`, `F7`, `PgUp`. */
export function keyName(key: string, unicode = true): string {
  if (key.startsWith('ctrl-')) return `^${key.slice(5).toUpperCase()}`;
  if (/^f\d+$/.test(key)) return key.toUpperCase();
  if (!unicode && /^(up|down|left|right)$/.test(key)) return `${key[0]?.toUpperCase()}${key.slice(1)}`;
  return SHOWN[key] ?? key;
}

/** The keys as a table in Markdown, for the README. */
export function keymapMarkdown(): string {
  const rows = KEYMAP.map(({ keys, help }) => {
    const names = keys.map((key) => `\`${keyName(key)}\``).join(' ');
    return `| ${names} | ${help} |`;
  });
  return ['| keys | what they do |', '|---|---|', ...rows].join('\n');
}
