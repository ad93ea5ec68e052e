import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { faultOf } from '../../fuzz/check-output.js';
import type { OutputForm } from '../../fuzz/commands.js';
import { withStrings } from '../../fuzz/mutators/der.js';
import { CODE_POINTS } from '../../fuzz/mutators/hostile-text.js';
import { createContext } from '../../src/analyzer/context.js';
import { fileSource } from '../../src/cli/commands/interactive.js';
import { progressLines } from '../../src/cli/output/progress.js';
import { Keyring } from '../../src/keys/keyring.js';
import { render } from '../../src/report/render.js';
import { KEYMAP } from '../../src/tui/keymap.js';
import { Session } from '../../src/tui/session.js';
import { Shell } from '../../src/tui/shell.js';
import { Theme } from '../../src/tui/theme.js';
import { siplensRaw } from '../support/command.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { KEY, stage } from '../tui/stage.js';

/**
 * Every class of code points that a terminal acts on, does not show, or shows in a way of its own, in every place that a
 * network or a user has for text: what reaches a terminal has none of them but as escapes.
 */

const folder = mkdtempSync(join(tmpdir(), 'siplens-code-points-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the classes do not have: sequences, and surrogates alone, which UTF-8 cannot carry. */
const TEXTS = [...CODE_POINTS, '\u001b]52;c;aGk=\u0007', '\u001b[31mred', '\u009b31m', '\ud800', '\udfff'];

const CERTIFICATE = Buffer.from(
  readFileSync('samples/certs/root_cert_fluffyCA.pem', 'latin1').replace(
    /-----.*?-----|[^A-Za-z0-9+/=]/gs,
    '',
  ),
  'base64',
);

/** A message with the text in its start line, its headers, the parts of its body, and a certificate. */
function message(text: string, tag: 0x0c | 0x1e): Buffer {
  const der = Buffer.from(withStrings(CERTIFICATE, text, tag));
  const head = (type: string): string =>
    `Content-Type: ${type}; name="${text}"; charset=${text}\r\nX-${text}: ${text}\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(
      `--b\r\n${head('text/plain')}${text} body ${text}\r\n--b\r\n${head(`application/${text}`)}x\r\n--b\r\n`,
    ),
    Buffer.from('Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n'),
    Buffer.from(`${der.toString('base64')}\r\n--b--\r\n`),
  ]);
  const lines = [
    `INVITE sip:${text}bob@example.org;p=${text} SIP/2.0`,
    `Via: SIP/2.0/UDP ${text};branch=z9hG4bK${text}`,
    `From: "${text}" <sip:${text}@example.org>;tag=${text}`,
    `To: ${text} <sip:bob@${text}>`,
    `Call-ID: ${text}@${text}`,
    `CSeq: 1 ${text}`,
    `Contact: <sip:${text}>`,
    `Subject: ${text}`,
    `User-Agent: ${text}`,
    `${text}: ${text}`,
    `Identity: ${Buffer.from(JSON.stringify({ alg: text, x5u: text })).toString('base64url')}.${Buffer.from(JSON.stringify({ [text]: text, orig: { tn: text } })).toString('base64url')}.AA;info=<${text}>;alg=${text};ppt=${text}`,
    `Content-Type: multipart/mixed; boundary=b; p=${text}`,
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8'), body]);
}

function captureOf(text: string): Buffer {
  const [alice, bob] = [
    { address: '192.0.2.1', port: 5060 },
    { address: '192.0.2.2', port: 5060 },
  ];
  const response = `SIP/2.0 404 ${text}\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK${text}\r\nCall-ID: ${text}@${text}\r\nCSeq: 1 INVITE\r\nReason: ${text}\r\nContent-Length: 0\r\n\r\n`;
  const capture = new CaptureBuilder()
    .udp(alice, bob, message(text, 0x0c))
    .udp(alice, bob, message(text, 0x1e))
    .udp(bob, alice, response);
  capture.connect(alice, bob).send('client', message(text, 0x0c)).send('server', response).close();
  return capture.toBytes();
}

function expectSafe(what: string, bytes: Uint8Array, form: OutputForm): void {
  expect(faultOf(Buffer.from(bytes), form), what).toBeUndefined();
}

/** What can stand in a name of a file. */
const fileName = (text: string): string => text.replace(/[\0/]|\p{Surrogate}/gu, '').slice(0, 60);

const COMMANDS: readonly (readonly [OutputForm, ...string[]])[] = [
  ['terminal', 'list', 'FILE', '--color', 'always', '-v'],
  ['terminal', 'show', 'FILE', '1', '--hex', '--color', 'always'],
  ['terminal', 'show', 'FILE', '2'],
  ['terminal', 'show', 'FILE', '3'],
  ['terminal', 'check', 'FILE', '--color', 'always'],
  ['json', 'check', 'FILE', '--format', 'json'],
  ['xml', 'check', 'FILE', '--format', 'junit'],
  ['terminal', 'tls', 'FILE', '--detail'],
  ['terminal', 'tls', 'samples/tls-message.pcap', '--policy', 'POLICY', '--color', 'always'],
  ['xml', 'tls', 'samples/tls-message.pcap', '--policy', 'POLICY', '--format', 'junit'],
  ['terminal', 'flow', 'FILE', '--color', 'always'],
  ['terminal', 'follow', 'FILE', '--stream', '0', '--color', 'always'],
  ['terminal', 'asn1', 'FILE'],
  ['terminal', 'asn1', 'CERT'],
  ['terminal', 'asn1', 'CERT', '--style', 'openssl'],
  ['terminal', 'certs', 'show', 'CERT'],
  ['json', 'certs', 'show', 'CERT', '--format', 'json'],
  ['terminal', 'list', 'FILE', '--ca', 'CERT', '--cert', 'CERT', '-k', 'NAMED'],
  ['ndjson', 'export', 'FILE', '--include', 'messages,connections,findings,packets'],
  ['json', 'export', 'FILE', '--format', 'json', '--pretty'],
  ['csv', 'export', 'FILE', '--format', 'csv'],
  ['terminal', 'export', 'FILE', '--format', 'text'],
  // Errors, which repeat what was asked for.
  ['terminal', 'list', 'MISSING'],
  ['terminal', 'list', 'FILE', '-f', 'TEXT'],
  ['terminal', 'list', 'FILE', '--TEXT'],
  ['terminal', 'list', 'FILE', '-k', 'MISSING'],
  ['terminal', 'check', 'FILE', '--fail-on', 'TEXT'],
  ['terminal', 'check', '--explain', 'TEXT'],
  ['terminal', 'tls', 'FILE', '--policy', 'TEXT'],
  ['terminal', 'export', 'FILE', '--fields', 'TEXT'],
  ['terminal', 'TEXT', 'FILE'],
  ['terminal', 'show', 'FILE', 'TEXT'],
];

const named = TEXTS.map((text) => [
  [...text]
    .slice(0, 4)
    .map((character) => `U+${character.codePointAt(0)?.toString(16)}`)
    .join(' '),
  text,
]) as [string, string][];

describe('every command', () => {
  it.each(named)('shows %s as something that is seen, or not at all', { timeout: 120_000 }, (_, text) => {
    const at = mkdtempSync(join(folder, 'run-'));
    const places: Readonly<Record<string, string>> = {
      FILE: join(at, `a${fileName(text)}.pcap`),
      CERT: join(at, `c${fileName(text)}.der`),
      NAMED: join(at, `k${fileName(text)}`),
      POLICY: join(at, `p${fileName(text)}.yaml`),
      MISSING: join(at, `m${fileName(text)}`),
      TEXT: `${text.replaceAll('\0', '')}x`,
    };
    const write = (place: string, bytes: Uint8Array | string): void =>
      writeFileSync(places[place] as string, bytes);
    write('FILE', captureOf(text));
    write('CERT', withStrings(CERTIFICATE, text, /\p{Surrogate}/u.test(text) ? 0x1e : 0x0c));
    write('NAMED', 'no key');
    write('POLICY', `name: ${JSON.stringify(`p${text}`)}\nmin_version: "1.2"\n${JSON.stringify(text)}: 1\n`);
    for (const [form, ...words] of COMMANDS) {
      const argv = words.map((word) =>
        word.replace(/^(--)?([A-Z]+)$/, (all, dashes = '', name) =>
          name in places ? dashes + places[name] : all,
        ),
      );
      const { stdout, stderr } = siplensRaw(argv);
      expectSafe(`standard output of ${words.join(' ')}`, stdout, form);
      expectSafe(`standard error of ${words.join(' ')}`, stderr, 'terminal');
    }
    const workers = [{ file: text, done: 1, total: 2 }];
    for (const line of progressLines({ done: 1, total: 2, workers }, 1))
      expectSafe('progress', Buffer.from(render(line, 'nothing')), 'terminal');
  });

  it('shows the names of interfaces as something that is seen', () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const list = join(folder, 'interfaces');
    writeFileSync(
      list,
      TEXTS.filter((text) => !/\p{Surrogate}/u.test(text))
        .map((text, index) => `${index}. ${text}\n`)
        .join(''),
    );
    writeFileSync(
      join(bin, 'dumpcap'),
      `#!/bin/sh\n/bin/cat '${list}'\n/bin/cat '${list}' >&2\nexit \${SIPLENS_TEST_STATUS:-0}\n`,
    );
    chmodSync(join(bin, 'dumpcap'), 0o755);
    const run = (status: string, ...argv: string[]) =>
      spawnSync(process.execPath, ['bin/siplens.js', 'capture', ...argv], {
        env: { ...process.env, PATH: bin, SIPLENS_TEST_STATUS: status },
      });
    for (const { stdout, stderr } of [
      run('0', '-D'),
      run('1', '-D'),
      run('1', '-i', 'a\u202eb\u001b[2J', '--format', 'list'),
    ]) {
      expectSafe('interfaces', stdout, 'terminal');
      expectSafe('interfaces', stderr, 'terminal');
    }
    expect(run('0', '-D').stdout.toString()).toContain('\\x1b');
  });
});

