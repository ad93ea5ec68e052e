import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { siplens } from '../support/command.js';
import {
  callCapture,
  KEY,
  manyCapture,
  type Stage,
  sample,
  stage,
  temporaryFile,
  temporaryFolder,
} from './stage.js';

let open: Stage | undefined;
const start = async (...given: Parameters<typeof stage>): Promise<Stage> => {
  open = await stage(...given);
  return open;
};
afterEach(() => {
  open?.close();
  open = undefined;
});

describe('the display filter', () => {
  it('lets through what matches, keeps the cursor, and is dropped', async () => {
    const { type, screen, until } = await start([temporaryFile('call.pcap', callCapture())]);
    await type('G', 'f', 'status_code == 200', KEY.enter);
    await until('2 of 8');
    expect(screen()).toContain('filter: status_code == 200');
    expect(screen()).toMatch(/▶ +8 .* 200 OK/);
    await type('2');
    expect(screen()).toContain('completed');
    await type('1', 'F');
    await until(/ {2}8$/m);
    expect(screen()).toMatch(/▶ +8 /);
  });

  it('reads bodies and findings too', async () => {
    const { type, until } = await start([sample('smime-signed.pcap')], {
      certificates: [sample('certs/user_cert_fluffy@example.com.pem')],
    });
    await type(KEY.f7, '**.signature == valid', KEY.enter);
    await until('1 of 2');
    await type('f', KEY.ctrl('u'), 'header.CSeq contains MESSAGE and not body.cms', KEY.enter);
    await until('2 of 2');
  });

  it('points at a mistake and stays open', async () => {
    const { type, screen, session } = await start([temporaryFile('call.pcap', callCapture())]);
    await type('f', 'src == 1 and metod == x', KEY.enter);
    const lines = screen().split('\n');
    const at = lines.findIndex((line) => line.startsWith('Filter: '));
    expect(lines[at]).toBe('Filter: src == 1 and metod == x');
    expect(lines[at + 1]).toBe(
      `${' '.repeat(8 + 13)}^^^^^ there is no field "metod"; did you mean "method"?`,
    );
    expect(session.filterText).toBe('');
    await type(KEY.escape);
    expect(screen()).not.toContain('Filter: ');
  });

  it('completes names', async () => {
    const { type, screen } = await start([temporaryFile('call.pcap', callCapture())]);
    await type('f', 'meth', KEY.tab);
    expect(screen()).toContain('Filter: method');
    await type(KEY.ctrl('u'), 'sr', KEY.tab, KEY.tab);
    expect(screen()).toContain('[src]  src_port');
    await type(KEY.tab);
    expect(screen()).toContain('Filter: src_port');
  });

  it('says when nothing passes, and what to press', async () => {
    const { type, screen, until } = await start([temporaryFile('call.pcap', callCapture())]);
    await type('f', 'method == REFER', KEY.enter);
    await until('No message passes the filter: method == REFER');
    expect(screen().replace(/\s+/g, ' ')).toContain('F drops it: there are 8 messages.');
  });
});

describe('adding a key', () => {
  it('opens in place after a wrong key, and the screen stays', async () => {
    const { type, screen, until, session } = await start([sample('tls-message.pcap')]);
    await type('3', 'K', sample('keys/domain_key_example.com.pem'), KEY.enter);
    await until('it decrypts nothing more: key_mismatch');
    expect(session.store.messages.length).toBe(0);
    await type('K', sample('keys/domain_key_example.net.pem'), KEY.enter);
    await until('added 1 private key: 1 more thing decrypted');
    expect(screen()).toContain('decrypted');
    await type('1');
    expect(screen()).toMatch(/1 .* TLS MESSAGE/);
  });

  it('keeps the cursor on its message, and marks', async () => {
    const { type, screen, until } = await start([sample('smime-signed-encrypted.pcap')]);
    await type('j', 'm');
    expect(screen()).toMatch(/▶\* +2 .*200 OK/);
    await type('K', sample('keys/user_key_kumiko@example.net.pem'), KEY.enter);
    await until('1 more thing decrypted');
    expect(screen()).toMatch(/▶\* +2 .*200 OK/);
    await type('k', KEY.enter, 'z');
    expect(screen()).toContain('hello');
  });

  it('asks for a password and does not show it', async () => {
    const { type, screen, until, styled } = await start([sample('tls-message.pcap')]);
    await type('K', sample('ca/fluffyCA_key.pem'), KEY.enter);
    await until('Password:');
    await type('wrong', KEY.enter);
    expect(screen()).toMatch(/Password: +│/);
    expect(screen()).toContain('!');
    await type('password');
    expect(screen()).toContain('Password: ••••••••');
    expect(styled()).not.toContain('password'.slice(0, 4));
    await type(KEY.enter);
    await until('added 1 private key');
  });

  it('says what is no key, and completes paths', async () => {
    const { type, screen } = await start([sample('tls-message.pcap')]);
    await type('K', sample('tls-message-re'), KEY.tab);
    expect(screen()).toContain('tls-message-request.txt');
    await type('quest.txt', KEY.enter);
    expect(screen()).toMatch(/! /);
    await type(KEY.escape);
    expect(screen()).not.toContain('Add a private key');
  });
});

