/** Screens with nothing to show: why, and what to press. */
import { BREAKS_WORDS, wrapText } from '../../bytes/width.js';
import { bindingOf, keyName } from '../keymap.js';
import type { Area, Ui } from '../screen.js';

export type NothingOf = 'messages' | 'calls' | 'connections' | 'findings' | 'statistics';

/** Lines that say why there is nothing of a kind. */
export function nothingToShow(ui: Ui, of: NothingOf, area: Area): string[] {
  const { theme } = ui;
  const width = Math.min(area.columns - 4, 100);
  const lines = reasons(ui, of).flatMap((reason) =>
    reason === '' ? [''] : wrapText(reason, width, BREAKS_WORDS),
  );
  return [
    '',
    ...lines.slice(0, Math.max(1, area.rows - 1)).map((line) => `  ${theme.fit(line, area.columns - 2)}`),
  ];
}

function reasons(ui: Ui, of: NothingOf): string[] {
  const { session } = ui;
  const { store, filterText } = session;
  const press = (command: Parameters<typeof bindingOf>[0]): string =>
    keyName(bindingOf(command).keys[0] ?? '', ui.theme.unicode);
  if (session.isLoading) {
    return [session.source.isLive ? 'Waiting for the first message ...' : 'Reading ... nothing found yet.'];
  }
  const hasMessages = store.messages.length > 0;
  if ((of === 'messages' || of === 'calls') && hasMessages && filterText !== '') {
    return [
      `No message passes the filter: ${filterText}`,
      '',
      `${press('filter')} changes the filter, ${press('clearFilter')} drops it: there are ${store.messages.length} messages.`,
    ];
  }
  const problems = store.problems.map(({ file, message }) => `${file}: ${message}`);
  const closed = store.connections.rows().filter(({ connection }) => isClosed(connection.decryption.status));
  const keys =
    closed.length > 0
      ? [
          `${press('addKey')} adds a private key or a key log: what it decrypts is shown at once. ${press('view3')} shows the TLS connections.`,
        ]
      : [];
  switch (of) {
    case 'messages':
      return [
        'No message to show.',
        '',
        ...session.explanation,
        ...problems,
        '',
        ...keys,
        `${press('help')} tells all keys, ${press('back')} leaves.`,
      ];
    case 'calls':
      return hasMessages
        ? ['No message has a Call-ID, so there are no calls.']
        : ['No calls, as there are no messages.', '', ...session.explanation, '', ...keys];
    case 'connections':
      return [
        'No TLS connection in this capture.',
        '',
        ...(hasMessages ? [`${press('view1')} shows the messages.`] : session.explanation),
      ];
    case 'findings':
      return [
        'No findings: nothing was wrong with what could be read.',
        '',
        ...(hasMessages ? [] : session.explanation),
      ];
    case 'statistics':
      return ['Nothing was counted.', '', ...session.explanation, ...problems];
  }
}

function isClosed(status: string): boolean {
  return status === 'not_decrypted' || status === 'partial';
}
