import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmimePeer } from '../checks/smime-peer.js';
import { request } from '../checks/support.js';
import { analyzeBytes, contextWith } from '../support/analyze.js';
import { hasOpenssl } from '../support/peers.js';

/** S/MIME under other types than its own (RFC 8551 §3.2.1, §3.9) and inside message/cpim (RFC 3862, RFC 8591). */

const ENTITY = 'Content-Type: text/plain\r\n\r\nhello\r\n';
type Layer = {
  readonly text?: string;
  readonly parts?: readonly Layer[];
  readonly cms?: { readonly signers?: readonly { readonly signature: string }[]; readonly content?: Layer };
};

describe.skipIf(!hasOpenssl)('signed by openssl', () => {
  let peer: SmimePeer;
  let signed: Uint8Array;
  beforeAll(() => {
    peer = new SmimePeer();
    peer.person('ann');
    signed = peer.signed(ENTITY, 'ann');
  });
  afterAll(() => peer.remove());
  const bodyOf = (headers: readonly string[], body: Uint8Array): Layer =>
    analyzeBytes(request({ headers, body }), contextWith())[0]?.['body'] as Layer;
  const text = (layer: Layer | undefined): string | undefined => layer?.cms?.content?.text;

  it.each([
    ['Content-Type: application/octet-stream; name=smime.p7m'],
    ['Content-Type: application/octet-stream; name="SMIME.P7M"'],
    ['Content-Type: application/octet-stream', 'Content-Disposition: attachment; filename=smime.p7m'],
    ['Content-Type: application/octet-stream; name=smime.p7c'],
    ['Content-Type: application/octet-stream; name=smime.p7s'],
  ])('is found under %s %s', (...headers) => {
    const body = bodyOf(headers, signed);
    expect(body.cms?.signers).toMatchObject([{ signature: 'valid' }]);
    expect(text(body)).toContain('hello');
  });

  it.each([
    ['Content-Type: application/octet-stream'],
    ['Content-Type: application/octet-stream; name=smime.p7m.txt'],
    ['Content-Type: application/zip; name=smime.p7m'],
  ])('is not looked for under %s', (header) => {
    expect(bodyOf([header], signed)).not.toHaveProperty('cms');
  });

  it('is found inside message/cpim', () => {
    const cpim = Buffer.concat([
      Buffer.from('From: <im:ann@example.com>\r\nTo: <im:bob@example.com>\r\n\r\n'),
      Buffer.from('Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n'),
      signed,
    ]);
    const body = bodyOf(['Content-Type: message/cpim'], cpim);
    expect(body.parts?.[0]?.cms?.signers).toMatchObject([{ signature: 'valid' }]);
    expect(text(body.parts?.[0])).toContain('hello');
    const plain = bodyOf(['Content-Type: message/cpim'], Buffer.from(`From: <im:a@b>\r\n\r\n${ENTITY}`));
    expect(plain.parts).toMatchObject([{ text: 'hello\r\n' }]);
    // Headers alone have nothing inside.
    expect(bodyOf(['Content-Type: message/cpim'], Buffer.from('From: <im:a@b>\r\n'))).not.toHaveProperty(
      'parts',
    );
  });
});