describe('saving', () => {
  const saveAs = async (stage: Stage, path: string, ...choices: string[]): Promise<void> => {
    await stage.type('s', ...choices);
    // The file is the last line of the dialog.
    while (!/▶ File/.test(stage.screen())) await stage.type(KEY.down);
    await stage.type(KEY.ctrl('u'), path, KEY.enter);
  };

  it('writes frames as pcapng that opens again with the secrets inside', async () => {
    const path = join(temporaryFolder(), 'saved.pcapng');
    const keys = [sample('keys/domain_key_example.net.pem')];
    const stage = await start([sample('tls-message.pcap')], { keys });
    await saveAs(stage, path, KEY.down, KEY.down, KEY.right);
    await stage.until('saved 16 frames, 1 secret inside');
    expect(statSync(path).mode & 0o077).toBe(0);
    stage.close();
    const again = await start([path]);
    expect(again.screen()).toMatch(/1 .* TLS MESSAGE/);
    expect(again.screen()).toMatch(/2 .* TLS 200 OK/);
  });

  it('leaves secrets out where they were not asked for', async () => {
    const path = join(temporaryFolder(), 'saved.pcapng');
    const keys = [sample('keys/domain_key_example.net.pem')];
    const stage = await start([sample('tls-message.pcap')], { keys });
    await saveAs(stage, path);
    await stage.until('saved 16 frames to');
    stage.close();
    const again = await start([path]);
    expect(again.screen()).toContain('No message to show.');
    expect(again.screen()).toContain('no_key');
  });

  it('saves only what is marked', async () => {
    const path = join(temporaryFolder(), 'marked.pcapng');
    const stage = await start([temporaryFile('many.pcap', manyCapture(20))]);
    await stage.type('j', 'j', 'm', 'j', 'm');
    await saveAs(stage, path);
    await stage.until('saved 2 frames');
    stage.close();
    const again = await start([path]);
    expect(again.session.store.messages.length).toBe(2);
    expect(again.session.store.messages.row(0).from).toBe('sip:user3@example.com');
    expect(again.session.store.messages.row(1).from).toBe('sip:user5@example.com');
  });

  it('never writes over a file without asking', async () => {
    const path = temporaryFile('taken.txt', 'precious');
    const stage = await start([temporaryFile('call.pcap', callCapture())]);
    await saveAs(stage, path, KEY.down, KEY.right, KEY.right);
    expect(stage.screen()).toContain('There is such a file already');
    await stage.type('n', KEY.escape);
    expect(readFileSync(path, 'utf8')).toBe('precious');
    await saveAs(stage, path, KEY.down, KEY.right, KEY.right);
    await stage.type('y');
    await stage.until('saved 8 messages');
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(readFileSync(path, 'utf8')).toContain('Session Initiation Protocol: INVITE sip:bob@example.net');
  });

  it('writes NDJSON as export does', async () => {
    const path = join(temporaryFolder(), 'saved.ndjson');
    const file = temporaryFile('call.pcap', callCapture());
    const stage = await start([file]);
    await saveAs(stage, path, KEY.down, KEY.right);
    await stage.until('saved 8 records');
    expect(statSync(path).mode & 0o077).toBe(0);
    const saved = readFileSync(path, 'utf8').trimEnd().split('\n');
    const exported = siplens(['export', '--include', 'messages', file]).stdout.trimEnd().split('\n');
    expect(saved.map((line) => JSON.parse(line))).toEqual(exported.map((line) => JSON.parse(line)));
  });

  it('writes a key log that opens the capture', async () => {
    const path = join(temporaryFolder(), 'saved.keylog');
    const keys = [sample('keys/domain_key_example.net.pem')];
    const stage = await start([sample('tls-message.pcap')], { keys });
    await saveAs(stage, path, KEY.down, KEY.left);
    await stage.until('saved 1 secret');
    expect(statSync(path).mode & 0o077).toBe(0);
    stage.close();
    const again = await start([sample('tls-message.pcap')], { keys: [path] });
    expect(again.session.store.messages.length).toBe(2);
  });

  it('says why nothing was saved, and leaves nothing behind', async () => {
    const path = join(temporaryFolder(), 'no', 'such', 'folder.pcapng');
    const stage = await start([temporaryFile('call.pcap', callCapture())]);
    await saveAs(stage, path);
    await stage.until('there is no such folder');
    expect(existsSync(path)).toBe(false);
  });
});