/** Each view, and what can be opened out of it. */
const VISITS = [
  '1',
  'enter',
  '*',
  'tab',
  'z',
  'z',
  'v',
  'q',
  '4',
  'j',
  'j',
  'j',
  '2',
  'enter',
  'enter',
  'q',
  'q',
  '3',
  'enter',
  'q',
  '5',
  'h',
  'q',
  '1',
  'space',
  'j',
  'space',
  'q',
];

describe('the interactive view', () => {
  it.each(named)(
    'shows %s as something that is seen, or not at all',
    { timeout: 60_000 },
    async (_, text) => {
      const file = join(folder, `view${fileName(text)}.pcap`);
      writeFileSync(file, captureOf(text));
      const { context } = createContext({ keyring: new Keyring(), certificates: [], anchors: [], now: 0 });
      const session = new Session(fileSource([file]), context);
      await session.start();
      const shell = new Shell(session, new Theme({ unicode: true, color: true }), {
        quit: () => {},
        suspend: () => {},
        redrawAll: () => {},
      });
      const look = (key: string): void => {
        for (const columns of [80, 200])
          for (const line of shell.lines({ columns, rows: 50 }))
            expectSafe(`after ${key}`, Buffer.from(render(line, 'colors')), 'terminal');
      };
      const raw = KEYMAP.find(({ command }) => command === 'raw')?.keys[0] ?? '';
      for (const key of [...VISITS, raw, 'q']) {
        shell.press([key === 'space' ? ' ' : key]);
        look(key);
      }
      // What the user types, in every prompt.
      for (const prompt of ['/', 'f', 's', 'K']) {
        shell.press([prompt, ...text]);
        look(`text in ${prompt}`);
        shell.press(['tab']);
        look(`tab in ${prompt}`);
        shell.press(prompt === '/' || prompt === 'f' ? ['enter'] : ['escape']);
        await new Promise((resolve) => setImmediate(resolve));
        look(`the end of ${prompt}`);
        shell.press(['escape']);
      }
      session.stop();
    },
  );

  it.each(['\u001b]52;c;aGk=\u0007', '\u202e\u{e0041}\u3164', '\u009b31m'])(
    'draws %j through Ink as escapes',
    async (text) => {
      const file = join(folder, 'ink.pcap');
      writeFileSync(file, captureOf(text));
      const view = await stage([file], { color: true });
      for (const key of ['j', KEY.enter, '4', 'j', '2', KEY.enter, KEY.enter]) {
        await view.type(key);
        expectSafe(`after ${key}`, Buffer.from(view.styled()), 'terminal');
      }
      view.close();
    },
  );
});
