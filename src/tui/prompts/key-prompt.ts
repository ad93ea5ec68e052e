/** The dialog that adds a key, a key log or a certificate while the session runs. */
import { BREAKS_WORDS, wrapText } from '../../bytes/width.js';
import { isFolder, listFiles, MAX_KEY_LOG_LENGTH, readSmallFile } from '../../io/read-whole.js';
import { loadKeyMaterial } from '../../keys/load.js';
import type { KeyMaterial } from '../../keys/material.js';
import { bold, dim, type Styled, yellow } from '../../report/styled.js';
import { parseCertificate } from '../../x509/certificate.js';
import type { Area, Ui } from '../screen.js';
import type { Session } from '../session.js';
import { boxWidth } from '../shell-lines.js';
import { inputLine } from './input-line.js';
import { LineEditor } from './line-editor.js';
import { expandHome } from './path-completion.js';
import { PathEditor } from './path-editor.js';
import type { Prompt } from './prompt.js';

export class KeyPrompt implements Prompt {
  readonly placement = 'middle';
  readonly #ui: Ui;
  readonly #path = new PathEditor();
  #password: LineEditor | undefined;
  #message = '';

  constructor(ui: Ui) {
    this.#ui = ui;
  }

  lines(area: Area): readonly Styled[] {
    const { theme } = this.#ui;
    const width = boxWidth(area);
    const isAsking = this.#password !== undefined;
    const offered = this.#path.offered
      .slice(0, 4)
      .map((path) => `    ${theme.fit(path, width - 5).trimEnd()}`);
    return [
      bold(' Add a private key, a key log, or certificates'),
      '',
      isAsking
        ? ` File:     ${theme.fit(this.#path.editor.text, width - 12).trimEnd()}`
        : inputLine(' File:     ', this.#path.editor, width).line,
      ...(this.#password === undefined
        ? []
        : [inputLine(' Password: ', this.#password, width, theme.unicode ? '•' : '*').line]),
      ...offered,
      '',
      ...(this.#message === ''
        ? []
        : [
            ...wrapText(this.#message, width - 3, BREAKS_WORDS).map((line) =>
              yellow(` ! ${theme.fit(line, width - 3).trimEnd()}`),
            ),
            '',
          ]),
      dim(` Enter adds it, Tab completes the name, Esc leaves`),
      dim(` PEM, DER, PKCS#12, key log, or a folder; what it fits opens in place`),
    ];
  }

  press(key: string): boolean {
    if (key === 'escape' || key === 'ctrl-c') return false;
    if (key === 'enter') return !this.#add();
    if (this.#password !== undefined) this.#password.press(key);
    else this.#path.press(key);
    this.#message = '';
    return true;
  }

  /** Whether something was added. */
  #add(): boolean {
    const path = expandHome(this.#path.editor.text.trim());
    if (path === '') return false;
    const loaded = loadAll(path, this.#password?.text);
    if (!loaded.ok) {
      this.#message = loaded.message;
      // What was typed in vain is not left for another try to add to.
      if (loaded.needsPassword) this.#password = new LineEditor();
      return false;
    }
    const { session } = this.#ui;
    const before = opened(session);
    let secrets = 0;
    for (const material of loaded.materials) {
      session.context.keyring.add(material);
      secrets += material.keyLog?.entries.length ?? 0;
      for (const { der } of material.certificates) {
        const certificate = parseCertificate(der);
        if (certificate.ok) session.context.certificates.add(certificate.value);
      }
    }
    const what = [
      counted(
        sum(loaded.materials, ({ privateKeys }) => privateKeys.length),
        'private key',
      ),
      counted(
        sum(loaded.materials, ({ certificates }) => certificates.length),
        'certificate',
      ),
      counted(secrets, 'TLS secret'),
    ].filter((text) => text !== '');
    const added = `added ${what.join(', ')}`;
    if (!session.source.canRepeat) {
      this.#ui.notice(`${added}; what was read before cannot be read again, what comes now can be decrypted`);
      return true;
    }
    this.#ui.notice(`${added}; reading again ...`);
    void session.restart().then(() => {
      const more = opened(session) - before;
      const result =
        more > 0
          ? `${counted(more, 'more thing')} decrypted`
          : `it decrypts nothing more${closedReason(session)}`;
      this.#ui.notice(`${added}: ${result}`);
    });
    return true;
  }
}

/** Why the first connection that is closed still is. */
function closedReason({ store }: Session): string {
  const closed = store.connections
    .rows()
    .find(({ connection }) => connection.decryption.status === 'not_decrypted');
  if (closed === undefined) return '';
  const { reason, detail } = closed.connection.decryption;
  return `: ${reason ?? ''}, ${detail}`;
}

/** TLS connections and encrypted bodies that are open. */
function opened({ store }: Session): number {
  const connections = store.connections
    .rows()
    .filter(({ connection }) => connection.decryption.status === 'decrypted');
  let count = connections.length;
  for (const [words, messages] of store.counters.security)
    if (/(?<!not )decrypted/.test(words)) count += messages;
  return count;
}

type Loaded =
  | { readonly ok: true; readonly materials: readonly KeyMaterial[] }
  | { readonly ok: false; readonly message: string; readonly needsPassword: boolean };

/** A file, or every file of a folder that holds something of use. */
function loadAll(path: string, password: string | undefined): Loaded {
  if (!isFolder(path)) {
    const loaded = loadOne(path, password);
    return loaded.ok ? { ok: true, materials: [loaded.material] } : loaded;
  }
  const files = listFiles(path);
  if (!files.ok) return { ok: false, message: files.message, needsPassword: false };
  const results = files.paths.map((file) => loadOne(file, password));
  const materials = results.flatMap((result) => (result.ok ? [result.material] : []));
  if (materials.length > 0) return { ok: true, materials };
  const locked = results.some((result) => !result.ok && result.needsPassword);
  return {
    ok: false,
    message: `${path}: no file in this folder holds a key or a certificate`,
    needsPassword: locked,
  };
}

type LoadedOne =
  | { readonly ok: true; readonly material: KeyMaterial }
  | Extract<Loaded, { readonly ok: false }>;

function loadOne(path: string, password: string | undefined): LoadedOne {
  const file = readSmallFile(path, MAX_KEY_LOG_LENGTH, false);
  if (!file.ok) return { ok: false, message: file.message, needsPassword: false };
  const loaded = loadKeyMaterial(path, file.bytes, password);
  if (loaded.ok) return { ok: true, material: loaded.value };
  const { needsPassword, wrongPassword, message } = loaded.error;
  return {
    ok: false,
    message: `${path}: ${message}`,
    needsPassword: needsPassword === true || wrongPassword === true,
  };
}

function sum<T>(list: readonly T[], value: (item: T) => number): number {
  return list.reduce((total, item) => total + value(item), 0);
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`;
}
