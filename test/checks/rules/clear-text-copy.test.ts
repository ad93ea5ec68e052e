import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClearTextMemory } from '../../../src/checks/clear-text.js';
import type { Body } from '../../../src/model/body.js';
import { hasOpenssl } from '../../support/peers.js';
import { SmimePeer } from '../smime-peer.js';
import { contextOf, findingsIn, overUdp, request, said } from '../support.js';

const RULE = 'smime/clear-text-copy';

describe.skipIf(!hasOpenssl)(RULE, () => {
  let peer: SmimePeer;
  let sealed: Uint8Array;
  beforeAll(() => {
    peer = new SmimePeer();
    peer.person('ann');
    sealed = peer.encrypted('Content-Type: text/plain\r\n\r\nthe secret\r\n', 'ann');
  });
  afterAll(() => peer.remove());

  const keys = () => ({ keys: [peer.read('ann.key'), peer.read('ann.pem')] });
  const encrypted = (callId: string): Buffer =>
    request({
      callId,
      headers: ['Content-Type: application/pkcs7-mime;smime-type=enveloped-data'],
      body: sealed,
    });
  const clear = (callId: string, body: string): Buffer =>
    request({ callId, headers: ['Content-Type: text/plain'], body });
  const found = (...messages: Buffer[]) =>
    findingsIn(overUdp(messages), keys()).filter(({ rule }) => rule === RULE);

  it('tells a copy in the clear that follows, at the message that has it', () => {
    expect(found(encrypted('a'), clear('a', 'something else'), clear('a', 'the secret'))).toEqual([
      {
        rule: RULE,
        severity: 'error',
        summary: 'these 10 bytes are in the clear, and encrypted in frame 1',
        reference: 'RFC 3261 §26.2.4',
        where: 'body',
      },
    ]);
  });

  it('tells a copy in the clear that went before, at the encrypted message', () => {
    expect(found(clear('a', 'the secret'), encrypted('a'))).toMatchObject([
      { summary: 'the 10 bytes encrypted here are also in the clear in frame 1', where: 'body.cms.content' },
    ]);
  });

  it('tells both in one message, and copies over several files', () => {
    const both = request({
      headers: ['Content-Type: multipart/alternative;boundary=b'],
      body: Buffer.concat([
        Buffer.from(
          '--b\r\nContent-Type: text/plain\r\n\r\nthe secret\r\n--b\r\nContent-Type: application/pkcs7-mime\r\n\r\n',
        ),
        sealed,
        Buffer.from('\r\n--b--\r\n'),
      ]),
    });
    expect(found(both)).toMatchObject([
      {
        summary: 'these 10 bytes are in the clear, and encrypted in another part of this message',
        where: 'body.parts[0]',
      },
    ]);
    const context = contextOf(keys());
    expect(said(RULE, encrypted('a'), context)).toEqual([]);
    expect(said(RULE, clear('a', 'the secret'), context)).toEqual([
      'error: these 10 bytes are in the clear, and encrypted in test',
    ]);
  });

  it('is silent on other contents, other dialogs, repeated messages, and bodies that stay closed', () => {
    expect(found(encrypted('a'), clear('a', 'other'), clear('b', 'the secret'))).toEqual([]);
    expect(found(encrypted('a'), encrypted('a'), clear('c', 'x'), clear('c', 'x'))).toEqual([]);
    expect(
      findingsIn(overUdp([encrypted('a'), clear('a', 'the secret')])).map(({ rule }) => rule),
    ).not.toContain(RULE);
  });
});

describe('what is remembered', () => {
  const body = (text: string): Body => ({
    source: { name: 'test', bytes: Buffer.from(text) },
    start: 0,
    end: text.length,
    bodyStart: 0,
    headers: [],
    bytes: Buffer.from(text),
    parts: [],
    identities: [],
    mistakes: [],
    faults: [],
  });
  const sealed = (text: string): Body => ({
    ...body('cms'),
    cms: {
      contentType: 'enveloped_data',
      contentTypeOid: '',
      encodingForm: 'der',
      faults: [],
      contentEncryptionAlgorithm: 'aes-128-cbc',
      contentEncryptionAlgorithmOid: '',
      recipients: [],
      decryption: { status: 'decrypted', reason: '' },
      certificates: [],
    },
    content: body(text),
  });

  it('is bounded: the dialog seen longest ago is forgotten, whatever its Call-ID is like', () => {
    const memory = new ClearTextMemory();
    const long = 'x'.repeat(100_000);
    expect(memory.note(long, 'frame 1', sealed('secret'))).toEqual([]);
    expect(memory.note(long, 'frame 2', body('secret\r\n'))).toHaveLength(1);
    for (let dialog = 0; dialog < 4096; dialog++) memory.note(`dialog ${dialog}`, 'frame 3', body('text'));
    expect(memory.note(long, 'frame 4', body('secret'))).toEqual([]);
    expect(memory.note('dialog 4095', 'frame 5', sealed('text'))).toHaveLength(1);
  });

  it('takes no content for another, short or long', () => {
    const memory = new ClearTextMemory();
    const long = 'x'.repeat(40);
    const digest = createHash('sha256').update(long).digest('base64');
    memory.note('a', 'frame 1', sealed(long));
    // What stands for a content is no content of its own: neither the hash nor what is kept of it.
    for (const text of [digest, digest.slice(0, 24), digest.slice(0, 23), long.slice(1)]) {
      expect(memory.note('a', 'frame 2', body(text))).toEqual([]);
    }
    expect(memory.note('a', 'frame 3', body(long))).toHaveLength(1);
    for (const length of [1, 22, 23, 24, 25]) {
      memory.note('b', 'frame 4', sealed('y'.repeat(length)));
      expect(memory.note('b', 'frame 5', body('y'.repeat(length)))).toHaveLength(1);
    }
  });

  it('is bounded within a dialog', () => {
    const memory = new ClearTextMemory();
    for (let count = 0; count < 100; count++) memory.note('a', `frame ${count}`, sealed(`secret ${count}`));
    expect(memory.note('a', 'frame 101', body('secret 31'))).toHaveLength(1);
    expect(memory.note('a', 'frame 102', body('secret 32'))).toEqual([]);
  });
});
